//! The address directory: from a short handle to the address, without telling the node which handle.
//!
//! The chain keeps published addresses in the order of their handles. The wallet reads a *bucket*, all
//! of them whose handles begin with the same byte, and picks its own here. So a node learns one byte of the handle, and
//! one wallet in 256 that looks for something asks the same. What the node answers need not be believed: a handle
//! is a hash of the address. Only that it has *nothing* under a handle is its word.

use std::future::Future;

use codec::{Decode, DecodeAll};
use qloak_shielded::address::{Address, Handle, ADDRESS_BYTES};
use subxt::config::substrate::H256;
use subxt::dynamic::constant;

use super::error::{DirectoryError, MAX_BUCKET};
use super::ShieldedError;
use crate::chain::{AtBlock, Chain};
use crate::error::Error;

/// The pallet's name in the runtime.
pub const PALLET: &str = "AddressDirectory";
const ITEM: &str = "Addresses";

/// Entries that are asked for at a time: some 1.3 MB of answer. Nodes give at most 1,000 keys at once.
pub const PAGE: usize = 500;
/// Bytes of a handle that the node learns.
const SHOWN_BYTES: usize = 1;

/// A published address. Its handle is the one that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// Who published it.
    pub publisher: [u8; 32],
    /// What the chain holds back for it.
    pub deposit: u128,
    /// The address.
    pub address: Address,
}

/// An entry as the chain stores it.
#[derive(Decode)]
struct Stored {
    publisher: [u8; 32],
    deposit: u128,
    address: [u8; ADDRESS_BYTES],
}

impl Listing {
    /// The listing that a node answers a handle with.
    fn parse(handle: Handle, bytes: &[u8]) -> Result<Self, DirectoryError> {
        let forged = || DirectoryError::Forged(handle);
        let stored = Stored::decode_all(&mut &*bytes).map_err(|_| forged())?;
        let address = Address::from_bytes(&stored.address).map_err(|_| forged())?;
        match address.handle() == handle {
            true => Ok(Self {
                publisher: stored.publisher,
                deposit: stored.deposit,
                address,
            }),
            false => Err(forged()),
        }
    }
}

/// Keys of storage, each with what lies under it.
pub type Entries = Vec<(Vec<u8>, Option<Vec<u8>>)>;

/// The state of a directory at one block, as a node tells it.
pub trait Directory {
    /// Up to [`PAGE`] keys of storage that begin with `prefix`, in order, after the key `after`.
    fn keys(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
    ) -> impl Future<Output = Result<Vec<Vec<u8>>, Error>>;

    /// What lies under these keys.
    fn values(&self, keys: &[Vec<u8>]) -> impl Future<Output = Result<Entries, Error>>;
}

/// Where the entry of a handle lies in the state.
pub fn storage_key(handle: &Handle) -> Vec<u8> {
    let prefix = [PALLET, ITEM].map(|name| sp_crypto_hashing::twox_128(name.as_bytes()));
    [&prefix.concat(), &handle.0[..]].concat()
}

/// The address of a handle, out of its bucket.
///
/// # Errors
/// [`DirectoryError`], and what asking the node fails with.
pub async fn find<D: Directory>(directory: &D, handle: Handle) -> Result<Listing, Error> {
    let wanted = storage_key(&handle);
    let bucket = &wanted[..wanted.len() - (handle.0.len() - SHOWN_BYTES)];
    let keys = bucket_keys(directory, bucket, wanted.len()).await?;
    let mut found = None;
    // All of them, whether it has come or not: where the wallet stops would tell what it looks for.
    for page in keys.chunks(PAGE) {
        for (key, value) in directory.values(page).await? {
            if key == wanted {
                found = value;
            }
        }
    }
    let listing = match found {
        Some(bytes) => Listing::parse(handle, &bytes),
        None if keys.contains(&wanted) => Err(DirectoryError::Inconsistent),
        None => Err(DirectoryError::NotListed(handle)),
    };
    Ok(listing.map_err(ShieldedError::Directory)?)
}

/// As [`find`], with nothing for what is not listed.
///
/// # Errors
/// As [`find`], but for [`DirectoryError::NotListed`].
pub async fn find_any<D: Directory>(
    directory: &D,
    handle: Handle,
) -> Result<Option<Listing>, Error> {
    match find(directory, handle).await {
        Ok(listing) => Ok(Some(listing)),
        Err(Error::Shielded(ShieldedError::Directory(DirectoryError::NotListed(_)))) => Ok(None),
        Err(error) => Err(error),
    }
}

/// All keys of a bucket.
async fn bucket_keys<D: Directory>(
    directory: &D,
    bucket: &[u8],
    length: usize,
) -> Result<Vec<Vec<u8>>, Error> {
    let mut keys: Vec<Vec<u8>> = Vec::new();
    loop {
        let page = directory
            .keys(bucket, keys.last().map(Vec::as_slice))
            .await?;
        let is_last = page.len() < PAGE;
        for key in page {
            let ascends = keys.last().is_none_or(|last| *last < key);
            if !ascends || key.len() != length || !key.starts_with(bucket) {
                return Err(ShieldedError::Directory(DirectoryError::Inconsistent).into());
            }
            keys.push(key);
        }
        if keys.len() > MAX_BUCKET {
            return Err(ShieldedError::Directory(DirectoryError::TooLarge).into());
        }
        if is_last {
            return Ok(keys);
        }
    }
}

/// The directory of a chain at a block.
pub struct OnChain<'a> {
    chain: &'a Chain,
    block: H256,
}

impl<'a> OnChain<'a> {
    /// The directory at a block.
    ///
    /// # Errors
    /// [`Error::NotQloak`] if the chain has none.
    pub fn new(chain: &'a Chain, at: &AtBlock) -> Result<Self, Error> {
        match at.metadata_ref().pallet_by_name(PALLET) {
            Some(_) => Ok(Self {
                chain,
                block: at.block_hash(),
            }),
            None => Err(Error::NotQloak("address directory".into())),
        }
    }
}

impl Directory for OnChain<'_> {
    async fn keys(&self, prefix: &[u8], after: Option<&[u8]>) -> Result<Vec<Vec<u8>>, Error> {
        let rpc = self.chain.rpc();
        rpc.state_get_keys_paged(prefix, PAGE as u32, after, Some(self.block))
            .await
            .map_err(self.chain.failed("reading the address directory"))
    }

    async fn values(&self, keys: &[Vec<u8>]) -> Result<Entries, Error> {
        let rpc = self.chain.rpc();
        let sets = rpc
            .state_query_storage_at(keys.iter().map(Vec::as_slice), Some(self.block))
            .await
            .map_err(self.chain.failed("reading the address directory"))?;
        let changes = sets.into_iter().flat_map(|set| set.changes);
        Ok(changes
            .map(|(key, value)| (key.0, value.map(|value| value.0)))
            .collect())
    }
}

/// What the chain holds back for an address; nothing if it does not say.
pub fn deposit(at: &AtBlock) -> Option<u128> {
    let get = |name: &str| at.constants().entry(constant::<u128>(PALLET, name)).ok();
    get("DepositPerByte")?
        .checked_mul(ADDRESS_BYTES as u128)?
        .checked_add(get("DepositBase")?)
}

#[cfg(test)]
#[path = "directory_tests.rs"]
mod tests;
