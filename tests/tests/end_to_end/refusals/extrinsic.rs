//! Transactions byte by byte, as a program in another language builds them from the specification
//! (docs/spec/accounts.md): the chain's own extrinsic type is not used.

use codec::{Compact, Encode};
use qloak_e2e::node::Node;
use qloak_pq_crypto::{
    account::account_id,
    account_signature::{AccountSignature, Form},
    context::Context,
    derive::dev_seed,
    payload,
    scheme::Scheme,
    signing::{Randomness, SecretKey},
};
use serde_json::{json, Value};

/// First byte of a signed extrinsic of version 4.
const SIGNED_V4: u8 = 0x84;
/// First byte of an address that is an account id.
const ACCOUNT_ID: u8 = 0;
/// The lifetime of a transaction without end.
const IMMORTAL: u8 = 0;
/// The transaction does not commit to the metadata's hash.
const NO_METADATA_HASH: u8 = 0;
/// Pallet and call.
const BALANCES_TRANSFER_KEEP_ALIVE: [u8; 2] = [3, 3];
const SUDO_SUDO: [u8; 2] = [6, 0];
const PQ_SIGNATURES_SET_SCHEME_STATUS: [u8; 2] = [10, 8];

/// An account id.
pub type AccountId = [u8; 32];

/// The bytes in a hexadecimal answer of the node.
pub fn bytes(answer: &Value) -> Vec<u8> {
    let digits = answer.as_str().unwrap().trim_start_matches("0x");
    hex::decode(digits).unwrap()
}

/// Bytes as the node takes them.
pub fn hexadecimal(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

/// Somebody with a development key.
pub struct Person {
    pub account: AccountId,
    pub key: SecretKey,
}

impl Person {
    pub fn new(name: &str, scheme: Scheme) -> Self {
        let key = SecretKey::from_seed(scheme, &dev_seed(scheme, name)).unwrap();
        Self {
            account: account_id(scheme, key.public_key()),
            key,
        }
    }

    pub fn sign(&self, context: Context, message: &[u8]) -> Vec<u8> {
        self.key
            .sign(context, message, Randomness::Deterministic)
            .unwrap()
    }

    /// The raw signature of a transaction in this form.
    pub fn sign_draft(&self, draft: &Draft, form: Form) -> Vec<u8> {
        self.sign(Context::Transaction, &draft.message(form))
    }

    /// A transaction, signed as it should be.
    pub fn complete(&self, draft: &Draft, form: Form) -> Vec<u8> {
        let key = (form == Form::WithKey).then(|| self.key.public_key());
        self.wrap(draft, key, &self.sign_draft(draft, form))
    }

    /// A transaction with any key, or none, and any signature, none of them too long.
    pub fn wrap(&self, draft: &Draft, key: Option<&[u8]>, signature: &[u8]) -> Vec<u8> {
        let key = key.map(<[u8]>::to_vec);
        let signature = AccountSignature::new(self.key.scheme(), key, signature.to_vec());
        draft.with(&signature.unwrap())
    }
}

/// What every transaction on a chain commits to.
pub struct Chain<'a> {
    pub node: &'a Node,
    genesis: Vec<u8>,
    versions: [u32; 2],
}

impl<'a> Chain<'a> {
    pub fn of(node: &'a Node) -> Self {
        let version = node.rpc("state_getRuntimeVersion", json!([]));
        let number = |name: &str| u32::try_from(version[name].as_u64().unwrap()).unwrap();
        Self {
            node,
            genesis: bytes(&node.rpc("chain_getBlockHash", json!([0]))),
            versions: [number("specVersion"), number("transactionVersion")],
        }
    }

    fn nonce(&self, account: &AccountId) -> u32 {
        let arguments = json!(["AccountNonceApi_account_nonce", hexadecimal(account)]);
        let nonce = bytes(&self.node.rpc("state_call", arguments));
        u32::from_le_bytes(nonce.try_into().unwrap())
    }

    /// A call of `account`, next in turn.
    pub fn draft(&self, account: AccountId, call: Vec<u8>) -> Draft {
        let extension = (
            IMMORTAL,
            Compact(self.nonce(&account)),
            Compact(0u128), // tip
            NO_METADATA_HASH,
        );
        Draft {
            account,
            call,
            extension: extension.encode(),
            implicit: [
                self.versions.encode(),
                self.genesis.clone(),
                // The block from which an endless lifetime counts.
                self.genesis.clone(),
                None::<[u8; 32]>.encode(),
            ]
            .concat(),
        }
    }
}

/// A transaction without its signature.
pub struct Draft {
    account: AccountId,
    call: Vec<u8>,
    extension: Vec<u8>,
    implicit: Vec<u8>,
}

impl Draft {
    /// What a post-quantum key signs. Calls here are short, so that nothing is hashed.
    pub fn message(&self, form: Form) -> Vec<u8> {
        let payload = [&self.call[..], &self.extension, &self.implicit].concat();
        assert!(payload.len() <= 256);
        payload::transaction(form, &self.account, &payload)
    }

    /// The transaction with this signature.
    pub fn with(&self, signature: &AccountSignature) -> Vec<u8> {
        framed(&self.body(&signature.encode()))
    }

    /// The transaction without the length in front, around the bytes of a signature.
    pub fn body(&self, signature: &[u8]) -> Vec<u8> {
        [
            &[SIGNED_V4, ACCOUNT_ID][..],
            &self.account,
            signature,
            &self.extension,
            &self.call,
        ]
        .concat()
    }
}

/// With the length in front.
pub fn framed(body: &[u8]) -> Vec<u8> {
    body.encode()
}

pub fn transfer(to: &AccountId, amount: u128) -> Vec<u8> {
    let arguments = (ACCOUNT_ID, to, Compact(amount));
    [&BALANCES_TRANSFER_KEEP_ALIVE[..], &arguments.encode()].concat()
}

/// What the catalog says of a scheme.
#[derive(Encode)]
pub enum Status {
    #[codec(index = 1)]
    Deprecated { until: u32 },
    #[codec(index = 2)]
    Disabled,
}

/// As root.
pub fn set_scheme_status(scheme: Scheme, status: &Status) -> Vec<u8> {
    let call = (SUDO_SUDO, PQ_SIGNATURES_SET_SCHEME_STATUS, scheme, status);
    call.encode()
}
