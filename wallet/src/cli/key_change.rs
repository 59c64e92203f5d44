//! `qloak key register | rotate | deregister`: keys that the account itself orders.

use qloak_pq_crypto::context::Context;
use qloak_pq_crypto::scheme::Scheme;
use serde_json::json;
use subxt::ext::scale_value::Value;

use super::key_arguments::{DeregisterArguments, RegisterArguments, RotateArguments};
use super::{key_lock, protection, sending, Session};
use crate::accounts::Account;
use crate::address::AccountId;
use crate::chain::registry::{KeyRecord, Registration, PALLET};
use crate::chain::transaction::{call, scheme_value};
use crate::chain::Chain;
use crate::derivation::{account_of, DerivedKey};
use crate::error::Error;
use crate::follow_up;
use crate::keyfile::Unlocked;
use crate::payload::{self, Scope};

/// The chain and account that proofs are for.
pub fn scope(chain: &Chain, account: AccountId) -> Scope {
    Scope {
        genesis: chain.genesis().0,
        account,
    }
}

/// A key as arguments of a call: `scheme` and `public`.
pub fn key_arguments(key: &DerivedKey) -> Vec<(&'static str, Value)> {
    let secret = &key.secret;
    vec![
        ("scheme", scheme_value(secret.scheme())),
        ("public", Value::from_bytes(secret.public_key())),
    ]
}

/// The scheme of an account's next key, if nobody asks for another: that of the present one, or of the founder.
pub fn present_scheme(registration: &Registration, founder: Option<Scheme>) -> Scheme {
    let registered = registration.key.as_ref().map(|key| key.scheme.0);
    registered.or(founder).unwrap_or(Scheme::MlDsa65)
}

pub async fn register(session: &Session, arguments: &RegisterArguments) -> Result<(), Error> {
    let (account, _lock) = key_lock::locked(session, &arguments.from, arguments.scheme)?;
    let chain = session.connect().await?;
    let at = chain.best().await?;
    let registration = Registration::read(&chain, &at, account.id()).await?;
    if let Some(record) = &registration.key {
        return Err(Error::NotApplicable(format!(
            "the chain has a key of `{}` already ({}, generation {}). To change it: {}",
            account.label(),
            record.scheme.0,
            record.generation,
            follow_up::command(format_args!("key rotate --from {}", account.label()))
        )));
    }
    let keys = account.keys();
    let chosen = crate::chain::registry::choose_key(
        account.id(),
        account.label(),
        &keys,
        None,
        at.block_number(),
    )?;
    let (scheme, public) = (chosen.entry.scheme, chosen.entry.public);
    let call = call(
        PALLET,
        "register_key",
        vec![
            ("scheme", scheme_value(scheme)),
            ("public", Value::from_bytes(&public)),
        ],
    );
    let priced =
        sending::price(session, &chain, &at, &account, None, call, &arguments.send).await?;
    let what = [
        ("register", format!("{scheme} key, {} bytes", public.len())),
        ("for", chain.address(account.id())),
    ];
    let outcome = sending::send(session, &chain, &account, &priced, &what, &arguments.send).await?;
    let action = json!({ "account": chain.address(account.id()), "scheme": scheme.to_string(), "generation": 0 });
    let json = sending::sent_json(action, &priced.price, &outcome);
    sending::finish(session, &chain, &outcome, &json, "The key is registered.")
}

pub async fn rotate(session: &Session, arguments: &RotateArguments) -> Result<(), Error> {
    let (account, _lock) = key_lock::locked(session, &arguments.from, None)?;
    let mut stored = account.into_stored()?;
    let chain = session.connect().await?;
    let at = chain.best().await?;
    let registration = Registration::read(&chain, &at, stored.file.account).await?;
    refuse_in_overlap(&registration, at.block_number(), &stored.name)?;

    let source = arguments.send.passphrase.source();
    let passphrase = sending::ask_passphrase(&stored.name, &source)?;
    let mut unlocked = stored.unlock(&passphrase)?;
    let in_file = |error| Error::KeyFile {
        path: stored.path.display().to_string(),
        error,
    };
    make_room(&mut unlocked, &registration, at.block_number());
    let founder = unlocked.keys.first().map(|key| key.secret.scheme());
    let present = present_scheme(&registration, founder);
    let scheme = arguments.scheme.unwrap_or(present);
    session.warn_of(scheme);
    let generation = registration.next_generation();
    let new = unlocked.append_next_key(scheme).map_err(in_file)?;
    let message =
        scope(&chain, stored.file.account).possession(generation, scheme, new.secret.public_key());
    let proof = payload::sign(&new.secret, Context::KeyPossession, &message)?;
    let mut call_arguments = key_arguments(new);
    call_arguments.push(("proof", Value::from_bytes(proof)));
    let path = new.path.clone();

    let account = Account::Stored(stored.clone());
    let call = call(PALLET, "rotate_key", call_arguments);
    let priced = sending::price(
        session,
        &chain,
        &at,
        &account,
        registration.key.as_ref(),
        call,
        &arguments.send,
    )
    .await?;
    let bytes = present.parameters().public_bytes + scheme.parameters().public_bytes;
    let what = [
        (
            "rotate",
            format!("{} {}", stored.name, chain.address(stored.file.account)),
        ),
        (
            "new key",
            format!("{scheme} at {path}, generation {generation}"),
        ),
        (
            "deposit",
            format!(
                "{} for both keys in the overlap",
                sending::deposit(&chain, &at, bytes)
            ),
        ),
        ("protects", protection::ROTATE.into()),
    ];
    priced.confirm(session, &chain, &what)?;
    let entry = &priced.key.entry;
    let secret = &unlocked
        .key(entry)
        .map_err(|error| Error::KeyFile {
            path: entry.path.clone(),
            error,
        })?
        .secret;
    let signed = priced.draft.sign(secret).await?;
    // From then on the new key cannot be lost, whatever happens to this process or the machine.
    let write = || {
        stored.replace(&unlocked, &passphrase)?;
        Ok(())
    };
    let sent = sending::submit_after(session, &chain, &signed, &arguments.send, write).await;
    let outcome = sent?;
    let json = json!({ "account": chain.address(account.id()), "scheme": scheme.to_string(), "path": path, "generation": generation });
    let json = sending::sent_json(json, &priced.price, &outcome);
    let headline = match registration.key {
        Some(_) => "The account has a new key. The old one signs until its overlap ends.",
        // A key that the chain never kept has no overlap.
        None => "The account has a new key. The old one is dead.",
    };
    let headline = format!("{headline} Its words and its shielded addresses are the same.");
    sending::finish(session, &chain, &outcome, &json, &headline)
}

pub async fn deregister(session: &Session, arguments: &DeregisterArguments) -> Result<(), Error> {
    let (account, _lock) = key_lock::locked(session, &arguments.from, arguments.scheme)?;
    let chain = session.connect().await?;
    let at = chain.best().await?;
    let registration = Registration::read(&chain, &at, account.id()).await?;
    let record = removable(account.id(), account.label(), &registration)?;
    let bytes = record.public.len();
    let call = call(PALLET, "deregister_key", vec![]);
    let priced = sending::price(
        session,
        &chain,
        &at,
        &account,
        Some(record),
        call,
        &arguments.send,
    )
    .await?;
    let what = [
        (
            "deregister",
            format!("{} key of {}", record.scheme.0, chain.address(account.id())),
        ),
        (
            "returns",
            format!("{} of deposit", sending::deposit(&chain, &at, bytes)),
        ),
    ];
    let outcome = sending::send(session, &chain, &account, &priced, &what, &arguments.send).await?;
    let action =
        json!({ "account": chain.address(account.id()), "scheme": record.scheme.0.to_string() });
    let json = sending::sent_json(action, &priced.price, &outcome);
    sending::finish(
        session,
        &chain,
        &outcome,
        &json,
        "The chain has forgotten the key and returned its deposit. The next transaction carries the key, and registers it again if the account can pay the deposit.",
    )
}

/// The key that the chain would forget; what it would refuse is refused here, without a fee.
fn removable<'a>(
    account: AccountId,
    label: &str,
    registration: &'a Registration,
) -> Result<&'a KeyRecord, Error> {
    let refused = |why: String| Err(Error::NotApplicable(why));
    let Some(record) = &registration.key else {
        return refused(format!("the chain has no key of `{label}` to forget"));
    };
    if registration.frozen {
        return refused(format!("`{label}` is frozen: qloak key recover"));
    }
    if record.generation > 0 {
        return refused(format!(
            "the key of `{label}` was changed {} time(s), and only the chain knows which one counts: it stays registered",
            record.generation
        ));
    }
    if account_of(record.scheme.0, &record.public) != account {
        return refused(format!(
            "the key of `{label}` is not the one that founded the account, and only the chain knows it: it stays registered"
        ));
    }
    if registration.backup.is_some() {
        return refused(format!(
            "`{label}` has a backup key, which only goes with the registered key that it guards: both stay"
        ));
    }
    Ok(record)
}

/// While a rotated key still signs, the chain changes no keys: its holder could change them back.
pub fn refuse_in_overlap(registration: &Registration, block: u64, name: &str) -> Result<(), Error> {
    let previous = registration
        .key
        .as_ref()
        .and_then(|key| key.previous.as_ref());
    match previous.filter(|previous| u64::from(previous.valid_until) >= block) {
        Some(previous) => Err(Error::NotApplicable(format!(
            "`{name}` was rotated a short while ago: the key before signs until block {}, and this is block {block}. Its keys can be changed again after that",
            previous.valid_until
        ))),
        None => Ok(()),
    }
}

/// Makes room for a key in a full file. Only then: on another chain (a test network, say) an older key may
/// still be the present one.
pub fn make_room(unlocked: &mut Unlocked, registration: &Registration, block: u64) {
    let account = unlocked.account;
    unlocked.make_room(|key| {
        let (scheme, public) = (key.secret.scheme(), key.secret.public_key());
        is_needed(scheme, public, account, registration, block)
    });
}

/// Whether the chain may still ask for this key. The others are leftovers of attempts and finished overlaps.
pub fn is_needed(
    scheme: Scheme,
    public: &[u8],
    account: AccountId,
    registration: &Registration,
    block: u64,
) -> bool {
    let Some(KeyRecord {
        scheme: current_scheme,
        public: current,
        previous,
        ..
    }) = &registration.key
    else {
        return account_of(scheme, public) == account;
    };
    let is_current = current_scheme.0 == scheme && current == public;
    let is_previous = previous.as_ref().is_some_and(|previous| {
        previous.scheme.0 == scheme
            && previous.public == public
            && u64::from(previous.valid_until) >= block
    });
    is_current || is_previous
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;
    use crate::chain::registry::{BackupKey, PreviousKey};
    use crate::derivation::Phrase;
    use subxt::utils::Static;

    fn key(path: &str) -> DerivedKey {
        let phrase = Phrase::development().unwrap();
        phrase.derive(Scheme::MlDsa44, path).unwrap()
    }

    fn registration(current: &DerivedKey, previous: Option<(&DerivedKey, u32)>) -> Registration {
        let public = |key: &DerivedKey| key.secret.public_key().to_vec();
        let previous = previous.map(|(key, valid_until)| PreviousKey {
            scheme: Static(Scheme::MlDsa44),
            public: public(key),
            valid_until,
        });
        let record = KeyRecord {
            scheme: Static(Scheme::MlDsa44),
            public: public(current),
            generation: 1,
            previous,
        };
        Registration {
            key: Some(record),
            backup: None,
            recovery_nonce: 0,
            frozen: false,
            classical: false,
        }
    }

    #[test]
    fn only_keys_that_the_chain_may_ask_for_are_needed() {
        let (first, second, third) = (key("//0"), key("//0//1"), key("//0//2"));
        let account = first.account();
        let is_needed = |key: &DerivedKey, registration: &Registration, block| {
            let (scheme, public) = (key.secret.scheme(), key.secret.public_key());
            super::is_needed(scheme, public, account, registration, block)
        };
        let rotated = registration(&second, Some((&first, 10)));
        let needed = |key, block| is_needed(key, &rotated, block);
        assert!(needed(&second, 5) && needed(&second, 11));
        assert!(needed(&first, 10) && !needed(&first, 11));
        assert!(!needed(&third, 5), "an attempt that the chain never took");

        let unregistered = Registration {
            key: None,
            ..rotated.clone()
        };
        assert!(is_needed(&first, &unregistered, 0));
        assert!(!is_needed(&second, &unregistered, 0));
    }

    #[test]
    fn a_second_rotation_waits_for_the_end_of_the_overlap() {
        let (first, second) = (key("//0"), key("//0//1"));
        let rotated = registration(&second, Some((&first, 10)));
        let refused = refuse_in_overlap(&rotated, 10, "alice").unwrap_err();
        assert!(matches!(refused, Error::NotApplicable(_)), "{refused}");
        assert_eq!(refused.exit_status(), 4);
        assert!(refuse_in_overlap(&rotated, 11, "alice").is_ok());
        assert!(refuse_in_overlap(&registration(&second, None), 0, "alice").is_ok());
    }

    #[test]
    fn without_a_wish_the_scheme_stays() {
        let registered = registration(&key("//0"), None);
        let unregistered = Registration {
            key: None,
            ..registered.clone()
        };
        let founder = Some(Scheme::MlDsa87);
        assert_eq!(present_scheme(&registered, founder), Scheme::MlDsa44);
        assert_eq!(present_scheme(&unregistered, founder), Scheme::MlDsa87);
        assert_eq!(present_scheme(&unregistered, None), Scheme::MlDsa65);
    }

    #[test]
    fn a_deregistration_that_the_chain_would_refuse_costs_no_fee() {
        let (first, second) = (key("//0"), key("//0//1"));
        let account = first.account();
        let mut young = registration(&first, None);
        young.key.as_mut().unwrap().generation = 0;
        assert!(removable(account, "alice", &young).is_ok());
        let backup = Some(BackupKey {
            scheme: Static(Scheme::SlhDsaShake128s),
            public: vec![1; 32],
        });
        let of_another = {
            let mut other = registration(&second, None);
            other.key.as_mut().unwrap().generation = 0;
            other
        };
        for (registration, why) in [
            (
                Registration {
                    key: None,
                    ..young.clone()
                },
                "no key",
            ),
            (
                Registration {
                    frozen: true,
                    ..young.clone()
                },
                "frozen",
            ),
            (registration(&first, None), "1 time(s)"),
            (of_another, "founded"),
            (
                Registration {
                    backup,
                    ..young.clone()
                },
                "backup key",
            ),
        ] {
            let refused = removable(account, "alice", &registration).unwrap_err();
            assert!(refused.to_string().contains(why), "{refused}");
            assert_eq!(refused.exit_status(), 4);
        }
    }
}
