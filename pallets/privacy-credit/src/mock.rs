//! A runtime with this pallet, whose extrinsics go through the SDK's own checks.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]
#![allow(deprecated, reason = "bare extrinsics are checked by ValidateUnsigned")]

use std::cell::{Cell, RefCell};

use codec::Encode;
use frame_support::{
    derive_impl,
    dispatch::GetDispatchInfo,
    parameter_types,
    traits::{fungible::Mutate, Hooks, OnUnbalanced},
    weights::Weight,
    PalletId,
};
use polkadot_sdk::*;
use qloak_shielded::{
    note::Asset,
    parameters::Parameters,
    proof::max_proof_bytes,
    statement::Statement,
    transaction::{Deposit, Transfer},
};
use sp_runtime::{
    generic::{CheckedExtrinsic, ExtrinsicFormat},
    traits::{Applyable, Dispatchable, IdentityLookup},
    transaction_validity::{TransactionSource, TransactionValidity, TransactionValidityError},
    AccountId32, BuildStorage, DispatchResult, FixedI64, FixedPointNumber, Permill,
};

use qloak_test_wallet::Terms;
pub use qloak_test_wallet::{Draft, Wallet};

use crate::{self as pallet_privacy_credit, *};

pub type Extrinsic = frame_system::mocking::MockUncheckedExtrinsic<Test>;
type Block = frame_system::mocking::MockBlock<Test>;

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Balances: pallet_balances,
        PrivacyCredit: pallet_privacy_credit,
    }
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = Block;
    type AccountId = AccountId32;
    type Lookup = IdentityLookup<AccountId32>;
    type AccountData = pallet_balances::AccountData<u128>;
}

/// The least that a public account can have.
pub const EXISTENTIAL_DEPOSIT: u128 = 10;

parameter_types! {
    pub const ExistentialDeposit: u128 = EXISTENTIAL_DEPOSIT;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
    type AccountStore = System;
    type Balance = u128;
    type ExistentialDeposit = ExistentialDeposit;
}

/// For how many blocks a retired root is an anchor.
pub const WINDOW: u64 = 8;
/// What a transfer earns at first.
pub const BASE_RATE: u64 = 1_000;
/// What an ordinary transaction of a transfer's size pays.
pub const ORDINARY_FEE: u128 = 900;
/// Blocks between two rates.
pub const PERIOD: u32 = 4;

/// The policy of the tests: a tenth of all transactions are to be shielded.
pub fn policy() -> Policy {
    Policy {
        base_rate: BASE_RATE,
        lowest_rate: BASE_RATE / 10,
        highest_rate: BASE_RATE * 10,
        target_share: Permill::from_percent(10),
        target_fullness: Permill::from_percent(50),
        congestion_gain: FixedI64::saturating_from_integer(2),
        proportional_gain: FixedI64::saturating_from_rational(1, 2),
        integral_gain: FixedI64::saturating_from_rational(1, 10),
        derivative_gain: FixedI64::saturating_from_rational(1, 20),
        integral_limit: FixedI64::saturating_from_integer(50),
        period: PERIOD,
    }
}

parameter_types! {
    pub const PoolId: PalletId = PalletId(*b"qlk/pool");
    pub const Premium: Permill = Permill::from_percent(10);
    pub MaxProofBytes: u32 = max_proof_bytes(&Parameters::STANDARD) as u32;
    pub const AnchorWindow: u64 = WINDOW;
    pub const MaxLifetime: u32 = MAX_LIFETIME;
    pub const MinimumDeposit: u64 = 10;
    pub IssuancePolicy: Policy = policy();
    pub const InherentsPerBlock: u32 = 0;
}

thread_local! {
    static VERIFIED: Cell<u32> = const { Cell::new(0) };
    static BROKEN: Cell<bool> = const { Cell::new(false) };
    static WORK: RefCell<Vec<([u8; 32], u64)>> = const { RefCell::new(Vec::new()) };
    static BODY: RefCell<Vec<Extrinsic>> = const { RefCell::new(Vec::new()) };
    static CHAIN: RefCell<Vec<CompactEntry>> = const { RefCell::new(Vec::new()) };
}

/// The real verifier, counted; or one that has been broken and takes anything for a proof.
pub struct Verifier;

impl ProofVerifier for Verifier {
    fn verify(proof: &[u8], statement: &Statement) -> bool {
        VERIFIED.set(VERIFIED.get() + 1);
        BROKEN.get() || InRuntime::verify(proof, statement)
    }
}

/// Breaks the proof system, for the tests of what holds without it.
pub fn break_the_proof_system() {
    BROKEN.set(true);
}

/// How often proofs were verified.
pub fn verifications() -> u32 {
    VERIFIED.get()
}

/// A fee that does not depend on the weight.
pub struct Fee;

impl TransactionFee<u128> for Fee {
    fn of(_: u32, _: Weight) -> u128 {
        ORDINARY_FEE
    }
}

/// Who gets fees.
pub const AUTHOR: AccountId32 = AccountId32::new([0xaa; 32]);

pub struct ToAuthor;

impl OnUnbalanced<CreditOf<Test>> for ToAuthor {
    fn on_nonzero_unbalanced(credit: CreditOf<Test>) {
        use frame_support::traits::fungible::Balanced;
        Balances::resolve(&AUTHOR, credit).unwrap();
    }
}

/// Writes down what was paid for.
pub struct Office;

impl OnWorkPaid for Office {
    fn on_work_paid(work: &[u8; 32], credits: u64) {
        WORK.with_borrow_mut(|paid| paid.push((*work, credits)));
    }

    fn weight() -> Weight {
        Weight::zero()
    }
}

/// The work that was paid for.
pub fn work_paid() -> Vec<([u8; 32], u64)> {
    WORK.with_borrow(Clone::clone)
}

impl Config for Test {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type ProofVerifier = Verifier;
    type TransactionFee = Fee;
    type FeeHandler = ToAuthor;
    type OnWorkPaid = Office;
    type PoolId = PoolId;
    type Premium = Premium;
    type MaxProofBytes = MaxProofBytes;
    type AnchorWindow = AnchorWindow;
    type MaxLifetime = MaxLifetime;
    type MinimumDeposit = MinimumDeposit;
    type IssuancePolicy = IssuancePolicy;
    type InherentsPerBlock = InherentsPerBlock;
    type WeightInfo = ();
}

/// An account with plenty.
pub const RICH: AccountId32 = AccountId32::new([0x11; 32]);
/// An account with nothing.
pub const POOR: AccountId32 = AccountId32::new([0x22; 32]);
/// What [`RICH`] has.
pub const RICHES: u128 = 1 << 100;

/// A chain in its first block.
pub fn new_test_ext() -> sp_io::TestExternalities {
    let genesis = RuntimeGenesisConfig::default();
    let mut ext: sp_io::TestExternalities = genesis.build_storage().unwrap().into();
    ext.execute_with(|| {
        VERIFIED.set(0);
        BROKEN.set(false);
        WORK.take();
        BODY.take();
        CHAIN.take();
        begin_block(1);
        Balances::set_balance(&RICH, RICHES);
        Balances::set_balance(&AUTHOR, EXISTENTIAL_DEPOSIT);
    });
    ext
}

/// Runs `test` on a new chain, ends its last block and checks the pallet's invariants.
pub fn run(test: impl FnOnce()) {
    new_test_ext().execute_with(|| {
        test();
        end_block();
        PrivacyCredit::check_invariants().unwrap();
    });
}

fn begin_block(number: u64) {
    System::reset_events();
    System::initialize(&number, &System::parent_hash(), &Default::default());
    PrivacyCredit::on_initialize(number);
    System::note_finished_initialize();
    BODY.take();
}

/// Ends the block, and puts what was in it before the wallets.
pub fn end_block() {
    System::note_finished_extrinsics();
    PrivacyCredit::on_finalize(System::block_number());
    let body = BODY.with_borrow(Clone::clone);
    let entries = PrivacyCredit::entries(&body);
    CHAIN.with_borrow_mut(|chain| chain.extend(entries.iter().map(|entry| entry.compact())));
}

/// The next block begins.
pub fn next_block() {
    end_block();
    begin_block(System::block_number() + 1);
}

/// Blocks go by until `number` is the present one.
pub fn go_to(number: u64) {
    while System::block_number() < number {
        next_block();
    }
}

pub fn now() -> u32 {
    u32::try_from(System::block_number()).unwrap()
}

/// For how many blocks transfers are valid.
pub const LIFETIME: u32 = 1_000;
/// For how many blocks they may be.
pub const MAX_LIFETIME: u32 = 2 * LIFETIME;

fn terms() -> Terms {
    Terms {
        genesis: PrivacyCredit::genesis_hash(),
        fee: PrivacyCredit::standard_fee(),
        valid_until: now() + LIFETIME,
    }
}

/// A wallet that has read nothing.
pub fn wallet(seed: u8) -> Wallet {
    Wallet::new(seed, terms)
}

/// The wallet reads what it has not read of the past blocks.
pub fn sync(wallet: &mut Wallet) {
    let new = CHAIN.with_borrow(|chain| {
        let unread = chain
            .iter()
            .filter(|entry| entry.position >= wallet.tree.size());
        unread.cloned().collect::<Vec<_>>()
    });
    wallet.read(&new);
}

/// The entries of past blocks.
pub fn chain() -> Vec<CompactEntry> {
    CHAIN.with_borrow(Clone::clone)
}

/// A signed call, in the present block.
pub fn signed(who: &AccountId32, call: impl Into<RuntimeCall>) -> DispatchResult {
    let call = call.into();
    let info = call.get_dispatch_info();
    BODY.with_borrow_mut(|body| body.push(Extrinsic::new_bare(call.clone())));
    let result = call.dispatch(RuntimeOrigin::signed(who.clone()));
    System::note_applied_extrinsic(&result, info);
    result.map(|_| ()).map_err(|error| error.error)
}

pub fn shield(who: &AccountId32, deposit: Deposit) -> DispatchResult {
    let deposit = Box::new(deposit);
    signed(who, Call::<Test>::shield { deposit })
}

pub fn call(transfer: Transfer, proof: Vec<u8>) -> RuntimeCall {
    let transfer = Box::new(transfer);
    let proof = proof.try_into().unwrap();
    Call::<Test>::transfer { transfer, proof }.into()
}

fn bare(call: RuntimeCall) -> CheckedExtrinsic<AccountId32, RuntimeCall, ()> {
    CheckedExtrinsic {
        format: ExtrinsicFormat::Bare,
        function: call,
    }
}

/// The pool's verdict on a bare extrinsic.
pub fn validate(call: RuntimeCall) -> TransactionValidity {
    let (info, length) = (call.get_dispatch_info(), call.encoded_size());
    bare(call).validate::<Test>(TransactionSource::External, &info, length)
}

/// A bare extrinsic in the present block.
pub fn apply(call: RuntimeCall) -> Result<DispatchResult, TransactionValidityError> {
    let (info, length) = (call.get_dispatch_info(), call.encoded_size());
    let result = bare(call.clone()).apply::<Test>(&info, length)?;
    BODY.with_borrow_mut(|body| body.push(Extrinsic::new_bare(call)));
    System::note_applied_extrinsic(&result, info);
    Ok(result.map(|_| ()).map_err(|error| error.error))
}

/// Proves the draft, and has it come through the pool into the present block.
pub fn send(draft: &Draft) {
    let call = call(draft.transfer.clone(), draft.proof());
    validate(call.clone()).unwrap();
    apply(call).unwrap().unwrap();
}

/// Asserts that pool and block refuse the transfer, for this reason, and that nothing changes.
pub fn assert_refused(transfer: &Transfer, proof: &[u8], refusal: Refusal) {
    let call = call(transfer.clone(), proof.to_vec());
    let expected = TransactionValidityError::from(refusal);
    assert_eq!(validate(call.clone()).unwrap_err(), expected);
    frame_support::assert_storage_noop!(assert_eq!(apply(call).unwrap_err(), expected));
}

/// Asserts that the draft is refused before its proof is looked at, for which it needs none.
pub fn assert_refused_unproven(draft: &Draft, refusal: Refusal) {
    let before = verifications();
    assert_refused(&draft.transfer, &[], refusal);
    assert_eq!(verifications(), before, "the proof was verified in vain");
}

/// A wallet with notes of QLK that [`RICH`] deposited, in a new block.
pub fn funded(seed: u8, notes: &[u64]) -> Wallet {
    let mut wallet = wallet(seed);
    for value in notes {
        let payment = wallet.payment(Asset::Qlk, *value);
        let deposit = wallet.deposit(&payment);
        shield(&RICH, deposit).unwrap();
    }
    next_block();
    sync(&mut wallet);
    wallet
}

/// The events of this pallet in the present block.
pub fn events() -> Vec<Event<Test>> {
    let ours = |record: frame_system::EventRecord<RuntimeEvent, _>| match record.event {
        RuntimeEvent::PrivacyCredit(event) => Some(event),
        _ => None,
    };
    System::events().into_iter().filter_map(ours).collect()
}
