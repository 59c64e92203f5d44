//! Shielded payments: an account's keys, what the wallet knows of its notes, and how it pays.
//!
//! | module | what it knows |
//! |---|---|
//! | [`birthday`] | the first block that a new wallet reads |
//! | [`keys`] | from an account's words or a viewing key to what sees and what spends |
//! | [`source`] | how it is asked, in questions that do not tell what is looked for |
//! | [`state`] | notes, tree, history and checkpoints; how a block changes them and a fork takes it back |
//! | [`route`] | which blocks are read |
//! | [`found`] | what of a transaction is the wallet's |
//! | [`scan`] | reading the chain: finding, apart from asking |
//! | `reader` | the half of it that asks |
//! | [`file`](mod@file) | the encrypted file that all of this is kept in |
//! | [`lost`] | what a reorganised chain took from the wallet |
//! | `older` | what earlier versions of the wallet wrote into it |
//! | [`select`] | which notes pay, and which are merged before |
//! | [`attempt`] | payments on their way: reserved, followed by name, tried again without being paid twice |
//! | [`exclusion`] | the notes by which a payment keeps earlier ones from coming beside it |
//! | [`fee`] | what is paid, whatever the node says |
//! | [`draft`] | transactions: put together, proven, written as bytes |
//! | `dummy` | what fills a transaction up that spends one note |
//! | [`directory`] | from a short handle to the address |
//! | `heights` | block numbers that a chain can have |
//! | [`history`] | what was paid, and what opens it again |
//! | [`parts`] | addresses in pieces, for screens that are too small for one code |
//! | [`error`] | what can go wrong with all this |

pub mod attempt;
pub mod birthday;
pub mod directory;
pub mod draft;
mod dummy;
mod earlier;
pub mod error;
pub mod exclusion;
pub mod fee;
pub mod file;
pub mod found;
mod heights;
pub mod history;
pub mod keys;
pub mod lost;
mod older;
mod owned;
pub mod parts;
mod queue;
mod reader;
pub mod route;
pub mod scan;
pub mod select;
mod sight;
pub mod source;
pub mod state;

#[cfg(test)]
pub(crate) mod model;

pub use error::{Pending, ShieldedError};

use crate::amount::Token;

/// The privacy credit, as people write it. It has the coin's decimals.
pub fn credit_token(coin: &Token) -> Token {
    Token {
        symbol: "PRIV".into(),
        decimals: coin.decimals,
    }
}
