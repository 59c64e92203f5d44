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

/// What is sent: the existential deposit, so that it could open an account, though none is.
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
    /// From the registry. What is signed is a deposit into the shielded pool and not a transfer.
    Deposit,
    /// Nobody signs: the transfer is a shielded one, with a proof.
    Proof,
}

impl Signing {
    fn form(self) -> Option<Form> {
        match self {
            Self::FirstUse | Self::KeyAttached => Some(Form::WithKey),
            Self::KeyRegistered | Self::Deposit => Some(Form::Registered),
            Self::Classical | Self::Proof => None,
        }
    }

    /// Whether it prepares the chain for what follows: its last block holds what was left over.
    pub fn prepares(self) -> bool {
        matches!(self, Self::FirstUse | Self::Deposit)
    }

    /// What is signed, of what the extrinsic format has signed.
    fn message(self, account: &AccountId, payload: Vec<u8>) -> Vec<u8> {
        match self.form() {
            Some(form) => payload::transaction(form, account.as_ref(), &payload),
            None => payload,
        }
    }
}

enum Key {
    Pq(Box<SecretKey>),
    Sr25519(Box<sr25519::Pair>),
}

/// One account.
pub struct Account {
    id: AccountId,
    key: Key,
    nonce: u32,
}

/// A transfer.
pub struct Transfer {
    /// As it is in a block.
    pub extrinsic: OpaqueExtrinsic,
    /// Who signs it, if anybody does.
    pub signer: Option<usize>,
    /// Verifies its signature or proof natively, with nothing around it.
    pub verify: Box<dyn Fn()>,
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

    /// What the table calls blocks that these accounts sign.
    pub fn label(&self, signing: Signing) -> String {
        let scheme = match self.kind {
            Kind::Pq(scheme) => scheme.to_string(),
            Kind::Sr25519 => "sr25519".into(),
        };
        let how = match signing {
            Signing::FirstUse => "first use",
            Signing::KeyAttached => "key attached",
            Signing::KeyRegistered => "key registered",
            Signing::Classical => "marked classical",
            Signing::Deposit => "key registered: deposit",
            Signing::Proof => "no key",
        };
        format!("{scheme}, {how}")
    }

    /// One transfer of each account to the next one; of those alone that have sent nothing, if it is
    /// to be their first.
    pub fn transfers(&self, signing: Signing, genesis: Hash) -> Vec<Transfer> {
        self.signed(signing, genesis, |index, accounts| {
            let next = &accounts[(index + 1) % accounts.len()];
            pallet_balances::Call::<Runtime>::transfer_keep_alive {
                dest: next.id.clone().into(),
                value: AMOUNT,
            }
            .into()
        })
    }

    /// One call of each account; of those alone that have sent nothing, if it is to be their first.
    pub fn signed(
        &self,
        signing: Signing,
        genesis: Hash,
        mut call: impl FnMut(usize, &[Account]) -> RuntimeCall,
    ) -> Vec<Transfer> {
        let wanted = |account: &Account| signing != Signing::FirstUse || account.nonce == 0;
        let signers = self
            .accounts
            .iter()
            .enumerate()
            .filter(|(_, account)| wanted(account));
        signers
            .map(|(index, account)| {
                let call = call(index, &self.accounts);
                account.transaction(index, call, signing, genesis)
            })
            .collect()
    }

    /// Takes note that these transfers are in a block.
    pub fn included(&mut self, transfers: &[Transfer]) {
        for signer in transfers.iter().filter_map(|transfer| transfer.signer) {
            self.accounts[signer].nonce += 1;
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

    fn transaction(
        &self,
        signer: usize,
        call: RuntimeCall,
        signing: Signing,
        genesis: Hash,
    ) -> Transfer {
        let extension = extension(self.nonce);
        let payload = signed_payload(&call.encode(), &extension, &implicit(genesis));
        let message = signing.message(&self.id, payload);
        let (wire, signature) = self.sign(&message, signing);
        let extrinsic: UncheckedExtrinsic =
            Wire::new_signed(call, self.id.clone().into(), wire, extension).into();
        Transfer {
            extrinsic: extrinsic.into(),
            signer: Some(signer),
            verify: self.verification(message, signature),
        }
    }

    /// Verifies the signature when it is called.
    fn verification(&self, message: Vec<u8>, signature: Vec<u8>) -> Box<dyn Fn()> {
        match &self.key {
            Key::Pq(key) => {
                let (scheme, public) = (key.scheme(), key.public_key().to_vec());
                Box::new(move || {
                    let context = Context::Transaction;
                    signing::verify(scheme, &public, context, &message, &signature).unwrap();
                })
            }
            Key::Sr25519(pair) => {
                let public = pair.public();
                let signature = sr25519::Signature::try_from(&signature[..]).unwrap();
                Box::new(move || assert!(sr25519::Pair::verify(&signature, &message, &public)))
            }
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
        frame_system::CheckNonce::from(nonce.into()),
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
