//! `qloak shield`, `send`, `unshield`, `scan`, `notes`, `history`, `address`, `viewkey`, `disclose` and
//! `verify-disclosure`: payments inside the shielded pool.

mod address;
mod choosing;
mod directory;
mod disclose;
mod following;
mod history;
mod input;
mod known;
mod notes;
mod pay;
mod scan;
mod shield;
mod shown;
mod viewkey;
mod wallet;
mod watching;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use qloak_pq_crypto::scheme::Scheme;

pub use address::address;
pub use disclose::{disclose, verify};
pub use history::history;
pub use notes::notes;
pub use pay::{send, unshield};
pub use scan::scan;
pub use shield::shield;
pub use viewkey::viewkey;
use wallet::Wallet;
pub use watching::{watch, Watched};

use super::arguments::{parse_scheme, PassphraseArguments, SendArguments};
use super::Session;
use crate::chain::watch::Wait;
use crate::error::Error;
use crate::shielded::keys::Sight;

/// The shielded wallet of an account or a viewing key, brought up to date.
pub async fn opened<'a>(
    session: &'a Session,
    name: &str,
    source: &crate::secret::Source,
) -> Result<Wallet<'a>, Error> {
    let (label, keys) = input::holder(session, name, source)?;
    let mut wallet = Wallet::open(session, label, keys).await?;
    wallet.sync().await?;
    Ok(wallet)
}

/// Whose notes: an account that is here, or a viewing key.
#[derive(Debug, Args)]
pub struct OwnerArguments {
    /// A stored account, its address, //Name, or an imported viewing key
    #[arg(required_unless_present = "view_key_file")]
    account: Option<String>,
    /// See with the viewing key in this file (mode 0600) instead
    #[arg(
        long,
        value_name = "PATH",
        conflicts_with = "account",
        help_heading = "Secrets"
    )]
    view_key_file: Option<PathBuf>,
    #[command(flatten)]
    passphrase: PassphraseArguments,
}

/// What a payment says to its recipient.
#[derive(Debug, Args)]
pub struct MemoArguments {
    /// Tell the recipient something, in up to 510 bytes. Other users of this machine can see it
    /// while the command runs
    #[arg(long, value_name = "TEXT")]
    memo: Option<String>,
    /// The same, from a file; - is standard input
    #[arg(long, value_name = "PATH", conflicts_with = "memo")]
    memo_file: Option<PathBuf>,
}

/// How much is paid.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct AmountArguments {
    /// How much, in whole tokens with decimals
    #[arg(long)]
    amount: Option<String>,
    /// All that there is, less the fees. Notes are merged as often as it takes
    #[arg(long)]
    all: bool,
}

/// How a shielded transaction is made and waited for.
#[derive(Debug, Args)]
pub struct PoolArguments {
    /// Wait until it is `included` in a best block, or until that block is `finalized`
    #[arg(
        long,
        value_enum,
        default_value = "included",
        hide_possible_values = true,
        help_heading = "Sending"
    )]
    wait: Wait,
    /// How many seconds to wait, for each transaction and for money to become spendable
    #[arg(
        long,
        default_value_t = 120,
        value_name = "SECONDS",
        help_heading = "Sending"
    )]
    timeout: u64,
    /// Refer to the newest block instead of the latest tenth one: money that came in just now can be
    /// spent at once, but the payment can be told from those of other wallets. On development chains,
    /// and while a chain has fewer than 20 blocks, it is always so
    #[arg(long, help_heading = "Sending")]
    fresh_anchor: bool,
    /// Refuse if the fees of the payment are more than this in all. Without it you are asked beyond 0.1 QLK for
    /// each transaction, and with --yes that is refused
    #[arg(long, value_name = "AMOUNT", help_heading = "Sending")]
    max_fee: Option<String>,
    /// Pay in addition to an earlier payment of the same amount to the same recipient whose end was not
    /// known. Without it such a payment counts as tried again, and is paid once
    #[arg(long, help_heading = "Sending")]
    another: bool,
    #[command(flatten)]
    passphrase: PassphraseArguments,
}

impl PoolArguments {
    /// When the wallet waits no longer.
    fn deadline(&self) -> tokio::time::Instant {
        /// Nobody waits for longer, and the clock cannot count much more.
        const YEAR: u64 = 365 * 24 * 60 * 60;
        tokio::time::Instant::now() + std::time::Duration::from_secs(self.timeout.min(YEAR))
    }
}

#[derive(Debug, Args)]
#[command(after_help = "\
The amount, the day and the account that it comes from are public; what happens to it afterwards is
not. Without --to it goes to the account's own first shielded address. Shielded keys come from the
account's words alone: the words restore everything.

Whoever later takes exactly the same amount out shows that it is the same money.

Examples:
  qloak shield --from alice --amount 50
  qloak shield --from //Alice --amount 10 --to bob.address --yes --json

JSON: { from, to, amount, signature, price, transaction } as of `transfer`.")]
pub struct ShieldArguments {
    /// Who pays: a stored account, its address, or //Name
    #[arg(long, value_name = "ACCOUNT")]
    from: String,
    /// Whose it becomes: a shielded address, its handle if it is in the directory, or a file with one of the
    /// two (written with its folder, or ending in .address) [default: the payer's own]
    #[arg(long, value_name = "ADDRESS")]
    to: Option<String>,
    /// How much, in whole tokens with decimals
    #[arg(long)]
    amount: String,
    #[command(flatten)]
    memo: MemoArguments,
    /// The scheme of a development account in --from
    #[arg(long, value_parser = parse_scheme)]
    scheme: Option<Scheme>,
    #[command(flatten)]
    send: SendArguments,
}

#[derive(Debug, Args)]
#[command(after_help = "\
The chain shows that somebody paid somebody, and the fee; the fee is taken from the pool. The
account needs no public money for this.

A transaction spends two notes at most. If the amount is spread over more, the wallet first merges
some of them, at the price of a fee each; it says so before it asks. Payments refer to the state of
the pool at every tenth block, so money that has just arrived can be spent a few blocks later. (On
development chains they refer to the newest block, and wait for nothing.)

From the moment it is sent a payment is known by its name, which is shown. If the connection breaks
or the node drops it, it may come all the same, and its notes are kept for it until its last block.
Run the same command again to try again: the second try spends one of the same notes, so that you
pay once; and if the first one has come by then, nothing is sent. --another pays in addition. A payment
that the node refuses before it is sent keeps no notes; whatever you pay next spends one of them, since
a node that lies could have the refused one included.

Before it asks, it shows the fee, what of it is burnt, and the privacy
credits (PRIV) that the payment mints for you.

Examples:
  qloak send --from alice --to bob.address --amount 5
  qloak send --from alice --to bob.address --handle qsh1… --amount 5 --memo 'rent for May'
  qloak send --from alice --to qshield1… --amount 0.5 --yes --json
  qloak send --from alice --to qsh1… --amount 3
  qloak send --from alice --to savings.address --all

JSON: { account, to, amount, fee, merged, left, name, earlier, transaction } with the transaction as of
`transfer`; left is what stays in the pool after --all; earlier is true if an earlier try had paid and
nothing was sent now.")]
pub struct PayArguments {
    /// Who pays: a stored account, its address, or //Name
    #[arg(long, value_name = "ACCOUNT")]
    from: String,
    /// Who receives: a shielded address, its handle if it is in the directory, or a file with one of the two or
    /// with the pieces of its codes (written with its folder, or ending in .address)
    #[arg(long, value_name = "ADDRESS")]
    to: String,
    /// Refuse an address with another handle than this one
    #[arg(long)]
    handle: Option<String>,
    #[command(flatten)]
    amount: AmountArguments,
    #[command(flatten)]
    memo: MemoArguments,
    #[command(flatten)]
    pool: PoolArguments,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Amount and recipient are public, where it comes from is not. But an amount that went in and comes
out again is easily recognised: take out other amounts, at other times, to other accounts.

Examples:
  qloak unshield --from alice --to alice --amount 7
  qloak unshield --from //Alice --to qk4nsQWkHuoQXVNejA6JqLoNvQ8Zm39JzpkS52pn9RU3mjJJb --amount 1.25

JSON: { account, to, amount, fee, merged, left, name, earlier, transaction } with the transaction as of
`transfer`; left is what stays in the pool after --all; earlier is true if an earlier try had paid and
nothing was sent now.")]
pub struct UnshieldArguments {
    /// Whose shielded money: a stored account, its address, or //Name
    #[arg(long, value_name = "ACCOUNT")]
    from: String,
    /// Who receives: an address, a stored account, or //Name
    #[arg(long, value_name = "ACCOUNT")]
    to: String,
    /// The scheme of a development account in --to
    #[arg(long, value_parser = parse_scheme, value_name = "SCHEME")]
    to_scheme: Option<Scheme>,
    #[command(flatten)]
    amount: AmountArguments,
    #[command(flatten)]
    pool: PoolArguments,
}

#[derive(Debug, Args)]
#[command(after_help = "\
All other commands scan what is new by themselves; this one is for the first time, which can take
long, and for beginning anew. It can be interrupted and goes on where it was.

The wallet asks for all that happened in the pool and looks through it here, so the node does not
learn which notes are yours. What it finds is kept encrypted in the wallet's home. Do not delete it:
a scan finds money and history again, but not which payments are on their way (for up to 240 blocks;
who makes such a payment again may pay twice), how many addresses there are, and the birthday.

For an account that was made here it begins about the day of its making. For one that was restored
from its words it begins at the first block, unless --birthday says in which block the account was
made, and looks for notes to twenty addresses after the last one that it knows of. Afterwards it
looks for three: each takes time for every note of the chain.

Examples:
  qloak scan alice
  qloak scan restored --birthday 120000
  qloak scan alice --rescan --addresses 20
  qloak scan shop --birthday 120000                an imported viewing key

JSON: { account, block, notes_read, rolled_back, birthday, addresses, window_ends, sees, balance:
{ qlk, priv }, received }; window_ends is how many addresses were looked for if notes came to late ones; with a viewing key that sees less than all balance is null, and with an incoming one
received is what came.")]
pub struct ScanArguments {
    #[command(flatten)]
    owner: OwnerArguments,
    /// Begin at this block: before it nothing was paid to the account
    #[arg(long, value_name = "BLOCK")]
    birthday: Option<u32>,
    /// Look for notes to so many addresses, if you made more than the wallet remembers
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=256))]
    addresses: Option<u32>,
    /// Forget what was found, and begin anew
    #[arg(long)]
    rescan: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
A note is a sum that was paid to the account at once. PRIV, the privacy credit, comes with every
shielded payment that the account makes, and pays for confidential work.

With an incoming viewing key it lists what came, and cannot say what of it was spent.

Examples:
  qloak notes alice
  qloak notes alice --all --json
  qloak notes --view-key-file shop.viewkey

JSON: { account, genesis, block, sees, balance: { qlk, priv }, received, notes: [{ position, asset,
value, address, block, spent_in, reserved_until, spendable }] }; amounts are text, in the smallest
unit; address is null for change; balance and spendable are null if the key does not see what is
spent, and spendable also where only a node could tell.")]
pub struct NotesArguments {
    #[command(flatten)]
    owner: OwnerArguments,
    /// Spent notes too
    #[arg(long)]
    all: bool,
    /// Show what the last scan left, and ask no node
    #[arg(long)]
    no_scan: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
What came, what went, fees, credits and memos; out of the chain and the account's keys alone. With a
viewing key it lists what that sees, and says what it does not.

Examples:
  qloak history alice
  qloak history alice --last 5 --json
  qloak history shop                       an imported viewing key

JSON: { account, genesis, block, sees, transactions: [{ block, position, name, fee,
items: [{ kind, … }] }] }. A kind is deposited, received, sent, withdrawn, worked, merged or credited.")]
pub struct HistoryArguments {
    #[command(flatten)]
    owner: OwnerArguments,
    /// Only so many of the latest transactions
    #[arg(long, value_name = "COUNT")]
    last: Option<usize>,
    /// Show what the last scan left, and ask no node
    #[arg(long)]
    no_scan: bool,
}

#[derive(Debug, Subcommand)]
#[command(after_help = "\
A shielded address has 1,974 characters, for it holds a key that withstands quantum computers. Give
it to others as a file or as a code; compare its handle, which has 62. Or publish the address, and
give them the handle.

Examples:
  qloak address show alice --out alice.address
  qloak address show alice --qr
  qloak address new alice --out shop.address")]
pub enum AddressCommand {
    /// Make another address of the account
    #[command(after_help = "\
Two payers who compare the addresses that they pay to cannot tell that they pay the same person. An
address costs time: every one makes scanning slower.

Examples:
  qloak address new alice
  qloak address new alice --out shop.address

JSON: { account, index, handle, address, file }.")]
    New(NewAddressArguments),
    /// Show an address: its handle, the whole of it, a file or codes
    #[command(after_help = "\
Codes are drawn with blocks of text, for a dark terminal. One code with the whole address needs 129
columns; where there are fewer, or with --pieces, four smaller ones are shown. Whoever scans them
puts the texts into one file, in any order, and pays with `qloak send --to FILE`.

Examples:
  qloak address show alice
  qloak address show alice --out alice.address
  qloak address show alice --index 2 --qr

JSON: { account, index, handle, address, file }.")]
    Show(ShowAddressArguments),
    /// Put an address into the chain's directory, so that its handle is enough to pay to it
    #[command(after_help = "\
Everybody sees which public account published the address, for good. What is paid to the address
stays hidden; but whoever knows whose account it is knows whose address it is. To keep the two
apart, publish from an account that is used for nothing else, and fund it with `qloak unshield`.

The chain holds a deposit until the address is withdrawn. It is shown before anything is sent.

Examples:
  qloak address show alice --out alice.address
  qloak address publish notice-board --address alice.address
  qloak address publish shop --index 2

JSON: { account, handle, signature, price, transaction } as of `transfer`.")]
    Publish(directory::PublishArguments),
    /// Take an address out of the chain's directory, and get the deposit back
    #[command(after_help = "\
The account that published an address withdraws it. Payments to the address arrive as before.

Examples:
  qloak address withdraw notice-board qsh1…

JSON: { account, handle, signature, price, transaction } as of `transfer`.")]
    Withdraw(directory::WithdrawArguments),
    /// Look up the address of a handle in the chain's directory
    #[command(after_help = "\
The wallet reads all addresses whose handles begin with the same byte, some 1 in 256, and picks the
right one here: the node does not learn which. A node that answers with another address is found
out. Who published an address says nothing about whose it is: trust the handle, not the publisher.

Examples:
  qloak address find qsh1…
  qloak address find qsh1… --out bob.address

JSON: { handle, address, publisher, file }.")]
    Find(directory::FindArguments),
}

#[derive(Debug, Args)]
pub struct NewAddressArguments {
    /// A stored account, its address, or //Name
    account: String,
    #[command(flatten)]
    form: AddressForm,
    #[command(flatten)]
    passphrase: PassphraseArguments,
}

#[derive(Debug, Args)]
pub struct ShowAddressArguments {
    /// A stored account, its address, or //Name
    account: String,
    /// Which of the account's addresses
    #[arg(long, default_value_t = 0, value_name = "N")]
    index: u32,
    #[command(flatten)]
    form: AddressForm,
    #[command(flatten)]
    passphrase: PassphraseArguments,
}

/// How an address is shown.
#[derive(Debug, Args)]
pub struct AddressForm {
    /// Write the address into this new file
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
    /// Print the whole address
    #[arg(long)]
    full: bool,
    /// Draw it as a code
    #[arg(long)]
    qr: bool,
    /// Draw it as several small codes
    #[arg(long)]
    pieces: bool,
}

#[derive(Debug, Subcommand)]
#[command(after_help = "\
Show a bookkeeper what comes, an auditor everything, without letting them spend:
  qloak viewkey export alice --kind incoming --out shop.viewkey     who has the account
  qloak viewkey import shop --key-file shop.viewkey                 who shall look
  qloak history shop")]
pub enum ViewkeyCommand {
    /// Print a viewing key, or write it into a file
    #[command(after_help = "\
The kinds:
  full       sees what comes, what goes and what is left
  incoming   sees what others pay to the account, and not what it spends
  outgoing   sees what the account pays to others

None of them spends. A viewing key cannot be taken back: whoever has it sees all payments of its
kind, past and future. To show one payment only, use `qloak disclose`.

Examples:
  qloak viewkey export alice --kind incoming --out shop.viewkey
  qloak viewkey export alice --kind full --out audit.viewkey
  qloak history --view-key-file audit.viewkey             look once, without keeping the key

JSON: { account, kind, key }, or file in place of key.")]
    Export(ExportViewkeyArguments),
    /// Keep a viewing key under a name, to look with it
    #[command(after_help = "\
The name stands where an account's does in `scan`, `notes`, `history` and `disclose`, and for a full
or incoming key in `address`. What can be known depends on the key:

  full       what came, what went, what is left
  incoming   what came. Not whether it was spent, so no balance; and no change and no credits
  outgoing   what the account paid. Not what it has

`send`, `unshield` and `shield` refuse the name. The key is kept in the wallet's home as it is, in a
file that only you can read: whoever gets the file sees what you see. To forget it, delete the file
that `qloak viewkey list --json` names.

Examples:
  qloak viewkey import shop --key-file shop.viewkey
  qloak viewkey import audit --key-fd 3 3< audit.viewkey
  qloak scan shop --birthday 120000
  qloak history shop

JSON: { name, kind, file }.")]
    Import(viewkey::ImportViewkeyArguments),
    /// List the viewing keys that were imported
    #[command(after_help = "\
Examples:
  qloak viewkey list
  qloak viewkey list --json

JSON: { viewkeys: [{ name, kind, file }] }; a file that cannot be read has error in place of kind.")]
    List,
}

/// Which viewing key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ViewkeyKind {
    /// Sees everything
    Full,
    /// Sees what comes
    Incoming,
    /// Sees what goes
    Outgoing,
}

impl ViewkeyKind {
    fn sight(self) -> Sight {
        match self {
            Self::Full => Sight::Full,
            Self::Incoming => Sight::Incoming,
            Self::Outgoing => Sight::Outgoing,
        }
    }
}

#[derive(Debug, Args)]
pub struct ExportViewkeyArguments {
    /// A stored account, its address, or //Name
    account: String,
    /// What it shall see
    #[arg(long, value_enum)]
    kind: ViewkeyKind,
    /// Write it into this new file, with mode 0600
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
    #[command(flatten)]
    passphrase: PassphraseArguments,
}

#[derive(Debug, Args)]
#[command(after_help = "\
A disclosure proves that the chain holds this payment: so much, to this owner. It does not prove who
made it, and shows nothing of any other payment. Whoever has it can pass it on. With --memo, the
payer also proves that the recipient's wallet finds the payment.

`qloak history ACCOUNT` lists the positions.

Examples:
  qloak disclose alice --position 17 --out rent.paid
  qloak disclose alice --position 17 --memo

JSON: { account, position, value, asset, handle, disclosure, file }.")]
pub struct DiscloseArguments {
    #[command(flatten)]
    owner: OwnerArguments,
    /// The payment's position, from `qloak history`
    #[arg(long, value_name = "N")]
    position: u32,
    /// Show memo and handle too, and prove that its recipient finds what you paid
    #[arg(long)]
    memo: bool,
    /// Write it into this new file, with mode 0600
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
The node learns which payment is being checked. It is believed about what the chain holds: ask a
node of your own.

Examples:
  qloak verify-disclosure rent.paid
  qloak verify-disclosure rent.paid --to landlord.address
  qloak verify-disclosure - < rent.paid

With --to it says whether the recipient's wallet finds the payment. A payment can be made so that it
does not; only a payer who discloses it with --memo can prove that it does.

JSON: { valid, position, block, block_hash, finalized, value, asset, owner, recipient, memo, handle,
delivered }.")]
pub struct VerifyArguments {
    /// The file with the disclosure; - is standard input
    file: PathBuf,
    /// Check that the payment was made to this address: the address, or a file with it (written with its
    /// folder, or ending in .address)
    #[arg(long, value_name = "ADDRESS")]
    to: Option<String>,
}
