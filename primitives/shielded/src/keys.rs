//! The keys of a shielded account, each of which can do less than the one above it.
//!
//! ```text
//! seed ─┬─ ask ── ak ─┬─ account ──┬─ incoming viewing key ── addresses 0, 1, 2, …
//!       ├─ nk ────────┘            │
//!       ├─ address key ────────────┘
//!       ├─ nk and address key ──────── internal key ── change and credits
//!       ├─ outgoing viewing key
//!       └─ hedge
//! ```
//!
//! | key | holds | can |
//! |---|---|---|
//! | [`SpendingKey`] | the seed | spend |
//! | [`FullViewingKey`] | `ak`, `nk`, address key, outgoing key | see what comes, what goes, and what is spent |
//! | [`InternalKey`] | part of the above | see change and credits, which tell what was spent |
//! | [`IncomingViewingKey`] | `account`, address key | see what others pay, and make new addresses |
//! | [`OutgoingViewingKey`] | 32 bytes | see what goes, with memo and the recipient's handle, change included |
//!
//! ```text
//! ak      = C(ask, [Tag::Ak, 0 x7])
//! account = C(ak, nk)
//! owner   = C(account, [Tag::Owner, d x7])
//! ```

use crate::{
    address::{AddressSecret, Diversifier},
    element::{Digest, NotCanonical, SecretElements, DIGEST_BYTES, DIGEST_ELEMENTS},
    expand,
    hash::{compress, compress_tagged, Tag, PAYLOAD_ELEMENTS},
    note::{self, Randomness},
    text::{self, TextError},
};
use alloc::{string::String, vec::Vec};
use core::{fmt, str::FromStr};
use p3_field::PrimeCharacteristicRing;
use zeroize::{ZeroizeOnDrop, Zeroizing};

/// Bytes of a seed.
pub const SEED_BYTES: usize = 32;

/// Why a text is not the viewing key that it was taken for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It is not well-formed text.
    #[error(transparent)]
    Text(#[from] TextError),
    /// It is well-formed, but a part of it is no digest.
    #[error(transparent)]
    NotCanonical(#[from] NotCanonical),
}

/// The key that spends. Everything else comes from it.
#[derive(Clone)]
pub struct SpendingKey {
    ask: SecretElements<DIGEST_ELEMENTS>,
    hedge: Zeroizing<[u8; SEED_BYTES]>,
    view: FullViewingKey,
}

impl SpendingKey {
    /// The key that 32 uniform secret bytes make.
    pub fn from_seed(seed: &[u8; SEED_BYTES]) -> Self {
        let ask = SecretElements::sample(&mut expand::stream(b"ask", &[seed]));
        let nk = SecretElements::sample(&mut expand::stream(b"nk", &[seed]));
        let view = FullViewingKey {
            ak: derive_ak(&ask),
            nk,
            address_key: expand::bytes(b"address key", &[seed]),
            outgoing: OutgoingViewingKey(expand::bytes(b"outgoing key", &[seed])),
        };
        Self {
            ask,
            hedge: expand::bytes(b"hedge", &[seed]),
            view,
        }
    }

    /// The key of a wallet's shielded account. The master is the 64-byte seed that BIP-39 makes of the
    /// wallet's words; accounts are numbered from 0, and none tells anything about another.
    pub fn from_master(master: &[u8], account: u32) -> Self {
        let seed = expand::bytes(b"account", &[master, &account.to_le_bytes()]);
        Self::from_seed(&seed)
    }

    /// The spend authorising key `ask`, for the proof.
    pub fn ask(&self) -> &SecretElements<DIGEST_ELEMENTS> {
        &self.ask
    }

    /// The nullifier key `nk`, for the proof.
    pub fn nk(&self) -> &SecretElements<DIGEST_ELEMENTS> {
        &self.view.nk
    }

    /// What this key can see.
    pub fn full_viewing_key(&self) -> &FullViewingKey {
        &self.view
    }

    /// The secret that random numbers are mixed with, so that a broken generator does not
    /// give a payment away.
    pub(crate) fn hedge(&self) -> &[u8; SEED_BYTES] {
        &self.hedge
    }
}

impl ZeroizeOnDrop for SpendingKey {}

impl fmt::Debug for SpendingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SpendingKey(seed of {SEED_BYTES} bytes)")
    }
}

fn derive_ak(ask: &SecretElements<DIGEST_ELEMENTS>) -> SecretElements<DIGEST_ELEMENTS> {
    let zeros = [crate::element::Element::ZERO; PAYLOAD_ELEMENTS];
    compress_tagged(&Digest(ask.expose()), Tag::Ak, &zeros)
        .0
        .into()
}

/// The key that sees everything of an account and spends nothing.
#[derive(Clone)]
pub struct FullViewingKey {
    ak: SecretElements<DIGEST_ELEMENTS>,
    nk: SecretElements<DIGEST_ELEMENTS>,
    address_key: Zeroizing<[u8; SEED_BYTES]>,
    outgoing: OutgoingViewingKey,
}

impl FullViewingKey {
    /// How the key's text begins.
    pub const PREFIX: &'static str = "qshieldview";
    const BYTES: usize = 2 * DIGEST_BYTES + 2 * SEED_BYTES;

    /// The nullifier key `nk`.
    pub fn nk(&self) -> &SecretElements<DIGEST_ELEMENTS> {
        &self.nk
    }

    /// The key that sees what comes.
    pub fn incoming(&self) -> IncomingViewingKey {
        let account = compress(&Digest(self.ak.expose()), &Digest(self.nk.expose()));
        IncomingViewingKey {
            account: account.0.into(),
            address_key: self.address_key.clone(),
        }
    }

    /// The key that sees change and credits.
    pub fn internal(&self) -> InternalKey {
        let mut nk = Zeroizing::new([0; DIGEST_BYTES]);
        self.nk.write(nk.as_mut_slice());
        let parts: [&[u8]; 2] = [nk.as_slice(), self.address_key.as_slice()];
        InternalKey(IncomingViewingKey {
            address_key: expand::bytes(b"internal address key", &parts),
            ..self.incoming()
        })
    }

    /// The key that sees what goes.
    pub fn outgoing(&self) -> &OutgoingViewingKey {
        &self.outgoing
    }

    /// The nullifier of a note at a position of the tree.
    pub fn nullifier(&self, position: u32, commitment: &Digest) -> Digest {
        crate::nullifier::nullifier(&self.nk, position, commitment)
    }

    /// The key as text. Whoever reads it sees the account's whole history and future.
    pub fn export(&self) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new([0; Self::BYTES]);
        let (ak, rest) = bytes.split_at_mut(DIGEST_BYTES);
        let (nk, rest) = rest.split_at_mut(DIGEST_BYTES);
        let (address_key, outgoing) = rest.split_at_mut(SEED_BYTES);
        self.ak.write(ak);
        self.nk.write(nk);
        address_key.copy_from_slice(self.address_key.as_slice());
        outgoing.copy_from_slice(self.outgoing.0.as_slice());
        Zeroizing::new(text::encode(Self::PREFIX, bytes.as_slice()))
    }
}

impl FromStr for FullViewingKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let bytes = Zeroizing::new(text::decode_array::<{ Self::BYTES }>(Self::PREFIX, text)?);
        let (ak, rest) = bytes.split_at(DIGEST_BYTES);
        let (nk, rest) = rest.split_at(DIGEST_BYTES);
        let (address_key, outgoing) = rest.split_at(SEED_BYTES);
        Ok(Self {
            ak: SecretElements::from_slice(ak)?,
            nk: SecretElements::from_slice(nk)?,
            address_key: secret(address_key),
            outgoing: OutgoingViewingKey(secret(outgoing)),
        })
    }
}

impl ZeroizeOnDrop for FullViewingKey {}

impl fmt::Debug for FullViewingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FullViewingKey({} bytes)", Self::BYTES)
    }
}

/// The key that sees what others pay to an account, and makes its addresses. It does not see what
/// the account spends.
#[derive(Clone)]
pub struct IncomingViewingKey {
    account: SecretElements<DIGEST_ELEMENTS>,
    address_key: Zeroizing<[u8; SEED_BYTES]>,
}

impl IncomingViewingKey {
    /// How the key's text begins.
    pub const PREFIX: &'static str = "qshieldincoming";
    const BYTES: usize = DIGEST_BYTES + SEED_BYTES;

    /// The address of a number, with what reads the notes sent to it. Two addresses of one account
    /// share nothing that a stranger can see.
    pub fn address(&self, index: u32) -> AddressSecret {
        let number = index.to_le_bytes();
        let parts: [&[u8]; 2] = [self.address_key.as_slice(), &number];
        let (diversifier, owner) = self.owner(index);
        let kem_seed = expand::bytes(b"address kem", &parts);
        AddressSecret::new(index, diversifier, owner, &kem_seed)
    }

    /// The diversifier of an address, and its owner.
    fn owner(&self, index: u32) -> (Diversifier, Digest) {
        let number = index.to_le_bytes();
        let parts: [&[u8]; 2] = [self.address_key.as_slice(), &number];
        let diversifier = Diversifier::sample(&mut expand::stream(b"diversifier", &parts));
        let owner = owner(&Digest(self.account.expose()), &diversifier);
        (diversifier, owner)
    }

    /// The key as text. Whoever reads it sees all that others ever pay to the account.
    pub fn export(&self) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new([0; Self::BYTES]);
        let (account, address_key) = bytes.split_at_mut(DIGEST_BYTES);
        self.account.write(account);
        address_key.copy_from_slice(self.address_key.as_slice());
        Zeroizing::new(text::encode(Self::PREFIX, bytes.as_slice()))
    }
}

impl FromStr for IncomingViewingKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let bytes = Zeroizing::new(text::decode_array::<{ Self::BYTES }>(Self::PREFIX, text)?);
        let (account, address_key) = bytes.split_at(DIGEST_BYTES);
        Ok(Self {
            account: SecretElements::from_slice(account)?,
            address_key: secret(address_key),
        })
    }
}

impl ZeroizeOnDrop for IncomingViewingKey {}

impl fmt::Debug for IncomingViewingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IncomingViewingKey({} bytes)", Self::BYTES)
    }
}

/// C(account, [Tag::Owner, d]): the owner that an address names.
fn owner(account: &Digest, diversifier: &Diversifier) -> Digest {
    compress_tagged(account, Tag::Owner, &diversifier.expose())
}

/// The key to an address that an account shows to nobody: its change and its credits go there.
///
/// Whoever sees change or a credit come in sees which transaction brought it, and so that the
/// account made that transaction. The holder of an incoming viewing key is not to see that, so the
/// address comes from `nk`, which he does not have. The account is the same, and so the proof
/// knows no difference.
#[derive(Clone)]
pub struct InternalKey(IncomingViewingKey);

impl InternalKey {
    /// The address for change. Only transactions of one's own pay to it: a wallet tries it on those
    /// alone, which it knows by their [`credit`](Self::credit) or by its notes' nullifiers.
    pub fn address(&self) -> AddressSecret {
        self.0.address(0)
    }

    /// What hides the owner of a credit that the chain mints for a transaction.
    ///
    /// The chain knows the credit's value, so nobody has to be told by a ciphertext. The owner
    /// finds the note again because its randomness is a function of this key and of the
    /// transaction's `nonce`: something that no two transactions of the chain share, such as their
    /// nullifiers.
    pub fn credit(&self, nonce: &[Digest]) -> Credit {
        let mut bytes = Vec::with_capacity(nonce.len() * DIGEST_BYTES);
        for digest in nonce {
            bytes.extend_from_slice(&digest.to_bytes());
        }
        let parts: [&[u8]; 2] = [self.0.address_key.as_slice(), &bytes];
        let (diversifier, owner) = self.0.owner(0);
        Credit {
            diversifier,
            owner,
            randomness: Randomness::sample(&mut expand::stream(b"credit", &parts)),
        }
    }
}

impl ZeroizeOnDrop for InternalKey {}

impl fmt::Debug for InternalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InternalKey({} bytes)", IncomingViewingKey::BYTES)
    }
}

/// The owner and the randomness of a credit note.
#[derive(Clone)]
pub struct Credit {
    /// The diversifier of the owner, for the proof.
    pub diversifier: Diversifier,
    /// Whose the credit is: the internal address's.
    pub owner: Digest,
    /// What hides the owner.
    pub randomness: Randomness,
}

impl Credit {
    /// What the transaction shows for the chain to make the credit's commitment from.
    pub fn hide(&self) -> Digest {
        note::hide(&self.owner, &self.randomness)
    }
}

impl fmt::Debug for Credit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credit(owner and randomness not shown)")
    }
}

/// The key that sees what an account pays to others.
#[derive(Clone)]
pub struct OutgoingViewingKey(Zeroizing<[u8; SEED_BYTES]>);

impl OutgoingViewingKey {
    /// How the key's text begins.
    pub const PREFIX: &'static str = "qshieldoutgoing";

    pub(crate) fn as_bytes(&self) -> &[u8; SEED_BYTES] {
        &self.0
    }

    /// The key as text. Whoever reads it sees all that the account ever pays.
    pub fn export(&self) -> Zeroizing<String> {
        Zeroizing::new(text::encode(Self::PREFIX, self.0.as_slice()))
    }
}

impl FromStr for OutgoingViewingKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        Ok(Self(Zeroizing::new(text::decode_array(
            Self::PREFIX,
            text,
        )?)))
    }
}

impl ZeroizeOnDrop for OutgoingViewingKey {}

impl fmt::Debug for OutgoingViewingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OutgoingViewingKey({SEED_BYTES} bytes)")
    }
}

/// A copy of a slice that has [`SEED_BYTES`].
fn secret(bytes: &[u8]) -> Zeroizing<[u8; SEED_BYTES]> {
    let mut copy = Zeroizing::new([0; SEED_BYTES]);
    copy.copy_from_slice(bytes);
    copy
}

#[cfg(test)]
#[path = "keys_tests.rs"]
mod tests;
