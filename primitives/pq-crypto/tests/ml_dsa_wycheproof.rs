//! ML-DSA against Wycheproof's vectors, by both verifiers.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use qloak_pq_crypto::{
    scheme::Scheme,
    signing::{verify_with_context_bytes, Error, Implementation, Randomness, SecretKey},
};
use wycheproof::{mldsa_sign, mldsa_verify, TestResult};

fn expected(result: TestResult) -> bool {
    match result {
        TestResult::Valid => true,
        TestResult::Invalid => false,
        TestResult::Acceptable => panic!("ML-DSA leaves nothing to taste"),
    }
}

fn verify_all(scheme: Scheme, set: mldsa_verify::TestName) -> usize {
    let set = mldsa_verify::TestSet::load(set).unwrap();
    let mut run = 0;
    for group in &set.test_groups {
        for test in &group.tests {
            let context = test.ctx.as_ref().map_or(&[][..], |context| context);
            for implementation in [Implementation::Fastest, Implementation::Portable] {
                let verdict = verify_with_context_bytes(
                    implementation,
                    scheme,
                    &group.pubkey,
                    context,
                    &test.msg,
                    &test.sig,
                );
                assert_eq!(
                    verdict.is_ok(),
                    expected(test.result),
                    "{scheme} {implementation:?} test {} ({}): {verdict:?}",
                    test.tc_id,
                    test.comment
                );
            }
            run += 1;
        }
    }
    assert_eq!(run, set.number_of_tests);
    run
}

#[test]
fn verification() {
    use mldsa_verify::TestName::{MlDsa44Verify, MlDsa65Verify, MlDsa87Verify};
    assert_eq!(verify_all(Scheme::MlDsa44, MlDsa44Verify), 180);
    assert_eq!(verify_all(Scheme::MlDsa65, MlDsa65Verify), 210);
    assert_eq!(verify_all(Scheme::MlDsa87, MlDsa87Verify), 241);
}

/// Why the fastest verifier at hand is not used: PQClean's AVX2 code gets some of these vectors wrong
/// in both directions. When this test fails, it has been mended, and is worth another look.
#[cfg(target_arch = "x86_64")]
#[test]
fn pqclean_is_wrong_in_both_directions() {
    use pqcrypto_mldsa::mldsa65 as pqclean;
    use pqcrypto_traits::sign::{DetachedSignature, PublicKey};
    if !std::is_x86_feature_detected!("avx2") {
        return;
    }
    let set = mldsa_verify::TestSet::load(mldsa_verify::TestName::MlDsa65Verify).unwrap();
    let (mut accepted, mut refused) = (0, 0);
    for group in &set.test_groups {
        let Ok(public) = pqclean::PublicKey::from_bytes(&group.pubkey) else {
            continue;
        };
        for test in &group.tests {
            let Ok(signature) = pqclean::DetachedSignature::from_bytes(&test.sig) else {
                continue;
            };
            let context = test.ctx.as_ref().map_or(&[][..], |context| context);
            let verdict =
                pqclean::verify_detached_signature_ctx(&signature, &test.msg, context, &public);
            match (verdict.is_ok(), expected(test.result)) {
                (true, false) => accepted += 1,
                (false, true) => refused += 1,
                _ => {}
            }
        }
    }
    assert!(accepted > 0, "it checks the bound on z now");
    assert!(refused > 0, "its UseHint is right now");
}

/// Runs what the interface can express. It cannot express a seed of another length than 32 bytes,
/// nor a signature of a message representative in place of a message.
fn sign_all(scheme: Scheme, set: mldsa_sign::TestName) -> usize {
    let set = mldsa_sign::TestSet::load(set).unwrap();
    let mut run = 0;
    for group in &set.test_groups {
        let seed = group.privseed.as_ref().map(|seed| seed.to_vec());
        let Some(Ok(seed)) = seed.map(<[u8; 32]>::try_from) else {
            continue;
        };
        let key = SecretKey::from_seed(scheme, &seed).unwrap();
        if let Some(public) = &group.pubkey {
            assert_eq!(key.public_key(), &public[..]);
        }
        for test in &group.tests {
            let Some(message) = &test.msg else { continue };
            let context = test.ctx.as_ref().map_or(&[][..], |context| context);
            let randomness = match &test.rnd {
                Some(rnd) => Randomness::Hedged(rnd.to_vec().try_into().unwrap()),
                None => Randomness::Deterministic,
            };
            let signed = key.sign_with_context_bytes(context, message, &randomness);
            if expected(test.result) {
                assert_eq!(signed.unwrap(), test.sig[..], "{scheme} {}", test.tc_id);
            } else {
                assert!(matches!(signed, Err(Error::ContextLength { .. })));
            }
            run += 1;
        }
    }
    run
}

#[test]
fn signing_from_a_seed() {
    use mldsa_sign::TestName::{MlDsa44SignSeed, MlDsa65SignSeed, MlDsa87SignSeed};
    assert_eq!(sign_all(Scheme::MlDsa44, MlDsa44SignSeed), 75);
    assert_eq!(sign_all(Scheme::MlDsa65, MlDsa65SignSeed), 85);
    assert_eq!(sign_all(Scheme::MlDsa87, MlDsa87SignSeed), 76);
}
