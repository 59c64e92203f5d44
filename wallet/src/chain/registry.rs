//! The registry of keys (`pallet-pq-signatures`) as it stands at a block.

use qloak_pq_crypto::scheme::Scheme;
use subxt::dynamic::{constant, runtime_api_call, storage};
use subxt::ext::scale_decode;
use subxt::ext::scale_decode::DecodeAsType;
use subxt::utils::Static;

use super::{account_id32, AtBlock, Chain};
use crate::address::AccountId;
use crate::error::Error;
use crate::follow_up;
use crate::keyfile::KeyEntry;

/// The pallet's name in the runtime.
pub const PALLET: &str = "PqSignatures";

/// An account's registered key.
#[derive(Clone, Debug, PartialEq, Eq, DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
pub struct KeyRecord {
    /// The key's scheme.
    pub scheme: Static<Scheme>,
    /// The key.
    pub public: Vec<u8>,
    /// How many rotations led to it.
    pub generation: u32,
    /// The key before it, which may still sign.
    pub previous: Option<PreviousKey>,
}

/// A rotated key.
#[derive(Clone, Debug, PartialEq, Eq, DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
pub struct PreviousKey {
    /// Its scheme.
    pub scheme: Static<Scheme>,
    /// The key.
    pub public: Vec<u8>,
    /// The last block in which it may sign.
    pub valid_until: u32,
}

/// A registered backup key.
#[derive(Clone, Debug, PartialEq, Eq, DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
pub struct BackupKey {
    /// Its scheme.
    pub scheme: Static<Scheme>,
    /// The key.
    pub public: Vec<u8>,
}

/// A scheme's entry in the catalog.
#[derive(Clone, Debug, PartialEq, Eq, DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
pub struct CatalogEntry {
    /// Whether it may be used.
    pub status: SchemeStatus,
    /// Its fee multiplier in percent.
    pub fee_multiplier: u32,
    /// Its strength in bits.
    pub security_bits: u16,
}

/// Whether a scheme may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
pub enum SchemeStatus {
    /// It may.
    Enabled,
    /// It may, for a while.
    Deprecated {
        /// The last block in which it may.
        until: u32,
    },
    /// It may not.
    Disabled,
}

impl std::fmt::Display for SchemeStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Enabled => f.write_str("enabled"),
            Self::Deprecated { until } => write!(f, "deprecated until block {until}"),
            Self::Disabled => f.write_str("disabled"),
        }
    }
}

/// All that the registry says about an account.
#[derive(Clone, Debug)]
pub struct Registration {
    /// Its key.
    pub key: Option<KeyRecord>,
    /// Its backup key.
    pub backup: Option<BackupKey>,
    /// The number in the next payload that the backup key signs.
    pub recovery_nonce: u32,
    /// Frozen by the backup key.
    pub frozen: bool,
    /// Marked for classical signatures.
    pub classical: bool,
}

impl Registration {
    /// Reads it.
    ///
    /// # Errors
    /// [`Error::NotQloak`] if the chain has no registry, [`Error::Node`].
    pub async fn read(chain: &Chain, at: &AtBlock, account: AccountId) -> Result<Self, Error> {
        Ok(Self {
            key: fetch(chain, at, "Keys", account).await?,
            backup: fetch(chain, at, "Backups", account).await?,
            recovery_nonce: fetch(chain, at, "RecoveryNonce", account)
                .await?
                .unwrap_or_default(),
            frozen: fetch::<()>(chain, at, "Frozen", account).await?.is_some(),
            classical: fetch::<()>(chain, at, "ClassicalAccounts", account)
                .await?
                .is_some(),
        })
    }

    /// The generation of the account's next key.
    pub fn next_generation(&self) -> u32 {
        self.key
            .as_ref()
            .map_or(0, |key| key.generation)
            .saturating_add(1)
    }
}

/// Which of an account's keys signs, and whether it travels along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningKey {
    /// The key.
    pub entry: KeyEntry,
    /// Whether the registry has it, so that the signature goes without it.
    pub registered: bool,
}

/// Picks the key that the chain accepts now: the registered one, its predecessor while it lasts, or the
/// one that founded the account if none is registered.
///
/// # Errors
/// [`Error::NoUsableKey`], which says what the chain expects.
pub fn choose_key(
    account: AccountId,
    label: &str,
    keys: &[KeyEntry],
    record: Option<&KeyRecord>,
    block: u64,
) -> Result<SigningKey, Error> {
    let find = |scheme: Scheme, public: &[u8]| {
        keys.iter()
            .find(|key| key.scheme == scheme && key.public == public)
    };
    let Some(record) = record else {
        let founder = keys
            .iter()
            .find(|key| crate::derivation::account_of(key.scheme, &key.public) == account);
        let entry = founder.cloned().ok_or_else(|| {
            Error::NoUsableKey(format!(
                "the chain has no key registered for `{label}`, and the key file lacks the key that founded it. \
                 If the account was just recovered, wait for that transaction: {}",
                follow_up::command(format_args!("key status {label}"))
            ))
        })?;
        return Ok(SigningKey {
            entry,
            registered: false,
        });
    };
    let current = find(record.scheme.0, &record.public);
    // The transaction will be in a later block than this one.
    let previous = record
        .previous
        .as_ref()
        .filter(|previous| u64::from(previous.valid_until) > block);
    let previous = previous.and_then(|previous| find(previous.scheme.0, &previous.public));
    let entry = current.or(previous).cloned().ok_or_else(|| {
        Error::NoUsableKey(format!(
            "the chain expects another key for `{label}` ({}, generation {}, beginning with 0x{}), which is not in this key file. \
             The account was rotated or recovered elsewhere: look for the key under this phrase with {}, \
             or import the key file from there",
            record.scheme.0,
            record.generation,
            hex::encode(record.public.get(..8).unwrap_or_default()),
            follow_up::command(format_args!("key restore {label}")),
        ))
    })?;
    Ok(SigningKey {
        entry,
        registered: true,
    })
}

/// What the chain holds back from an account for keys of so many bytes; nothing if it does not say.
pub fn key_deposit(at: &AtBlock, bytes: usize) -> Option<u128> {
    let get = |name: &str| at.constants().entry(constant::<u128>(PALLET, name)).ok();
    get("DepositPerByte")?
        .checked_mul(bytes as u128)?
        .checked_add(get("KeyDepositBase")?)
}

/// The schemes that the chain knows, in the order of their ids.
///
/// # Errors
/// [`Error::Node`], or [`Error::NotQloak`].
pub async fn catalog(chain: &Chain, at: &AtBlock) -> Result<Vec<(Scheme, CatalogEntry)>, Error> {
    let call = runtime_api_call::<(), Vec<(Static<Scheme>, CatalogEntry)>>(
        "PqSignaturesApi",
        "catalog",
        (),
    );
    let entries = at
        .runtime_apis()
        .call(call)
        .await
        .map_err(|error| match error {
            error @ subxt::error::RuntimeApiError::CannotCallApi(_) => {
                chain.failed("reading the catalog")(error)
            }
            error => Error::NotQloak(format!("catalog of schemes ({error})")),
        })?;
    Ok(entries
        .into_iter()
        .map(|(scheme, entry)| (scheme.0, entry))
        .collect())
}

async fn fetch<T: DecodeAsType>(
    chain: &Chain,
    at: &AtBlock,
    entry: &str,
    account: AccountId,
) -> Result<Option<T>, Error> {
    let address = storage::<_, T>(PALLET, entry);
    let storage = at.storage();
    let entry = storage
        .entry(address)
        .map_err(|_| Error::NotQloak(format!("{PALLET}::{entry}")))?;
    let value = entry
        .try_fetch((account_id32(account),))
        .await
        .map_err(chain.failed("reading the registry"))?;
    value
        .map(|value| value.decode())
        .transpose()
        .map_err(chain.failed("reading the registry"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;

    fn entry(byte: u8) -> KeyEntry {
        let public = vec![byte; Scheme::MlDsa44.parameters().public_bytes];
        KeyEntry {
            scheme: Scheme::MlDsa44,
            path: "//0".into(),
            public,
        }
    }

    fn record(current: u8, previous: Option<(u8, u32)>) -> KeyRecord {
        let previous = previous.map(|(byte, valid_until)| PreviousKey {
            scheme: Static(Scheme::MlDsa44),
            public: entry(byte).public,
            valid_until,
        });
        KeyRecord {
            scheme: Static(Scheme::MlDsa44),
            public: entry(current).public,
            generation: 1,
            previous,
        }
    }

    fn founder(byte: u8) -> AccountId {
        crate::derivation::account_of(Scheme::MlDsa44, &entry(byte).public)
    }

    fn choose(keys: &[u8], record: Option<KeyRecord>, block: u64) -> Result<SigningKey, Error> {
        let keys: Vec<_> = keys.iter().copied().map(entry).collect();
        choose_key(founder(1), "alice", &keys, record.as_ref(), block)
    }

    #[test]
    fn an_unregistered_account_attaches_the_key_that_founded_it() {
        assert_eq!(
            choose(&[1, 2], None, 0).unwrap(),
            SigningKey {
                entry: entry(1),
                registered: false
            }
        );
        assert!(matches!(choose(&[2], None, 0), Err(Error::NoUsableKey(_))));
    }

    #[test]
    fn a_registered_key_stays_at_home() {
        let chosen = choose(&[1, 2], Some(record(2, Some((1, 10)))), 5).unwrap();
        assert_eq!(
            chosen,
            SigningKey {
                entry: entry(2),
                registered: true
            }
        );
    }

    #[test]
    fn the_old_key_serves_in_the_overlap_and_not_after() {
        let chosen = |block| choose(&[1], Some(record(2, Some((1, 10)))), block);
        assert_eq!(
            chosen(9).unwrap(),
            SigningKey {
                entry: entry(1),
                registered: true
            }
        );
        assert!(matches!(chosen(10), Err(Error::NoUsableKey(_))));
        assert!(matches!(
            choose(&[1], Some(record(2, None)), 0),
            Err(Error::NoUsableKey(_))
        ));
    }
}
