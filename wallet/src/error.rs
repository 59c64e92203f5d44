//! Everything that can go wrong, in sentences that say what to do next, and the exit status of each.
//!
//! | status | meaning |
//! |---|---|
//! | 0 | done |
//! | 1 | an error without a status of its own: the node answered something unexpected, a file could not be written |
//! | 2 | the command line, an amount or an address makes no sense |
//! | 3 | the node cannot be reached, or the connection broke |
//! | 4 | the chain refused: the transaction is invalid, or it was included and failed |
//! | 5 | a key file, passphrase or phrase: missing, open to others, damaged, wrong |
//! | 6 | no such account, transaction or block; a file that is named cannot be read |
//! | 7 | a transaction was sent, and whether it is in a block is not known: it may still be included, until the block that the message names. Or waited as long as `--timeout` says |
//! | 8 | the question was answered with no, or could not be asked and `--yes` was not given |
//! | 9 | a disclosed payment is not on the chain, or not what was claimed |
//!
//! With `--json` an error is one line on standard error:
//! `{"error":{"kind":"refused","status":4,"message":"…"}}`, and for a refusal also `code`, the name of the reason. A
//! transaction that may still be included has kind `unsettled` and `transaction: {hash, nonce, valid_until, follow}`. That member
//! is also there with kind `refused` if the node was given the transaction: that it is refused is the node's word. Of a shielded payment
//! it is `{name, valid_until, follow}`: it has no nonce, and whoever has it can wrap it under another hash.

use serde_json::{json, Value};

use crate::accounts::AccountError;
use crate::address::AddressError;
use crate::amount::AmountError;
use crate::chain::failure::Failure;
use crate::chain::refusal::Refusal;
use crate::chain::trace::Trace;
use crate::derivation::DerivationError;
use crate::follow_up;
use crate::keyfile::KeyFileError;

use crate::secret::SecretError;
use crate::shielded::{Pending, ShieldedError};
use crate::wrong_kind::{Wrong, WrongKind};

/// What a command can fail with.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The arguments contradict each other.
    #[error("{0}")]
    Usage(String),
    /// An amount.
    #[error(transparent)]
    Amount(#[from] AmountError),
    /// An address.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// Something else than what the command takes.
    #[error(transparent)]
    WrongKind(#[from] WrongKind),
    /// Which account, or its file.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// A key file that is not an account's.
    #[error("{}", .error.located(.path))]
    KeyFile {
        /// The file.
        path: String,
        /// What is wrong with it.
        error: KeyFileError,
    },
    /// A passphrase or a phrase that could not be had.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// A phrase or a path.
    #[error(transparent)]
    Derivation(#[from] DerivationError),
    /// The scheme could not sign.
    #[error("signing failed: {0}")]
    Signing(String),
    /// A classical secret.
    #[error("the classical key cannot be read: {0}")]
    Classical(String),
    /// A shielded payment.
    #[error(transparent)]
    Shielded(#[from] ShieldedError),
    /// No connection.
    #[error("no node answers at {url}: {reason}. Is it running? `qloak-node --dev` starts one; --node or QLOAK_NODE names another")]
    Unreachable {
        /// The node's address.
        url: String,
        /// What the connection says.
        reason: String,
    },
    /// The node is there, and has as many connections as it takes.
    #[error("the node at {url} has as many connections as it takes. Try again later, or raise its limit: qloak-node --rpc-max-connections")]
    Busy {
        /// The node's address.
        url: String,
    },
    /// The connection broke, or the node answered nonsense.
    #[error("the node at {url} failed while {doing}: {reason}")]
    Node {
        /// The node's address.
        url: String,
        /// What was being asked.
        doing: &'static str,
        /// Its answer.
        reason: String,
        /// Whether the connection is gone.
        disconnected: bool,
    },
    /// The chain does not have what this wallet is for.
    #[error("this chain has no {0}: it is not a Qloak chain, or of another version")]
    NotQloak(String),
    /// The node describes transactions otherwise than this wallet knows them.
    #[error(
        "the node describes `{0}` in another way than this wallet knows it. What is signed might not be what is shown, so nothing was \
         signed. If the chain was upgraded, a newer wallet knows it; if not, do not trust this node"
    )]
    OtherLayout(String),
    /// Not let into a block. Nothing signed has left the wallet, or what has is safe to send again.
    #[error("the chain refuses the transaction ({}): {}", .0.name(), .0.advice())]
    Refused(Refusal),
    /// Signed and given to the node, which says that the chain refuses it. That is the node's word: it has the signed bytes.
    #[error(
        "the chain refuses the transaction ({}): {}. That is the node's word, and it has the signed transaction: {:?} can still be \
         included{}. Follow it: {}.{}",
        .refusal.name(), .refusal.reason(), .trace.hash, .trace.until(), .trace.command(), .trace.retry()
    )]
    RefusedByNode {
        /// What the node says.
        refusal: Refusal,
        /// The transaction.
        trace: Trace,
    },
    /// A block's header that does not belong to the block.
    #[error(
        "the node at {url} gives a block a header that does not hash to it, so the block's number is made up. Nothing was signed; do \
         not trust this node"
    )]
    ForgedHeader {
        /// The node's address.
        url: String,
    },
    /// Let into a block, and failed there. The fee is paid.
    #[error(
        "transaction {hash} is in block {block} and failed: {failure}. Its fee of {fee} is paid{}",
        still_open(*.finalized, .hash)
    )]
    Failed {
        /// The transaction's hash.
        hash: String,
        /// The block's number.
        block: u64,
        /// Whether the block is final.
        finalized: bool,
        /// Why.
        failure: Failure,
        /// What it cost.
        fee: String,
    },
    /// Sent, and nobody knows yet whether it will be in a block.
    #[error(
        "transaction {:?} {why}. It can be included{}: do not pay again before you know. Follow it: {}.{}",
        .trace.hash, .trace.until(), .trace.command(), .trace.retry()
    )]
    Unsettled {
        /// The transaction.
        trace: Trace,
        /// What is known.
        why: String,
    },
    /// Nothing that this wallet could sign with.
    #[error("{0}")]
    NoUsableKey(String),
    /// The account's state forbids what was asked, seen before anything was sent.
    #[error("{0}")]
    NotApplicable(String),
    /// Not on the chain, or not where it was looked for.
    #[error("{0}")]
    NotFound(String),
    /// Waited long enough.
    #[error("{0}")]
    Timeout(String),
    /// The user said no.
    #[error("{0}")]
    Declined(String),
    /// Writing the answer.
    #[error("the output cannot be written: {0}")]
    Output(#[from] std::io::Error),
}

impl From<Wrong> for Error {
    fn from(wrong: Wrong) -> Self {
        match wrong {
            Wrong::Kind(wrong) => wrong.into(),
            Wrong::Address(error) => error.into(),
        }
    }
}

/// What a fork can still change about a failure: on another block the same transaction may succeed.
fn still_open(finalized: bool, hash: &str) -> String {
    match finalized {
        true => String::new(),
        false => format!(
            ". The block is not final: a fork could include the transaction anew, and it could succeed there. To be sure before you repeat it: {}",
            follow_up::command(format_args!("tx watch {hash} --wait finalized"))
        ),
    }
}

impl Error {
    /// The process's exit status.
    pub fn exit_status(&self) -> u8 {
        if self.is_badly_asked() {
            return 2;
        }
        match self {
            // As an account that is not there.
            Self::WrongKind(WrongKind::Nothing(_)) => 6,
            Self::Usage(_) | Self::Amount(_) | Self::Address(_) | Self::WrongKind(_) => 2,
            Self::Account(
                AccountError::BadName(_)
                | AccountError::NameLikeAddress(_)
                | AccountError::Address(_)
                | AccountError::NoHome,
            ) => 2,
            Self::Account(AccountError::DevelopmentHasNoFile(_)) => 2,
            Self::Unreachable { .. }
            | Self::Busy { .. }
            | Self::Node {
                disconnected: true, ..
            } => 3,
            Self::Refused(_)
            | Self::RefusedByNode { .. }
            | Self::Failed { .. }
            | Self::NotApplicable(_) => 4,
            Self::Account(AccountError::Unknown { .. }) | Self::NotFound(_) => 6,
            Self::Account(_) | Self::KeyFile { .. } | Self::Secret(_) | Self::Derivation(_) => 5,
            Self::NoUsableKey(_) | Self::Classical(_) => 5,
            Self::Shielded(error) => error.exit_status(),
            Self::Timeout(_) | Self::Unsettled { .. } => 7,
            Self::Declined(_) => 8,
            Self::Signing(_) | Self::Node { .. } | Self::NotQloak(_) | Self::Output(_) => 1,
            Self::OtherLayout(_) | Self::ForgedHeader { .. } => 1,
        }
    }

    /// Whether a path or a number of words was written that cannot be; it may be wrapped.
    fn is_badly_asked(&self) -> bool {
        let derivation = match self {
            Self::Derivation(error) => error,
            Self::KeyFile {
                error: KeyFileError::Derivation(error),
                ..
            } => error,
            Self::Account(AccountError::KeyFile {
                error: KeyFileError::Derivation(error),
                ..
            }) => error,
            _ => return false,
        };
        matches!(
            derivation,
            DerivationError::Path { .. } | DerivationError::WordCount(_)
        )
    }

    /// Whether something was sent that may still be included.
    fn is_unsettled(&self) -> bool {
        matches!(self, Self::Unsettled { .. }) || self.pending().is_some()
    }

    /// The shielded payment that may still come although the command failed.
    fn pending(&self) -> Option<&Pending> {
        match self {
            Self::Shielded(error) => error.pending(),
            _ => None,
        }
    }

    /// The error's family, as JSON names it.
    pub fn kind(&self) -> &'static str {
        match self.exit_status() {
            7 if self.is_unsettled() => "unsettled",
            2 => "usage",
            3 => "unreachable",
            4 => "refused",
            5 => "key",
            6 => "not-found",
            7 => "timeout",
            8 => "declined",
            9 => "unverified",
            _ => "general",
        }
    }

    /// The error as a JSON object.
    pub fn to_json(&self) -> Value {
        let mut error = json!({ "kind": self.kind(), "status": self.exit_status(), "message": self.to_string() });
        let code = match self {
            Self::Refused(refusal) | Self::RefusedByNode { refusal, .. } => {
                Some(refusal.name().to_owned())
            }
            Self::Shielded(ShieldedError::RefusedByNode { refusal, .. }) => {
                Some(refusal.name().to_owned())
            }
            Self::Failed { failure, .. } => Some(failure.name.clone()),
            _ => None,
        };
        if let Self::Failed {
            hash,
            block,
            finalized,
            ..
        } = self
        {
            error["transaction"] =
                json!({ "hash": hash, "block_number": block, "finalized": finalized });
        }
        if let Self::Unsettled { trace, .. } | Self::RefusedByNode { trace, .. } = self {
            error["transaction"] = trace.to_json();
        }
        if let Some(payment) = self.pending() {
            error["transaction"] = payment.to_json();
        }
        if let Some(code) = code {
            error["code"] = code.into();
        }
        json!({ "error": error })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_family_has_its_status() {
        let url = || "ws://127.0.0.1:1".to_owned();
        let cases = [
            (Error::Amount(AmountError::Empty), 2, "usage"),
            (
                Error::Unreachable {
                    url: url(),
                    reason: "refused".into(),
                },
                3,
                "unreachable",
            ),
            (
                Error::Node {
                    url: url(),
                    doing: "x",
                    reason: "y".into(),
                    disconnected: true,
                },
                3,
                "unreachable",
            ),
            (
                Error::Node {
                    url: url(),
                    doing: "x",
                    reason: "y".into(),
                    disconnected: false,
                },
                1,
                "general",
            ),
            (Error::Refused(Refusal::AccountFrozen), 4, "refused"),
            (Error::Secret(SecretError::TooShort(1)), 5, "key"),
            (Error::NotFound("x".into()), 6, "not-found"),
            (Error::Timeout("x".into()), 7, "timeout"),
            (Error::Declined("x".into()), 8, "declined"),
        ];
        for (error, status, kind) in cases {
            assert_eq!(
                (error.exit_status(), error.kind()),
                (status, kind),
                "{error}"
            );
            assert_eq!(error.to_json()["error"]["status"], status);
        }
    }

    #[test]
    fn a_failure_in_a_block_that_is_not_final_is_not_the_last_word() {
        let failed = |finalized| Error::Failed {
            hash: "0xab".into(),
            block: 7,
            finalized,
            failure: Failure {
                name: "Token::FundsUnavailable".into(),
                documentation: String::new(),
            },
            fee: "1 QLK".into(),
        };
        let open = failed(false).to_string();
        assert!(
            open.contains("qloak tx watch 0xab --wait finalized"),
            "{open}"
        );
        let settled = failed(true).to_string();
        assert!(!settled.contains("fork"), "{settled}");
    }

    #[test]
    fn what_may_still_be_included_is_named_with_its_last_block() {
        let error = Error::Unsettled {
            trace: Trace {
                hash: subxt::config::substrate::H256([1; 32]),
                nonce: Some(4),
                valid_until: Some(99),
            },
            why: "was sent, but the connection was lost".into(),
        };
        let text = error.to_string();
        for part in [
            "can be included until block 99: do not pay again",
            "qloak tx watch 0x0101",
            "--nonce 4",
        ] {
            assert!(text.contains(part), "{text}");
        }
        let json = error.to_json();
        assert_eq!(json["error"]["kind"], "unsettled");
        assert_eq!(json["error"]["status"], 7);
        assert_eq!(json["error"]["transaction"]["valid_until"], 99);
    }

    #[test]
    fn a_refusal_is_the_nodes_word_and_never_advises_to_run_it_again() {
        let mut refusals: Vec<_> = (0..=u8::MAX).map(Refusal::from_code).collect();
        refusals.extend([
            Refusal::Payment,
            Refusal::Stale,
            Refusal::Future,
            Refusal::BadProof,
            Refusal::AncientBirthBlock,
            Refusal::ExhaustsResources,
            Refusal::Call,
            Refusal::BadSigner,
            Refusal::AlreadyImported,
            Refusal::TooLowPriority,
            Refusal::Pool("full".into()),
            Refusal::Other("no".into()),
        ]);
        for refusal in refusals {
            let name = refusal.name();
            let trace = Trace {
                hash: subxt::config::substrate::H256([1; 32]),
                nonce: Some(4),
                valid_until: Some(99),
            };
            let error = Error::RefusedByNode { refusal, trace };
            let text = error.to_string();
            for part in [
                "can still be included until block 99",
                "qloak tx watch 0x0101",
                "add --nonce 4",
                name,
            ] {
                assert!(text.contains(part), "{text}");
            }
            let (reason, retry) = text
                .split_once("To try again before that")
                .unwrap_or_default();
            assert!(retry.contains("--nonce 4"), "{text}");
            assert!(!reason.to_lowercase().contains("again"), "{text}");
            let json = error.to_json();
            assert_eq!(json["error"]["code"], name);
            assert_eq!(json["error"]["status"], 4);
            assert_eq!(json["error"]["transaction"]["nonce"], 4);
            assert_eq!(json["error"]["transaction"]["valid_until"], 99);
        }
    }

    #[test]
    fn a_shielded_payment_that_may_still_come_is_named_whatever_was_said_of_it() {
        let payment = Pending {
            name: "0xab".into(),
            until: 77,
            account: "alice".into(),
        };
        let errors = [
            (
                ShieldedError::Unsettled {
                    payment: payment.clone(),
                    reason: "the connection was closed".into(),
                },
                (7, "unsettled"),
            ),
            (ShieldedError::Rival(payment.clone()), (7, "unsettled")),
            (
                ShieldedError::NotSent {
                    payment: payment.clone(),
                    reason: "the connection was closed".into(),
                },
                (7, "unsettled"),
            ),
            (
                ShieldedError::RefusedByNode {
                    payment,
                    refusal: Refusal::Stale,
                },
                (4, "refused"),
            ),
        ];
        for (error, expected) in errors {
            let error = Error::from(error);
            let text = error.to_string();
            for part in [
                "0xab",
                "until block 77",
                "qloak tx watch 0xab --account alice",
            ] {
                assert!(text.contains(part), "{part}: {text}");
            }
            assert!(
                !text.contains("ACCOUNT") && !text.contains("nonce"),
                "{text}"
            );
            assert_eq!((error.exit_status(), error.kind()), expected, "{text}");
            let json = error.to_json();
            assert_eq!(
                json["error"]["transaction"],
                json!({ "name": "0xab", "valid_until": 77, "follow": "qloak tx watch 0xab --account alice" })
            );
            assert_eq!(json["error"]["code"].is_null(), expected.0 == 7);
        }
    }

    #[test]
    fn a_refusal_names_its_reason_for_programs() {
        let error = Error::Refused(Refusal::KeyRotatedOut).to_json();
        assert_eq!(error["error"]["code"], "KeyRotatedOut");
    }
}
