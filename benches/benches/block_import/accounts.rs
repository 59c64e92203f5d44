//! Accounts of each class, and the transfers that they sign.

use codec::Encode;
use pallet_pq_signatures::extrinsic::{signed_payload, Wire};
use polkadot_sdk::{
    sp_core::{sr25519, Pair as _},
    sp_runtime::{generic::Era, OpaqueExtrinsic},
    *,
};
use qloak_pq_crypto::{
    account::account_id,
    account_signature::{AccountSignature, Form},
    context::Context,
    payload,
    scheme::Scheme,
    signing::{self, Randomness, SecretKey},
};
use qloak_runtime::{
    AccountId, Hash, Runtime, RuntimeCall, TxExtension, UncheckedExtrinsic, VERSION,
};

/// What is sent: above the existential deposit, so that it could open an account, though none is.
const AMOUNT: u128 = qloak_runtime::constants::currency::MILLI_QLK;

/// What signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A post-quantum scheme.
    Pq(Scheme),
    /// Schnorr over Ristretto25519, from accounts that are marked classical.
    Sr25519,
}

impl Kind {
    /// The ways to sign that get a block of their own.
    pub fn signings(self) -> &'static [Signing] {
        match self {
            Self::Pq(_) => &[Signing::KeyAttached, Signing::KeyRegistered],
            Self::Sr25519 => &[Signing::Classical],
        }
    }
}

/// How the key comes to the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signing {
    /// With the transaction, for the first time: the chain registers it.
    FirstUse,
    /// With the transaction, though the chain knows it.
    KeyAttached,
    /// From the registry.
    KeyRegistered,
    /// It is the account's id.
    Classical,
}

impl Signing {
    fn form(self) -> Option<Form> {
        match self {
            Self::FirstUse | Self::KeyAttached => Some(Form::WithKey),
            Self::KeyRegistered => Some(Form::Registered),
            Self::Classical => None,
        }
    }

    /// What is signed, of what the extrinsic format has signed.
    fn message(self, payload: Vec<u8>) -> Vec<u8> {
        match self.form() {
            Some(form) => payload::transaction(form, &payload),
            None => payload,
        }
    }
}

enum Key {
    Pq(Box<SecretKey>),
    Sr25519(Box<sr25519::Pair>),
}

struct Account {
    id: AccountId,
    key: Key,
    nonce: u32,
}

/// A signed transfer, and what it takes to verify its signature outside the chain.
pub struct Transfer {
    /// As it is in a block.
    pub extrinsic: OpaqueExtrinsic,
    message: Vec<u8>,
    signature: Vec<u8>,
    signer: usize,
}

/// All accounts of a kind.
pub struct Class {
    /// What they sign with.
    pub kind: Kind,
    accounts: Vec<Account>,
}

impl Class {
    /// Makes `count` accounts.
    pub fn new(kind: Kind, count: u32) -> Self {
        let accounts = (0..count).map(|index| Account::new(kind, index)).collect();
        Self { kind, accounts }
    }

    /// Their ids.
    pub fn ids(&self) -> impl Iterator<Item = &AccountId> {
        self.accounts.iter().map(|account| &account.id)
    }

    /// Whether some account has not sent anything yet.
    pub fn has_unused(&self) -> bool {
        self.accounts.iter().any(|account| account.nonce == 0)
    }

    /// One transfer of each account to the next one; of those alone that have sent nothing, if it is
    /// to be their first.
    pub fn transfers(&self, signing: Signing, genesis: Hash) -> Vec<Transfer> {
        let wanted = |account: &Account| signing != Signing::FirstUse || account.nonce == 0;
        let signers = self
            .accounts
            .iter()
            .enumerate()
            .filter(|(_, account)| wanted(account));
        signers
            .map(|(index, account)| {
                let next = &self.accounts[(index + 1) % self.accounts.len()];
                account.transfer(index, &next.id, signing, genesis)
            })
            .collect()
    }

    /// Takes note that these transfers are in a block.
    pub fn included(&mut self, transfers: &[Transfer]) {
        for transfer in transfers {
            self.accounts[transfer.signer].nonce += 1;
        }
    }

    /// Verifies all of these natively, one after the other, with nothing around it.
    pub fn verify(&self, transfers: &[Transfer]) {
        for Transfer {
            message,
            signature,
            signer,
            ..
        } in transfers
        {
            match &self.accounts[*signer].key {
                Key::Pq(key) => {
                    let (scheme, public) = (key.scheme(), key.public_key());
                    signing::verify(scheme, public, Context::Transaction, message, signature)
                        .unwrap();
                }
                Key::Sr25519(pair) => {
                    let signature = sr25519::Signature::try_from(&signature[..]).unwrap();
                    assert!(sr25519::Pair::verify(&signature, message, &pair.public()));
                }
            }
        }
    }
}

impl Account {
    fn new(kind: Kind, index: u32) -> Self {
        let mut seed = [0x51; 32];
        seed[..4].copy_from_slice(&index.to_le_bytes());
        let (id, key) = match kind {
            Kind::Pq(scheme) => {
                let key = SecretKey::from_seed(scheme, &seed).unwrap();
                (account_id(scheme, key.public_key()), Key::Pq(Box::new(key)))
            }
            Kind::Sr25519 => {
                let pair = sr25519::Pair::from_seed(&seed);
                (pair.public().0, Key::Sr25519(Box::new(pair)))
            }
        };
        Self {
            id: id.into(),
            key,
            nonce: 0,
        }
    }

    fn transfer(&self, signer: usize, to: &AccountId, signing: Signing, genesis: Hash) -> Transfer {
        let call: RuntimeCall = pallet_balances::Call::<Runtime>::transfer_keep_alive {
            dest: to.clone().into(),
            value: AMOUNT,
        }
        .into();
        let extension = extension(self.nonce);
        let payload = signed_payload(&call.encode(), &extension, &implicit(genesis));
        let message = signing.message(payload);
        let (wire, signature) = self.sign(&message, signing);
        let extrinsic: UncheckedExtrinsic =
            Wire::new_signed(call, self.id.clone().into(), wire, extension).into();
        Transfer {
            extrinsic: extrinsic.into(),
            message,
            signature,
            signer,
        }
    }

    /// The signature as it is in the transaction, and as it is by itself.
    fn sign(&self, message: &[u8], signing: Signing) -> (AccountSignature, Vec<u8>) {
        match &self.key {
            Key::Pq(key) => {
                let attached =
                    (signing.form() == Some(Form::WithKey)).then(|| key.public_key().to_vec());
                let raw = key
                    .sign(Context::Transaction, message, Randomness::Deterministic)
                    .unwrap();
                (
                    AccountSignature::new(key.scheme(), attached, raw.clone()).unwrap(),
                    raw,
                )
            }
            Key::Sr25519(pair) => {
                let raw = pair.sign(message);
                (AccountSignature::Sr25519(raw.0), raw.0.to_vec())
            }
        }
    }
}

fn extension(nonce: u32) -> TxExtension {
    (
        frame_system::CheckNonZeroSender::new(),
        frame_system::CheckSpecVersion::new(),
        frame_system::CheckTxVersion::new(),
        frame_system::CheckGenesis::new(),
        frame_system::CheckEra::from(Era::Immortal),
        frame_system::CheckNonce::from(nonce),
        frame_system::CheckWeight::new(),
        pallet_transaction_payment::ChargeTransactionPayment::from(0),
        frame_metadata_hash_extension::CheckMetadataHash::new(false),
        frame_system::WeightReclaim::new(),
    )
}

/// What is signed though it is not in the transaction. The extensions would read it from the state,
/// which is in the node here.
fn implicit(genesis: Hash) -> impl Encode {
    let no_metadata_hash: Option<[u8; 32]> = None;
    (
        (),
        VERSION.spec_version,
        VERSION.transaction_version,
        genesis,
        genesis,
        (),
        (),
        (),
        no_metadata_hash,
        (),
    )
}
