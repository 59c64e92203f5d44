//! Good proofs with a wrong number of nodes in the paths of their Merkle trees.
//!
//! The decoder only limits that number, so these come through to the code that puts paths together. It refuses them,
//! and neither panics nor takes one for a proof.

#![no_main]

use std::sync::LazyLock;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use qloak_shielded::{
    parameters::{Parameters, TREE_DIGEST_BYTES},
    proof::{decode, encode},
    prover::{prove, Source},
    statement::Statement,
    verifier::verify,
};

#[path = "../../primitives/shielded/benches/payment/mod.rs"]
mod payment;

/// A statement and its proof.
static PROVEN: LazyLock<(Statement, Vec<u8>)> = LazyLock::new(|| {
    let (statement, witness) = payment::payment(1).expect("the payment is in order");
    let proof = prove(&statement, &witness).expect("and can be proven");
    (statement, proof)
});

type Node = [u8; TREE_DIGEST_BYTES];

/// What is done to one tree's nodes.
#[derive(Debug, Arbitrary)]
struct Damage {
    tree: u8,
    at: u16,
    what: What,
}

#[derive(Debug, Arbitrary)]
enum What {
    Remove,
    Repeat,
    Insert(Node),
    CutAfter,
    Fill { count: u16, with: Node },
}

impl Damage {
    fn apply(&self, nodes: &mut Vec<Node>) {
        let at = usize::from(self.at) % (nodes.len() + 1);
        let there = nodes.get(at).copied();
        match (&self.what, there) {
            (What::Remove, Some(_)) => drop(nodes.remove(at)),
            (What::Repeat, Some(node)) => nodes.insert(at, node),
            (What::Remove | What::Repeat, None) => {}
            (What::Insert(node), _) => nodes.insert(at, *node),
            (What::CutAfter, _) => nodes.truncate(at),
            (What::Fill { count, with }, _) => nodes.resize(usize::from(*count), *with),
        }
    }
}

fuzz_target!(|damages: Vec<Damage>| {
    let (statement, good) = &*PROVEN;
    let mut proof = decode::<Source>(&Parameters::STANDARD, good).expect("a good proof decodes");
    let fri = &mut proof.opening_proof.1;
    let inputs = fri.input_openings.iter_mut();
    let foldings = fri.commit_phase_openings.iter_mut();
    let mut trees: Vec<&mut Vec<Node>> = inputs
        .map(|opening| &mut opening.opening_proof.1.sibling_hashes)
        .chain(foldings.map(|opening| &mut opening.opening_proof.1.sibling_hashes))
        .collect();
    for damage in &damages {
        let tree = usize::from(damage.tree) % trees.len();
        damage.apply(trees[tree]);
    }
    let bytes = encode(&proof);
    assert_eq!(verify(&bytes, statement).is_ok(), bytes == *good);
});
