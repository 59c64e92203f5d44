//! Every scheme inside WebAssembly, as a runtime without host functions would run it, beside sr25519
//! and ed25519, and the verification of a shielded transfer's proof, natively too.
//!
//! The module is `benches/wasm-crypto`, built here for the runtime's target with the runtime's profile
//! and run in the node's Wasmtime with the node's settings.

#![allow(
    missing_docs,
    reason = "criterion's macros make undocumented functions"
)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a measurement that fails stops"
)]

use codec::Encode;
use criterion::{criterion_group, criterion_main, Criterion};
use ed25519_dalek::Signer;
use qloak_pq_crypto::{kem::Kem, scheme::Scheme};
use std::{
    hint::black_box,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};
use wasmtime::{Config, Engine, Instance, Memory, Module, OptLevel, Store, WasmParams};

#[path = "../../primitives/shielded/benches/payment/mod.rs"]
mod payment;

const TARGET: &str = "wasm32v1-none";
/// As long as the payload that a transfer's signature covers.
const MESSAGE: [u8; 200] = [0x51; 200];
const SEED: [u8; 32] = [7; 32];

/// Builds the module as `substrate-wasm-builder` builds the runtime, in a target folder of its own: the
/// workspace's may be locked, and its profile has assertions on.
fn build_module() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("wasm-crypto");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .current_dir(root)
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    cargo.args([
        "build",
        "--locked",
        "--release",
        "--package",
        "qloak-wasm-crypto",
        "--target",
        TARGET,
    ]);
    cargo.arg("--target-dir").arg(&folder);
    for setting in [
        "lto=\"thin\"",
        "panic=\"abort\"",
        "debug-assertions=false",
        "overflow-checks=false",
    ] {
        cargo
            .arg("--config")
            .arg(format!("profile.release.{setting}"));
    }
    assert!(
        cargo.status().expect("cargo runs").success(),
        "the module does not build"
    );
    folder.join(TARGET).join("release/qloak_wasm_crypto.wasm")
}

/// The node's settings: `sc-executor-wasmtime` 0.47.
fn engine() -> Engine {
    let mut config = Config::new();
    config.cranelift_opt_level(OptLevel::SpeedAndSize);
    config.max_wasm_stack(1 << 20);
    config
        .wasm_reference_types(false)
        .wasm_simd(false)
        .wasm_relaxed_simd(false);
    config
        .wasm_bulk_memory(false)
        .wasm_multi_value(false)
        .wasm_multi_memory(false);
    config
        .wasm_memory64(false)
        .wasm_tail_call(false)
        .wasm_extended_const(false);
    Engine::new(&config).expect("the node's settings are valid")
}

/// The module, running.
struct Wasm {
    store: Store<()>,
    instance: Instance,
    memory: Memory,
    buffer: usize,
}

impl Wasm {
    fn new() -> Self {
        let engine = engine();
        let module = Module::from_file(&engine, build_module()).unwrap();
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module, &[]).unwrap();
        let memory = instance.get_memory(&mut store, "memory").unwrap();
        let buffer = instance
            .get_typed_func::<(), u32>(&mut store, "buffer")
            .unwrap();
        let buffer = buffer.call(&mut store, ()).unwrap() as usize;
        Self {
            store,
            instance,
            memory,
            buffer,
        }
    }

    fn write(&mut self, parts: &[&[u8]]) {
        self.memory
            .write(&mut self.store, self.buffer, &parts.concat())
            .unwrap();
    }

    fn read(&self, at: usize, bytes: u32) -> Vec<u8> {
        let start = self.buffer + at;
        self.memory.data(&self.store)[start..start + bytes as usize].to_vec()
    }

    /// Calls an export once and returns the length of its output.
    fn call<P: WasmParams + Copy>(&mut self, export: &str, parameters: P) -> u32 {
        let function = self
            .instance
            .get_typed_func::<P, u32>(&mut self.store, export)
            .unwrap();
        let result = function.call(&mut self.store, parameters).unwrap();
        assert_ne!(result, 0, "{export} fails");
        result
    }

    /// Measures an export, whose inputs are in place and stay there.
    fn measure<P: WasmParams + Copy>(
        &mut self,
        criterion: &mut Criterion,
        (operation, name): (&str, &dyn std::fmt::Display),
        export: &str,
        parameters: P,
    ) {
        let function = self
            .instance
            .get_typed_func::<P, u32>(&mut self.store, export)
            .unwrap();
        criterion.bench_function(&format!("wasm/{operation}/{name}"), |bencher| {
            bencher.iter(|| {
                let result = function
                    .call(&mut self.store, black_box(parameters))
                    .unwrap();
                assert_ne!(result, 0, "{export} fails");
            })
        });
    }
}

fn signatures(criterion: &mut Criterion, wasm: &mut Wasm) {
    for scheme in Scheme::ALL {
        let id = u32::from(scheme.id());
        wasm.write(&[&SEED]);
        wasm.measure(criterion, ("generate", &scheme), "generate", id);
        let length = wasm.call("generate", id);
        let public = wasm.read(SEED.len(), length);

        let message_bytes = MESSAGE.len() as u32;
        wasm.write(&[&MESSAGE]);
        wasm.measure(criterion, ("sign", &scheme), "sign", message_bytes);
        let length = wasm.call("sign", message_bytes);
        let signature = wasm.read(MESSAGE.len(), length);

        wasm.write(&[&public, &MESSAGE, &signature]);
        let lengths = (
            id,
            public.len() as u32,
            message_bytes,
            signature.len() as u32,
        );
        wasm.measure(criterion, ("verify", &scheme), "verify", lengths);
    }
}

fn peers(criterion: &mut Criterion, wasm: &mut Wasm) {
    let key = ed25519_dalek::SigningKey::from_bytes(&SEED);
    wasm.write(&[
        key.verifying_key().as_bytes(),
        &key.sign(&MESSAGE).to_bytes(),
        &MESSAGE,
    ]);
    wasm.measure(
        criterion,
        ("verify", &"ed25519"),
        "verify_ed25519",
        MESSAGE.len() as u32,
    );

    let pair = schnorrkel::MiniSecretKey::from_bytes(&SEED)
        .unwrap()
        .expand_to_keypair(schnorrkel::ExpansionMode::Ed25519);
    let signature = pair.sign_simple(b"substrate", &MESSAGE).to_bytes();
    wasm.write(&[&pair.public.to_bytes(), &signature, &MESSAGE]);
    wasm.measure(
        criterion,
        ("verify", &"sr25519"),
        "verify_sr25519",
        MESSAGE.len() as u32,
    );
}

fn kems(criterion: &mut Criterion, wasm: &mut Wasm) {
    for (id, kem) in (0u32..).zip(Kem::ALL) {
        let parameters = kem.parameters();
        wasm.write(&[&vec![7; parameters.seed_bytes]]);
        wasm.measure(criterion, ("kem generate", &kem), "kem_generate", id);
        let length = wasm.call("kem_generate", id);
        let public = wasm.read(parameters.seed_bytes, length);

        wasm.write(&[&public, &vec![8; parameters.randomness_bytes]]);
        let lengths = (id, public.len() as u32, parameters.randomness_bytes as u32);
        wasm.measure(
            criterion,
            ("kem encapsulate", &kem),
            "kem_encapsulate",
            lengths,
        );
        let length = wasm.call("kem_encapsulate", lengths);
        let ciphertext = wasm.read(public.len() + parameters.randomness_bytes, length);

        wasm.write(&[&ciphertext]);
        wasm.measure(
            criterion,
            ("kem decapsulate", &kem),
            "kem_decapsulate",
            length,
        );
    }
}

/// One proof, in WebAssembly and natively.
fn shielded(criterion: &mut Criterion, wasm: &mut Wasm) {
    let (statement, witness) = payment::payment(0).unwrap();
    let proof = qloak_shielded::prover::prove(&statement, &witness).unwrap();
    let encoded = statement.encode();
    wasm.write(&[&proof, &encoded]);
    let lengths = (proof.len() as u32, encoded.len() as u32);
    let name: (_, &dyn std::fmt::Display) = ("verify", &"shielded-proof");
    wasm.measure(criterion, name, "verify_shielded", lengths);
    criterion.bench_function("native/verify/shielded-proof", |bencher| {
        bencher.iter(|| {
            assert!(qloak_shielded::verifier::verify_encoded(
                black_box(&proof),
                &encoded
            ))
        })
    });
}

fn wasm(criterion: &mut Criterion) {
    let mut wasm = Wasm::new();
    signatures(criterion, &mut wasm);
    peers(criterion, &mut wasm);
    kems(criterion, &mut wasm);
    shielded(criterion, &mut wasm);
}

fn configured() -> Criterion {
    Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
}

criterion_group! {
    name = benches;
    config = configured();
    targets = wasm
}
criterion_main!(benches);
