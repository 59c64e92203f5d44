//! Why the chain does not let a transaction into a block, and what a person can do about it.

use super::shielded_refusal::ShieldedRefusal;
use codec::Decode;
use subxt::transactions::{TransactionInvalid, TransactionUnknown, ValidationResult};

/// A reason. The first nine are the codes of the chain's signature policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// 1: a short signature, and no registered key.
    KeyNotRegistered,
    /// 2: the attached key is not the account's.
    KeyMismatch,
    /// 3: the scheme is switched off.
    SchemeDisabled,
    /// 4: the scheme's time is over.
    SchemeDeprecated,
    /// 5: a classical signature for an account that is not marked.
    ClassicalNotMarked,
    /// 6: the signature does not verify.
    InvalidSignature,
    /// 7: a key or signature of the wrong length.
    MalformedLength,
    /// 8: frozen by the backup key.
    AccountFrozen,
    /// 9: an old key after its overlap.
    KeyRotatedOut,
    /// 64 to 75: what the shielded pool has against a payment.
    Shielded(ShieldedRefusal),
    /// A code that this wallet does not know.
    Custom(u8),
    /// The account cannot pay the fee.
    Payment,
    /// The nonce was used already.
    Stale,
    /// The nonce is ahead of the account's.
    Future,
    /// The signature covers something else.
    BadProof,
    /// The transaction's lifetime is over.
    AncientBirthBlock,
    /// Too large for a block now.
    ExhaustsResources,
    /// The call itself is filtered.
    Call,
    /// The signer may not sign.
    BadSigner,
    /// The pool has it already.
    AlreadyImported,
    /// The pool has another one with this nonce.
    TooLowPriority,
    /// The pool is full, or has banned it for a while.
    Pool(String),
    /// Anything else, in the node's words.
    Other(String),
}

impl Refusal {
    /// The reason for a policy code.
    pub fn from_code(code: u8) -> Self {
        match code {
            1 => Self::KeyNotRegistered,
            2 => Self::KeyMismatch,
            3 => Self::SchemeDisabled,
            4 => Self::SchemeDeprecated,
            5 => Self::ClassicalNotMarked,
            6 => Self::InvalidSignature,
            7 => Self::MalformedLength,
            8 => Self::AccountFrozen,
            9 => Self::KeyRotatedOut,
            other => ShieldedRefusal::from_code(other).map_or(Self::Custom(other), Self::Shielded),
        }
    }

    /// The reason in a validation result, if it is one.
    pub fn from_validation(result: &ValidationResult) -> Option<Self> {
        match result {
            ValidationResult::Valid(_) => None,
            ValidationResult::Invalid(invalid) => Some(Self::from_invalid(invalid)),
            ValidationResult::Unknown(unknown) => Some(Self::from_unknown(unknown)),
        }
    }

    /// The reason in the encoded answer of the runtime's `validate_transaction`, if it is one.
    ///
    /// # Errors
    /// If that is no answer.
    pub fn from_verdict(mut verdict: &[u8]) -> Result<Option<Self>, codec::Error> {
        let input = &mut verdict;
        Ok(match <[u8; 1]>::decode(input)? {
            [0] => None,
            [1] => Some(match <[u8; 1]>::decode(input)? {
                [0] => Self::from_invalid(&TransactionInvalid::decode(input)?),
                [1] => Self::from_unknown(&TransactionUnknown::decode(input)?),
                _ => return Err("neither invalid nor unknown".into()),
            }),
            _ => return Err("neither valid nor an error".into()),
        })
    }

    fn from_unknown(unknown: &TransactionUnknown) -> Self {
        match unknown {
            TransactionUnknown::Custom(code) => Self::from_code(*code),
            unknown => Self::Other(format!("{unknown:?}")),
        }
    }

    fn from_invalid(invalid: &TransactionInvalid) -> Self {
        match invalid {
            TransactionInvalid::Call => Self::Call,
            TransactionInvalid::Payment => Self::Payment,
            TransactionInvalid::Future => Self::Future,
            TransactionInvalid::Stale => Self::Stale,
            TransactionInvalid::BadProof => Self::BadProof,
            TransactionInvalid::AncientBirthBlock => Self::AncientBirthBlock,
            TransactionInvalid::ExhaustsResources => Self::ExhaustsResources,
            TransactionInvalid::Custom(code) => Self::from_code(*code),
            TransactionInvalid::BadSigner => Self::BadSigner,
            other => Self::Other(format!("{other:?}")),
        }
    }

    /// The reason in an error of `author_submitExtrinsic`: the SDK's code, message and data.
    pub fn from_rpc(code: i32, message: &str, data: Option<&str>) -> Self {
        let said = || match data {
            Some(data) => format!("{message}: {}", data.trim_matches('"')),
            None => message.to_owned(),
        };
        match code {
            1010 => Self::from_invalid_text(data.unwrap_or(message))
                .unwrap_or_else(|| Self::Other(said())),
            1011 => data
                .and_then(Self::from_unknown_text)
                .unwrap_or_else(|| Self::Other(said())),
            1013 => Self::AlreadyImported,
            1014 => Self::TooLowPriority,
            1012 | 1016 => Self::Pool(said()),
            _ => Self::Other(said()),
        }
    }

    /// The data of error 1011 is `Custom(N)`.
    fn from_unknown_text(text: &str) -> Option<Self> {
        let (_, code) = text.split_once("Custom(")?;
        let (code, _) = code.split_once(')')?;
        code.parse().ok().map(Self::from_code)
    }

    /// The data of error 1010 is a sentence of `sp_runtime::transaction_validity`, or `Custom error: N`.
    fn from_invalid_text(text: &str) -> Option<Self> {
        if let Some((_, code)) = text.split_once("Custom error: ") {
            let digits: String = code.chars().take_while(char::is_ascii_digit).collect();
            return digits.parse().ok().map(Self::from_code);
        }
        let known = [
            ("bad signature", Self::BadProof),
            ("Inability to pay", Self::Payment),
            ("outdated", Self::Stale),
            ("valid in the future", Self::Future),
            ("ancient birth block", Self::AncientBirthBlock),
            ("would exhaust", Self::ExhaustsResources),
            ("call is not expected", Self::Call),
            ("Invalid signing address", Self::BadSigner),
        ];
        known
            .into_iter()
            .find_map(|(part, refusal)| text.contains(part).then_some(refusal))
    }

    /// The reason's name, for programs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::KeyNotRegistered => "KeyNotRegistered",
            Self::KeyMismatch => "KeyMismatch",
            Self::SchemeDisabled => "SchemeDisabled",
            Self::SchemeDeprecated => "SchemeDeprecated",
            Self::ClassicalNotMarked => "ClassicalNotMarked",
            Self::InvalidSignature => "InvalidSignature",
            Self::MalformedLength => "MalformedLength",
            Self::AccountFrozen => "AccountFrozen",
            Self::KeyRotatedOut => "KeyRotatedOut",
            Self::Shielded(refusal) => refusal.name(),
            Self::Custom(_) => "Custom",
            Self::Payment => "Payment",
            Self::Stale => "Stale",
            Self::Future => "Future",
            Self::BadProof => "BadProof",
            Self::AncientBirthBlock => "AncientBirthBlock",
            Self::ExhaustsResources => "ExhaustsResources",
            Self::Call => "Call",
            Self::BadSigner => "BadSigner",
            Self::AlreadyImported => "AlreadyImported",
            Self::TooLowPriority => "TooLowPriority",
            Self::Pool(_) => "Pool",
            Self::Other(_) => "Other",
        }
    }

    /// What the node has against a signed transaction that it was given, without the advice to send another one: with
    /// another nonce both could be included.
    pub fn reason(&self) -> String {
        match self {
            Self::Shielded(_) => "a reason that is for shielded payments, which this is not".into(),
            Self::Pool(text) => format!("its transaction pool does not take it now ({text})"),
            other => other.advice(),
        }
    }

    /// What the node has against a shielded payment that it was given. Nobody signs one, and it has no nonce: what is said of
    /// those does not fit it.
    pub fn reason_of_payment(&self) -> String {
        match self {
            Self::Shielded(refusal) => refusal.advice().into(),
            Self::Custom(_) | Self::ExhaustsResources | Self::Call => self.advice(),
            Self::Pool(_) => self.reason(),
            Self::Other(text) => format!("the node says: {text}"),
            Self::Stale | Self::AncientBirthBlock => "it comes too late".into(),
            Self::Future => "what it refers to is not there yet".into(),
            Self::AlreadyImported => "the node has it already".into(),
            Self::TooLowPriority => "the node has another one that spends the same note".into(),
            _ => "a reason that is for signed transactions, which this is not".into(),
        }
    }

    /// What happened and what to do next, in a sentence or two.
    pub fn advice(&self) -> String {
        let text = match self {
            Self::KeyNotRegistered => {
                "the account has no registered key, and the signature came without one. The wallet attaches the key where the chain has none"
            }
            Self::KeyMismatch => {
                "the key is not this account's. `qloak key status ACCOUNT` shows which key the chain expects; after a rotation elsewhere, get the new key: qloak key restore ACCOUNT"
            }
            Self::SchemeDisabled => {
                "this signature scheme is switched off on the chain (fn-dsa-512 is, until its standard is final, but on development chains). `qloak chain info` lists the schemes; an account with a backup key can be recovered to another scheme: qloak key recover"
            }
            Self::SchemeDeprecated => {
                "this signature scheme is no longer accepted; its last block has passed. An account with a backup key can be recovered to another scheme: qloak key recover"
            }
            Self::ClassicalNotMarked => {
                "classical signatures are accepted only for accounts that are marked classical on the chain, and this one is not. Use a post-quantum account: qloak account new"
            }
            Self::InvalidSignature => {
                "the signature does not verify for this transaction. The node may have been upgraded between signing and sending"
            }
            Self::MalformedLength => "the key or the signature has the wrong number of bytes for its scheme. This is a fault of the program that signed",
            Self::AccountFrozen => {
                "the account is frozen by its backup key and can sign nothing. Give it a new key: qloak key recover --account ACCOUNT --backup FILE --pay-from OTHER"
            }
            Self::KeyRotatedOut => {
                "this key was rotated out and its overlap is over. Sign with the account's new key: qloak key status ACCOUNT"
            }
            Self::Shielded(refusal) => refusal.advice(),
            Self::Custom(code) => {
                return format!("the chain gives code {code}, which this wallet does not know. A newer wallet may")
            }
            Self::Payment => "the account cannot pay the fee. `qloak balance ACCOUNT` shows what it holds; somebody must send it some",
            Self::Stale => "another transaction of this account with the same nonce is in a block already. If this one was to repeat it, that one did it (`qloak balance ACCOUNT` shows)",
            Self::Future => "an earlier transaction of this account is missing. Wait until the pending ones are included",
            Self::BadProof => "the signature does not belong to this transaction on this chain. The node may have been upgraded between signing and sending",
            Self::AncientBirthBlock => "the block that its lifetime counts from is not on the chain: a fork took it back between reading and sending",
            Self::ExhaustsResources => "the transaction does not fit into a block now; when the chain is less busy, one may have room",
            Self::Call => "the chain does not allow this call",
            Self::BadSigner => "this signer may not send this call",
            Self::AlreadyImported => "the node has this transaction already and will include it. `qloak tx watch HASH` follows it",
            Self::TooLowPriority => "the node has another transaction of this account with the same nonce, and only one of the two can be included. Wait for that one, or replace it by paying more with --tip and its --nonce",
            Self::Pool(text) => return format!("the node's transaction pool does not take it now ({text}). Try again later"),
            Self::Other(text) => return format!("the node says: {text}"),
        };
        text.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_policy_code_has_its_own_advice() {
        let advices: std::collections::BTreeSet<String> = (1..=9)
            .map(|code| Refusal::from_code(code).advice())
            .collect();
        assert_eq!(advices.len(), 9);
        assert_eq!(Refusal::from_code(10), Refusal::Custom(10));
    }

    #[test]
    fn the_nodes_sentences_are_understood() {
        let invalid = |data: &str| Refusal::from_rpc(1010, "Invalid Transaction", Some(data));
        assert_eq!(invalid("\"Custom error: 8\""), Refusal::AccountFrozen);
        assert_eq!(invalid("Custom error: 99"), Refusal::Custom(99));
        assert_eq!(
            invalid("Transaction has a bad signature"),
            Refusal::BadProof
        );
        assert_eq!(
            invalid("Inability to pay some fees (e.g. account balance too low)"),
            Refusal::Payment
        );
        assert_eq!(invalid("Transaction is outdated"), Refusal::Stale);
        assert_eq!(
            invalid("Transaction will be valid in the future"),
            Refusal::Future
        );
        assert_eq!(
            invalid("Transaction would exhaust the block limits"),
            Refusal::ExhaustsResources
        );
        assert_eq!(
            invalid("Transaction has an ancient birth block"),
            Refusal::AncientBirthBlock
        );
        assert_eq!(
            invalid("gibberish"),
            Refusal::Other("Invalid Transaction: gibberish".into())
        );
        let unknown = |data| Refusal::from_rpc(1011, "Unknown Transaction Validity", Some(data));
        assert_eq!(unknown("\"Custom(69)\""), Refusal::from_code(69));
        assert_eq!(
            unknown("CannotLookup"),
            Refusal::Other("Unknown Transaction Validity: CannotLookup".into())
        );
        assert_eq!(
            Refusal::from_rpc(1013, "Already Imported", None),
            Refusal::AlreadyImported
        );
        assert_eq!(
            Refusal::from_rpc(1014, "Priority is too low", None),
            Refusal::TooLowPriority
        );
        assert!(matches!(
            Refusal::from_rpc(1016, "Immediately Dropped", None),
            Refusal::Pool(_)
        ));
    }

    #[test]
    fn a_dry_run_gives_the_same_reasons() {
        let invalid = |reason| Refusal::from_validation(&ValidationResult::Invalid(reason));
        assert_eq!(
            invalid(TransactionInvalid::Custom(9)),
            Some(Refusal::KeyRotatedOut)
        );
        assert_eq!(invalid(TransactionInvalid::Payment), Some(Refusal::Payment));
        assert_eq!(
            invalid(TransactionInvalid::BadProof),
            Some(Refusal::BadProof)
        );
        let encoded = |bytes| Refusal::from_verdict(bytes).ok();
        assert_eq!(encoded(&[1, 0, 7, 9]), Some(Some(Refusal::KeyRotatedOut)));
        assert_eq!(encoded(&[1, 1, 2, 69]), Some(Some(Refusal::from_code(69))));
        assert_eq!(encoded(&[0, 1, 2, 3]), Some(None));
        assert_eq!(encoded(&[2]), None);
    }
}
