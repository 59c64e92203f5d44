//! Encapsulation to any key and decapsulation of anything: they return, a ciphertext has one
//! secret, and a ciphertext of the right length always has one where ML-KEM alone decides.

#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use qloak_pq_crypto::kem::{encapsulate, Error, Kem, KemSecretKey};

#[derive(Arbitrary, Debug)]
struct Input {
    kem: u8,
    seed: Vec<u8>,
    public: Option<Vec<u8>>,
    randomness: [u8; 32],
    ciphertext: Option<Vec<u8>>,
    changes: Vec<(u16, u8)>,
}

fuzz_target!(|input: Input| {
    let kem = Kem::ALL[usize::from(input.kem) % Kem::ALL.len()];
    let parameters = kem.parameters();
    let mut seed = input.seed;
    let any_length = KemSecretKey::from_seed(kem, &seed);
    assert_eq!(any_length.is_ok(), seed.len() == parameters.seed_bytes);
    seed.resize(parameters.seed_bytes, 0);
    let key = KemSecretKey::from_seed(kem, &seed).expect("the length is right");

    let randomness = input.randomness.repeat(2);
    let randomness = &randomness[..parameters.randomness_bytes];
    if let Some(public) = input.public {
        // Whatever it is: no panic.
        let _ = encapsulate(kem, &public, randomness);
    }
    let (genuine, secret) =
        encapsulate(kem, key.public_key(), randomness).expect("the key is genuine");

    let mut ciphertext = input.ciphertext.unwrap_or_else(|| genuine.clone());
    for (at, value) in input.changes {
        let length = ciphertext.len().max(1);
        if let Some(byte) = ciphertext.get_mut(usize::from(at) % length) {
            *byte ^= value;
        }
    }
    match key.decapsulate(&ciphertext) {
        Ok(found) => {
            assert_eq!(ciphertext.len(), parameters.ciphertext_bytes);
            assert_eq!(found.as_bytes() == secret.as_bytes(), ciphertext == genuine);
        }
        Err(Error::CiphertextLength { found, .. }) => {
            assert_ne!(found, parameters.ciphertext_bytes);
        }
        Err(Error::MalformedCiphertext { kem }) => assert_eq!(kem, Kem::XWing),
        Err(error) => panic!("decapsulation does not fail so: {error}"),
    }
});
