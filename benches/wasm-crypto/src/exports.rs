//! What the host calls. Inputs stand one after the other in [`buffer`], outputs are written behind
//! them; each function returns the length of its output, or 1 for a valid signature, and 0 if
//! anything fails.

use core::cell::UnsafeCell;

use ed25519_dalek::VerifyingKey;
use qloak_pq_crypto::{
    context::Context,
    kem::{encapsulate, Kem, KemSecretKey},
    scheme::Scheme,
    signing::{verify_portable, Randomness, SecretKey},
};
use qloak_shielded::verifier::verify_encoded;

use crate::heap;

const USE: Context = Context::Transaction;
const BUFFER_BYTES: usize = 128 << 10;

/// The key that the last `generate` made.
enum Held {
    Nothing,
    Signing(SecretKey),
    Kem(KemSecretKey),
}

struct Module {
    buffer: UnsafeCell<[u8; BUFFER_BYTES]>,
    held: UnsafeCell<Held>,
}

// SAFETY: the target has no threads.
unsafe impl Sync for Module {}

static MODULE: Module = Module {
    buffer: UnsafeCell::new([0; BUFFER_BYTES]),
    held: UnsafeCell::new(Held::Nothing),
};

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

/// The buffer, at the beginning of a call that allocates afresh.
fn enter() -> &'static mut [u8; BUFFER_BYTES] {
    // SAFETY: calls do not nest, and each takes the buffer once and returns nothing that it allocated.
    unsafe {
        heap::release();
        &mut *MODULE.buffer.get()
    }
}

fn held() -> &'static Held {
    // SAFETY: only `hold` writes, and no call both holds and is held.
    unsafe { &*MODULE.held.get() }
}

/// Drops the key that is held and makes another in its place.
fn hold(make: impl FnOnce() -> Option<Held>) -> Option<&'static Held> {
    // SAFETY: the only thing that outlives a call is what is held, and that is dropped first.
    unsafe {
        *MODULE.held.get() = Held::Nothing;
        heap::clear();
        *MODULE.held.get() = make()?;
    }
    heap::keep();
    Some(held())
}

/// Writes `output` behind the first `at` bytes.
fn write(buffer: &mut [u8], at: usize, output: &[u8]) -> Option<u32> {
    buffer
        .get_mut(at..)?
        .get_mut(..output.len())?
        .copy_from_slice(output);
    u32::try_from(output.len()).ok()
}

/// The two parts of the given lengths, and what stands behind them.
fn parts(buffer: &[u8], first: u32, second: u32) -> Option<(&[u8], &[u8], &[u8])> {
    let (first, rest) = buffer.split_at_checked(first as usize)?;
    let (second, rest) = rest.split_at_checked(second as usize)?;
    Some((first, second, rest))
}

/// Where inputs and outputs are.
#[no_mangle]
pub extern "C" fn buffer() -> *mut u8 {
    MODULE.buffer.get().cast()
}

/// Makes the key of a seed, of 32 bytes, and writes its public half.
#[no_mangle]
pub extern "C" fn generate(scheme: u32) -> u32 {
    let buffer = enter();
    let make = || {
        let seed = buffer.first_chunk()?;
        SecretKey::from_seed(Scheme::from_id(scheme as u8)?, seed)
            .ok()
            .map(Held::Signing)
    };
    let Some(Held::Signing(key)) = hold(make) else {
        return 0;
    };
    write(buffer, 32, key.public_key()).unwrap_or(0)
}

/// Signs a message with the key that was made last.
#[no_mangle]
pub extern "C" fn sign(message_bytes: u32) -> u32 {
    let buffer = enter();
    let Held::Signing(key) = held() else { return 0 };
    let signature = parts(buffer, message_bytes, 0)
        .and_then(|(message, ..)| key.sign(USE, message, Randomness::Deterministic).ok());
    signature
        .and_then(|signature| write(buffer, message_bytes as usize, &signature))
        .unwrap_or(0)
}

/// Verifies: public key, message, signature.
#[no_mangle]
pub extern "C" fn verify(
    scheme: u32,
    public_bytes: u32,
    message_bytes: u32,
    signature_bytes: u32,
) -> u32 {
    let buffer = enter();
    let valid = || {
        let (public, message, rest) = parts(buffer, public_bytes, message_bytes)?;
        let signature = rest.get(..signature_bytes as usize)?;
        verify_portable(
            Scheme::from_id(scheme as u8)?,
            public,
            USE,
            message,
            signature,
        )
        .ok()
    };
    valid().is_some().into()
}

/// Verifies an ed25519 signature: public key, signature, message.
#[no_mangle]
pub extern "C" fn verify_ed25519(message_bytes: u32) -> u32 {
    let buffer = enter();
    let valid = || {
        let (public, signature, rest) = parts(buffer, 32, 64)?;
        let public = VerifyingKey::from_bytes(public.first_chunk()?).ok()?;
        let signature = ed25519_dalek::Signature::from_slice(signature).ok()?;
        public
            .verify_strict(rest.get(..message_bytes as usize)?, &signature)
            .ok()
    };
    valid().is_some().into()
}

/// Verifies an sr25519 signature: public key, signature, message.
#[no_mangle]
pub extern "C" fn verify_sr25519(message_bytes: u32) -> u32 {
    let buffer = enter();
    let valid = || {
        let (public, signature, rest) = parts(buffer, 32, 64)?;
        let public = schnorrkel::PublicKey::from_bytes(public).ok()?;
        let signature = schnorrkel::Signature::from_bytes(signature).ok()?;
        let message = rest.get(..message_bytes as usize)?;
        public.verify_simple(b"substrate", message, &signature).ok()
    };
    valid().is_some().into()
}

/// Verifies the proof of a shielded transfer: proof, statement.
#[no_mangle]
pub extern "C" fn verify_shielded(proof_bytes: u32, statement_bytes: u32) -> u32 {
    let buffer = enter();
    parts(buffer, proof_bytes, statement_bytes)
        .is_some_and(|(proof, statement, _)| verify_encoded(proof, statement))
        .into()
}

fn kem(id: u32) -> Option<Kem> {
    Kem::ALL.get(id as usize).copied()
}

/// Makes the key of a seed and writes its public half.
#[no_mangle]
pub extern "C" fn kem_generate(id: u32) -> u32 {
    let buffer = enter();
    let Some(kem) = kem(id) else { return 0 };
    let seed_bytes = kem.parameters().seed_bytes;
    let make = || {
        KemSecretKey::from_seed(kem, buffer.get(..seed_bytes)?)
            .ok()
            .map(Held::Kem)
    };
    let Some(Held::Kem(key)) = hold(make) else {
        return 0;
    };
    write(buffer, seed_bytes, key.public_key()).unwrap_or(0)
}

/// Encapsulates: public key, randomness.
#[no_mangle]
pub extern "C" fn kem_encapsulate(id: u32, public_bytes: u32, randomness_bytes: u32) -> u32 {
    let buffer = enter();
    let ciphertext = kem(id)
        .zip(parts(buffer, public_bytes, randomness_bytes))
        .and_then(|(kem, (public, randomness, _))| encapsulate(kem, public, randomness).ok())
        .map(|(ciphertext, _)| ciphertext);
    let at = (public_bytes + randomness_bytes) as usize;
    ciphertext
        .and_then(|ciphertext| write(buffer, at, &ciphertext))
        .unwrap_or(0)
}

/// Decapsulates with the key that was made last.
#[no_mangle]
pub extern "C" fn kem_decapsulate(ciphertext_bytes: u32) -> u32 {
    let buffer = enter();
    let Held::Kem(key) = held() else { return 0 };
    let secret = parts(buffer, ciphertext_bytes, 0)
        .and_then(|(ciphertext, ..)| key.decapsulate(ciphertext).ok());
    secret.is_some().into()
}
