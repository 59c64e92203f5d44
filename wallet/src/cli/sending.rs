//! What every transaction goes through: price, question, signature, submission, outcome.

use serde_json::{json, Value as Json};

use super::arguments::SendArguments;
use super::Session;
use crate::accounts::Account;
use crate::amount::Token;
use crate::chain::outcome::Outcome;
use crate::chain::registry::{choose_key, key_deposit, KeyRecord, SigningKey};
use crate::chain::transaction::{Call, Credential, Draft, Price, Signed};
use crate::chain::value::line;
use crate::chain::watch::{self, Progress, Wait};
use crate::chain::{AtBlock, Chain};
use crate::error::Error;
use crate::keyfile::{KeyEntry, Unlocked};
use crate::output::{date, Output, Report};
use crate::secret::{self, Secret, Source};

/// The most that a fee may be without a question, 0.1 QLK: some fifty transfers. What is far above is a mistake, a
/// congested chain, or a node that lies.
const USUAL_FEE: u128 = 100_000_000_000;

/// A transaction whose price is known.
pub struct Priced<'a> {
    pub draft: Draft<'a>,
    pub key: SigningKey,
    pub price: Price,
    max_fee: Option<u128>,
}

/// Picks the key, fixes the nonce and asks for the price.
pub async fn price<'a>(
    session: &Session,
    chain: &'a Chain,
    at: &AtBlock,
    account: &Account,
    record: Option<&KeyRecord>,
    call: Call,
    arguments: &SendArguments,
) -> Result<Priced<'a>, Error> {
    let _spinner = session.output.spinner("asking for the fee");
    let tip = arguments.tip(&chain.token)?;
    let max_fee = arguments.max_fee(&chain.token)?;
    let key = choose_key(
        account.id(),
        account.label(),
        &account.keys(),
        record,
        at.block_number(),
    )?;
    let draft = Draft::new(chain, account.id(), Credential::Key(key.clone()), call, tip)
        .with_nonce(arguments.nonce);
    let price = draft.price().await?;
    Ok(Priced {
        draft,
        key,
        price,
        max_fee,
    })
}

/// Refuses a fee above the limit that was given. Without one, a fee far above the usual is pointed out, and refused where
/// nobody is asked.
pub fn check_fee(
    output: &Output,
    token: &Token,
    fee: u128,
    max_fee: Option<u128>,
) -> Result<(), Error> {
    let limit = max_fee.unwrap_or(USUAL_FEE);
    if fee <= limit {
        return Ok(());
    }
    let (fee, limit) = (token.format(fee), token.format(limit));
    match max_fee {
        Some(_) => Err(Error::NotApplicable(format!(
            "the node asks for a fee of {fee}, and --max-fee allows {limit}; nothing was sent"
        ))),
        None if output.yes => Err(Error::NotApplicable(format!(
            "the node asks for a fee of {fee}. More than {limit} is not paid without a question: --max-fee '{fee}' allows it"
        ))),
        None => {
            output.warn(format_args!(
                "a fee of {fee} is unusually high. The chain may be congested, or the node may lie: compare with another node"
            ));
            Ok(())
        }
    }
}

/// Tells if more was paid than the node had said. A signed transaction names no fee: the chain takes what its rules say.
fn warn_of_higher_fee(output: &Output, chain: &Chain, json: &Json, outcome: &Outcome) {
    let part = |name: &str| json["price"][name].as_str()?.parse::<u128>().ok();
    let (Some(fee), Some(tip), Some(paid)) = (part("fee"), part("tip"), outcome.fee) else {
        return;
    };
    // The rate moves a little from block to block.
    if paid > fee.saturating_add(fee / 8).saturating_add(tip) {
        output.warn(format_args!(
            "the fee was {}, and the node had said {}. If this happens again, do not trust that node",
            chain.token.format(paid),
            chain.token.format(fee.saturating_add(tip))
        ));
    }
}

impl Priced<'_> {
    /// Shows what will happen and what it costs, and asks.
    pub fn confirm(
        &self,
        session: &Session,
        chain: &Chain,
        what: &[(&str, String)],
    ) -> Result<(), Error> {
        show_price(
            &session.output,
            chain,
            what,
            &self.price,
            &self.signed_with(),
        );
        check_fee(&session.output, &chain.token, self.price.fee, self.max_fee)?;
        session.output.confirm("Send it?")
    }

    fn signed_with(&self) -> String {
        let key = &self.key;
        let how = if key.registered {
            "key registered"
        } else {
            "key attached"
        };
        format!("{}, {how}", key.entry.scheme)
    }
}

/// The lines above the question.
pub fn show_price(
    output: &Output,
    chain: &Chain,
    what: &[(&str, String)],
    price: &Price,
    signed_with: &str,
) {
    let field = |name: &str, value: String| output.explain(format_args!("  {name:14} {value}"));
    what.iter()
        .for_each(|(name, value)| field(name, value.clone()));
    field("signature", signed_with.into());
    field(
        "fee",
        format!(
            "{} for {} bytes",
            chain.token.format(price.fee),
            price.bytes
        ),
    );
    if price.tip > 0 {
        field("tip", chain.token.format(price.tip));
    }
    if let Some(deposit) = price.key_deposit {
        field(
            "key deposit",
            format!(
                "{}, held while the key is registered",
                chain.token.format(deposit)
            ),
        );
    }
}

/// What the chain holds back for keys of so many bytes, in words.
pub fn deposit(chain: &Chain, at: &AtBlock, bytes: usize) -> String {
    let deposit = key_deposit(at, bytes).map(|deposit| chain.token.format(deposit));
    deposit.unwrap_or_else(|| "unknown".into())
}

/// An account's keys, opened.
pub enum Opened<'a> {
    /// Derived already.
    Development(&'a crate::derivation::DerivedKey),
    /// Out of the key file, with the passphrase that opened it.
    Stored(Box<Unlocked>),
}

impl Opened<'_> {
    /// The secret of an entry.
    pub fn secret(&self, entry: &KeyEntry) -> Result<&qloak_pq_crypto::signing::SecretKey, Error> {
        match self {
            Self::Development(key) => Ok(&key.secret),
            Self::Stored(unlocked) => {
                let in_file = |error| Error::KeyFile {
                    path: entry.path.clone(),
                    error,
                };
                Ok(&unlocked.key(entry).map_err(in_file)?.secret)
            }
        }
    }
}

/// Asks for the passphrase, if there is one, and opens the key file.
pub fn open<'a>(
    session: &Session,
    account: &'a Account,
    source: &Source,
) -> Result<Opened<'a>, Error> {
    match account {
        Account::Development(key) => Ok(Opened::Development(key)),
        Account::Stored(stored) => {
            let passphrase = ask_passphrase(&stored.name, source)?;
            let _spinner = session.output.spinner("decrypting the key file");
            Ok(Opened::Stored(Box::new(stored.unlock(&passphrase)?)))
        }
    }
}

/// Asks for the passphrase of a stored account.
pub fn ask_passphrase(name: &str, source: &Source) -> Result<Secret, Error> {
    Ok(secret::passphrase(
        source,
        &format!("Passphrase of `{name}`: "),
    )?)
}

/// Confirms, opens the key file, signs and sends: the whole way of an ordinary transaction.
pub async fn send(
    session: &Session,
    chain: &Chain,
    account: &Account,
    priced: &Priced<'_>,
    what: &[(&str, String)],
    arguments: &SendArguments,
) -> Result<Outcome, Error> {
    priced.confirm(session, chain, what)?;
    let opened = open(session, account, &arguments.passphrase.source())?;
    let secret = opened.secret(&priced.key.entry)?;
    let signed = {
        let _spinner = session.output.spinner("signing");
        priced.draft.sign(secret).await?
    };
    submit(session, chain, &signed, arguments).await
}

/// Sends and waits, with a spinner that tells where the transaction is.
pub async fn submit(
    session: &Session,
    chain: &Chain,
    signed: &Signed,
    arguments: &SendArguments,
) -> Result<Outcome, Error> {
    submit_after(session, chain, signed, arguments, || Ok(())).await
}

/// The same for a transaction that registers a new key: `write` puts the key on disk before anything signed leaves, for
/// a node can have a transaction included that it calls refused.
pub async fn submit_after(
    session: &Session,
    chain: &Chain,
    signed: &Signed,
    arguments: &SendArguments,
    write: impl FnOnce() -> Result<(), Error>,
) -> Result<Outcome, Error> {
    write()?;
    // Before anything is awaited: from here on the transaction may be included, whatever becomes of this process.
    session.output.sending(&signed.trace());
    let spinner = session.output.spinner("sending");
    signed.check(chain).await?;
    let report = |progress: Progress| spinner.say(progress.words());
    let outcome = watch::submit(chain, signed, arguments.wait, arguments.timeout(), report).await;
    drop(spinner);
    outcome
}

/// The JSON of a transaction that was sent: the action's own fields, `price` and `transaction`.
pub fn sent_json(mut action: Json, price: &Price, outcome: &Outcome) -> Json {
    action["price"] = json!(price);
    action["transaction"] = json!(outcome);
    action
}

/// Prints the outcome, or fails with its failure.
pub fn finish(
    session: &Session,
    chain: &Chain,
    outcome: &Outcome,
    json: &Json,
    headline: &str,
) -> Result<(), Error> {
    outcome.require_success(chain)?;
    warn_of_higher_fee(&session.output, chain, json, outcome);
    session.output.result(json, |report| {
        report.good(headline);
        describe(report, chain, outcome);
    })
}

/// An outcome for people.
pub fn describe(report: &mut Report, chain: &Chain, outcome: &Outcome) {
    report.field(
        "transaction",
        format_args!("{:?}, {} bytes", outcome.hash, outcome.bytes),
    );
    let finality = if outcome.finalized {
        "final"
    } else {
        "not final yet"
    };
    let when = outcome
        .time
        .map_or_else(String::new, |time| format!(", {}", date(time)));
    report.field(
        "block",
        format_args!(
            "{} {:?}, {finality}{when}",
            outcome.block_number, outcome.block_hash
        ),
    );
    if outcome.pruned {
        report.bad("  not known      whether it succeeded, and its fee: this node has forgotten the state of that block. An archive node knows (--state-pruning archive)");
    }
    if let Some(fee) = outcome.fee {
        report.field("fee paid", chain.token.format(fee));
    }
    if let Some(failure) = &outcome.failure {
        report.bad(format_args!("  failed         {failure}"));
    }
    if report.verbose {
        for event in &outcome.events {
            report.field(
                "event",
                format_args!("{}::{} {}", event.pallet, event.name, line(&event.fields)),
            );
        }
    }
}

/// A name with its address, or the address alone if that is how it was written.
pub fn named(written: &str, address: &str) -> String {
    match written == address {
        true => address.into(),
        false => format!("{written} {address}"),
    }
}

/// Whether `--wait` means a final block.
pub fn is_final(wait: Wait) -> bool {
    wait == Wait::Finalized
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use std::sync::atomic::{AtomicBool, Ordering};

    use clap::{Args, FromArgMatches};
    use serde_json::json;

    use super::*;
    use crate::accounts::Home;
    use crate::chain::fake::Fake;
    use crate::chain::refusal::Refusal;
    use crate::keyfile::KdfParameters;

    static WRITTEN: AtomicBool = AtomicBool::new(false);
    static HEARD: AtomicBool = AtomicBool::new(false);

    /// A node that answers a dry run otherwise if the key is on disk already.
    fn judge(arguments: &Json) -> Json {
        if arguments[0] != "TaggedTransactionQueue_validate_transaction" {
            return Json::Null;
        }
        HEARD.store(true, Ordering::SeqCst);
        match WRITTEN.load(Ordering::SeqCst) {
            true => json!("0x01000708"),
            false => json!("0x010003"),
        }
    }

    #[tokio::test]
    async fn nothing_signed_leaves_before_the_new_key_is_on_disk() {
        let folder = tempfile::tempdir().unwrap();
        let session = Session {
            output: Output::new(true, true, true),
            home: Home::locate(Some(folder.path().join("home"))).unwrap(),
            node: String::new(),
            kdf: KdfParameters::INSECURE_FOR_TESTS,
        };
        let command = SendArguments::augment_args(clap::Command::new("send"));
        let matches = command.try_get_matches_from(["send"]).unwrap();
        let arguments = SendArguments::from_arg_matches(&matches).unwrap();
        let chain = Fake::default().computing("state_call", judge).chain();
        let chain = chain.await.unwrap();
        let signed = Signed::of_bytes(vec![12, 1, 2, 3]);

        let full = || Err(Error::Output(std::io::Error::other("the disk is full")));
        let unwritten = submit_after(&session, &chain, &signed, &arguments, full).await;
        assert!(matches!(unwritten, Err(Error::Output(_))));
        assert!(!HEARD.load(Ordering::SeqCst), "the key is not on disk");

        let write = || {
            WRITTEN.store(true, Ordering::SeqCst);
            Ok(())
        };
        let refused = submit_after(&session, &chain, &signed, &arguments, write).await;
        let refused = refused.unwrap_err();
        assert!(
            matches!(
                refused,
                Error::RefusedByNode {
                    refusal: Refusal::AccountFrozen,
                    ..
                }
            ),
            "the node heard of the transaction before the key was on disk: {refused}"
        );
    }

    #[tokio::test]
    async fn a_dry_run_without_an_answer_leaves_the_transaction_open() {
        for node in [
            Fake::default().breaking("state_call"),
            Fake::default().answering("state_call", json!("0x0207")),
        ] {
            let chain = node.chain().await.unwrap();
            let open = Signed::of_bytes(vec![12, 1, 2, 3]).check(&chain).await;
            let open = open.unwrap_err();
            assert!(matches!(open, Error::Unsettled { .. }), "{open}");
            assert!(open.to_string().contains("--nonce 5"), "{open}");
        }
    }

    const QLK: u128 = 1_000_000_000_000;

    /// Whether a fee passes, with and without somebody who is asked.
    fn passes(fee: u128, max_fee: Option<u128>, yes: bool) -> bool {
        let output = Output::new(true, true, yes);
        let checked = check_fee(&output, &Token::default(), fee, max_fee);
        assert!(matches!(checked, Ok(()) | Err(Error::NotApplicable(_))));
        checked.is_ok()
    }

    #[test]
    fn a_fee_that_a_node_makes_up_is_not_paid_unasked() {
        let usual = QLK / 500;
        assert!(passes(usual, None, true) && passes(usual, None, false));
        assert!(!passes(5 * QLK, None, true), "--yes is not for any fee");
        assert!(passes(5 * QLK, None, false), "a question follows");
        assert!(passes(5 * QLK, Some(5 * QLK), true));
        for yes in [true, false] {
            assert!(!passes(5 * QLK, Some(QLK), yes), "--max-fee is a limit");
            assert!(!passes(usual, Some(0), yes));
        }
    }
}
