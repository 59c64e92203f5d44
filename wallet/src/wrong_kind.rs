//! What to say where a text names something else than a command takes.

use crate::address::AddressError;

/// How files with a shielded address end.
pub const ADDRESS_FILE: &str = ".address";

/// Why a text does not name what a command takes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrongKind {
    /// A public address, or a development account, where a shielded address is needed.
    #[error("`{0}` is a public account, and this pays to a shielded address. Pay to it by qloak transfer (out of a public account) or qloak unshield (out of the shielded pool)")]
    PublicAccount(String),
    /// The name of an account where a shielded address is needed.
    #[error("`{0}` is the name of an account in this wallet, and this pays to a shielded address. Write the account's into a file and pay to that: qloak address show {0} --out {0}{ADDRESS_FILE}. To pay to the public account: qloak transfer or qloak unshield")]
    Account(String),
    /// The name of an imported viewing key, where somebody is paid.
    #[error("`{0}` is the name of a viewing key in this wallet. It shows payments and is not paid to: give the address of whom you pay")]
    ViewingKey(String),
    /// A viewing key's text. It is not repeated: whoever has it sees all payments of its kind.
    #[error("this is a viewing key, and not an address. Whoever has it sees payments: keep it to yourself, and ask for an address (qloak address show)")]
    ViewingKeyText,
    /// A file whose name does not look like one's.
    #[error("`{0}` is a file in this folder. So that it is not mistaken for an account, a file is written with its folder, ./{0}, or ends in {ADDRESS_FILE}")]
    BareFile(String),
    /// Nothing that anybody could be paid by.
    #[error("`{0}` is no shielded address and no handle, and no account of this wallet has this name. A file with an address is written with its folder (./{0}), or ends in {ADDRESS_FILE}")]
    Nothing(String),
    /// A file, where a public account is needed.
    #[error("`{0}` is written like a file, and this takes a public account: its address, or the name of one in this wallet. To pay to the shielded address in a file: qloak send (out of the shielded pool) or qloak shield (out of a public account)")]
    File(String),
    /// A shielded address, of which somebody wants to know what it holds.
    #[error("`{0}` is a shielded address. What was paid to it is seen by its owner alone, who asks by the account's name: qloak notes ACCOUNT, or qloak balance ACCOUNT --shielded")]
    ShieldedBalance(String),
    /// The name of a viewing key, of which somebody wants to know what it holds.
    #[error("`{0}` is the name of a viewing key in this wallet, which has no public account. What it sees: qloak notes {0}, or qloak history {0}")]
    ViewingKeyBalance(String),
}

/// A wrong kind of argument, or an address with a mistake in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// Something else.
    #[error(transparent)]
    Kind(#[from] WrongKind),
    /// An address that is none.
    #[error(transparent)]
    Address(#[from] AddressError),
}
