//! What a transaction is followed by, from before it leaves the wallet until it is settled.

use serde_json::{json, Value as Json};
use subxt::config::substrate::H256;

use crate::follow_up;

/// The name of a transaction that has left the wallet, and how long it can still be included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trace {
    /// Its hash.
    pub hash: H256,
    /// Its nonce. Of two transactions of an account with one nonce only one can be included. Those that
    /// nobody signs have none.
    pub nonce: Option<u64>,
    /// The last block that can include it, if that is known here.
    pub valid_until: Option<u64>,
}

impl Trace {
    /// The command that follows it.
    pub fn command(&self) -> String {
        let until = self.valid_until.map(|last| format!(" --until {last}"));
        follow_up::command(format_args!(
            "tx watch {:?}{}",
            self.hash,
            until.unwrap_or_default()
        ))
    }

    /// Until when it can be included, to stand behind "can be included".
    pub fn until(&self) -> String {
        match self.valid_until {
            Some(last) => format!(" until block {last}"),
            None => String::new(),
        }
    }

    /// How to try again without paying twice, if there is a way.
    pub fn retry(&self) -> String {
        match self.nonce {
            Some(nonce) => format!(
                " To try again before that, add --nonce {nonce}: of two transactions with one nonce only one can be included."
            ),
            None => String::new(),
        }
    }

    /// The trace as a JSON object.
    pub fn to_json(&self) -> Json {
        json!({
            "hash": format!("{:?}", self.hash),
            "nonce": self.nonce,
            "valid_until": self.valid_until,
            "follow": self.command(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_names_the_command_that_follows_it() {
        let trace = Trace {
            hash: H256([1; 32]),
            nonce: Some(3),
            valid_until: Some(73),
        };
        let expected = format!("qloak tx watch 0x{} --until 73", "01".repeat(32));
        assert_eq!(trace.command(), expected);
        assert_eq!(trace.to_json()["follow"], expected);
        assert_eq!(trace.to_json()["valid_until"], 73);
        assert!(trace.retry().contains("--nonce 3"));
        let bare = Trace {
            nonce: None,
            valid_until: None,
            ..trace
        };
        assert!(bare.retry().is_empty() && bare.until().is_empty());
    }
}
