//! Session keys: the ids of the two keys that a validator's node holds, and the proof that it does.
//!
//! The ids are hashes, so that they stay short whatever scheme the keys have. The proof carries the keys
//! themselves, each with a signature over the account that may register them; nobody can register the
//! keys of another.

use qloak_pq_crypto::account::authority_id;
use qloak_pq_crypto::context::Context;
use qloak_pq_crypto::scheme::Scheme;
use qloak_pq_crypto::signing::verify;
use serde::Deserialize;
use subxt::ext::scale_value::Value;

use super::transaction::{call, Call};
use super::Chain;
use crate::address::{AccountId, DEFAULT_PREFIX};
use crate::error::Error;

/// The pallet's name in the runtime.
const PALLET: &str = "Session";
/// What each key is for, in the order in which the runtime names them.
const PURPOSES: [&str; 2] = ["aura", "grandpa"];
/// What each key signs, its proof included, in the same order.
const CONTEXTS: [Context; PURPOSES.len()] = [Context::Seal, Context::Vote];
/// The scheme of a validator's keys.
const SCHEME: Scheme = Scheme::MlDsa65;
/// What stands before the owner in the statement that a proof signs.
const STATEMENT: &[u8] = b"POP_";
/// Bytes of one key's id.
const ID_BYTES: usize = 32;
/// Bytes of all ids.
pub const BYTES: usize = PURPOSES.len() * ID_BYTES;
/// "Method not found" in JSON-RPC; also what a node says of methods that it keeps from others.
const METHOD_NOT_FOUND: i32 = -32601;

/// The ids of a validator's keys, first the one that seals blocks, then the one that votes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionKeys(pub [u8; BYTES]);

impl SessionKeys {
    /// Reads them as nodes print them.
    ///
    /// # Errors
    /// [`Error::Usage`], which says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let bytes = hexadecimal("session keys", text)?;
        let found = bytes.len();
        let keys = bytes.try_into().map_err(|_| {
            Error::Usage(format!(
                "session keys are {BYTES} bytes, the id of the sealing key and that of the voting key; these are {found}. \
                 Write `keys` just as the node answered: 0x and {} digits",
                2 * BYTES
            ))
        })?;
        Ok(Self(keys))
    }

    /// The keys in hexadecimal with `0x`.
    pub fn to_hex(self) -> String {
        format!("0x{}", hex::encode(self.0))
    }

    /// Each key's id, with what it does in words.
    pub fn named(&self) -> [(&'static str, String); PURPOSES.len()] {
        let (sealing, voting) = self.0.split_at(ID_BYTES);
        let id = |bytes: &[u8]| format!("0x{}", hex::encode(bytes));
        [("sealing key", id(sealing)), ("voting key", id(voting))]
    }

    /// The id of the voting key as an address, which is how `grandpa_roundState` names voters.
    pub fn voter(&self) -> String {
        let mut id = [0; ID_BYTES];
        id.copy_from_slice(&self.0[ID_BYTES..]);
        AccountId(id).to_address(DEFAULT_PREFIX)
    }

    fn value(&self) -> Value {
        let ids = PURPOSES.into_iter().zip(self.0.chunks(ID_BYTES));
        Value::named_composite(ids.map(|(purpose, id)| (purpose, Value::from_bytes(id))))
    }
}

/// Session keys with the proof that somebody holds them for one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvenKeys {
    /// Their ids.
    pub keys: SessionKeys,
    /// The proof, which only the chain judges.
    pub proof: Vec<u8>,
}

impl ProvenKeys {
    /// Reads keys and proof as nodes print them.
    ///
    /// # Errors
    /// [`Error::Usage`].
    pub fn parse(keys: &str, proof: &str) -> Result<Self, Error> {
        let keys = SessionKeys::parse(keys)?;
        let proof = hexadecimal("the proof", proof)?;
        if proof.is_empty() {
            return Err(Error::Usage(
                "the proof is empty. author_rotateKeysWithOwner answers with one; author_rotateKeys does not".into(),
            ));
        }
        Ok(Self { keys, proof })
    }

    /// The proof in hexadecimal with `0x`.
    pub fn proof_hex(&self) -> String {
        format!("0x{}", hex::encode(&self.proof))
    }

    /// Refuses keys that the chain would refuse to register for this account: the fee would be lost.
    ///
    /// # Errors
    /// [`Error::NotApplicable`], which says whose fault it is.
    pub fn require_owner(&self, owner: AccountId, address: &str) -> Result<(), Error> {
        let parameters = SCHEME.parameters();
        let each = parameters.public_bytes + parameters.signature_bytes;
        if self.proof.len() != PURPOSES.len() * each {
            return Err(Error::NotApplicable(format!(
                "the proof has {} bytes, and one for {} keys has {}: write it just as the node answered",
                self.proof.len(),
                PURPOSES.len(),
                PURPOSES.len() * each
            )));
        }
        let statement = [STATEMENT, &owner.0].concat();
        let parts = self.keys.0.chunks(ID_BYTES).zip(self.proof.chunks(each));
        for ((id, part), context) in parts.zip(CONTEXTS) {
            let (public, signature) = part.split_at(parameters.public_bytes);
            if authority_id(SCHEME, public) != id {
                return Err(Error::NotApplicable(
                    "keys and proof do not belong together: take both from one answer of the node"
                        .into(),
                ));
            }
            verify(SCHEME, public, context, &statement, signature).map_err(|_| {
                Error::NotApplicable(format!(
                    "these session keys were made for another account than {address}, and only that account can register them. On the validator's machine: qloak validator rotate-keys --from {address} --no-send --json"
                ))
            })?;
        }
        Ok(())
    }

    /// The call by which their owner registers them.
    pub fn registration(&self) -> Call {
        let arguments = vec![
            ("keys", self.keys.value()),
            ("proof", Value::from_bytes(&self.proof)),
        ];
        call(PALLET, "set_keys", arguments)
    }

    /// Has the node make new keys, keep their secrets, and prove to `owner` that it has them.
    ///
    /// # Errors
    /// [`Error::Node`] if it does not, with what to do about it.
    pub async fn make(chain: &Chain, owner: AccountId) -> Result<Self, Error> {
        let answer: Result<Answer, _> = chain
            .request("author_rotateKeysWithOwner", &owner.to_hex())
            .await;
        let answer = answer.map_err(|error| refused(chain, error))?;
        let proof = answer.proof.unwrap_or_default();
        Self::parse(&answer.keys, &proof)
            .map_err(|error| chain.failed("making session keys")(error))
    }
}

/// What `author_rotateKeysWithOwner` answers.
#[derive(Deserialize)]
struct Answer {
    keys: String,
    proof: Option<String>,
}

fn refused(chain: &Chain, error: subxt::rpcs::Error) -> Error {
    let doing = "making session keys";
    match error {
        subxt::rpcs::Error::User(user) if user.code == METHOD_NOT_FOUND => chain.failed(doing)(
            format!(
                "{}. A node makes keys only if it is started with --rpc-methods unsafe, and should then be reached from its own machine only: \
                 start it so for as long as this takes, and run this there or through a tunnel (ssh -L)",
                user.message
            ),
        ),
        other => chain.failed(doing)(other),
    }
}

/// Whether the node has the secrets of these keys; nothing if it does not tell others.
pub async fn are_held(chain: &Chain, keys: &SessionKeys) -> Option<bool> {
    chain
        .request("author_hasSessionKeys", &keys.to_hex())
        .await
        .ok()
}

fn hexadecimal(what: &str, text: &str) -> Result<Vec<u8>, Error> {
    let digits = text.trim().strip_prefix("0x");
    digits
        .and_then(|digits| hex::decode(digits).ok())
        .ok_or_else(|| {
            Error::Usage(format!(
                "{what} must be written as 0x and an even number of hexadecimal digits"
            ))
        })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use qloak_pq_crypto::signing::{Randomness, SecretKey};

    use super::*;

    fn text(bytes: usize) -> String {
        format!("0x{}", "ab".repeat(bytes))
    }

    fn message(result: Result<impl std::fmt::Debug, Error>) -> String {
        let error = result.unwrap_err();
        assert_eq!(error.exit_status(), 2);
        error.to_string()
    }

    #[test]
    fn keys_are_read_and_written_alike() {
        let keys = SessionKeys::parse(&text(BYTES)).unwrap();
        assert_eq!(keys, SessionKeys([0xab; BYTES]));
        assert_eq!(keys.to_hex(), text(BYTES));
        assert_eq!(
            SessionKeys::parse(&format!(" {}\n", text(BYTES))).unwrap(),
            keys
        );
    }

    /// Two names of one key that look nothing alike.
    #[test]
    fn the_voting_key_is_shown_as_nodes_name_voters_too() {
        let mut keys = SessionKeys([1; BYTES]);
        keys.0[ID_BYTES..].fill(2);
        assert_eq!(keys.voter(), AccountId([2; 32]).to_address(DEFAULT_PREFIX));
        let [_, (name, id)] = keys.named();
        assert_eq!((name, id), ("voting key", format!("0x{}", "02".repeat(32))));
    }

    #[test]
    fn keys_of_another_length_are_counted() {
        for bytes in [0, ID_BYTES, BYTES - 1, BYTES + 1] {
            let message = message(SessionKeys::parse(&text(bytes)));
            assert!(message.contains(&format!("these are {bytes}")), "{message}");
        }
    }

    #[test]
    fn what_is_no_hexadecimal_is_called_that() {
        let digits = "ab".repeat(BYTES);
        for bad in ["", "0xabc", "0xzz", &digits] {
            let message = message(SessionKeys::parse(bad));
            assert!(message.contains("hexadecimal"), "{bad}: {message}");
        }
    }

    #[test]
    fn keys_without_a_proof_are_of_no_use() {
        let proven = ProvenKeys::parse(&text(BYTES), &text(3)).unwrap();
        assert_eq!((proven.proof.len(), proven.proof_hex()), (3, text(3)));
        let message = message(ProvenKeys::parse(&text(BYTES), "0x"));
        assert!(message.contains("author_rotateKeysWithOwner"), "{message}");
    }

    fn made_for(owner: AccountId) -> ProvenKeys {
        let statement = [b"POP_", &owner.0[..]].concat();
        let (mut ids, mut proof) = (Vec::new(), Vec::new());
        for (seed, context) in [(1, Context::Seal), (2, Context::Vote)] {
            let key = SecretKey::from_seed(SCHEME, &[seed; 32]).unwrap();
            let signature = key.sign(context, &statement, Randomness::Deterministic);
            ids.extend(authority_id(SCHEME, key.public_key()));
            proof.extend_from_slice(key.public_key());
            proof.extend(signature.unwrap());
        }
        ProvenKeys {
            keys: SessionKeys(ids.try_into().unwrap()),
            proof,
        }
    }

    #[test]
    fn session_keys_of_another_account_are_refused_before_they_cost_a_fee() {
        let (owner, other) = (AccountId([3; 32]), AccountId([4; 32]));
        let keys = made_for(owner);
        keys.require_owner(owner, "5Own").unwrap();
        let refusal = |keys: &ProvenKeys, owner| {
            let refused = keys.require_owner(owner, "5Own").unwrap_err();
            assert_eq!(refused.exit_status(), 4);
            refused.to_string()
        };
        assert!(refusal(&keys, other).contains("another account than 5Own"));
        let mut short = keys.clone();
        short.proof.pop();
        assert!(refusal(&short, owner).contains("has 10521 bytes"));
        let mut mixed = keys.clone();
        mixed.keys.0[0] ^= 1;
        assert!(refusal(&mixed, owner).contains("do not belong together"));
        // A vote's key proves nothing as a seal's.
        let mut swapped = keys.clone();
        swapped.keys.0.rotate_left(ID_BYTES);
        swapped.proof.rotate_left(keys.proof.len() / 2);
        assert!(refusal(&swapped, owner).contains("another account"));
    }
}
