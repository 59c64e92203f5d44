//! A chain in memory, and the people on it.

use codec::{Decode, Encode};
use pallet_pq_signatures::{extrinsic::Wire, payload, PublicKey, Refusal, SignatureBytes};
use polkadot_sdk::*;
use qloak_pq_crypto::{
    account::account_id,
    account_signature::{AccountSignature, Form},
    context::Context,
    derive::dev_seed,
    scheme::Scheme,
    signing::{Randomness, SecretKey},
};
use qloak_runtime::{
    constants::currency::QLK, genesis_presets, AccountId, Balance, Balances, BlockNumber,
    Executive, Hash, Header, Runtime, RuntimeCall, RuntimeGenesisConfig, Session, System,
    TxExtension, UncheckedExtrinsic,
};
use sp_runtime::{
    generic::Era,
    traits::{BlakeTwo256, Dispatchable, Hash as _, Header as _, TransactionExtension},
    transaction_validity::{
        InvalidTransaction, TransactionSource, TransactionValidity, TransactionValidityError,
    },
    ApplyExtrinsicResult, BuildStorage, Digest, DigestItem, DispatchError, TransactionOutcome,
};

/// Runs `test` on a development chain in its first block.
pub fn on_development_chain(test: impl FnOnce()) {
    on_chain(sp_genesis_builder::DEV_RUNTIME_PRESET, test)
}

/// Runs `test` on the chain of a preset in its first block.
pub fn on_chain(preset: &str, test: impl FnOnce()) {
    let preset = genesis_presets::get_preset(&preset.into()).unwrap();
    let mut config = serde_json::to_value(RuntimeGenesisConfig::default()).unwrap();
    merge(&mut config, serde_json::from_slice(&preset).unwrap());
    let config: RuntimeGenesisConfig = serde_json::from_value(config).unwrap();
    let mut externalities = sp_io::TestExternalities::new(config.build_storage().unwrap());
    externalities.execute_with(|| {
        begin_block(1);
        test();
    });
}

fn merge(into: &mut serde_json::Value, patch: serde_json::Value) {
    use serde_json::Value::{Null, Object};
    match (into, patch) {
        (Object(into), Object(patch)) => {
            patch
                .into_iter()
                .for_each(|(key, value)| merge(into.entry(key).or_insert(Null), value));
        }
        (into, patch) => *into = patch,
    }
}

/// Begins block `number`, with its slot and its timestamp.
pub fn begin_block(number: BlockNumber) {
    begin_block_in_slot(number, u64::from(number));
}

fn begin_block_in_slot(number: BlockNumber, slot: u64) {
    let digest = Digest {
        logs: vec![DigestItem::PreRuntime(
            sp_consensus_aura::AURA_ENGINE_ID,
            sp_consensus_aura::Slot::from(slot).encode(),
        )],
    };
    let parent = System::block_hash(number - 1);
    Executive::initialize_block(&Header::new(
        number,
        Hash::default(),
        Hash::default(),
        parent,
        digest,
    ));
    let now = pallet_timestamp::Call::<Runtime>::set { now: slot * 1_000 };
    let inherent = UncheckedExtrinsic::from(Wire::new_bare(now.into()));
    Executive::apply_extrinsic(inherent).unwrap().unwrap();
}

/// Ends the block and begins block `number`, as if those between had been empty.
pub fn jump_to_block(number: BlockNumber) {
    Executive::finalize_block();
    System::set_block_number(number - 1);
    begin_block(number);
}

/// Ends the block and goes on to block `number`, through every empty block between. The slots of
/// disabled validators stay empty.
pub fn author_blocks_to(number: BlockNumber) {
    while System::block_number() < number {
        Executive::finalize_block();
        let mut slot = u64::from(pallet_aura::CurrentSlot::<Runtime>::get()) + 1;
        let authorities = pallet_aura::Authorities::<Runtime>::get().len() as u64;
        while Session::disabled_validators().contains(&((slot % authorities) as u32)) {
            slot += 1;
        }
        begin_block_in_slot(System::block_number() + 1, slot);
    }
}

/// Somebody with a post-quantum key. The account is that of the first key, whatever key is in use.
pub struct Person {
    pub account: AccountId,
    pub key: SecretKey,
}

impl Person {
    /// The development account of a name and scheme.
    pub fn new(name: &str, scheme: Scheme) -> Self {
        let key = SecretKey::from_seed(scheme, &dev_seed(scheme, name)).unwrap();
        Self {
            account: account_id(scheme, key.public_key()).into(),
            key,
        }
    }

    /// The same with enough money for anything.
    pub fn funded(name: &str, scheme: Scheme) -> Self {
        Self::new(name, scheme).with_balance(100 * QLK)
    }

    /// The same with `amount`.
    pub fn with_balance(self, amount: Balance) -> Self {
        Balances::force_set_balance(
            frame_system::RawOrigin::Root.into(),
            self.account.clone().into(),
            amount,
        )
        .unwrap();
        self
    }

    /// The account, to be signed for with another key.
    pub fn with_key(&self, key: SecretKey) -> Self {
        Self {
            account: self.account.clone(),
            key,
        }
    }

    /// A transaction of `call`, with the key attached.
    pub fn sign(&self, call: impl Into<RuntimeCall>) -> UncheckedExtrinsic {
        Draft::of(self, call).attached()
    }

    /// A transaction of `call` by the registered key.
    pub fn sign_short(&self, call: impl Into<RuntimeCall>) -> UncheckedExtrinsic {
        Draft::of(self, call).registered()
    }

    /// The key in the form that calls take.
    pub fn public(&self) -> PublicKey {
        self.key.public_key().to_vec().try_into().unwrap()
    }

    /// A signature of `payload` in the form that calls take.
    pub fn order(&self, context: Context, payload: &[u8]) -> SignatureBytes {
        self.key
            .sign(context, payload, Randomness::Deterministic)
            .unwrap()
            .try_into()
            .unwrap()
    }

    /// Proof that the holder of this key wants it to be the key of `account`.
    pub fn proof_for(&self, account: &AccountId, generation: u32) -> SignatureBytes {
        let payload = payload::possession(
            &genesis(),
            account,
            generation,
            self.key.scheme(),
            self.key.public_key(),
        );
        self.order(Context::KeyPossession, &payload)
    }

    pub fn free(&self) -> Balance {
        Balances::free_balance(&self.account)
    }

    pub fn nonce(&self) -> u32 {
        *System::account_nonce(&self.account)
    }
}

/// A transaction before it is signed, each part of which a test can spoil.
pub struct Draft<'a> {
    pub signer: &'a Person,
    pub call: RuntimeCall,
    pub context: Context,
    pub nonce: u32,
    pub tip: Balance,
}

impl<'a> Draft<'a> {
    pub fn of(signer: &'a Person, call: impl Into<RuntimeCall>) -> Self {
        Self {
            signer,
            call: call.into(),
            context: Context::Transaction,
            nonce: signer.nonce(),
            tip: 0,
        }
    }

    pub fn extension(&self) -> TxExtension {
        (
            frame_system::CheckNonZeroSender::new(),
            frame_system::CheckSpecVersion::new(),
            frame_system::CheckTxVersion::new(),
            frame_system::CheckGenesis::new(),
            frame_system::CheckEra::from(Era::Immortal),
            frame_system::CheckNonce::from(self.nonce.into()),
            frame_system::CheckWeight::new(),
            pallet_transaction_payment::ChargeTransactionPayment::from(self.tip),
            frame_metadata_hash_extension::CheckMetadataHash::new(false),
            frame_system::WeightReclaim::new(),
        )
    }

    /// What the extrinsic format has signed, and what a classical key signs.
    pub fn payload(&self) -> Vec<u8> {
        let extension = self.extension();
        let implicit = TransactionExtension::<RuntimeCall>::implicit(&extension).unwrap();
        pallet_pq_signatures::extrinsic::signed_payload(&self.call.encode(), &extension, &implicit)
    }

    /// What a post-quantum key signs, for a signature of this form.
    pub fn message(&self, form: Form) -> Vec<u8> {
        payload::transaction(form, self.signer.account.as_ref(), &self.payload())
    }

    pub fn raw_signature(&self, form: Form) -> Vec<u8> {
        self.signer
            .key
            .sign(self.context, &self.message(form), Randomness::Deterministic)
            .unwrap()
    }

    /// `signature` with the key beside it, or without.
    pub fn in_form(&self, form: Form, signature: Vec<u8>) -> UncheckedExtrinsic {
        let key = match form {
            Form::WithKey => Some(self.signer.key.public_key().to_vec()),
            Form::Registered => None,
        };
        self.with(AccountSignature::new(self.signer.key.scheme(), key, signature).unwrap())
    }

    pub fn with(&self, signature: AccountSignature) -> UncheckedExtrinsic {
        let address = self.signer.account.clone().into();
        Wire::new_signed(self.call.clone(), address, signature, self.extension()).into()
    }

    pub fn attached(&self) -> UncheckedExtrinsic {
        self.in_form(Form::WithKey, self.raw_signature(Form::WithKey))
    }

    pub fn registered(&self) -> UncheckedExtrinsic {
        self.in_form(Form::Registered, self.raw_signature(Form::Registered))
    }
}

pub fn genesis() -> Hash {
    System::block_hash(0)
}

pub fn transfer(to: &AccountId, amount: Balance) -> RuntimeCall {
    pallet_balances::Call::<Runtime>::transfer_keep_alive {
        dest: to.clone().into(),
        value: amount,
    }
    .into()
}

/// Applies a transaction as it would come off the wire.
pub fn apply(extrinsic: UncheckedExtrinsic) -> ApplyExtrinsicResult {
    Executive::apply_extrinsic(UncheckedExtrinsic::decode(&mut &extrinsic.encode()[..]).unwrap())
}

/// Runs `call` as root.
pub fn as_root(call: impl Into<RuntimeCall>) {
    call.into()
        .dispatch(frame_system::RawOrigin::Root.into())
        .unwrap();
}

fn custom(refusal: Refusal) -> TransactionValidityError {
    InvalidTransaction::Custom(refusal.code()).into()
}

fn state_root() -> Vec<u8> {
    sp_io::storage::root(sp_runtime::StateVersion::V1)
}

/// What the pool says of a transaction. Validation begins a block of its own, which a node throws away.
fn validate(extrinsic: UncheckedExtrinsic) -> TransactionValidity {
    validate_from(TransactionSource::External, extrinsic)
}

/// What the pool says of a transaction from `source`.
pub fn validate_from(
    source: TransactionSource,
    extrinsic: UncheckedExtrinsic,
) -> TransactionValidity {
    frame_support::storage::with_transaction(|| {
        let validity = Executive::validate_transaction(source, extrinsic, genesis());
        TransactionOutcome::Rollback(Ok::<_, DispatchError>(validity))
    })
    .unwrap()
}

/// Asserts that pool and block refuse `extrinsic` with `refusal`, that nothing changes and that
/// nobody pays.
#[track_caller]
pub fn assert_refused(extrinsic: UncheckedExtrinsic, refusal: Refusal) {
    let before = state_root();
    let in_pool = validate(extrinsic.clone());
    assert_eq!(in_pool.unwrap_err(), custom(refusal), "in the pool");
    assert_eq!(apply(extrinsic).unwrap_err(), custom(refusal), "in a block");
    assert_eq!(state_root(), before, "the state has changed");
}

/// Asserts that the transaction lands and its call succeeds.
#[track_caller]
pub fn assert_lands(extrinsic: UncheckedExtrinsic) {
    validate(extrinsic.clone()).expect("the pool takes it");
    apply(extrinsic)
        .expect("a valid transaction")
        .expect("a call that succeeds");
}

/// Asserts that a block takes the transaction and its call succeeds, whatever the pool says: that
/// looks a block ahead.
#[track_caller]
pub fn assert_lands_in_this_block(extrinsic: UncheckedExtrinsic) {
    apply(extrinsic)
        .expect("a valid transaction")
        .expect("a call that succeeds");
}

/// Asserts that the transaction lands and its call fails with this error.
#[track_caller]
pub fn assert_fails(extrinsic: UncheckedExtrinsic, error: impl Into<DispatchError>) {
    assert_eq!(
        apply(extrinsic).expect("a valid transaction"),
        Err(error.into())
    );
}

/// A hash that nothing else has.
pub fn distinct(seed: u32) -> [u8; 32] {
    BlakeTwo256::hash_of(&seed).0
}
