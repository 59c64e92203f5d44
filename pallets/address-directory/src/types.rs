//! What the pallet stores.

use codec::{Decode, Encode, MaxEncodedLen};
use qloak_shielded::address::ADDRESS_BYTES;
use scale_info::TypeInfo;

/// An entry of the directory. Its length is constant.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Listing<AccountId, Balance> {
    /// Who published it, and withdraws it.
    pub publisher: AccountId,
    /// What is on hold for it.
    pub deposit: Balance,
    /// Owner and KEM key of the address.
    pub address: [u8; ADDRESS_BYTES],
}
