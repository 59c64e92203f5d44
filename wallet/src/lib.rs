//! The Qloak wallet: a library, and the `qloak` command on top of it.
//!
//! | module | what it knows |
//! |---|---|
//! | [`amount`] | QLK and its decimals, parsed and printed exactly |
//! | [`address`] | SS58 addresses and raw account ids |
//! | [`derivation`] | from a phrase of words to the keys of an account |
//! | [`secret`] | where passphrases and phrases may come from, and where not |
//! | [`keyfile`] | key files: their format, their encryption, how they are read and written |
//! | [`accounts`] | the names under the wallet's home, and what `--from` may say |
//! | [`kind`] | what a text names, where a command takes something else |
//! | [`payload`] | what keys sign: transactions, proofs of possession, the orders of a backup key |
//! | [`chain`] | the node: storage, fees, submission, waiting, what happened |
//! | [`shielded`] | payments that nobody sees: keys, notes, scanning, proofs |
//! | [`classical`] | the one use of a classical key: leaving it behind |
//! | [`follow_up`] | the commands that users are told to type next |
//! | [`output`] | text for people, JSON for programs |
//! | `printable` | text of strangers without what could deceive on a terminal |
//! | [`cli`] | the command's grammar and its commands |
//! | [`error`] | everything that can go wrong, and the exit status it ends in |
//!
//! Secrets are held in types that are wiped when dropped and whose `Debug` prints a length.
//! They are prompted for or read from a file or a file descriptor; never from the command line or
//! the environment, where other processes of the same user (and shell histories) can see them.

pub mod accounts;
pub mod address;
pub mod amount;
pub mod chain;
pub mod classical;
pub mod cli;
pub mod derivation;
pub mod error;
pub mod follow_up;
pub mod keyfile;
pub mod kind;
pub mod output;
pub mod payload;
mod printable;
pub mod secret;
pub mod shielded;
pub mod wrong_kind;

pub use error::Error;
