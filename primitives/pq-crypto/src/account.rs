//! The 32-byte identifiers of accounts and authorities.
//!
//! A key of 1,952 bytes is no name for an account. Its hash is, and the scheme's identifier goes
//! into the hash so that the same bytes under two schemes name two accounts. Accounts and
//! authorities use different tags: an authority's identifier is never an account that someone
//! can spend from by replaying what the authority signed.

use crate::scheme::Scheme;

/// The SS58 prefix of Qloak's addresses: all of them begin with `qk`.
///
/// No other network has it in the public registry, so that tools which compare prefixes tell a Qloak address
/// from one of a classical account elsewhere. Such an account has a key that signs nothing here.
pub const SS58_PREFIX: u16 = 11_706;

const ACCOUNT_TAG: &[u8] = b"qloak/account/v1";
const AUTHORITY_TAG: &[u8] = b"qloak/authority/v1";

/// The account that a public key owns until its first rotation:
/// BLAKE2b-256 of `"qloak/account/v1" ‖ scheme identifier ‖ public key`.
pub fn account_id(scheme: Scheme, public: &[u8]) -> [u8; 32] {
    identifier(ACCOUNT_TAG, scheme, public)
}

/// The identifier of an authority that signs with a public key:
/// BLAKE2b-256 of `"qloak/authority/v1" ‖ scheme identifier ‖ public key`.
pub fn authority_id(scheme: Scheme, public: &[u8]) -> [u8; 32] {
    identifier(AUTHORITY_TAG, scheme, public)
}

fn identifier(tag: &[u8], scheme: Scheme, public: &[u8]) -> [u8; 32] {
    let mut state = blake2b_simd::Params::new().hash_length(32).to_state();
    state.update(tag).update(&[scheme.id()]).update(public);
    let mut id = [0; 32];
    id.copy_from_slice(state.finalize().as_bytes());
    id
}
