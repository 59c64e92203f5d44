//! Session keys: the ids of the two keys that a validator's node holds, and the proof that it does.
//!
//! The ids are hashes, so that they stay short whatever scheme the keys have. The proof carries the keys
//! themselves, each with a signature over the account that may register them; nobody can register the
//! keys of another.

use serde::Deserialize;
use subxt::ext::scale_value::Value;

use super::transaction::{call, Call};
use super::Chain;
use crate::address::AccountId;
use crate::error::Error;

/// The pallet's name in the runtime.
const PALLET: &str = "Session";
/// What each key is for, in the order in which the runtime names them.
const PURPOSES: [&str; 2] = ["aura", "grandpa"];
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
                "{}. A node makes keys only for its own machine: run this there, or reach its RPC port through a tunnel (ssh -L)",
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
}
