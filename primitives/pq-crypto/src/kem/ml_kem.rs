//! ML-KEM (FIPS 203), by libcrux: with vector instructions where the machine has them, portable
//! code elsewhere.

use super::SHARED_SECRET_BYTES;
use alloc::{boxed::Box, vec::Vec};
use zeroize::{Zeroize, Zeroizing};

pub(super) type Secret = Zeroizing<[u8; SHARED_SECRET_BYTES]>;

/// A parameter set: its module here and in libcrux, and libcrux's types for it.
macro_rules! parameter_set {
    ($name:ident, $Public:ident, $Private:ident, $Ciphertext:ident) => {
        pub(super) mod $name {
            use super::*;
            use libcrux_ml_kem::$name::{self as libcrux, $Ciphertext, $Private, $Public};

            /// The decapsulation key of FIPS 203, on the heap, wiped when dropped.
            pub(in crate::kem) struct SecretKey(Box<$Private>);

            impl Drop for SecretKey {
                fn drop(&mut self) {
                    self.0[0..].zeroize();
                }
            }

            /// ML-KEM.KeyGen_internal of `d ‖ z`.
            pub(in crate::kem) fn generate(seed: &[u8; 64]) -> (SecretKey, Vec<u8>) {
                let (private, public) = libcrux::generate_key_pair(*seed).into_parts();
                (SecretKey(Box::new(private)), public.as_slice().to_vec())
            }

            /// ML-KEM.Encaps_internal, after the checks of section 7.2. `None` if the bytes are no
            /// key. Both lengths are checked by the caller.
            pub(in crate::kem) fn encapsulate(
                public: &[u8],
                randomness: &[u8],
            ) -> Option<(Vec<u8>, Secret)> {
                let public = $Public::try_from(public).ok()?;
                let randomness = randomness.try_into().ok()?;
                if !libcrux::validate_public_key(&public) {
                    return None;
                }
                let (ciphertext, secret) = libcrux::encapsulate(&public, randomness);
                Some((ciphertext.as_slice().to_vec(), Zeroizing::new(secret)))
            }

            impl SecretKey {
                /// ML-KEM.Decaps. The decapsulation key was made here from a seed, so the hash
                /// check of section 7.3 holds by construction. `None` for a wrong length only.
                pub(in crate::kem) fn decapsulate(&self, ciphertext: &[u8]) -> Option<Secret> {
                    let ciphertext = $Ciphertext::try_from(ciphertext).ok()?;
                    Some(Zeroizing::new(libcrux::decapsulate(&self.0, &ciphertext)))
                }
            }
        }
    };
}

parameter_set!(
    mlkem768,
    MlKem768PublicKey,
    MlKem768PrivateKey,
    MlKem768Ciphertext
);
parameter_set!(
    mlkem1024,
    MlKem1024PublicKey,
    MlKem1024PrivateKey,
    MlKem1024Ciphertext
);
