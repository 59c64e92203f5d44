//! A runtime with this pallet over the real sessions and the real offences. Staking is a list that a test
//! writes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests fail by panicking"
)]

use codec::Encode;
use frame_support::{
    derive_impl, parameter_types,
    traits::{ConstU32, ConstU64, Get, Hooks},
    weights::Weight,
};
use polkadot_sdk::*;
use qloak_offences::DoubleAuthoringProof;
use qloak_pq_crypto::authority::{aura::AuthorityId, Pair, Purpose, Seal};
use sp_consensus_aura::AURA_ENGINE_ID;
use sp_consensus_slots::Slot;
use sp_core::{crypto::key_types::AURA, proof_of_possession::NonAggregatable, Pair as _};
use sp_runtime::{
    traits::{BlakeTwo256, Header as _, OpaqueKeys},
    BoundToRuntimeAppPublic, BuildStorage, Digest, DigestItem, KeyTypeId, Perbill,
};
use sp_staking::{
    offence::{OffenceDetails, OnOffenceHandler},
    SessionIndex,
};

use crate::{self as pallet_validator_offences, *};

type Block = frame_system::mocking::MockBlock<Test>;
pub type TestHeader = sp_runtime::generic::Header<u64, BlakeTwo256>;

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Balances: pallet_balances,
        Session: pallet_session,
        Offences: pallet_offences,
        ValidatorOffences: pallet_validator_offences,
    }
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = Block;
    type AccountData = pallet_balances::AccountData<u64>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
    type AccountStore = System;
}

/// Blocks of a session.
pub const SESSION: u64 = 10;
/// Blocks of an exclusion.
pub const EXCLUSION: u64 = 35;
/// Blocks for which a report is taken.
pub const LONGEVITY: u64 = 50;

parameter_types! {
    /// What staking elects for the next session, once.
    pub static Elected: Option<Vec<u64>> = None;
    /// How many validators stay.
    pub static Minimum: u32 = 2;
    /// What was slashed.
    pub static Slashed: Vec<(u64, Perbill, SessionIndex)> = Vec::new();
    /// The author of the block.
    pub static Author: Option<u64> = Some(99);
    pub const SlashWeight: Weight = Weight::from_parts(1_000, 0);
}

/// Says that every block fills the slot of its number.
pub struct SlotOfBlock;
impl Get<Slot> for SlotOfBlock {
    fn get() -> Slot {
        System::block_number().into()
    }
}

/// Where the session keys' AURA part gets its type.
pub struct Sealing;
impl BoundToRuntimeAppPublic for Sealing {
    type Public = AuthorityId;
}

pub mod keys {
    #![allow(missing_docs, reason = "the macro makes more items than it documents")]
    use super::*;

    sp_runtime::impl_opaque_keys! {
        pub struct MockSessionKeys {
            pub aura: Sealing,
        }
    }
}
pub use keys::MockSessionKeys;

/// Has to be told of sessions, and does nothing with it.
pub struct Ignore;
impl pallet_session::SessionHandler<u64> for Ignore {
    const KEY_TYPE_IDS: &'static [KeyTypeId] = &[AURA];
    fn on_genesis_session<Keys: OpaqueKeys>(_: &[(u64, Keys)]) {}
    fn on_new_session<Keys: OpaqueKeys>(_: bool, _: &[(u64, Keys)], _: &[(u64, Keys)]) {}
    fn on_disabled(_: u32) {}
}

/// Elects what a test says, and notes what it would slash.
pub struct Staking;
impl pallet_session::SessionManager<u64> for Staking {
    fn new_session(_: SessionIndex) -> Option<Vec<u64>> {
        Elected::take()
    }
    fn end_session(_: SessionIndex) {}
    fn start_session(_: SessionIndex) {}
}
impl OnOffenceHandler<u64, (u64, ()), Weight> for Staking {
    fn on_offence(
        offenders: &[OffenceDetails<u64, (u64, ())>],
        fractions: &[Perbill],
        session: SessionIndex,
    ) -> Weight {
        for (details, fraction) in offenders.iter().zip(fractions) {
            Slashed::mutate(|all| all.push((details.offender.0, *fraction, session)));
        }
        Weight::zero()
    }
}

impl pallet_session::Config for Test {
    type RuntimeEvent = RuntimeEvent;
    type ValidatorId = u64;
    type ValidatorIdOf = sp_runtime::traits::ConvertInto;
    type ShouldEndSession = pallet_session::PeriodicSessions<ConstU64<SESSION>, ConstU64<0>>;
    type NextSessionRotation = pallet_session::PeriodicSessions<ConstU64<SESSION>, ConstU64<0>>;
    type SessionManager = ExcludingOffenders<Test, Staking>;
    type SessionHandler = Ignore;
    type Keys = MockSessionKeys;
    type DisablingStrategy = ();
    type WeightInfo = ();
    type Currency = Balances;
    type KeyDeposit = ConstU64<0>;
}

impl pallet_offences::Config for Test {
    type RuntimeEvent = RuntimeEvent;
    type IdentificationTuple = (u64, ());
    type OnOffenceHandler = ExcludeOffenders<Test, Staking>;
}

impl Config for Test {
    type MaxKeys = ConstU32<128>;
    type Reports = Offences;
    type SlashWeight = SlashWeight;
    type Sessions = OverSessions<Test>;
    type CurrentSlot = SlotOfBlock;
    type BlockAuthor = Author;
    type ExclusionPeriod = ConstU64<EXCLUSION>;
    type MinimumValidators = Minimum;
    type ReportLongevity = ConstU64<LONGEVITY>;
    type WeightInfo = ();
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = Test;
}

#[cfg(feature = "runtime-benchmarks")]
impl benchmarking::Enrol<u64> for Test {
    fn enrol(authority: AuthorityId) -> u64 {
        let validator = 1_000 + pallet_session::Validators::<Test>::get().len() as u64;
        let keys = MockSessionKeys { aura: authority };
        pallet_session::NextKeys::<Test>::insert(validator, keys.clone());
        pallet_session::Validators::<Test>::append(validator);
        pallet_session::QueuedKeys::<Test>::append((validator, keys));
        validator
    }
}

/// The validators of the tests.
pub const VALIDATORS: [u64; 4] = [1, 2, 3, 4];

/// A validator's AURA key. The same seeds under another purpose make other signatures.
pub fn key<P: Purpose>(validator: u64) -> Pair<P> {
    Pair::from_seed(&[validator as u8; 32])
}

/// The id of a validator's AURA key.
pub fn authority(validator: u64) -> AuthorityId {
    key::<Seal>(validator).public().into()
}

/// What registers a key for its owner.
pub fn possession<P: Purpose>(key: &Pair<P>, owner: u64) -> Vec<u8> {
    let statement = Pair::<P>::proof_of_possession_statement(&owner.encode());
    key.try_sign(&statement).unwrap().encode()
}

/// A chain of [`VALIDATORS`] in its first block. Accounts 5 and 6 have keys too.
pub fn new_test_ext() -> sp_io::TestExternalities {
    let mut ext: sp_io::TestExternalities = genesis().into();
    ext.execute_with(|| go_to(1));
    ext
}

/// The state before the first block.
pub fn genesis() -> sp_runtime::Storage {
    let keys = |validators: &[u64]| {
        validators
            .iter()
            .map(|who| {
                let keys = MockSessionKeys {
                    aura: authority(*who),
                };
                (*who, *who, keys)
            })
            .collect()
    };
    Elected::set(Some(VALIDATORS.to_vec()));
    Minimum::set(2);
    Slashed::set(Vec::new());
    Author::set(Some(99));
    let genesis = RuntimeGenesisConfig {
        session: pallet_session::GenesisConfig {
            keys: keys(&VALIDATORS),
            non_authority_keys: keys(&[5, 6]),
        },
        ..Default::default()
    };
    genesis.build_storage().unwrap()
}

/// Runs `test` on a new chain.
pub fn run(test: impl FnOnce()) {
    new_test_ext().execute_with(test);
}

/// Moves the chain on to `block`, with every session change on the way.
pub fn go_to(block: u64) {
    while System::block_number() < block {
        let next = System::block_number() + 1;
        System::set_block_number(next);
        Session::on_initialize(next);
    }
}

/// A header of `slot` with AURA's pre-digest, not sealed.
pub fn header(number: u64, slot: u64, tag: u8) -> TestHeader {
    let digest = Digest {
        logs: vec![DigestItem::PreRuntime(
            AURA_ENGINE_ID,
            Slot::from(slot).encode(),
        )],
    };
    TestHeader::new(
        number,
        [tag; 32].into(),
        Default::default(),
        Default::default(),
        digest,
    )
}

/// Seals a header with a key.
pub fn sealed<P: Purpose>(mut header: TestHeader, key: &Pair<P>) -> TestHeader {
    let seal = key.try_sign(header.hash().as_ref()).unwrap();
    header
        .digest_mut()
        .push(DigestItem::Seal(AURA_ENGINE_ID, seal.encode()));
    header
}

/// A valid proof that `offender` sealed two blocks of one number in one slot.
pub fn double(offender: u64, number: u64, slot: u64) -> DoubleAuthoringProof<TestHeader> {
    let key = key::<Seal>(offender);
    DoubleAuthoringProof {
        offender: authority(offender),
        slot: slot.into(),
        first_header: sealed(header(number, slot, 1), &key),
        second_header: sealed(header(number, slot, 2), &key),
    }
}

/// Proof that `validator` owns its first key in this session.
pub fn ownership(validator: u64) -> OwnershipProof<u64> {
    ValidatorOffences::prove_key_ownership(authority(validator)).unwrap()
}

/// Reports what [`double`] makes, from account 77.
pub fn report(offender: u64, number: u64, slot: u64) -> Result<(), sp_runtime::DispatchError> {
    report_proof(double(offender, number, slot), ownership(offender))
}

/// Reports a proof, from account 77.
pub fn report_proof(
    proof: DoubleAuthoringProof<TestHeader>,
    owner: OwnershipProof<u64>,
) -> Result<(), sp_runtime::DispatchError> {
    ValidatorOffences::report_double_authoring(RuntimeOrigin::signed(77), Box::new(proof), owner)
        .map(|_| ())
        .map_err(|error| error.error)
}
