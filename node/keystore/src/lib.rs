//! Where a validator's post-quantum keys live.
//!
//! The SDK's `LocalKeystore` knows three elliptic-curve schemes, derives the key pair anew for every
//! signature and puts the public key into the file name. None of that suits ML-DSA: its keys are
//! 1,952 bytes long, expanding one costs more than signing with it, and the scheme is unknown there.
//! [`PqKeystore`] therefore wraps a `LocalKeystore`, leaves every classical key to it, and keeps keys
//! of the purposes in [`qloak_pq_crypto::authority`] itself:
//!
//! * **Identity.** A key is known by its 32-byte authority id, the hash of scheme and public key. What
//!   is signed carries the public key in front of the signature, so a verifier needs the id only.
//! * **Determinism.** The same key and message always give the same signature. GRANDPA signs a vote
//!   again after a restart and takes a second, different signature for an equivocation.
//! * **Separation.** The key type decides the FIPS 204 context string ([`signing_context`]), so that a
//!   block seal can never be passed off as a vote.
//! * **Files.** One JSON file per key in the folder `pq` below the keystore's, mode 0600 in a folder of
//!   mode 0700; see [`key_file`] for the format and [`folder`] for how files are written. Files
//!   that others can read are refused rather than repaired, since the secret may be out already.
//! * **Secrets** are zeroized when dropped and appear in no `Debug` output and no error.

pub mod error;
pub mod folder;
pub mod key_file;
mod keystore;
mod random;
pub mod secret_file;
pub mod secret_uri;
pub mod validator_keys;

#[cfg(test)]
mod tests;

pub use error::Error;
pub use keystore::{signing_context, PqKeystore};
