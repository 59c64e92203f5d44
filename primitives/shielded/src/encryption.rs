//! How a note reaches its recipient, and how its sender finds it again.
//!
//! ```text
//! (K, ct)    = ML-KEM-768.Encaps(KEM key of the address; coins)                    see crate::delivery
//! conf ‖ key = BLAKE2b-512(key = K, "Qloak.NoteKey.v1"; handle ‖ ct ‖ cm)          32 bytes each
//! body       = ChaCha20-Poly1305(key, nonce 0; value ‖ asset ‖ r)                  37 + 16 bytes
//! memo       = ChaCha20-Poly1305(key, nonce 1; memo)                              512 + 16 bytes
//! okey       = BLAKE2b-256(key = ovk, "Qloak.Outgoing.1"; ct ‖ cm)
//! outgoing   = ChaCha20-Poly1305(okey, nonce 0; K ‖ owner ‖ handle)                96 + 16 bytes
//! ```
//!
//! `conf`, the confirmation, goes with the ciphertext. ML-KEM never says that a ciphertext is for somebody else,
//! and ChaCha20-Poly1305 does not commit to its key: one ciphertext can be made that opens under
//! two. The confirmation commits to K, the address, the KEM ciphertext and the commitment all
//! at once, and a comparison of 32 bytes tells a stranger's note from one's own.
//!
//! The body says neither the owner nor the diversifier: who opened it knows for which of his
//! addresses it was. What it says counts only if it opens the commitment that is on the chain.
//!
//! # Time
//!
//! [`NoteSecret::of_recipient`] and [`NoteSecret::recognises`] take the same time for one's own notes as for others',
//! except in how the result is used: see [`crate::scan`].

use crate::{
    address::{Address, AddressSecret, Handle, KEM},
    element::{Digest, NotCanonical, DIGEST_BYTES, ELEMENT_BYTES},
    expand,
    hash::PAYLOAD_ELEMENTS,
    keys::{OutgoingViewingKey, SpendingKey},
    memo::{Memo, MEMO_BYTES},
    note::{Asset, Note, Randomness, UnknownAsset},
};
use alloc::vec::Vec;
use chacha20poly1305::{AeadInPlace, ChaCha20Poly1305, KeyInit};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use qloak_pq_crypto::kem;
use scale_info::TypeInfo;
use subtle::{Choice, ConstantTimeEq};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Bytes of an ML-KEM-768 ciphertext (FIPS 203, table 3).
pub const KEM_CIPHERTEXT_BYTES: usize = 1088;

/// Bytes of the coins of an encapsulation.
pub(crate) const COIN_BYTES: usize = 32;

/// The coins of an encapsulation: what is random in it.
pub(crate) type Coins = Zeroizing<[u8; COIN_BYTES]>;

/// Bytes of the confirmation.
pub const CONFIRMATION_BYTES: usize = 32;

/// Bytes of ChaCha20-Poly1305's tag (RFC 8439).
const AEAD_TAG_BYTES: usize = 16;

const RANDOMNESS_BYTES: usize = PAYLOAD_ELEMENTS * ELEMENT_BYTES;
const VALUE_BYTES: usize = 8;
const BODY_PLAIN_BYTES: usize = VALUE_BYTES + 1 + RANDOMNESS_BYTES;
const OUTGOING_PLAIN_BYTES: usize = kem::SHARED_SECRET_BYTES + DIGEST_BYTES + 32;

/// Bytes of the encrypted value, asset and randomness.
pub const BODY_BYTES: usize = BODY_PLAIN_BYTES + AEAD_TAG_BYTES;

/// Bytes of the encrypted memo.
pub const MEMO_CIPHERTEXT_BYTES: usize = MEMO_BYTES + AEAD_TAG_BYTES;

/// Bytes of what the sender leaves for himself.
pub const OUTGOING_BYTES: usize = OUTGOING_PLAIN_BYTES + AEAD_TAG_BYTES;

const NOTE_PERSONAL: &[u8; 16] = b"Qloak.NoteKey.v1";
const OUTGOING_PERSONAL: &[u8; 16] = b"Qloak.Outgoing.1";

const FIRST_NONCE: [u8; 12] = [0; 12];
const SECOND_NONCE: [u8; 12] = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/// Why a note could not be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The ciphertext was not made for this key.
    #[error("the note is somebody else's")]
    NotOurs,
    /// The ciphertext was made for this key, and was damaged or badly made.
    #[error("the note's ciphertext does not authenticate")]
    Authentication,
    /// The note is of an asset that does not exist.
    #[error(transparent)]
    Asset(#[from] UnknownAsset),
    /// The note's randomness is not canonical.
    #[error("the note's randomness is malformed: {0}")]
    Randomness(#[from] NotCanonical),
    /// The note is not the one whose commitment is on the chain: the sender lied about it.
    #[error("the note does not open its commitment")]
    Commitment,
}

/// What a wallet needs to find and open a note, without memo: 1,173 bytes.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct CompactCiphertext {
    /// What carries the secret.
    pub kem: [u8; KEM_CIPHERTEXT_BYTES],
    /// What tells the recipient that it is for him.
    pub confirmation: [u8; CONFIRMATION_BYTES],
    /// Value, asset and randomness.
    pub body: [u8; BODY_BYTES],
}

/// A note as its recipient and its sender can read it: 1,813 bytes.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct NoteCiphertext {
    /// What scanning needs.
    pub compact: CompactCiphertext,
    /// The memo.
    pub memo: [u8; MEMO_CIPHERTEXT_BYTES],
    /// What the sender leaves for himself.
    pub outgoing: [u8; OUTGOING_BYTES],
}

/// What is to be paid to whom.
#[derive(Clone)]
pub struct Payment {
    /// To whom.
    pub address: Address,
    /// What.
    pub asset: Asset,
    /// How much of it. 0 makes an output that only fills up a transaction.
    pub value: u64,
    /// What the recipient is told.
    pub memo: Memo,
}

impl fmt::Debug for Payment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Payment(address, asset, value and memo not shown)")
    }
}

/// The 32 secret bytes that a note's randomness and its encryption come from.
pub struct OutputSeed {
    seed: Zeroizing<[u8; 32]>,
    hedge: Zeroizing<[u8; 32]>,
}

impl OutputSeed {
    /// Bytes of a cryptographic generator, taken as they are: for tests and measurements, and for who has no key. If the generator is
    /// broken, so is the payment; and nobody can show that it can be opened ([`crate::delivery`]).
    pub fn new(entropy: [u8; 32]) -> Self {
        Self {
            hedge: expand::bytes(b"no hedge", &[&entropy]),
            seed: Zeroizing::new(entropy),
        }
    }

    /// Bytes of a generator, mixed with a secret of the sender's and with the payment.
    ///
    /// If the generator is broken the payment is still secret, and two outputs share a
    /// seed only if they are the same payment at the same place of transactions that spend the
    /// same notes.
    pub fn hedged(
        key: &SpendingKey,
        entropy: &[u8; 32],
        spent: &[Digest],
        output: u8,
        payment: &Payment,
    ) -> Self {
        let mut nullifiers = Vec::with_capacity(spent.len() * DIGEST_BYTES);
        for nullifier in spent {
            nullifiers.extend_from_slice(&nullifier.to_bytes());
        }
        let seed = expand::bytes(
            b"output",
            &[
                key.hedge(),
                entropy,
                &nullifiers,
                &[output],
                &payment.address.handle().0,
                &[payment.asset.id()],
                &payment.value.to_le_bytes(),
                payment.memo.as_bytes(),
            ],
        );
        Self {
            seed,
            hedge: Zeroizing::new(*key.hedge()),
        }
    }

    /// The note's randomness `r`.
    pub fn randomness(&self) -> Randomness {
        Randomness::sample(&mut expand::stream(
            b"note randomness",
            &[self.seed.as_slice()],
        ))
    }
}

impl ZeroizeOnDrop for OutputSeed {}

impl fmt::Debug for OutputSeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OutputSeed({} bytes)", self.seed.len())
    }
}

/// A note that is ready to go into a transaction.
#[derive(Clone, Debug)]
pub struct SealedNote {
    /// The note, for the proof.
    pub note: Note,
    /// Its commitment.
    pub commitment: Digest,
    /// What the recipient reads.
    pub ciphertext: NoteCiphertext,
}

/// Makes the note of a payment and encrypts it to its recipient and to the sender.
///
/// Without an outgoing key there is nothing by which the sender could find the payment again; what
/// stands in its place looks no different.
pub fn seal(
    payment: &Payment,
    seed: &OutputSeed,
    outgoing: Option<&OutgoingViewingKey>,
) -> Result<SealedNote, kem::Error> {
    let note = Note {
        asset: payment.asset,
        value: payment.value,
        owner: *payment.address.owner(),
        randomness: seed.randomness(),
    };
    let commitment = note.commitment();
    let coins = coins(&seed.hedge, &commitment, &payment.address.handle());
    let (kem, secret) = encapsulate(&coins, &payment.address)?;
    let keys = secret.keys(&commitment, &kem);
    let ciphertext = NoteCiphertext {
        memo: encrypt(&keys.cipher, &SECOND_NONCE, payment.memo.as_bytes()),
        outgoing: match outgoing {
            Some(key) => secret.seal_outgoing(key, &note.owner, &commitment, &kem),
            None => *expand::bytes(b"no outgoing", &[seed.seed.as_slice()]),
        },
        compact: CompactCiphertext {
            confirmation: keys.confirmation,
            body: encrypt(&keys.cipher, &FIRST_NONCE, body(&note).as_slice()),
            kem,
        },
    };
    Ok(SealedNote {
        note,
        commitment,
        ciphertext,
    })
}

/// Returns the coins by which a payment is encapsulated. Its sender, who has the hedge, computes them again at any time.
pub(crate) fn coins(hedge: &[u8; 32], commitment: &Digest, handle: &Handle) -> Coins {
    let parts: [&[u8]; 3] = [hedge, &commitment.to_bytes(), &handle.0];
    expand::bytes(b"encapsulation", &parts)
}

/// Returns a KEM ciphertext for an address, and what opens the note that goes with it.
pub(crate) fn encapsulate(
    coins: &Coins,
    address: &Address,
) -> Result<([u8; KEM_CIPHERTEXT_BYTES], NoteSecret), kem::Error> {
    let (bytes, shared) = kem::encapsulate(KEM, address.kem_key(), coins.as_slice())?;
    let mut ciphertext = [0; KEM_CIPHERTEXT_BYTES];
    ciphertext.copy_from_slice(&bytes);
    let secret = NoteSecret::of_sender(shared.as_bytes(), address.handle());
    Ok((ciphertext, secret))
}

fn body(note: &Note) -> Zeroizing<[u8; BODY_PLAIN_BYTES]> {
    let mut plain = Zeroizing::new([0; BODY_PLAIN_BYTES]);
    plain[..VALUE_BYTES].copy_from_slice(&note.value.to_le_bytes());
    plain[VALUE_BYTES] = note.asset.id();
    note.randomness.write(&mut plain[VALUE_BYTES + 1..]);
    plain
}

/// What opens one ciphertext, and no other: the KEM's secret and the address that it was for.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct NoteSecret {
    shared: [u8; kem::SHARED_SECRET_BYTES],
    #[zeroize(skip)]
    handle: Handle,
}

/// What comes of a [`NoteSecret`] for one commitment and KEM ciphertext.
#[derive(ZeroizeOnDrop)]
struct NoteKeys {
    #[zeroize(skip)]
    confirmation: [u8; CONFIRMATION_BYTES],
    cipher: [u8; 32],
}

impl NoteSecret {
    fn new(shared: &[u8; kem::SHARED_SECRET_BYTES], handle: Handle) -> Self {
        Self {
            shared: *shared,
            handle,
        }
    }

    /// The secret that the ciphertext carries to an address. It is some secret, never an error, if
    /// the ciphertext is for another address: [`recognises`](Self::recognises) tells.
    pub fn of_recipient(address: &AddressSecret, ciphertext: &CompactCiphertext) -> Self {
        #[allow(
            clippy::expect_used,
            reason = "ML-KEM decapsulation fails for a wrong length only (FIPS 203, section 7.3), and the type has the right one"
        )]
        let shared = address
            .decapsulate(&ciphertext.kem)
            .expect("the ciphertext has the mechanism's length");
        Self::new(shared.as_bytes(), address.address().handle())
    }

    /// Whether this secret is the ciphertext's, and the commitment the one it was made for. The
    /// time that this takes does not depend on the answer.
    pub fn recognises(&self, commitment: &Digest, ciphertext: &CompactCiphertext) -> Choice {
        let keys = self.keys(commitment, &ciphertext.kem);
        keys.confirmation.ct_eq(&ciphertext.confirmation)
    }

    /// The note, if it is the owner's and opens the commitment.
    pub fn open_note(
        &self,
        owner: &Digest,
        commitment: &Digest,
        ciphertext: &CompactCiphertext,
    ) -> Result<Note, OpenError> {
        let keys = self.confirmed_keys(commitment, ciphertext)?;
        let plain: Zeroizing<[u8; BODY_PLAIN_BYTES]> =
            decrypt(&keys.cipher, &FIRST_NONCE, &ciphertext.body)?;
        let (value, rest) = plain.split_at(VALUE_BYTES);
        let (asset, randomness) = rest.split_at(1);
        let note = Note {
            value: u64::from_le_bytes(array(value)),
            asset: Asset::try_from(asset[0])?,
            owner: *owner,
            randomness: Randomness::from_slice(randomness)?,
        };
        if note.commitment() == *commitment {
            Ok(note)
        } else {
            Err(OpenError::Commitment)
        }
    }

    /// The memo that came with the note.
    pub fn open_memo(
        &self,
        commitment: &Digest,
        ciphertext: &NoteCiphertext,
    ) -> Result<Memo, OpenError> {
        let keys = self.confirmed_keys(commitment, &ciphertext.compact)?;
        let plain = decrypt(&keys.cipher, &SECOND_NONCE, &ciphertext.memo)?;
        Ok(Memo(*plain))
    }

    /// The address that the ciphertext was made for.
    pub fn handle(&self) -> Handle {
        self.handle
    }

    /// The KEM's secret, for a disclosure and for whoever keeps what he opened.
    pub fn shared(&self) -> &[u8; kem::SHARED_SECRET_BYTES] {
        &self.shared
    }

    /// The secret that the sender has made.
    pub(crate) fn of_sender(shared: &[u8; kem::SHARED_SECRET_BYTES], handle: Handle) -> Self {
        Self::new(shared, handle)
    }

    /// The secret that a disclosure carried, or that was kept.
    pub fn disclosed(shared: &[u8; kem::SHARED_SECRET_BYTES], handle: Handle) -> Self {
        Self::new(shared, handle)
    }

    fn keys(&self, commitment: &Digest, kem: &[u8; KEM_CIPHERTEXT_BYTES]) -> NoteKeys {
        let mut hasher = blake2b_simd::Params::new()
            .hash_length(64)
            .key(&self.shared)
            .personal(NOTE_PERSONAL)
            .to_state();
        hasher.update(&self.handle.0);
        hasher.update(kem);
        hasher.update(&commitment.to_bytes());
        let hash = hasher.finalize();
        let (confirmation, cipher) = hash.as_bytes().split_at(CONFIRMATION_BYTES);
        NoteKeys {
            confirmation: array(confirmation),
            cipher: array(cipher),
        }
    }

    fn confirmed_keys(
        &self,
        commitment: &Digest,
        ciphertext: &CompactCiphertext,
    ) -> Result<NoteKeys, OpenError> {
        let keys = self.keys(commitment, &ciphertext.kem);
        if bool::from(keys.confirmation.ct_eq(&ciphertext.confirmation)) {
            Ok(keys)
        } else {
            Err(OpenError::NotOurs)
        }
    }

    fn seal_outgoing(
        &self,
        key: &OutgoingViewingKey,
        owner: &Digest,
        commitment: &Digest,
        kem: &[u8; KEM_CIPHERTEXT_BYTES],
    ) -> [u8; OUTGOING_BYTES] {
        let mut plain = Zeroizing::new([0; OUTGOING_PLAIN_BYTES]);
        let (shared, rest) = plain.split_at_mut(kem::SHARED_SECRET_BYTES);
        let (owner_bytes, handle) = rest.split_at_mut(DIGEST_BYTES);
        shared.copy_from_slice(&self.shared);
        owner_bytes.copy_from_slice(&owner.to_bytes());
        handle.copy_from_slice(&self.handle.0);
        let okey = outgoing_key(key, commitment, kem);
        encrypt(&okey, &FIRST_NONCE, plain.as_slice())
    }
}

impl fmt::Debug for NoteSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NoteSecret({} bytes)", self.shared.len())
    }
}

/// Opens a note that may have been sent to an address of ours.
pub fn open(
    address: &AddressSecret,
    commitment: &Digest,
    ciphertext: &CompactCiphertext,
) -> Result<Note, OpenError> {
    NoteSecret::of_recipient(address, ciphertext).open_note(
        address.address().owner(),
        commitment,
        ciphertext,
    )
}

/// A payment that its sender finds again.
#[derive(Clone, Debug)]
pub struct SentNote {
    /// The note. It is proven to be what was sent: it opens the commitment.
    pub note: Note,
    /// The address that it was sent to, as the sender wrote it down. A sender who lies to the
    /// holders of his outgoing key can lie about this; the note's owner is certain.
    pub handle: Handle,
    /// What was written to the recipient.
    pub memo: Memo,
    /// What opens the ciphertext.
    pub secret: NoteSecret,
}

/// Opens a note that may have been sent under an outgoing viewing key.
pub fn recover(
    key: &OutgoingViewingKey,
    commitment: &Digest,
    ciphertext: &NoteCiphertext,
) -> Result<SentNote, OpenError> {
    let okey = outgoing_key(key, commitment, &ciphertext.compact.kem);
    let plain: Zeroizing<[u8; OUTGOING_PLAIN_BYTES]> =
        decrypt(&okey, &FIRST_NONCE, &ciphertext.outgoing).map_err(|_| OpenError::NotOurs)?;
    let (shared, rest) = plain.split_at(kem::SHARED_SECRET_BYTES);
    let (owner, handle) = rest.split_at(DIGEST_BYTES);
    let handle = Handle(array(handle));
    let secret = NoteSecret::new(&array(shared), handle);
    let owner = Digest::from_bytes(&array(owner))?;
    Ok(SentNote {
        note: secret.open_note(&owner, commitment, &ciphertext.compact)?,
        handle,
        memo: secret.open_memo(commitment, ciphertext)?,
        secret,
    })
}

fn outgoing_key(
    key: &OutgoingViewingKey,
    commitment: &Digest,
    kem: &[u8; KEM_CIPHERTEXT_BYTES],
) -> Zeroizing<[u8; 32]> {
    let mut hasher = blake2b_simd::Params::new()
        .hash_length(32)
        .key(key.as_bytes())
        .personal(OUTGOING_PERSONAL)
        .to_state();
    hasher.update(kem);
    hasher.update(&commitment.to_bytes());
    Zeroizing::new(array(hasher.finalize().as_bytes()))
}

/// `PLAIN + 16` bytes of ciphertext and tag. The lengths are constants of this module.
fn encrypt<const CIPHER: usize>(key: &[u8; 32], nonce: &[u8; 12], plain: &[u8]) -> [u8; CIPHER] {
    let mut out = [0; CIPHER];
    let (text, tag) = out.split_at_mut(plain.len());
    text.copy_from_slice(plain);
    #[allow(
        clippy::expect_used,
        reason = "ChaCha20-Poly1305 refuses more than 2^32 blocks only; this is at most 512 bytes"
    )]
    let computed = ChaCha20Poly1305::new(key.into())
        .encrypt_in_place_detached(nonce.into(), &[], text)
        .expect("the plaintext is shorter than 2^38 bytes");
    tag.copy_from_slice(&computed);
    out
}

fn decrypt<const PLAIN: usize>(
    key: &[u8; 32],
    nonce: &[u8; 12],
    ciphertext: &[u8],
) -> Result<Zeroizing<[u8; PLAIN]>, OpenError> {
    let (text, tag) = ciphertext.split_at(PLAIN);
    let mut plain = Zeroizing::new([0; PLAIN]);
    plain.copy_from_slice(text);
    ChaCha20Poly1305::new(key.into())
        .decrypt_in_place_detached(nonce.into(), &[], plain.as_mut_slice(), tag.into())
        .map_err(|_| OpenError::Authentication)?;
    Ok(plain)
}

/// The first `N` bytes of a slice that has them.
fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&bytes[..N]);
    out
}

#[cfg(test)]
#[path = "encryption_tests.rs"]
mod tests;
