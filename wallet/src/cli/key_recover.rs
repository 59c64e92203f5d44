//! `qloak key freeze | recover`: what a backup key orders.

use std::io::IsTerminal;

use clap::{Args, FromArgMatches};
use qloak_pq_crypto::context::Context;
use serde_json::{json, Value as Json};
use subxt::ext::scale_value::Value;

use super::arguments::{require_distinct, SendArguments};
use super::key_arguments::{FreezeArguments, OrderArguments, RecoverArguments};
use super::key_backup::only_key;
use super::key_change::{key_arguments, scope};
use super::recovery_target::Target;
use super::{key_lock, protection, sending, shielded, words, Session};
use crate::accounts::lock::KeyLock;
use crate::address::AccountId;
use crate::chain::outcome::Outcome;
use crate::chain::registry::{Registration, PALLET};
use crate::chain::transaction::{call, Call, Price};
use crate::chain::{AtBlock, Chain};
use crate::error::Error;
use crate::follow_up;
use crate::keyfile::Unlocked;
use crate::payload;
use crate::secret::Source;

/// What freezing and recovering have in common.
struct Order<'a> {
    session: &'a Session,
    chain: &'a Chain,
    account: AccountId,
    registration: Registration,
    backup: Unlocked,
}

/// A call with an order that the backup key has yet to sign. Anybody may send a signed order, so the node gets it
/// after somebody has agreed to it, and after the new key is on disk.
struct Wanted {
    name: &'static str,
    arguments: Vec<(&'static str, Value)>,
    message: Vec<u8>,
}

impl Wanted {
    fn with(&self, signature: Vec<u8>) -> Call {
        let mut arguments = self.arguments.clone();
        arguments.push(("signature", Value::from_bytes(signature)));
        call(PALLET, self.name, arguments)
    }
}

/// What stands for the order's signature while its price is asked: zeros, as long as the real one.
fn unsigned(backup: &Unlocked) -> Result<Vec<u8>, Error> {
    let scheme = only_key(backup)?.secret.scheme();
    Ok(vec![0; scheme.parameters().signature_bytes])
}

/// Waits for other commands that change the account's keys.
fn lock(session: &Session, arguments: &OrderArguments) -> Result<KeyLock, Error> {
    let account = session.home.account_anywhere(&arguments.account)?;
    key_lock::lock(session, account, &arguments.account)
}

impl<'a> Order<'a> {
    async fn new(
        session: &'a Session,
        chain: &'a Chain,
        at: &AtBlock,
        arguments: &OrderArguments,
    ) -> Result<Self, Error> {
        let account = session
            .home
            .look_up(&arguments.account, chain.prefix, None)?;
        let registration = Registration::read(chain, at, account).await?;
        let backup = arguments.backup.source().open(account, &registration)?;
        Ok(Self {
            session,
            chain,
            account,
            registration,
            backup,
        })
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let key = only_key(&self.backup)?;
        let _spinner = self.session.output.spinner("signing with the backup key");
        payload::sign(&key.secret, Context::Recovery, message)
    }

    async fn send(
        &self,
        at: AtBlock,
        wanted: &Wanted,
        what: &[(&str, String)],
        arguments: &OrderArguments,
        before_sending: impl FnOnce() -> Result<(), Error>,
    ) -> Result<(Price, Outcome), Error> {
        let payer = self
            .session
            .home
            .signer(&arguments.pay_from, arguments.pay_scheme)?;
        let record = Registration::read(self.chain, &at, payer.id()).await?.key;
        let send: &SendArguments = &arguments.send;
        let priced = sending::price(
            self.session,
            self.chain,
            &at,
            &payer,
            record.as_ref(),
            wanted.with(unsigned(&self.backup)?),
            send,
        )
        .await?;
        priced.confirm(self.session, self.chain, what)?;
        let opened = sending::open(self.session, &payer, &send.passphrase.source())?;
        before_sending()?;
        let call = wanted.with(self.sign(&wanted.message)?);
        let draft = priced.draft.with_call(call);
        let signed = draft.sign(opened.secret(&priced.key.entry)?).await?;
        let sent = sending::submit(self.session, self.chain, &signed, send).await;
        Ok((priced.price, sent?))
    }
}

pub async fn freeze(session: &Session, arguments: &FreezeArguments) -> Result<(), Error> {
    let order_arguments = &arguments.order;
    require_distinct(&[
        &order_arguments.send.passphrase.source(),
        order_arguments.backup.source().secret(),
    ])?;
    let _lock = lock(session, order_arguments)?;
    let chain = session.connect().await?;
    let at = chain.best().await?;
    let order = Order::new(session, &chain, &at, order_arguments).await?;
    if order.registration.frozen {
        return Err(Error::NotApplicable("the account is frozen already".into()));
    }
    let message = scope(&chain, order.account).freeze(order.registration.recovery_nonce);
    let wanted = Wanted {
        name: "freeze",
        arguments: vec![("account", Value::from_bytes(order.account.0))],
        message,
    };
    let address = chain.address(order.account);
    let what = [
        ("freeze", address.clone()),
        ("paid by", order_arguments.pay_from.clone()),
    ];
    session.output.warn(protection::FREEZE);
    let sent = order.send(at, &wanted, &what, order_arguments, || Ok(()));
    let (price, outcome) = sent.await?;
    let json = sending::sent_json(
        json!({ "account": address, "frozen": true, "shielded_money_frozen": false }),
        &price,
        &outcome,
    );
    sending::finish(
        session,
        &chain,
        &outcome,
        &json,
        "The account is frozen; its shielded money is not. Give it a new key: qloak key recover",
    )
}

pub async fn recover(session: &Session, arguments: &RecoverArguments) -> Result<(), Error> {
    let common = &arguments.order;
    let account_source = Source::from_options(
        arguments.account_passphrase_fd,
        arguments.account_passphrase_file.clone(),
    );
    require_distinct(&[
        &common.send.passphrase.source(),
        common.backup.source().secret(),
        &account_source,
        &Source::from_options(arguments.old_passphrase_fd, None),
    ])?;
    if arguments.move_shielded && session.output.json {
        return Err(Error::Usage(
            "--move-shielded sends a payment of its own, whose outcome is another JSON document: run qloak send afterwards".into(),
        ));
    }
    let _lock = lock(session, common)?;
    let chain = session.connect().await?;
    let at = chain.best().await?;
    let order = Order::new(session, &chain, &at, common).await?;
    let mut target = Target::choose(
        session,
        order.account,
        &order.registration,
        at.block_number(),
        &arguments.target,
        &account_source,
    )?;
    session.warn_of(target.new_key()?.secret.scheme());
    let address = chain.address(order.account);
    let generation = order.registration.next_generation();
    let mut action = json!({
        "account": address,
        "name": target.name,
        "scheme": target.new_key()?.secret.scheme().to_string(),
        "generation": generation,
    });
    if target.is_registered(&order.registration) {
        // An earlier try did reach the chain.
        action["generation"] = (generation - 1).into();
        target.finish(session, &mut action)?;
        let told = told(session, &target, &mut action, arguments.show_phrase);
        session.output.result(&action, |report| report.good(told))?;
        offer_to_move(session, &target, arguments).await;
        return Ok(());
    }
    let wanted = recovery(&chain, &order, &target, generation)?;
    let what = [
        ("recover", address),
        ("new key", target.describe(generation)?),
        ("paid by", common.pay_from.clone()),
    ];
    session.output.warn(match target.has_new_words() {
        true => protection::NEW_WORDS,
        false => protection::SAME_WORDS,
    });
    let sent = order
        .send(at, &wanted, &what, common, || target.write(session))
        .await;
    let landed = matches!(&sent, Ok((_, outcome)) if outcome.failure.is_none());
    match landed {
        true => target.finish(session, &mut action)?,
        false => target.warn_of_attempt(session)?,
    }
    let (price, outcome) = sent?;
    let headline = told(session, &target, &mut action, arguments.show_phrase);
    let json = sending::sent_json(action, &price, &outcome);
    sending::finish(session, &chain, &outcome, &json, &headline)?;
    offer_to_move(session, &target, arguments).await;
    Ok(())
}

/// Moves the shielded money from under the old words to the new ones, if somebody wants that. The recovery is
/// done, whatever becomes of this.
async fn offer_to_move(session: &Session, target: &Target, arguments: &RecoverArguments) {
    let (Some(kept), Some(new)) = (&target.kept, target.new_words()) else {
        return;
    };
    // One command prints one JSON document.
    if session.output.json {
        return;
    }
    if !arguments.move_shielded {
        let question = "Move the shielded money to the new words now?";
        if !std::io::stdin().is_terminal() || session.output.confirm(question).is_err() {
            return;
        }
    }
    let moved = match move_all(kept, &new.address, arguments) {
        Ok(payment) => shielded::send(session, &payment).await,
        Err(error) => Err(error),
    };
    if let Err(error) = moved {
        session.output.warn(format_args!(
            "the recovery is done, but the shielded money is still under the old words: {error}"
        ));
    }
}

/// `qloak send --all` from the old words to the new ones, as it would be typed.
fn move_all(
    from: &str,
    to: &str,
    arguments: &RecoverArguments,
) -> Result<shielded::PayArguments, Error> {
    let mut line = vec!["send".into(), "--from".into(), from.into(), "--to".into()];
    line.extend([to.to_owned(), "--all".to_owned()]);
    if let Some(descriptor) = arguments.old_passphrase_fd {
        line.extend(["--passphrase-fd".to_owned(), descriptor.to_string()]);
    }
    if let Some(path) = &arguments.old_passphrase_file {
        line.extend(["--passphrase-file".to_owned(), path.display().to_string()]);
    }
    let command = shielded::PayArguments::augment_args(clap::Command::new("send"));
    command
        .try_get_matches_from(line)
        .and_then(|matches| shielded::PayArguments::from_arg_matches(&matches))
        .map_err(|error| Error::Usage(error.to_string()))
}

fn recovery(
    chain: &Chain,
    order: &Order<'_>,
    target: &Target,
    generation: u32,
) -> Result<Wanted, Error> {
    let new = target.new_key()?;
    let (scheme, public) = (new.secret.scheme(), new.secret.public_key());
    let scope = scope(chain, order.account);
    let proof = payload::sign(
        &new.secret,
        Context::KeyPossession,
        &scope.possession(generation, scheme, public),
    )?;
    let mut arguments = vec![("account", Value::from_bytes(order.account.0))];
    arguments.extend(key_arguments(new));
    arguments.push(("proof", Value::from_bytes(proof)));
    let message = scope.recover(order.registration.recovery_nonce, scheme, public);
    Ok(Wanted {
        name: "recover",
        arguments,
        message,
    })
}

/// What the recovery did, and what is left to do: for people, and into the JSON document.
fn told(session: &Session, target: &Target, action: &mut Json, show_phrase: bool) -> String {
    let name = &target.name;
    let Some(new) = target.new_words() else {
        return format!("The account has a new key, in `{name}`. Its words and its shielded addresses are the same.");
    };
    action["shielded_handle"] = new.handle.clone().into();
    action["import"] = new.restoring.command().into();
    let mut text = format!("The account has a new key under new words, in `{name}`.");
    match &target.kept {
        Some(kept) => text.push_str(&format!(
            "\nThe old words are kept as `{kept}`. Shielded money is still under them, and whoever else has them can spend it. Move it now:\n  {}\n  {}",
            follow_up::here(format_args!("address show {name} --out {name}.address")),
            follow_up::command(format_args!("send --from {kept} --to {name}.address --all")),
        )),
        None => text.push_str(
            "\nShielded money is still under the old words, and whoever else has them can spend it. If you have them: qloak account import, and send it to the new address.",
        ),
    }
    text.push_str(&format!(
        "\nThe account's shielded addresses are other ones now, the first with the handle {}. Give payers the new one.",
        new.handle
    ));
    match words::are_shown(session, show_phrase) {
        true => {
            action["phrase"] = new.words.expose().into();
            let what_they_do = "They restore the account, together with its address";
            text.push_str(&words::paragraph(&new.words, what_they_do));
            if let Some(remark) = new.restoring.remark() {
                text.push_str(&format!("\n{remark}"));
            }
        }
        false => text.push_str(&format!(
            "\nThe new words were not shown: {}",
            follow_up::here(format_args!("account export {name} --phrase"))
        )),
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;
    use crate::derivation::{Phrase, BACKUP_PATH};
    use crate::keyfile::Kind;
    use qloak_pq_crypto::scheme::Scheme;

    #[test]
    fn what_is_priced_is_no_order_of_the_backup_key() {
        let phrase = Phrase::development().unwrap();
        let scheme = Scheme::SlhDsaShake128s;
        let backup = Unlocked::from_phrase(Kind::Backup, phrase, scheme, BACKUP_PATH).unwrap();
        let order = b"an order";
        let signature =
            payload::sign(&only_key(&backup).unwrap().secret, Context::Recovery, order).unwrap();
        let priced = unsigned(&backup).unwrap();
        assert_eq!(priced.len(), signature.len(), "the fee counts bytes");
        assert!(priced.iter().all(|byte| *byte == 0));
        let wanted = Wanted {
            name: "freeze",
            arguments: vec![("account", Value::from_bytes([1; 32]))],
            message: order.to_vec(),
        };
        let shown = |call: Call| format!("{:?}", call.call_data());
        let (priced, sent) = (
            shown(wanted.with(priced)),
            shown(wanted.with(signature.clone())),
        );
        let signature = format!("{:?}", Value::from_bytes(signature));
        assert!(sent.contains(&signature) && !priced.contains(&signature));
    }

    /// Its options are another file's, and are put together as text.
    #[test]
    fn the_offered_move_of_shielded_money_is_a_payment_that_can_be_typed() {
        let line = "recover --account alice --backup-words --pay-from bob --move-shielded";
        for more in ["", " --old-passphrase-fd 3", " --old-passphrase-file old"] {
            let command = RecoverArguments::augment_args(clap::Command::new("recover"));
            let matches = command
                .try_get_matches_from(format!("{line}{more}").split(' '))
                .unwrap();
            let arguments = RecoverArguments::from_arg_matches(&matches).unwrap();
            move_all("alice.before-recovery", "qshield1x", &arguments).unwrap();
        }
    }
}
