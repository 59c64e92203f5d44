//! How a node says no to a transaction.

use qloak_e2e::node::Node;
use serde_json::{json, Value};

/// How the node says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// By the runtime, with this code: `InvalidTransaction::Custom`.
    Custom(u8),
    /// By the runtime, which may accept it later, with this code: `UnknownTransaction::Custom`.
    NotYet(u8),
    /// Another transaction that does the same is there, and pays no less.
    Outbid,
    /// It was in a block a moment ago.
    Banned,
    /// The runtime cannot decode what is inside.
    Undecodable,
    /// The length in front promises more than is there.
    Unframed,
}

impl Refused {
    /// Whether this is what the error says.
    pub fn is(self, error: &Value) -> bool {
        let (code, message) = (&error["code"], error["message"].as_str().unwrap());
        match self {
            Self::Custom(reason) => {
                *code == 1010 && error["data"] == format!("Custom error: {reason}")
            }
            Self::NotYet(reason) => *code == 1011 && error["data"] == format!("Custom({reason})"),
            Self::Outbid => *code == 1014,
            Self::Banned => *code == 1012,
            Self::Undecodable => *code == 1002 && message.starts_with("Verification Error"),
            Self::Unframed => *code == 1040 && message.starts_with("Client error"),
        }
    }
}

/// What is wrong, the transaction that has it wrong, and what the node must say.
pub type Case = (&'static str, Vec<u8>, Refused);

/// Sends a transaction to the node's pool.
pub fn submit(node: &Node, transaction: &[u8]) -> Result<Value, Value> {
    let hexadecimal = format!("0x{}", hex::encode(transaction));
    node.try_rpc("author_submitExtrinsic", json!([hexadecimal]))
}

/// Each is refused as it should be.
#[track_caller]
pub fn assert_refused(node: &Node, whose: &str, cases: &[Case]) {
    for (what, transaction, expected) in cases {
        match submit(node, transaction) {
            Ok(hash) => panic!("{whose}, {what}: taken as {hash}"),
            Err(error) => assert!(
                expected.is(&error),
                "{whose}, {what}: {error} is not {expected:?}"
            ),
        }
    }
}
