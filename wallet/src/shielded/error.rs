//! What can go wrong with shielded payments, in sentences that say what to do next.

mod directory;
mod parts;
mod state;

pub use directory::{DirectoryError, MAX_BUCKET};
pub use parts::PartsError;
pub use state::{StateError, MAX_FILE_BYTES, VERSION};

use qloak_shielded::address::AddressError;
use qloak_shielded::disclosure::DisclosureError;
use qloak_shielded::keys::KeyError;
use qloak_shielded::memo::MemoError;
use serde_json::{json, Value as Json};

use super::sight::Sight;
use crate::chain::refusal::Refusal;
use crate::follow_up;

/// A payment that may still come, whatever was said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Its name, with `0x`.
    pub name: String,
    /// The last block that can have it.
    pub until: u32,
    /// Whose it is.
    pub account: String,
}

impl Pending {
    /// The command that follows it.
    pub fn command(&self) -> String {
        follow_up::command(format_args!(
            "tx watch {} --account {}",
            self.name, self.account
        ))
    }

    /// What programs follow it by. There is no hash: whoever has the payment can wrap it anew under another one. Nor is
    /// there a nonce, for nobody signs it.
    pub fn to_json(&self) -> Json {
        json!({ "name": self.name, "valid_until": self.until, "follow": self.command() })
    }
}

/// Why a shielded command cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum ShieldedError {
    /// The key file has no words to derive shielded keys from.
    #[error("the key file of `{0}` holds no phrase, and shielded keys come from the phrase. Import the account with its words: qloak account import")]
    NoPhrase(String),
    /// Only a viewing key is there.
    #[error("a viewing key ({0}) sees and cannot spend. Only the account's words spend: name the account instead")]
    CannotSpend(Sight),
    /// The same, by the name that the key was imported under.
    #[error("`{name}` is a viewing key ({sight}), which sees and cannot spend. Only the wallet that has the account's words can pay; `qloak account list` shows the accounts of this one")]
    WatchOnly {
        /// The name.
        name: String,
        /// What it sees.
        sight: Sight,
    },
    /// A viewing key makes no greater one.
    #[error("`{name}` is a viewing key ({sight}), and sees too little to make one of the kind `{wanted}`")]
    SeesLess {
        /// The name.
        name: String,
        /// What it sees.
        sight: Sight,
        /// What was asked for.
        wanted: Sight,
    },
    /// Addresses come from what sees payments to them.
    #[error("an outgoing viewing key makes no addresses and sees nothing that comes. Ask for the incoming one: qloak viewkey export ACCOUNT --kind incoming")]
    NoAddresses,
    /// Notes are what comes.
    #[error("an outgoing viewing key sees payments that the account makes, and no notes. See them with: qloak history")]
    NoNotes,
    /// Nothing was kept of the account.
    #[error("nothing is known of `{0}` yet: it was not scanned here. `{scan}` does that, and asks a node", scan = scan_of(.0))]
    NeverScanned(String),
    /// A viewing key's text.
    #[error("this is no viewing key: {0}")]
    ViewingKey(KeyError),
    /// An address's text.
    #[error("this is no shielded address: {0}")]
    Address(#[from] AddressError),
    /// A handle where the address itself is needed.
    #[error("{0} is an address's short handle: the address itself is needed here. If it was published: qloak address find HANDLE --out FILE. If not, ask whose it is for it: qloak address show --out FILE")]
    OnlyHandle(String),
    /// The address directory.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// Pieces of an address.
    #[error(transparent)]
    Parts(#[from] PartsError),
    /// The address is another one than was expected.
    #[error("the address has the handle {found}, not {expected}. Do not pay to it")]
    OtherHandle {
        /// What was given with `--handle`.
        expected: String,
        /// What the address has.
        found: String,
    },
    /// A file that should hold an address, a key or a disclosure.
    #[error("{path} cannot be read: {error}")]
    File {
        /// The file.
        path: String,
        /// The system's answer.
        error: std::io::Error,
    },
    /// A file that should take one, or a viewing key's or a disclosure's.
    #[error("{path} cannot be written: {error}")]
    Unwritable {
        /// The file.
        path: String,
        /// The system's answer.
        error: std::io::Error,
    },
    /// A text that goes beyond any address, key or disclosure.
    #[error("{0} is too long for what it should hold")]
    FileTooLong(String),
    /// A memo.
    #[error(transparent)]
    Memo(#[from] MemoError),
    /// A disclosure.
    #[error(transparent)]
    Disclosure(#[from] DisclosureError),
    /// The state file.
    #[error("{path}: {error}")]
    State {
        /// The file.
        path: String,
        /// What is wrong with it.
        error: StateError,
    },
    /// The node no longer has the state of an old block.
    #[error("the node does not know what block {block} did to the shielded pool: it came to the chain later. Ask a node that has been there since (--node), or begin later: qloak scan ACCOUNT --rescan --birthday BLOCK")]
    StateGone {
        /// The block.
        block: u32,
    },
    /// The node's index does not reach back to where the wallet begins.
    #[error("the node's index of shielded notes begins later than this wallet's scan: it came to the chain later. Ask a node that has been there since (--node), or begin later: qloak scan ACCOUNT --rescan --birthday BLOCK")]
    IndexBeginsLater,
    /// A block does not have the payment that it is said to have.
    #[error("the payment {name} is said to be in block {block}, and the block does not have it: a fork took it away, or a node made it up. It may still come, so do not make another one. Run the command again; if it says the same, ask another node (--node)")]
    NotInBlock {
        /// Its name, with `0x`.
        name: String,
        /// The block.
        block: u32,
    },
    /// What the node says does not fit together.
    #[error("the node's notes up to block {block} do not make the tree that its chain has: it leaves something out, or makes something up. Ask another node (--node). If that says so too, an earlier one lied, and what it said is forgotten by: qloak scan ACCOUNT --rescan")]
    Inconsistent {
        /// The last block that was read.
        block: u32,
    },
    /// More blocks than there was time for.
    #[error("the node says that its chain is at block {head}. Since block {last}, which this wallet has read, there was time for {slots} blocks at most: it makes heights up, or another node did before. Ask another node (--node). If that says so too: qloak scan ACCOUNT --rescan")]
    TooFar {
        /// The last block that was read.
        last: u32,
        /// The best block.
        head: u32,
        /// How many slots lie between them.
        slots: u64,
    },
    /// A block of a time to come.
    #[error("the node's best block, {block}, was made more than an hour ahead of the clock of this machine. Set the clock, or ask another node (--node)")]
    AheadOfTime {
        /// The block.
        block: u32,
    },
    /// The chain has more notes than can be.
    #[error("the note tree is full")]
    TreeFull,
    /// The birthday lies ahead.
    #[error("block {birthday} does not exist yet; the chain is at block {head}")]
    BirthdayAhead {
        /// What was asked for.
        birthday: u32,
        /// The chain's best block.
        head: u32,
    },
    /// There is not so much.
    #[error("{have} can be spent in the pool; the payment needs {need}, the fee of {transactions} transaction(s) included{waiting}")]
    Insufficient {
        /// What there is, for people.
        have: String,
        /// What is needed, for people.
        need: String,
        /// How many transactions that takes.
        transactions: usize,
        /// What else there will be, as the end of the sentence.
        waiting: String,
    },
    /// More than a note can hold.
    #[error("{0} is more than a note can hold")]
    TooLarge(String),
    /// Nothing is to be paid.
    #[error("the amount is nothing")]
    Nothing,
    /// Less than the chain takes.
    #[error("the least deposit is {least}")]
    DepositTooSmall {
        /// What the chain wants, for people.
        least: String,
    },
    /// A payment left the wallet, and its end is not known.
    #[error(
        "{reason}. The payment {} may still come, until block {}, and its notes are kept for it. To try again run the same command: it \
         spends one of the same notes, so that only one of the two can come. What became of it: {}",
        .payment.name, .payment.until, .payment.command()
    )]
    Unsettled {
        /// The payment.
        payment: Pending,
        /// Why the wallet waits no longer.
        reason: String,
    },
    /// A payment left the wallet, and the node says that the chain refuses it. That is the node's word.
    #[error(
        "the chain refuses the payment ({}): {}. That is the node's word, and it has the payment: {} may still come, until block {}. To \
         try again run the same command: it spends one of the same notes, so that only one of the two can come. What became of it: {}",
        .refusal.name(), .refusal.reason_of_payment(), .payment.name, .payment.until, .payment.command()
    )]
    RefusedByNode {
        /// The payment.
        payment: Pending,
        /// What the node says.
        refusal: Refusal,
    },
    /// A payment that the node saw and was not asked to send.
    #[error(
        "{reason}. The payment {} was not sent, but a node that lies could have it included until block {}. Run the same command again: \
         it spends one of the same notes, so that only one of the two can come. What became of it: {}",
        .payment.name, .payment.until, .payment.command()
    )]
    NotSent {
        /// The payment.
        payment: Pending,
        /// Why not.
        reason: String,
    },
    /// Another transaction spent its note.
    #[error("another payment spent the same note, in block {block}: another copy of this wallet made it (its name is {by}). This command paid nothing, if the node is to be believed. Run it again after block {until}, the last one that could have its payment: it takes other notes then")]
    Outrun {
        /// The other's name.
        by: String,
        /// The block.
        block: u32,
        /// The last block that could have had this payment.
        until: u32,
    },
    /// Another transaction that spends its note is in the node's pool.
    #[error(
        "the node's pool holds another payment that spends the same note: an earlier try of this wallet's, or one of another copy of it. Only one of the two can come. Look in a few blocks what came: qloak history {}. If nothing did, run the same command again. This one, {}, may come until block {}; what became of it: {}",
        .0.account, .0.name, .0.until, .0.command()
    )]
    Rival(Pending),
    /// Its time is over.
    #[error("the payment {name} came into no block up to {until}, its last one, and cannot come any more. Nothing was paid. Run the command again")]
    Expired {
        /// Its name, with `0x`.
        name: String,
        /// Its last block.
        until: u32,
    },
    /// Another try would not exclude the first.
    #[error("an earlier try at this payment may still come, until block {until}, and the notes that it spends do not suffice for another one, or a fork took them away. Run the command again after that block; or, if you want to pay in addition to it, give --another")]
    NoRetry {
        /// The last block that can have the first try.
        until: u32,
    },
    /// A payment would not exclude one that the node did not take.
    #[error("an earlier payment that the node did not take can be included until block {until} all the same, if the node lied, and no two notes that suffice spend one of its notes. Run the command again after that block; pay less; or, if you want to pay in addition to it, give --another")]
    NotExcluded {
        /// The last block that can have the earlier payment.
        until: u32,
    },
    /// The node names a fee that other wallets do not pay.
    #[error("the node names a fee of {told}, where all wallets pay {right}: with it the payment could be told from all others. Ask another node (--node)")]
    OddFee {
        /// What it says, for people.
        told: String,
        /// What it should be, for people.
        right: String,
    },
    /// The fees are more than the user would have paid without a word.
    #[error("the fees would be {fees} in all, and {most} is the most that {why}. If you want to pay them: --max-fee {number}")]
    FeeAbove {
        /// The fees, for people.
        fees: String,
        /// What was allowed, for people.
        most: String,
        /// By whom.
        why: &'static str,
        /// The fees as `--max-fee` takes them.
        number: String,
    },
    /// A note that the tree does not have at the anchor.
    #[error("the note at position {0} is not under the anchor; scan again")]
    NotAnchored(u32),
    /// No payment of the wallet's at this place.
    #[error("this wallet knows no payment at position {position}. `qloak history {account}` lists the positions")]
    NoPayment {
        /// What was looked for.
        position: u32,
        /// Whose payments.
        account: String,
    },
    /// The chain is shorter than a disclosure says.
    #[error("the chain holds no note at position {position}; it has {size}")]
    NoSuchNote {
        /// What was looked for.
        position: u32,
        /// How many notes there are.
        size: u32,
    },
    /// The disclosed payment was made to somebody else.
    #[error("the payment was made to somebody else, not to {0}")]
    OtherRecipient(String),
    /// The encryption refuses.
    #[error("the note could not be encrypted: {0}")]
    Encryption(String),
    /// The prover refuses.
    #[error("the payment could not be proven: {0}")]
    Proving(String),
    /// The operating system gave no randomness.
    #[error("the operating system gave no random bytes: {0}")]
    Randomness(String),
    /// A code for the screen.
    #[error("the address does not fit a QR code: {0}")]
    Code(String),
}

/// The command that scans for an account.
fn scan_of(label: &str) -> String {
    follow_up::command(format_args!("scan {label}"))
}

impl ShieldedError {
    /// The payment that may still come although the command failed.
    pub fn pending(&self) -> Option<&Pending> {
        match self {
            Self::Unsettled { payment, .. }
            | Self::RefusedByNode { payment, .. }
            | Self::NotSent { payment, .. }
            | Self::Rival(payment) => Some(payment),
            _ => None,
        }
    }

    /// The process's exit status; see [`crate::error`].
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::Address(_)
            | Self::OnlyHandle(_)
            | Self::Parts(_)
            | Self::OtherHandle { .. }
            | Self::FileTooLong(_)
            | Self::Memo(_)
            | Self::BirthdayAhead { .. }
            | Self::TooLarge(_)
            | Self::Nothing => 2,
            Self::Insufficient { .. }
            | Self::DepositTooSmall { .. }
            | Self::Outrun { .. }
            | Self::RefusedByNode { .. }
            | Self::Expired { .. }
            | Self::NoRetry { .. }
            | Self::NotExcluded { .. }
            | Self::OddFee { .. }
            | Self::FeeAbove { .. } => 4,
            Self::Unsettled { .. }
            | Self::Rival(_)
            | Self::NotSent { .. }
            | Self::NotInBlock { .. } => 7,
            Self::NoPhrase(_)
            | Self::CannotSpend(_)
            | Self::WatchOnly { .. }
            | Self::SeesLess { .. }
            | Self::NoAddresses
            | Self::NoNotes
            | Self::ViewingKey(_)
            | Self::State { .. } => 5,
            Self::NoPayment { .. }
            | Self::NoSuchNote { .. }
            | Self::File { .. }
            | Self::NeverScanned(_) => 6,
            Self::Directory(error) => error.exit_status(),
            Self::Disclosure(_) | Self::OtherRecipient(_) => 9,
            _ => 1,
        }
    }
}
