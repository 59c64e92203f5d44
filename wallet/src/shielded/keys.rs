//! From an account to its shielded keys.
//!
//! Shielded keys come from the phrase and not from the account's signing key, so that a rotation of that
//! key does not touch them: `SpendingKey::from_master` of the phrase's BIP-39 seed, shielded
//! account 0. Accounts of one phrase therefore share a shielded account. Development accounts, which share a
//! public phrase, each have one of their own: its seed is BLAKE2b-256 of `qloak/shielded/development/v1` and
//! the seed of the account's ML-DSA-65 key.

use qloak_pq_crypto::scheme::Scheme;
use qloak_shielded::address::AddressSecret;
use qloak_shielded::element::Digest;
use qloak_shielded::keys::{
    FullViewingKey, IncomingViewingKey, InternalKey, OutgoingViewingKey, SpendingKey,
};
use zeroize::Zeroizing;

pub use super::sight::Sight;
use super::ShieldedError;
use crate::derivation::{DerivationError, Phrase};
use crate::keyfile::Unlocked;

/// The number of the shielded account of a phrase.
const ACCOUNT: u32 = 0;

const DEVELOPMENT_DOMAIN: &[u8] = b"qloak/shielded/development/v1";

/// What sees an account's notes, or a part of them, and perhaps what spends them.
pub struct Keys {
    incoming: Option<IncomingViewingKey>,
    outgoing: Option<OutgoingViewingKey>,
    whole: Option<Whole>,
    spend: Option<SpendingKey>,
    made_at: Option<u64>,
}

/// What only a full viewing key has.
struct Whole {
    view: FullViewingKey,
    internal: InternalKey,
    change: AddressSecret,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.spend {
            Some(_) => f.write_str("Keys(spends)"),
            None => write!(f, "Keys(sees, {})", self.sight()),
        }
    }
}

impl Keys {
    /// The keys of a stored account.
    ///
    /// # Errors
    /// [`ShieldedError::NoPhrase`].
    pub fn of_account(name: &str, unlocked: &Unlocked) -> Result<Self, ShieldedError> {
        let phrase = unlocked
            .phrase
            .as_ref()
            .ok_or_else(|| ShieldedError::NoPhrase(name.into()))?;
        Ok(Self {
            made_at: unlocked.made_at,
            ..Self::of_phrase(phrase)
        })
    }

    /// The keys of a phrase.
    pub fn of_phrase(phrase: &Phrase) -> Self {
        Self::spending(SpendingKey::from_master(&phrase.master()[..], ACCOUNT))
    }

    /// The keys of a development account such as `//Alice`.
    ///
    /// # Errors
    /// [`DerivationError::Path`].
    pub fn of_development(path: &str) -> Result<Self, DerivationError> {
        let key = Phrase::development()?.derive(Scheme::MlDsa65, path)?;
        let mut message = Zeroizing::new(DEVELOPMENT_DOMAIN.to_vec());
        message.reserve_exact(key.seed.len());
        message.extend_from_slice(key.seed.as_slice());
        let seed = Zeroizing::new(sp_crypto_hashing::blake2_256(&message));
        Ok(Self::spending(SpendingKey::from_seed(&seed)))
    }

    fn spending(spend: SpendingKey) -> Self {
        Self {
            spend: Some(spend.clone()),
            ..Self::viewing(spend.full_viewing_key().clone())
        }
    }

    /// Keys that see everything and do not spend.
    pub fn viewing(view: FullViewingKey) -> Self {
        let internal = view.internal();
        Self {
            incoming: Some(view.incoming()),
            outgoing: Some(view.outgoing().clone()),
            whole: Some(Whole {
                change: internal.address(),
                internal,
                view,
            }),
            spend: None,
            made_at: None,
        }
    }

    /// The keys that a viewing key's text makes, of whatever kind it is.
    ///
    /// # Errors
    /// [`ShieldedError::ViewingKey`].
    pub fn parse(text: &str) -> Result<Self, ShieldedError> {
        let none = Self {
            incoming: None,
            outgoing: None,
            whole: None,
            spend: None,
            made_at: None,
        };
        let is = |prefix: &str| {
            text.strip_prefix(prefix)
                .is_some_and(|rest| rest.starts_with('1'))
        };
        let keys = if is(IncomingViewingKey::PREFIX) {
            text.parse().map(|incoming| Self {
                incoming: Some(incoming),
                ..none
            })
        } else if is(OutgoingViewingKey::PREFIX) {
            text.parse().map(|outgoing| Self {
                outgoing: Some(outgoing),
                ..none
            })
        } else {
            text.parse().map(Self::viewing)
        };
        keys.map_err(ShieldedError::ViewingKey)
    }

    /// When this wallet made the words, in seconds since 1970, if it did: nobody can have paid to them before.
    pub fn made_at(&self) -> Option<u64> {
        self.made_at
    }

    /// How much these keys see.
    pub fn sight(&self) -> Sight {
        match (&self.whole, &self.incoming) {
            (Some(_), _) => Sight::Full,
            (None, Some(_)) => Sight::Incoming,
            (None, None) => Sight::Outgoing,
        }
    }

    /// What spends.
    ///
    /// # Errors
    /// [`ShieldedError::CannotSpend`].
    pub fn spend(&self) -> Result<&SpendingKey, ShieldedError> {
        let no_spend = || ShieldedError::CannotSpend(self.sight());
        self.spend.as_ref().ok_or_else(no_spend)
    }

    /// What sees payments of others.
    pub fn incoming(&self) -> Option<&IncomingViewingKey> {
        self.incoming.as_ref()
    }

    /// One of the account's addresses.
    ///
    /// # Errors
    /// [`ShieldedError::NoAddresses`] if only an outgoing viewing key is there.
    pub fn address(&self, index: u32) -> Result<AddressSecret, ShieldedError> {
        let incoming = self.incoming().ok_or(ShieldedError::NoAddresses)?;
        Ok(incoming.address(index))
    }

    /// What sees payments to others.
    pub fn outgoing(&self) -> Option<&OutgoingViewingKey> {
        self.outgoing.as_ref()
    }

    /// What finds credits.
    pub fn internal(&self) -> Option<&InternalKey> {
        self.whole.as_ref().map(|whole| &whole.internal)
    }

    /// Where change goes.
    pub fn change(&self) -> Option<&AddressSecret> {
        self.whole.as_ref().map(|whole| &whole.change)
    }

    /// The nullifier of a note: nothing if these keys do not see what is spent.
    pub fn nullifier(&self, position: u32, commitment: &Digest) -> Option<Digest> {
        let whole = self.whole.as_ref();
        whole.map(|whole| whole.view.nullifier(position, commitment))
    }

    /// The viewing key of this kind as text; nothing if these keys see less.
    pub fn export(&self, sight: Sight) -> Option<Zeroizing<String>> {
        match sight {
            Sight::Full => self.whole.as_ref().map(|whole| whole.view.export()),
            Sight::Incoming => self.incoming().map(IncomingViewingKey::export),
            Sight::Outgoing => self.outgoing().map(OutgoingViewingKey::export),
        }
    }

    /// 32 bytes for one use that only a holder of the viewing key can compute.
    pub fn separate(&self, domain: &[u8]) -> Zeroizing<[u8; 32]> {
        // Keys always have the text of what they see.
        let view = self.export(self.sight()).unwrap_or_default();
        let mut message = Zeroizing::new(Vec::with_capacity(domain.len() + view.len()));
        message.extend_from_slice(domain);
        message.extend_from_slice(view.as_bytes());
        Zeroizing::new(sp_crypto_hashing::blake2_256(&message))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;
    use crate::secret::Secret;

    fn text(keys: &Keys) -> String {
        keys.export(Sight::Full).unwrap().to_string()
    }

    #[test]
    fn words_alone_restore_the_keys() {
        let phrase = Phrase::generate(12).unwrap();
        let again = Phrase::parse(&Secret::new(phrase.words().expose().into())).unwrap();
        assert_eq!(
            text(&Keys::of_phrase(&phrase)),
            text(&Keys::of_phrase(&again))
        );
        let other = Phrase::generate(12).unwrap();
        assert_ne!(
            text(&Keys::of_phrase(&phrase)),
            text(&Keys::of_phrase(&other))
        );
    }

    #[test]
    fn keys_know_when_their_words_were_made() {
        use crate::keyfile::Kind;
        let phrase = || Phrase::generate(12).unwrap();
        let (kind, scheme, path) = (Kind::Account, Scheme::MlDsa44, "//0");
        let made = Unlocked::from_new_phrase(kind, phrase(), scheme, path).unwrap();
        let keys = Keys::of_account("alice", &made).unwrap();
        assert!(keys.made_at().is_some() && keys.made_at() == made.made_at);
        let imported = Unlocked::from_phrase(kind, phrase(), scheme, path).unwrap();
        assert_eq!(Keys::of_account("bob", &imported).unwrap().made_at(), None);
    }

    #[test]
    fn development_accounts_do_not_share_theirs() {
        let alice = Keys::of_development("//Alice").unwrap();
        assert_ne!(text(&alice), text(&Keys::of_development("//Bob").unwrap()));
        assert_ne!(
            text(&alice),
            text(&Keys::of_phrase(&Phrase::development().unwrap()))
        );
        assert_eq!(format!("{alice:?}"), "Keys(spends)");
    }

    #[test]
    fn a_viewing_key_sees_the_same_and_does_not_spend() {
        let alice = Keys::of_development("//Alice").unwrap();
        let view = Keys::parse(&text(&alice)).unwrap();
        assert_eq!(*alice.separate(b"x"), *view.separate(b"x"));
        assert_ne!(*alice.separate(b"x"), *view.separate(b"y"));
        assert!(matches!(
            view.spend(),
            Err(ShieldedError::CannotSpend(Sight::Full))
        ));
        assert!(alice.spend().is_ok());
    }

    #[test]
    fn lesser_keys_see_less() {
        let alice = Keys::of_development("//Alice").unwrap();
        for sight in [Sight::Full, Sight::Incoming, Sight::Outgoing] {
            let text = alice.export(sight).unwrap();
            let keys = Keys::parse(&text).unwrap();
            assert_eq!(keys.sight(), sight);
            assert_eq!(*keys.export(sight).unwrap(), *text);
            assert_eq!(format!("{keys:?}"), format!("Keys(sees, {sight})"));
            assert!(matches!(keys.spend(), Err(ShieldedError::CannotSpend(of)) if of == sight));
            let sees = |other| keys.export(other).is_some();
            assert_eq!(sees(Sight::Full), sight == Sight::Full);
            assert_eq!(sees(Sight::Incoming), sight != Sight::Outgoing);
            assert_eq!(sees(Sight::Outgoing), sight != Sight::Incoming);
            assert_eq!(keys.change().is_some(), sight == Sight::Full);
            assert_eq!(keys.address(0).is_ok(), sight != Sight::Outgoing);
            assert_eq!(
                *alice.separate(b"x") == *keys.separate(b"x"),
                sight == Sight::Full
            );
        }
        for wrong in [
            "",
            "qshieldview",
            "qshieldincoming1xyz",
            "qshieldoutgoing1",
            "qsh1",
        ] {
            assert!(
                matches!(Keys::parse(wrong), Err(ShieldedError::ViewingKey(_))),
                "{wrong}"
            );
        }
    }
}
