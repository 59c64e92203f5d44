//! The cryptographic words of Qloak: signature schemes, key encapsulation, key derivation and
//! the 32-byte identifiers of accounts and authorities.
//!
//! # Schemes
//!
//! Seven signature schemes stand behind one interface ([`signing`]): a key is made from a 32-byte
//! seed, a signature is made for one [`context::Context`] and verifies under no other. Sizes,
//! security levels and the tables they are read from are in [`scheme::Scheme::parameters`]; where
//! they are repeated (bounds of encodings, the authority's key), a test or an assertion compares.
//!
//! | scheme | standard | made and signed by | verified natively by | verified in WASM by |
//! |---|---|---|---|---|
//! | ML-DSA-44, -65, -87 | FIPS 204 | libcrux | libcrux (AVX2 or NEON, found at run time) | libcrux, portable |
//! | SLH-DSA-SHAKE-128f, -128s | FIPS 205 | fips205 | fips205 | fips205 |
//! | FN-DSA-512 | FIPS 206, unpublished | fn-dsa | fn-dsa | fn-dsa |
//! | Ed25519 and ML-DSA-65 | RFC 8032, FIPS 204 | both | both | both |
//!
//! Two implementations of one standard must accept the same signatures, or a chain that runs both
//! splits. The tests hold each pair against the other and against a third that is not used here,
//! on valid and on damaged input.
//!
//! # Randomness
//!
//! No scheme here draws randomness: this crate builds for `wasm32v1-none`, which has none. Callers
//! bring seeds, and bring 32 fresh bytes where they want a hedged signature
//! ([`signing::Randomness`]). Whoever needs random bytes beside a long-term secret for anything else mixes them
//! with it ([`hedge`]). Natively, the keystore's host function draws a seed for a new key, and
//! the cache a key for its hash.
//!
//! # Stack
//!
//! ML-DSA key generation and signing need 192 kB of stack in a release build and 768 kB in a debug
//! build.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod account;
pub mod account_signature;
#[cfg(feature = "substrate")]
pub mod authority;
#[cfg(feature = "std")]
pub mod cache;
#[cfg(feature = "std")]
pub mod claim_memory;
pub mod context;
pub mod derive;
pub mod hedge;
#[cfg(feature = "substrate")]
pub mod host;
pub mod kem;
pub mod payload;
pub mod scheme;
pub mod signing;

mod expand;
mod form;
