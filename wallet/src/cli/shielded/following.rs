//! Shielded payments on their way: proven, remembered, sent, and followed by name until a block has them.
//!
//! What the node says of a transaction is passed on to whoever watches, and decides nothing: see
//! [`crate::shielded::attempt`].

use futures::stream::{self, BoxStream, StreamExt};
use qloak_shielded::element::Digest;
use subxt::config::substrate::H256;
use subxt::rpcs::methods::legacy::TransactionStatus;
use subxt::transactions::ValidationResult;

use super::shield::call_index;
use super::wallet::Wallet;
use super::PoolArguments;
use crate::chain::outcome::{self, Outcome};
use crate::chain::refusal::Refusal;
use crate::chain::transaction::submission_error;
use crate::chain::watch::Wait;
use crate::chain::AtBlock;
use crate::cli::Session;
use crate::error::Error;
use crate::output::Spinner;
use crate::shielded::attempt::{End, Purpose};
use crate::shielded::draft::{self, Draft, Order};
use crate::shielded::source::Source;
use crate::shielded::{Pending, ShieldedError};

/// Blocks that the wallet still waits for when the node has said that a payment will not come.
const GRACE: u32 = 2;

/// A transfer to be made.
pub struct Ticket {
    pub order: Order,
    pub purpose: Purpose,
    /// What it pays, the fee not included.
    pub value: u64,
}

/// A payment that is in a block.
pub struct Settled {
    pub name: Digest,
    /// What it pays, the fee not included.
    pub value: u64,
    pub outcome: Outcome,
    /// Whether it is an earlier try that came, and not this one.
    pub earlier: bool,
}

/// A payment whose bytes are known outside of the wallet.
struct Sent {
    name: Digest,
    purpose: Purpose,
    until: u32,
    bytes: Vec<u8>,
    /// Whose it is.
    account: String,
}

impl Sent {
    /// What it is followed by.
    fn pending(&self) -> Pending {
        Pending {
            name: format!("0x{}", self.name),
            until: self.until,
            account: self.account.clone(),
        }
    }

    /// The wallet waits no longer.
    fn unsettled(&self, reason: impl ToString) -> Error {
        let reason = reason.to_string().trim_end_matches('.').to_owned();
        ShieldedError::Unsettled {
            payment: self.pending(),
            reason,
        }
        .into()
    }

    /// The wallet did not come to send it.
    fn not_sent(&self, reason: impl ToString) -> Error {
        let reason = reason.to_string().trim_end_matches('.').to_owned();
        ShieldedError::NotSent {
            payment: self.pending(),
            reason,
        }
        .into()
    }

    /// The node does not take it. It has the bytes all the same.
    fn refused(&self, refusal: Refusal) -> Error {
        let payment = self.pending();
        match refusal {
            Refusal::TooLowPriority => ShieldedError::Rival(payment),
            Refusal::Pool(_) | Refusal::Other(_) | Refusal::Custom(_) => ShieldedError::Unsettled {
                reason: refusal.reason_of_payment(),
                payment,
            },
            refusal => ShieldedError::RefusedByNode { payment, refusal },
        }
        .into()
    }
}

/// Proves and sends transactions that can go at the same time, and waits until blocks have them all.
pub async fn carry_out(
    wallet: &mut Wallet<'_>,
    arguments: &PoolArguments,
    tickets: Vec<Ticket>,
) -> Result<Vec<Settled>, Error> {
    let at = wallet.chain.best().await?;
    let call = call_index(&at, "transfer")?;
    if let Some(anchor) = wallet.anchor(arguments.fresh_anchor) {
        // Its number says how long the payments are possible. So it has to be the one in the block's header.
        Source::slot(&wallet.chain, anchor.block).await?;
    }
    let mut sent = Vec::with_capacity(tickets.len());
    for ticket in tickets {
        let draft = draft(wallet, &ticket.order, arguments.fresh_anchor)?;
        let proof = prove(wallet.session, draft.clone()).await?;
        let bytes = draft::extrinsic(call, &draft.transfer, &proof);
        let attempt = wallet
            .state
            .attempt(&draft.transfer, ticket.purpose, ticket.value)
            .with_dummy(draft.dummy.clone());
        let payment = Sent {
            name: attempt.name,
            purpose: attempt.purpose,
            until: attempt.valid_until,
            bytes,
            account: wallet.label.clone(),
        };
        announce(wallet, &payment);
        wallet.state.attempts.begin(attempt);
        // Before the bytes leave the wallet: from then on the payment is possible, whatever happens.
        wallet.save()?;
        if let Err(error) = check(&at, &payment).await {
            tell_of_the_shown(wallet, &payment);
            return Err(error);
        }
        sent.push(payment);
    }
    for payment in &sent {
        wallet.state.attempts.send(&payment.name);
    }
    wallet.save()?;
    let settled = send_and_follow(wallet, arguments, &sent).await;
    for payment in settled.iter().flatten() {
        wallet.state.attempts.done(&payment.name);
    }
    // What is known of the other payments is kept if one of them failed.
    wallet.keep();
    settled
}

/// Says what the payment is called, before anything is awaited.
fn announce(wallet: &Wallet<'_>, payment: &Sent) {
    wallet.session.output.sending_shielded(&payment.pending());
}

/// Asks the node what it has against a payment: it answers more exactly than when it is sent one. From here on it has the
/// bytes, and the payment counts as shown.
async fn check(at: &AtBlock, payment: &Sent) -> Result<(), Error> {
    let transaction = at.transactions().from_bytes(payment.bytes.clone());
    let verdict: Result<ValidationResult, _> = transaction.validate().await;
    let verdict = verdict.map_err(|error| payment.not_sent(error))?;
    match Refusal::from_validation(&verdict) {
        None => Ok(()),
        Some(Refusal::Pool(why) | Refusal::Other(why)) => Err(payment.not_sent(why)),
        Some(refusal) => Err(payment.refused(refusal)),
    }
}

/// Says what a payment that was not sent leaves behind.
fn tell_of_the_shown(wallet: &Wallet<'_>, payment: &Sent) {
    if payment.purpose != Purpose::Merge {
        wallet.session.output.warn(format_args!(
            "nothing was sent. But the node has seen the payment 0x{}, and could have it included until block {}. So the next payment \
             of `{}` spends one of its notes: only one of the two can come",
            payment.name, payment.until, wallet.label
        ));
    }
}

/// What the wallet hears of while it waits.
enum News {
    /// There is another best or final block.
    Block,
    /// What the node says of a payment.
    Word(TransactionStatus<H256>),
    /// The node says nothing more.
    Silence(String),
}

async fn send_and_follow(
    wallet: &mut Wallet<'_>,
    arguments: &PoolArguments,
    sent: &[Sent],
) -> Result<Vec<Settled>, Error> {
    let Some(first) = sent.first() else {
        return Ok(Vec::new());
    };
    let session = wallet.session;
    let spinner = session.output.spinner("sending");
    let deadline = arguments.deadline();
    let sending = tokio::time::timeout_at(deadline, submit(wallet, sent));
    let mut news = sending
        .await
        .map_err(|_| first.unsettled("the node did not answer in time"))??;
    let mut doubt: Option<(String, u32)> = None;
    loop {
        let heard = tokio::time::timeout_at(deadline, news.next()).await;
        let Ok(heard) = heard else {
            let waited = format!("it is in no block after {} seconds", arguments.timeout);
            let reason = doubt.map_or(waited, |(word, _)| word);
            return Err(given_up(wallet, first, reason));
        };
        match heard.unwrap_or_else(|| News::Silence("the connection was closed".into())) {
            News::Silence(reason) => return Err(first.unsettled(reason)),
            News::Word(status) => match read(&status, &spinner) {
                Word::Good => continue,
                Word::InBlock => {}
                Word::Bad(word) => doubt = Some((word, 0)),
            },
            News::Block => {}
        }
        let read = wallet.sync_quietly().await;
        read.map_err(|error| first.unsettled(error))?;
        if let Some(settled) = settled(wallet, arguments.wait, sent).await? {
            return Ok(settled);
        }
        if let Some((word, blocks)) = &mut doubt {
            *blocks += 1;
            if *blocks > GRACE {
                return Err(given_up(wallet, first, word.clone()));
            }
        }
    }
}

/// The wallet waits no longer: for a block, or for its block to become final.
fn given_up(wallet: &Wallet<'_>, payment: &Sent, reason: String) -> Error {
    let end = wallet
        .state
        .attempts
        .of(&payment.name)
        .and_then(|it| it.end);
    match end {
        Some(End::Included { block }) => Error::Timeout(format!(
            "the payment 0x{} is in block {block}, which is not final yet. Do not send it again; what becomes of it: {}",
            payment.name,
            payment.pending().command()
        )),
        _ => payment.unsettled(reason),
    }
}

/// Sends, and listens to all that tells something of it.
async fn submit(wallet: &Wallet<'_>, sent: &[Sent]) -> Result<BoxStream<'static, News>, Error> {
    let chain = &wallet.chain;
    let silence = |error: subxt::rpcs::Error| News::Silence(error.to_string());
    let mut all: Vec<BoxStream<'static, News>> = Vec::new();
    // Before anything is sent, so that no block is missed.
    let best = chain.rpc().chain_subscribe_new_heads().await;
    let last = chain.rpc().chain_subscribe_finalized_heads().await;
    for heads in [best, last] {
        let heads = heads.map_err(chain.failed("following the chain"))?;
        let ended = stream::once(async { News::Silence("the connection was closed".into()) });
        let blocks = heads.map(move |head| head.map_or_else(silence, |_| News::Block));
        all.push(blocks.chain(ended).boxed());
    }
    for payment in sent {
        let submitted = chain
            .rpc()
            .author_submit_and_watch_extrinsic(&payment.bytes);
        match submitted.await {
            Ok(statuses) => {
                // That there are no more words is no news: the blocks tell.
                let words = statuses.filter_map(|status| async { status.ok().map(News::Word) });
                all.push(words.boxed());
            }
            Err(error) => match submission_error(chain, error) {
                // It came to the pool on another way.
                Error::Refused(Refusal::AlreadyImported) => {}
                Error::Refused(refusal) => return Err(payment.refused(refusal)),
                lost => return Err(payment.unsettled(lost)),
            },
        }
    }
    Ok(stream::select_all(all).boxed())
}

/// What the node's word is worth.
enum Word {
    /// It goes on.
    Good,
    /// A block may have it.
    InBlock,
    /// The node thinks that it will not come.
    Bad(String),
}

fn read(status: &TransactionStatus<H256>, spinner: &Spinner) -> Word {
    let bad = |why: &str| {
        spinner.say(format!(
            "the node says that {why}; waiting whether a block has it"
        ));
        Word::Bad(format!("the node says that {why}"))
    };
    match status {
        TransactionStatus::Future | TransactionStatus::Ready | TransactionStatus::Broadcast(_) => {
            spinner.say("in the node's pool, waiting for a block");
            Word::Good
        }
        TransactionStatus::InBlock(block) => {
            spinner.say(format!("in block {block:?}"));
            Word::InBlock
        }
        TransactionStatus::Finalized(_) => Word::InBlock,
        TransactionStatus::Retracted(_) => {
            spinner.say("its block was abandoned, waiting for another");
            Word::Good
        }
        TransactionStatus::FinalityTimeout(_) => {
            bad("its block is not final yet, and it watches no longer")
        }
        TransactionStatus::Usurped(_) => {
            bad("another payment that spends the same note took its place")
        }
        TransactionStatus::Dropped => bad("its pool was full"),
        TransactionStatus::Invalid => bad("it became invalid"),
    }
}

/// What became of the payments; nothing as long as one of them has not ended.
async fn settled(
    wallet: &mut Wallet<'_>,
    wait: Wait,
    sent: &[Sent],
) -> Result<Option<Vec<Settled>>, Error> {
    let mut all = Vec::with_capacity(sent.len());
    for payment in sent {
        let end = wallet
            .state
            .attempts
            .of(&payment.name)
            .and_then(|it| it.end);
        let (name, block) = match end {
            None => return Ok(None),
            Some(End::Included { block }) => (payment.name, block),
            Some(End::Outrun { by, block }) => {
                let other = wallet.state.attempts.of(&by);
                if other.is_none_or(|other| other.purpose != payment.purpose) {
                    wallet.state.attempts.done(&payment.name);
                    let by = format!("0x{by}");
                    let until = payment.until;
                    return Err(ShieldedError::Outrun { by, block, until }.into());
                }
                (by, block)
            }
            Some(End::Expired) => {
                return Err(ShieldedError::Expired {
                    name: format!("0x{}", payment.name),
                    until: payment.until,
                }
                .into())
            }
        };
        let outcome = outcome_of(wallet, &name, block).await;
        // A fork can take the block back at this very moment; then there is another one soon.
        let Some(outcome) = outcome.map_err(|error| payment.unsettled(error))? else {
            return Ok(None);
        };
        if wait == Wait::Finalized && !outcome.finalized {
            return Ok(None);
        }
        let attempt = wallet.state.attempts.of(&name);
        all.push(Settled {
            name,
            value: attempt.map_or(0, |attempt| attempt.value),
            outcome,
            earlier: name != payment.name,
        });
    }
    Ok(Some(all))
}

/// The transaction in which a block has a payment.
pub async fn outcome_of(
    wallet: &Wallet<'_>,
    name: &Digest,
    block: u32,
) -> Result<Option<Outcome>, Error> {
    let chain = &wallet.chain;
    let Some(id) = Source::block(chain, block).await? else {
        return Ok(None);
    };
    let finalized = Source::finalized(chain).await? >= block;
    outcome::find(chain, H256(id.hash), H256(name.to_bytes()), finalized).await
}

fn draft(wallet: &Wallet<'_>, order: &Order, fresh: bool) -> Result<Draft, Error> {
    let first = order.inputs.first().copied().unwrap_or_default();
    let anchor = wallet.anchor(fresh);
    let anchor = anchor.ok_or(ShieldedError::NotAnchored(first))?;
    Ok(order.draft(&wallet.keys, &wallet.state, &anchor)?)
}

/// Proves beside the connection, which would time out if a slow machine kept it waiting.
async fn prove(session: &Session, draft: Draft) -> Result<Vec<u8>, Error> {
    let _spinner = session.output.spinner("proving that the payment is right");
    match tokio::task::spawn_blocking(move || draft.prove()).await {
        Ok(proof) => Ok(proof?),
        Err(failed) => Err(std::io::Error::other(failed).into()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, reason = "tests fail by panicking")]
    use super::*;
    use crate::chain::shielded_refusal::ShieldedRefusal;
    use crate::output::Output;

    fn sent() -> Sent {
        Sent {
            name: Digest::ZERO,
            purpose: Purpose::Merge,
            until: 77,
            bytes: Vec::new(),
            account: "alice".into(),
        }
    }

    #[test]
    fn the_slower_of_two_copies_does_not_read_of_nonces_and_tips() {
        let error = sent().refused(Refusal::TooLowPriority);
        let text = error.to_string();
        assert!(
            text.contains("another copy") && text.contains("block 77"),
            "{text}"
        );
        assert!(!text.contains("nonce") && !text.contains("--tip"), "{text}");
        assert_eq!((error.exit_status(), error.kind()), (7, "unsettled"));
    }

    #[test]
    fn a_refusal_names_the_payment_that_may_come_all_the_same() {
        for refusal in [
            Refusal::Stale,
            Refusal::BadProof,
            Refusal::Payment,
            Refusal::Shielded(ShieldedRefusal::AlreadySpent),
        ] {
            let error = sent().refused(refusal.clone());
            let text = error.to_string();
            for part in [
                "the node's word",
                "until block 77",
                "--account alice",
                "run the same command",
            ] {
                assert!(text.contains(part), "{part}: {text}");
            }
            assert!(
                !text.contains("nonce") && !text.contains("ACCOUNT"),
                "{text}"
            );
            let json = error.to_json();
            assert_eq!(json["error"]["code"], refusal.name());
            assert_eq!(json["error"]["transaction"]["valid_until"], 77);
        }
    }

    #[test]
    fn no_word_of_a_node_ends_a_payment() {
        let spinner = Output::new(true, true, true).spinner("");
        let hash = H256::zero();
        for status in [
            TransactionStatus::Usurped(hash),
            TransactionStatus::Dropped,
            TransactionStatus::Invalid,
            TransactionStatus::FinalityTimeout(hash),
        ] {
            let Word::Bad(word) = read(&status, &spinner) else {
                panic!("{status:?} is no good word")
            };
            let error = sent().unsettled(word);
            assert_eq!(error.exit_status(), 7);
            assert!(error.to_string().contains("may still come, until block 77"));
        }
        // Nor does what a pool says, or a program that this wallet does not know.
        for refusal in [
            Refusal::Pool("full".into()),
            Refusal::Other("?".into()),
            Refusal::Custom(200),
        ] {
            assert_eq!(sent().refused(refusal).exit_status(), 7);
        }
    }
}
