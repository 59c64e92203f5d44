//! A runtime with this pallet, and the actors of the tests: real keys, real signatures.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use frame_support::{
    derive_impl, parameter_types,
    traits::{
        fungible::{InspectHold, Mutate},
        Get,
    },
};
use polkadot_sdk::*;
use qloak_pq_crypto::{
    account::account_id,
    account_signature::AccountSignature,
    context::Context,
    derive::dev_seed,
    scheme::Scheme,
    signing::{Randomness, SecretKey},
};
use sp_runtime::{
    traits::IdentityLookup, type_with_default::TypeWithDefault, AccountId32, BuildStorage,
};

use crate::{self as pallet_pq_signatures, *};

type Block = frame_system::mocking::MockBlock<Test>;

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Balances: pallet_balances,
        PqSignatures: pallet_pq_signatures,
    }
);

/// As the runtime has it.
#[derive(Debug)]
pub struct FirstNonce;

impl Get<u32> for FirstNonce {
    fn get() -> u32 {
        PqSignatures::first_nonce()
    }
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = Block;
    type Nonce = TypeWithDefault<u32, FirstNonce>;
    type OnKilledAccount = PqSignatures;
    type AccountId = AccountId32;
    type Lookup = IdentityLookup<AccountId32>;
    type AccountData = pallet_balances::AccountData<u64>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
    type AccountStore = System;
}

/// For how many blocks an old key signs after a rotation.
pub const OVERLAP: u64 = 10;
/// The base part of each deposit.
pub const BASE: u64 = 100;
/// The deposit per byte of a key.
pub const PER_BYTE: u64 = 2;
/// What [`new_test_ext`] gives to each account of [`funded`].
pub const FUNDS: u64 = 100_000;

parameter_types! {
    pub const KeyDepositBase: u64 = BASE;
    pub const DepositPerByte: u64 = PER_BYTE;
    pub const RotationOverlap: u64 = OVERLAP;
}

impl Config for Test {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type AdminOrigin = frame_system::EnsureRoot<AccountId32>;
    type KeyDepositBase = KeyDepositBase;
    type DepositPerByte = DepositPerByte;
    type RotationOverlap = RotationOverlap;
    type WeightInfo = ();
}

/// A development chain, with every scheme enabled, at block 1.
pub fn new_test_ext() -> sp_io::TestExternalities {
    let genesis = RuntimeGenesisConfig {
        pq_signatures: GenesisConfig {
            catalog: Scheme::ALL.map(|s| (s, CatalogEntry::enabled(s))).to_vec(),
            ..Default::default()
        },
        ..Default::default()
    };
    let mut ext: sp_io::TestExternalities = genesis.build_storage().unwrap().into();
    ext.execute_with(|| System::set_block_number(1));
    ext
}

/// Runs `test` on a new chain and checks the pallet's invariants at its end.
pub fn run(test: impl FnOnce()) {
    new_test_ext().execute_with(|| {
        test();
        PqSignatures::check_invariants().unwrap();
    });
}

/// A key pair of the tests: the development key of a scheme and a name.
///
/// Keys are expanded once, since SLH-DSA keys take long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TestKey(pub Scheme, pub &'static str);

static EXPANDED: Mutex<BTreeMap<TestKey, Arc<SecretKey>>> = Mutex::new(BTreeMap::new());

impl TestKey {
    fn expanded(self) -> Arc<SecretKey> {
        let expand = || Arc::new(SecretKey::from_seed(self.0, &dev_seed(self.0, self.1)).unwrap());
        EXPANDED
            .lock()
            .unwrap()
            .entry(self)
            .or_insert_with(expand)
            .clone()
    }

    pub fn scheme(self) -> Scheme {
        self.0
    }

    pub fn public(self) -> PublicKey {
        self.expanded().public_key().to_vec().try_into().unwrap()
    }

    /// The account that this key is born with.
    pub fn account(self) -> AccountId32 {
        account_id(self.0, &self.public()).into()
    }

    pub fn sign(self, context: Context, message: &[u8]) -> SignatureBytes {
        self.expanded()
            .sign(context, message, Randomness::Deterministic)
            .unwrap()
            .try_into()
            .unwrap()
    }

    /// The proof that this key may become the key of `account`.
    pub fn possession(self, account: &AccountId32, generation: u32) -> SignatureBytes {
        let genesis = PqSignatures::genesis_hash();
        let message = payload::possession(&genesis, account, generation, self.0, &self.public());
        self.sign(Context::KeyPossession, &message)
    }

    /// The proof that this key may become the backup key of `account` now.
    pub fn backup_possession(self, account: &AccountId32) -> SignatureBytes {
        let nonce = RecoveryNonce::<Test>::get(account);
        let genesis = PqSignatures::genesis_hash();
        let message = payload::backup_possession(&genesis, account, nonce, self.0, &self.public());
        self.sign(Context::KeyPossession, &message)
    }

    /// As the backup key of `account`: the order to freeze it now.
    pub fn freeze_order(self, account: &AccountId32) -> SignatureBytes {
        let nonce = RecoveryNonce::<Test>::get(account);
        let message = payload::freeze(&PqSignatures::genesis_hash(), account, nonce);
        self.sign(Context::Recovery, &message)
    }

    /// As the backup key of `account`: the order to give it `new` now.
    pub fn recovery_order(self, account: &AccountId32, new: TestKey) -> SignatureBytes {
        let nonce = RecoveryNonce::<Test>::get(account);
        let genesis = PqSignatures::genesis_hash();
        let message = payload::recover(&genesis, account, nonce, new.0, &new.public());
        self.sign(Context::Recovery, &message)
    }

    /// As the backup key of `account`: the consent to be replaced by `new` now.
    pub fn consent(self, account: &AccountId32, new: TestKey) -> SignatureBytes {
        let nonce = RecoveryNonce::<Test>::get(account);
        let genesis = PqSignatures::genesis_hash();
        let message = payload::set_backup(&genesis, account, nonce, new.0, &new.public());
        self.sign(Context::Recovery, &message)
    }

    /// A transaction's signature with this key attached.
    pub fn attached(self, message: &[u8]) -> AccountSignature {
        let signature = self.sign(Context::Transaction, message).into_inner();
        AccountSignature::new(self.0, Some(self.public().into_inner()), signature).unwrap()
    }

    /// A transaction's signature that relies on the registry.
    pub fn short(self, message: &[u8]) -> AccountSignature {
        let signature = self.sign(Context::Transaction, message).into_inner();
        AccountSignature::new(self.0, None, signature).unwrap()
    }
}

/// The message of the tests' transactions.
pub const MESSAGE: &[u8] = b"pay Bob";

pub const ALICE: TestKey = TestKey(Scheme::MlDsa65, "Alice");
pub const BOB: TestKey = TestKey(Scheme::MlDsa65, "Bob");
/// Alice's next key.
pub const ALICE_2: TestKey = TestKey(Scheme::MlDsa65, "Alice 2");
/// Alice's key after that, of another scheme.
pub const ALICE_3: TestKey = TestKey(Scheme::MlDsa44, "Alice 3");
/// Alice's backup key.
pub const PAPER: TestKey = TestKey(Scheme::SlhDsaShake128f, "Paper");
/// Alice's next backup key.
pub const PAPER_2: TestKey = TestKey(Scheme::SlhDsaShake128f, "Paper 2");

/// The account of `key`, with [`FUNDS`].
pub fn funded(key: TestKey) -> AccountId32 {
    let account = key.account();
    Balances::set_balance(&account, FUNDS);
    account
}

/// The account of `key`, funded and registered.
pub fn registered(key: TestKey) -> AccountId32 {
    let account = funded(key);
    PqSignatures::register_key(signed(&account), key.scheme(), key.public()).unwrap();
    account
}

/// Registers [`ALICE`] and sets [`PAPER`] as her backup key.
pub fn alice_with_backup() -> AccountId32 {
    let alice = registered(ALICE);
    set_backup(&alice, PAPER, None).unwrap();
    alice
}

pub fn signed(account: &AccountId32) -> RuntimeOrigin {
    RuntimeOrigin::signed(account.clone())
}

pub fn rotate(account: &AccountId32, new: TestKey) -> Result<(), sp_runtime::DispatchError> {
    let generation = PqSignatures::account_status(account).generation + 1;
    let proof = new.possession(account, generation);
    PqSignatures::rotate_key(signed(account), new.scheme(), new.public(), proof)
}

pub fn set_backup(
    account: &AccountId32,
    new: TestKey,
    authorisation: Option<SignatureBytes>,
) -> Result<(), sp_runtime::DispatchError> {
    let proof = new.backup_possession(account);
    let origin = signed(account);
    PqSignatures::set_backup_key(origin, new.scheme(), new.public(), proof, authorisation)
}

/// The verdict on a transaction by `account`, signed by `key` and carrying it.
pub fn verdict(account: &AccountId32, key: TestKey) -> Result<(), Refusal> {
    PqSignatures::verify(&key.attached(MESSAGE), MESSAGE, account)
}

/// The verdict on a transaction by `account`, signed by `key` without carrying it.
pub fn short_verdict(account: &AccountId32, key: TestKey) -> Result<(), Refusal> {
    PqSignatures::verify(&key.short(MESSAGE), MESSAGE, account)
}

/// What is on hold for the registered keys of `account`.
pub fn key_hold(account: &AccountId32) -> u64 {
    Balances::balance_on_hold(&HoldReason::KeyDeposit.into(), account)
}

/// What is on hold for the backup key of `account`.
pub fn backup_hold(account: &AccountId32) -> u64 {
    Balances::balance_on_hold(&HoldReason::BackupDeposit.into(), account)
}

/// The deposit for `bytes` of keys.
pub fn deposit(bytes: usize) -> u64 {
    BASE + PER_BYTE * bytes as u64
}

/// Moves the chain to `block`.
pub fn go_to(block: u64) {
    System::set_block_number(block);
}

/// The event that this pallet deposited last.
pub fn last_event() -> Event<Test> {
    let events = System::events();
    let ours = events
        .into_iter()
        .rev()
        .find_map(|record| match record.event {
            RuntimeEvent::PqSignatures(event) => Some(event),
            _ => None,
        });
    ours.expect("an event of this pallet")
}
