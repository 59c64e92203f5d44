//! Random true statements.

use crate::{
    circuit::{public_values::PublicValues, trace::Trace},
    element::{Digest, Element},
    hash::node,
    note::{Asset, Note},
    parameters::Parameters,
    prover::prove_trace,
    statement::{PublicChange, Statement, INPUTS, OUTPUTS},
    tree::{Path, DEPTH},
    verifier::{verify, VerifyError},
    witness::{InputWitness, Witness},
};
use chacha20::ChaCha20Rng;
use p3_field::PrimeCharacteristicRing;
use rand_core::{Rng, SeedableRng};
use std::panic::{catch_unwind, AssertUnwindSafe};

/// A statement and what makes it true.
#[derive(Clone)]
pub struct Scenario {
    pub statement: Statement,
    pub witness: Witness,
}

impl Scenario {
    /// Two real inputs and two outputs of random assets and values.
    pub fn random(seed: u64) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        loop {
            let values = core::array::from_fn(|_| (asset(&mut rng), value(&mut rng)));
            if let Some(changes) = changes(&values) {
                return Self::new(&mut rng, values, changes);
            }
        }
    }

    /// Two inputs and two outputs of these assets and values, an input of 0 being a dummy.
    pub fn of(seed: u64, notes: [(Asset, u64); 4]) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        Self::new(
            &mut rng,
            notes,
            changes(&notes).expect("changes of 64 bits"),
        )
    }

    fn new(rng: &mut ChaCha20Rng, notes: [(Asset, u64); 4], changes: [PublicChange; 2]) -> Self {
        let [first, second, third, fourth] = notes;
        let mut inputs = [input(rng, first), input(rng, second)];
        let anchor = place(rng, &mut inputs);
        let witness = Witness {
            inputs,
            outputs: [output(rng, third), output(rng, fourth)],
        };
        let statement = Statement {
            anchor,
            nullifiers: [Digest::ZERO; INPUTS],
            commitments: [Digest::ZERO; OUTPUTS],
            changes,
            binding: digest(rng),
        };
        let trace = Trace::new(&witness, &PublicValues::from(&statement));
        let statement = Statement {
            nullifiers: core::array::from_fn(|input| trace.nullifier(input)),
            commitments: core::array::from_fn(|output| trace.commitment(output)),
            ..statement
        };
        Self { statement, witness }
    }

    pub fn trace(&self) -> Trace {
        Trace::new(&self.witness, &PublicValues::from(&self.statement))
    }
}

/// A proof from the trace, past the checks of [`crate::prover::prove`], is not made or does not
/// verify. The library's own check of the constraints panics in a debug build.
pub fn refused(statement: &Statement, trace: &Trace) -> bool {
    let attempt = || prove_trace(&Parameters::STANDARD, statement, trace);
    match catch_unwind(AssertUnwindSafe(attempt)) {
        Ok(Ok(proof)) => verify(&proof, statement) == Err(VerifyError::Invalid),
        Ok(Err(_)) | Err(_) => true,
    }
}

pub fn element(rng: &mut ChaCha20Rng) -> Element {
    Element::from_u64(rng.next_u64())
}

pub fn digest(rng: &mut ChaCha20Rng) -> Digest {
    Digest(elements(rng))
}

fn elements<const N: usize>(rng: &mut ChaCha20Rng) -> [Element; N] {
    core::array::from_fn(|_| element(rng))
}

fn asset(rng: &mut ChaCha20Rng) -> Asset {
    Asset::ALL[rng.next_u32() as usize % 2]
}

/// Values of all magnitudes, among them 0 and the largest.
fn value(rng: &mut ChaCha20Rng) -> u64 {
    match rng.next_u32() % 8 {
        0 => 0,
        1 => u64::MAX,
        _ => rng.next_u64() >> (rng.next_u32() % 64),
    }
}

/// What the public changes have to be, where 64 bits suffice.
fn changes(notes: &[(Asset, u64); 4]) -> Option<[PublicChange; 2]> {
    let mut changes = [PublicChange::NONE; 2];
    for asset in Asset::ALL {
        let signs = [1, 1, -1, -1];
        let of_asset = notes.iter().zip(signs).filter(|((of, _), _)| *of == asset);
        let excess: i128 = of_asset
            .map(|((_, value), sign)| sign * i128::from(*value))
            .sum();
        let amount = u64::try_from(excess.unsigned_abs()).ok()?;
        changes[usize::from(asset.id())] = match excess < 0 {
            true => PublicChange::enters(amount),
            false => PublicChange::leaves(amount),
        };
    }
    Some(changes)
}

fn input(rng: &mut ChaCha20Rng, (asset, value): (Asset, u64)) -> InputWitness {
    InputWitness {
        ask: elements(rng).into(),
        nk: elements(rng).into(),
        diversifier: elements(rng).into(),
        randomness: elements(rng).into(),
        asset,
        value,
        path: Path {
            position: rng.next_u32(),
            siblings: core::array::from_fn(|_| digest(rng)),
        },
    }
}

fn output(rng: &mut ChaCha20Rng, (asset, value): (Asset, u64)) -> Note {
    Note {
        asset,
        value,
        owner: digest(rng),
        randomness: elements(rng).into(),
    }
}

/// Puts both inputs into one tree, whose other nodes are random, and returns the root. Their ways
/// meet at a random level.
fn place(rng: &mut ChaCha20Rng, inputs: &mut [InputWitness; INPUTS]) -> Digest {
    let meeting = rng.next_u32() as usize % DEPTH;
    let [first, second] = inputs;
    let upper = !((2 << meeting) - 1_u64) as u32;
    let branch = 1 << meeting;
    second.path.position = (second.path.position & !upper & !branch)
        | (first.path.position & upper)
        | (!first.path.position & branch);
    for level in meeting + 1..DEPTH {
        second.path.siblings[level] = first.path.siblings[level];
    }
    let below = [&*first, &*second].map(|input| subtree(input, meeting));
    first.path.siblings[meeting] = below[1];
    second.path.siblings[meeting] = below[0];
    let root = first.path.root(&commitment(first));
    assert_eq!(root, second.path.root(&commitment(second)));
    root
}

/// The node at a level of the input's way.
fn subtree(input: &InputWitness, level: usize) -> Digest {
    (0..level).fold(commitment(input), |below, level| {
        let sibling = &input.path.siblings[level];
        match (input.path.position >> level) & 1 {
            0 => node(&below, sibling),
            _ => node(sibling, &below),
        }
    })
}

fn commitment(input: &InputWitness) -> Digest {
    use crate::hash::{compress, compress_tagged, Tag};
    let ak = compress_tagged(&Digest(input.ask.expose()), Tag::Ak, &[Element::ZERO; 7]);
    let account = compress(&ak, &Digest(input.nk.expose()));
    let owner = compress_tagged(&account, Tag::Owner, &input.diversifier.expose());
    let note = Note {
        asset: input.asset,
        value: input.value,
        owner,
        randomness: input.randomness.clone(),
    };
    note.commitment()
}
