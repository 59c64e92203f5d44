//! SLH-DSA with SHAKE (FIPS 205), by the crate `fips205`.

use super::{Randomness, Verdict};
use crate::expand::Expanded;
use alloc::{boxed::Box, vec::Vec};
use fips205::traits::{KeyGen, SerDes, Signer, Verifier};
use zeroize::Zeroizing;

/// Length of each of the three seeds that FIPS 205's key generation takes (n of category 1).
const N: usize = 16;

macro_rules! parameter_set {
    ($name:ident, $fips205:ident, $label:literal) => {
        pub(super) mod $name {
            use super::*;
            use fips205::$fips205 as fips205;

            /// SK.seed, SK.prf, PK.seed and PK.root; the library wipes it when dropped.
            pub(in crate::signing) struct SecretKey(Box<fips205::PrivateKey>);

            /// slh_keygen_internal with the three seeds expanded from one.
            pub(in crate::signing) fn generate(seed: &[u8; 32]) -> (SecretKey, Vec<u8>) {
                let mut expanded = Expanded::new($label, seed);
                let mut seeds = [(); 3].map(|()| Zeroizing::new([0; N]));
                seeds
                    .iter_mut()
                    .for_each(|part| expanded.fill(part.as_mut()));
                let [sk_seed, sk_prf, pk_seed] = &seeds;
                let (public, secret) = fips205::KG::keygen_from_seed(sk_seed, sk_prf, pk_seed);
                (SecretKey(Box::new(secret)), public.into_bytes().to_vec())
            }

            impl SecretKey {
                /// slh_sign; the deterministic variant takes PK.seed for its randomness.
                pub(in crate::signing) fn sign(
                    &self,
                    context: &[u8],
                    message: &[u8],
                    randomness: &Randomness,
                ) -> Option<Vec<u8>> {
                    let (hedged, bytes) = match randomness {
                        Randomness::Deterministic => (false, &[0; 32]),
                        Randomness::Hedged(bytes) => (true, bytes),
                    };
                    let mut rng = Expanded::new(super::HEDGE_LABEL, bytes);
                    self.0
                        .try_sign_with_rng(&mut rng, message, context, hedged)
                        .ok()
                        .map(|signature| signature.to_vec())
                }
            }

            /// slh_verify. Every 32 bytes are a public key.
            pub(in crate::signing) fn verify(
                public: &[u8],
                context: &[u8],
                message: &[u8],
                signature: &[u8],
            ) -> Verdict {
                let (Ok(public), Ok(signature)) = (public.try_into(), signature.try_into()) else {
                    return Verdict::Invalid;
                };
                match fips205::PublicKey::try_from_bytes(public) {
                    Ok(key) => Verdict::from_valid(key.verify(message, signature, context)),
                    Err(_) => Verdict::MalformedPublicKey,
                }
            }
        }
    };
}

const HEDGE_LABEL: &[u8] = b"slh-dsa-shake hedge";

parameter_set!(shake_128f, slh_dsa_shake_128f, b"slh-dsa-shake-128f");
parameter_set!(shake_128s, slh_dsa_shake_128s, b"slh-dsa-shake-128s");
