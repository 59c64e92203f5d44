//! What the pallet stores.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use polkadot_sdk::{frame_support::traits::ConstU32, sp_runtime::BoundedVec};
use qloak_pq_crypto::scheme::{Scheme, MAX_PUBLIC_BYTES, MAX_SIGNATURE_BYTES};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// The bytes of a public key: at most those of the longest key of any scheme.
///
/// A vector with a length prefix rather than an array: metadata that holds a `[u8; N]` with
/// N > 2048 stops polkadot.js, and keys of six lengths share the type.
pub type PublicKey = BoundedVec<u8, ConstU32<{ MAX_PUBLIC_BYTES as u32 }>>;

/// The bytes of a signature: at most those of the longest signature of any scheme.
pub type SignatureBytes = BoundedVec<u8, ConstU32<{ MAX_SIGNATURE_BYTES as u32 }>>;

/// The key that an account signs with, and the one that it is leaving.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct KeyRecord<BlockNumber> {
    /// The scheme of the current key.
    pub scheme: Scheme,
    /// The current key.
    pub public: PublicKey,
    /// How many keys the account had before this one. Never decreases.
    pub generation: u32,
    /// The key before, from a rotation until it is forgotten.
    pub previous: Option<PreviousKey<BlockNumber>>,
}

impl<BlockNumber> KeyRecord<BlockNumber> {
    /// Whether `public` under `scheme` is the current key.
    pub fn is_current(&self, scheme: Scheme, public: &[u8]) -> bool {
        self.scheme == scheme && self.public.as_slice() == public
    }

    /// How many keys of this scheme the chain holds for the account: the current one, the one before.
    pub fn keys_of(&self, scheme: Scheme) -> u64 {
        let previous = self.previous.as_ref().map(|key| key.scheme);
        let schemes = [Some(self.scheme), previous];
        schemes.iter().filter(|it| **it == Some(scheme)).count() as u64
    }

    /// The bytes of key material in the record, which is what its deposit counts.
    pub fn key_bytes(&self) -> u32 {
        let previous = self.previous.as_ref().map_or(0, |key| key.public.len());
        // Each key is bounded by `MAX_PUBLIC_BYTES`, so that the sum of two is far from `u32::MAX`.
        self.public.len().saturating_add(previous) as u32
    }
}

/// A key that was rotated out.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct PreviousKey<BlockNumber> {
    /// Its scheme.
    pub scheme: Scheme,
    /// The key.
    pub public: PublicKey,
    /// The last block in which it still signs for the account.
    pub valid_until: BlockNumber,
}

impl<BlockNumber: PartialOrd> PreviousKey<BlockNumber> {
    /// Whether `public` under `scheme` is this key.
    pub fn is(&self, scheme: Scheme, public: &[u8]) -> bool {
        self.scheme == scheme && self.public.as_slice() == public
    }

    /// Whether the key still signs for the account in block `now`.
    pub fn is_valid_at(&self, now: &BlockNumber) -> bool {
        now <= &self.valid_until
    }
}

/// The key that can freeze an account, give it a new key and consent to its own replacement, and can
/// do nothing else.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct BackupKey {
    /// Its scheme, one of the SLH-DSA ones.
    pub scheme: Scheme,
    /// The key.
    pub public: PublicKey,
}

/// Whether signatures of a scheme are accepted.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum SchemeStatus<BlockNumber> {
    /// Signatures and new keys are accepted.
    #[codec(index = 0)]
    Enabled,
    /// Signatures are accepted for now; new keys are not.
    #[codec(index = 1)]
    Deprecated {
        /// The last block in which signatures are accepted.
        until: BlockNumber,
    },
    /// Neither signatures nor new keys are accepted.
    #[codec(index = 2)]
    Disabled,
}

/// What governance has decided about a scheme.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "camelCase")]
pub struct CatalogEntry<BlockNumber> {
    /// Whether its signatures are accepted.
    pub status: SchemeStatus<BlockNumber>,
    /// By how much the weight of a verification is multiplied, in percent: 100 is the measured
    /// weight.
    pub fee_multiplier: u32,
    /// The scheme's strength in bits.
    pub security_bits: u16,
}

impl<BlockNumber> CatalogEntry<BlockNumber> {
    /// The entry that a scheme starts with: [enabled](Self::enabled), but disabled if its standard is not
    /// final. Accounts would be bound to keys that nothing else will ever verify.
    pub fn initial(scheme: Scheme) -> Self {
        let enabled = Self::enabled(scheme);
        match scheme.parameters().draft {
            true => Self {
                status: SchemeStatus::Disabled,
                ..enabled
            },
            false => enabled,
        }
    }

    /// The entry of a scheme that is accepted, at its measured weight, as strong as its standard says.
    pub fn enabled(scheme: Scheme) -> Self {
        Self {
            status: SchemeStatus::Enabled,
            fee_multiplier: MIN_FEE_MULTIPLIER,
            security_bits: scheme.parameters().security_bits,
        }
    }
}

/// The least fee multiplier, in percent. Below 100 a block could hold more work than its weight
/// admits to.
pub const MIN_FEE_MULTIPLIER: u32 = 100;

/// The greatest fee multiplier, in percent. At 20 times its weight, no scheme is used by choice, and
/// a transaction in the heaviest one still fits into a block, so that no account is locked out of its
/// funds. The runtime's tests hold its blocks against it.
pub const MAX_FEE_MULTIPLIER: u32 = 2_000;

/// The state of an account's keys in short, for wallets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct AccountStatus {
    /// Nothing that the account signs is accepted until its backup key recovers it.
    pub frozen: bool,
    /// The account signs with a classical key and has not migrated.
    pub classical: bool,
    /// A backup key is set.
    pub has_backup: bool,
    /// The number that goes into the next payload signed by the backup key.
    pub recovery_nonce: u32,
    /// The generation of the current key; 0 for an account that is not registered.
    pub generation: u32,
}
