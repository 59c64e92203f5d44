//! A payment to be proven. Used by the measurements of this crate and of others.

use qloak_shielded::{
    element::Digest,
    keys::SpendingKey,
    note::{Asset, Note},
    statement::{PublicChange, Statement},
    tree::{Frontier, WitnessTree},
    witness::{InputWitness, Witness},
};
use std::error::Error;

/// What proofs are measured with: two notes of one account, in a tree of a hundred, paid to two addresses with a public change.
pub fn payment(seed: u32) -> Result<(Statement, Witness), Box<dyn Error>> {
    let seed_bytes = |of: u32| {
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&seed.to_le_bytes());
        bytes[4..8].copy_from_slice(&of.to_le_bytes());
        bytes
    };
    let key = SpendingKey::from_seed(&seed_bytes(1));
    let address = key.full_viewing_key().incoming().address(0);
    let note = |asset, value, of: u32| Note {
        asset,
        value,
        owner: *address.address().owner(),
        randomness: InputWitness::dummy(&key, &seed_bytes(of), &[])
            .randomness
            .clone(),
    };
    let notes = [note(Asset::Qlk, 1 << 40, 2), note(Asset::Priv, 9_000, 3)];
    let outputs = [
        note(Asset::Qlk, (1 << 40) - 5_000, 4),
        note(Asset::Priv, 9_000, 5),
    ];

    let mut tree = WitnessTree::new(Frontier::EMPTY);
    for other in 0..100 {
        tree.append(outputs[other % 2].commitment())?;
    }
    let mut paths = Vec::new();
    for note in &notes {
        let position = tree.append_tracked(note.commitment())?;
        paths.push(position);
    }
    let input = |index: usize| -> Result<InputWitness, Box<dyn Error>> {
        let note = &notes[index];
        Ok(InputWitness {
            ask: key.ask().clone(),
            nk: key.nk().clone(),
            diversifier: address.diversifier().clone(),
            randomness: note.randomness.clone(),
            asset: note.asset,
            value: note.value,
            path: tree.path(paths[index]).ok_or("the note is not tracked")?,
        })
    };
    let inputs = [input(0)?, input(1)?];
    let nullifier = |index: usize| {
        key.full_viewing_key()
            .nullifier(paths[index], &notes[index].commitment())
    };
    let statement = Statement {
        anchor: tree.root(),
        nullifiers: [nullifier(0), nullifier(1)],
        commitments: [outputs[0].commitment(), outputs[1].commitment()],
        changes: [PublicChange::leaves(5_000), PublicChange::NONE],
        binding: Digest::ZERO,
    };
    Ok((statement, Witness { inputs, outputs }))
}
