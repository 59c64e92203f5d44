//! The other side: the crate `orchard`, used as its own benchmarks use it.

use std::{error::Error, hint::black_box};

use orchard::{
    builder::{Builder, BundleType, InProgress, Unauthorized, Unproven},
    bundle::{Authorized, BatchValidator, BundleVersion},
    circuit::{OrchardCircuitVersion, ProvingKey, VerifyingKey},
    keys::{FullViewingKey, PreparedIncomingViewingKey, Scope, SpendingKey},
    note_encryption::{CompactAction, OrchardDomain},
    value::NoteValue,
    Anchor, Bundle,
};
use rand::{rand_core::UnwrapErr, rngs::SysRng};
use zcash_note_encryption::{batch, try_compact_note_decryption};

use crate::times::{Figures, Sizes, Times};

/// The circuit of Zcash's network since its upgrade 6.2.
const CIRCUIT: OrchardCircuitVersion = OrchardCircuitVersion::FixedPostNu6_2;

/// Proofs of a round.
const PROOFS: u32 = 2;

/// Verifications of each proof.
const VERIFICATIONS: u32 = 10;

/// Bundles that are verified at once.
const BATCH: usize = 32;

/// Keys that the note is tried with in a round. The crate's benchmarks change the key and not the note,
/// because that is sooner made; how a trial fails depends on both.
const KEYS: u32 = 256;

/// Notes that are tried at once.
const NOTES: usize = 256;

/// Bytes of a bundle in a transaction beside its proof, by ZIP 225: two actions of 820 bytes, a signature of 64 for
/// each and one that binds them, flags, balance, anchor, and the lengths of actions and proof.
const BUNDLE_BYTES: usize = 2 * (820 + 64) + 64 + 1 + 8 + 32 + 1 + 3;

type Unproved = Bundle<InProgress<Unproven, Unauthorized>, i64>;
type Proved = Bundle<Authorized, i64>;

/// What is measured, and the times so far.
pub struct Orchard {
    proving_key: ProvingKey,
    verifying_key: VerifyingKey,
    owner: SpendingKey,
    strangers: Vec<PreparedIncomingViewingKey>,
    proving: Times,
    verifying: Times,
    verifying_batch: Times,
    foreign: Times,
    foreign_batch: Times,
    own: Times,
    sizes: Sizes,
}

fn randomness() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

fn spending_key(number: u32) -> Result<SpendingKey, Box<dyn Error>> {
    let mut bytes = [7; 32];
    bytes[..4].copy_from_slice(&number.to_le_bytes());
    Option::from(SpendingKey::from_bytes(bytes)).ok_or_else(|| "no spending key".into())
}

fn viewing_key(key: &SpendingKey) -> PreparedIncomingViewingKey {
    PreparedIncomingViewingKey::new(&FullViewingKey::from(key).to_ivk(Scope::External))
}

impl Orchard {
    /// Builds the keys of the circuit and those of the people.
    pub fn new() -> Result<Self, Box<dyn Error>> {
        let mut orchard = Self::keys_only()?;
        for number in 1..=KEYS {
            orchard.strangers.push(viewing_key(&spending_key(number)?));
        }
        Ok(orchard)
    }

    /// Builds what a prover needs.
    pub fn keys_only() -> Result<Self, Box<dyn Error>> {
        Ok(Self {
            proving_key: ProvingKey::build(CIRCUIT),
            verifying_key: VerifyingKey::build(CIRCUIT),
            owner: spending_key(0)?,
            strangers: Vec::new(),
            proving: Times::default(),
            verifying: Times::default(),
            verifying_batch: Times::default(),
            foreign: Times::default(),
            foreign_batch: Times::default(),
            own: Times::default(),
            sizes: Sizes::default(),
        })
    }

    /// Two outputs; the builder adds as many inputs worth nothing, which are proven like others.
    fn bundle(&self) -> Result<Unproved, Box<dyn Error>> {
        let version = BundleVersion::orchard_v2();
        let anchor = Option::from(Anchor::from_bytes([0; 32])).ok_or("no anchor")?;
        let mut builder = Builder::new(
            BundleType::DEFAULT,
            version,
            version.default_flags(),
            anchor,
        )?;
        let recipient = FullViewingKey::from(&self.owner).address_at(0u32, Scope::External);
        for _ in 0..2 {
            builder.add_output(None, recipient, NoteValue::from_raw(10), [0; 512])?;
        }
        let (bundle, _) = builder.build(randomness())?.ok_or("an empty bundle")?;
        Ok(bundle)
    }

    /// Makes the proof of a bundle of two actions, and signs it.
    pub fn prove(&self) -> Result<Proved, Box<dyn Error>> {
        let bundle = self
            .bundle()?
            .create_proof(&self.proving_key, randomness())?;
        Ok(bundle.apply_signatures(randomness(), [0; 32], &[])?)
    }

    /// Measures everything once more.
    pub fn round(&mut self) -> Result<(), Box<dyn Error>> {
        let mut last = None;
        for _ in 0..PROOFS {
            let bundle = self.bundle()?;
            let key = &self.proving_key;
            let proved = self.proving.of(|| bundle.create_proof(key, randomness()))?;
            let proved = proved.apply_signatures(randomness(), [0; 32], &[])?;
            self.sizes
                .add(proved.authorization().proof().as_ref().len());
            for _ in 0..VERIFICATIONS {
                let key = &self.verifying_key;
                self.verifying.of(|| black_box(&proved).verify_proof(key))?;
            }
            last = Some(proved);
        }
        let proved = last.ok_or("no proof")?;
        self.verify_batch(&proved)?;
        self.scan(&proved)
    }

    fn verify_batch(&mut self, proved: &Proved) -> Result<(), Box<dyn Error>> {
        let key = &self.verifying_key;
        let valid = self.verifying_batch.of_each(BATCH, || {
            let mut validator = BatchValidator::new(key);
            for _ in 0..BATCH {
                validator.add_bundle(proved, [0; 32])?;
            }
            Ok::<_, orchard::bundle::BatchError>(validator.validate(randomness()))
        });
        match valid {
            Ok(true) => Ok(()),
            _ => Err("a batch of valid bundles is invalid".into()),
        }
    }

    fn scan(&mut self, proved: &Proved) -> Result<(), Box<dyn Error>> {
        let action = proved.actions().first();
        let domain = OrchardDomain::for_action(action);
        let compact = CompactAction::from(action);
        let strangers = &self.strangers;
        let found = self.foreign.of_each(strangers.len(), || {
            let tried = strangers
                .iter()
                .filter_map(|key| try_compact_note_decryption(&domain, key, black_box(&compact)));
            tried.count()
        });
        let many: Vec<_> = (0..NOTES)
            .map(|_| {
                (
                    OrchardDomain::for_action(action),
                    CompactAction::from(action),
                )
            })
            .collect();
        let found_at_once = self.foreign_batch.of_each(NOTES, || {
            let tried = batch::try_compact_note_decryption(&strangers[..1], black_box(&many));
            tried.iter().flatten().count()
        });
        let owner = viewing_key(&self.owner);
        let opened = self.own.of_each(NOTES, || {
            (0..NOTES)
                .filter_map(|_| try_compact_note_decryption(&domain, &owner, black_box(&compact)))
                .count()
        });
        match (found, found_at_once, opened) {
            (0, 0, NOTES) => Ok(()),
            _ => Err("a note was found that is not the key's, or one that is was not".into()),
        }
    }

    /// What came out.
    pub fn figures(&self, memory_kb: u64) -> Result<Figures, Box<dyn Error>> {
        let proof_bytes = self.sizes.spread();
        Ok(Figures {
            proving: self.proving.spread(),
            verifying: self.verifying.spread(),
            verifying_batch: Some(self.verifying_batch.spread()),
            scan_foreign: self.foreign.spread(),
            scan_foreign_batch: Some(self.foreign_batch.spread()),
            scan_own: self.own.spread(),
            proofs: self.sizes.count(),
            transaction_bytes: BUNDLE_BYTES + proof_bytes[1],
            proof_bytes,
            memory_kb,
        })
    }
}
