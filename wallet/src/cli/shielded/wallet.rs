//! An account's shielded wallet on a chain: opened, brought up to date, kept.

use std::sync::Arc;
use std::time::Duration;

use qloak_shielded::address::Handle;
use qloak_shielded::note::Asset;
use qloak_shielded::pool::PoolInfo;
use serde_json::Value as Json;

use super::known::Known;
use crate::address::AccountId;
use crate::chain::time;
use crate::chain::Chain;
use crate::cli::Session;
use crate::error::Error;
use crate::output::{Bar, Report};
use crate::shielded::attempt::{Attempt, End, Purpose};
use crate::shielded::birthday;
use crate::shielded::draft::LIFETIME;
use crate::shielded::file::Store;
use crate::shielded::keys::Keys;
use crate::shielded::scan::{self, Progress, Summary, Watcher};
use crate::shielded::source::Source;
use crate::shielded::state::{Checkpoint, State};
use crate::shielded::ShieldedError;

/// How often the chain is asked for a new block while something waits for one.
const POLL: Duration = Duration::from_millis(500);

pub struct Wallet<'a> {
    pub session: &'a Session,
    pub chain: Chain,
    pub keys: Arc<Keys>,
    pub label: String,
    pub state: State,
    /// Whether the chain is for development.
    development: bool,
    store: Arc<Store>,
}

/// Shows a scan, and keeps its state.
struct Keeper {
    bar: Bar,
    /// Nothing if whoever began the scan saves the state, and must hear what it found whether or not that can be done.
    store: Option<Arc<Store>>,
}

impl Watcher for Keeper {
    fn progress(&mut self, progress: Progress) {
        self.bar.show(progress.notes.into(), progress.total.into());
    }

    fn save(&mut self, state: &State) -> Result<(), Error> {
        match &self.store {
            Some(store) => Ok(store.save(state)?),
            None => Ok(()),
        }
    }
}

/// Takes the state, and waits for another command that has it. Waiting is beside the connection, which would end if it were
/// kept waiting too.
async fn take(
    session: &Session,
    label: &str,
    keys: Arc<Keys>,
    genesis: [u8; 32],
) -> Result<Store, Error> {
    let folder = session.home.shielded_folder();
    let output = session.output;
    let label = label.to_owned();
    let taken = move || {
        output.warn(format_args!(
            "another qloak command works with the shielded state of `{label}`. Waiting until it is done"
        ));
    };
    let opening = move || Store::open_or_wait(&folder, &keys, genesis, taken);
    match tokio::task::spawn_blocking(opening).await {
        Ok(store) => Ok(store?),
        Err(failed) => Err(std::io::Error::other(failed).into()),
    }
}

/// A state where there is none. It remembers when it was made: what was sent before, from a state that was lost or from
/// another machine, it cannot know.
async fn anew(chain: &Chain, keys: &Keys) -> Result<State, Error> {
    let mut state = State::new(chain.genesis().0, birthday(chain, keys).await?, 1);
    if keys.spend().is_ok() {
        state.attempts.made_at(Source::head(chain).await?.number);
    }
    Ok(state)
}

impl<'a> Wallet<'a> {
    /// Connects, and reads what the wallet knows.
    pub async fn open(session: &'a Session, label: String, keys: Keys) -> Result<Self, Error> {
        let chain = session.connect().await?;
        let genesis = chain.genesis().0;
        let keys = Arc::new(keys);
        let store = take(session, &label, keys.clone(), genesis).await?;
        let state = match store.load()? {
            Some(state) => state,
            None => anew(&chain, &keys).await?,
        };
        if store.is_of_another_chain(&keys)? {
            session.output.warn(format_args!(
                "{} is on another chain than `{label}` was scanned on before. What is shown is of this chain only; what was found on the other one is kept for it",
                chain.url()
            ));
        }
        if store.is_older() {
            session.output.warn(format_args!(
                "an earlier version of the wallet wrote the shielded state of `{label}`. What it says of the chain is read anew, which can take a while; payments on their way are not forgotten"
            ));
        }
        Ok(Self {
            session,
            development: chain.is_development_here().await,
            chain,
            keys,
            label,
            state,
            store: Arc::new(store),
        })
    }

    /// Asks before the first payment of a state that was made where there was none, while payments of before can come.
    pub fn ask_of_the_forgotten(&mut self) -> Result<(), Error> {
        let Some(made) = self.state.forgotten() else {
            return Ok(());
        };
        let output = &self.session.output;
        output.warn(format_args!(
            "this wallet's state of `{}` was made at block {made}, and the account had money before. A payment that was on its way then, from a state that was \
             lost or from another machine, may still come until block {}. This wallet does not know of it, and would pay it a second time",
            self.label,
            made.saturating_add(LIFETIME)
        ));
        output.confirm("Pay all the same?")?;
        self.state.attempts.told_of_the_forgotten();
        Ok(())
    }

    /// Reads what is new on the chain, and tells what became of payments whose end was not known.
    pub async fn sync(&mut self) -> Result<Summary, Error> {
        let bar = self.session.output.bar("scanning notes");
        let store = Some(self.store.clone());
        let scanned = self.scan(Keeper { bar, store }).await;
        let ended = self.state.attempts.untold();
        // Also what a scan found that could not come to its end.
        self.save()?;
        let summary = scanned?;
        for attempt in ended {
            self.tell(&attempt);
        }
        Ok(summary)
    }

    fn tell(&self, attempt: &Attempt) {
        let what = self.describe_attempt(attempt);
        let became = match attempt.end {
            Some(End::Included { block }) => format!("is in block {block}"),
            Some(End::Outrun { by, block }) => match self.state.attempts.of(&by) {
                // An earlier try, of which the user hears by itself.
                Some(_) => return,
                None => format!(
                    "was not paid, if the node is to be believed: block {block} has another payment that spends the same note, 0x{by}, by another copy of this wallet. \
                     It can be paid anew after block {}",
                    attempt.valid_until
                ),
            },
            Some(End::Expired) => {
                "was not paid and cannot come any more: its last block is final".into()
            }
            None => return,
        };
        self.session.output.warn(format_args!(
            "{what} (0x{}), whose end was not known, {became}",
            attempt.name
        ));
    }

    /// A payment for people.
    pub fn describe_attempt(&self, attempt: &Attempt) -> String {
        let amount = self.coins(attempt.value);
        match attempt.purpose {
            Purpose::Send { handle, .. } => {
                format!("the payment of {amount} to {}", Handle(handle))
            }
            Purpose::Withdraw { recipient, .. } => format!(
                "the withdrawal of {amount} to {}",
                self.chain.address(AccountId(recipient))
            ),
            Purpose::Merge => "a merging of notes".into(),
            Purpose::Unknown | Purpose::Forgotten => "a payment".into(),
        }
    }

    /// Reads what is new, for whoever will save the state himself.
    pub async fn sync_quietly(&mut self) -> Result<Summary, Error> {
        let bar = Bar::silent();
        self.scan(Keeper { bar, store: None }).await
    }

    async fn scan(&mut self, keeper: Keeper) -> Result<Summary, Error> {
        let before = self.state.number();
        let summary = scan::scan(&self.chain, &self.keys, &mut self.state, keeper).await?;
        if let Some(loss) = self.loss(&summary, before) {
            self.session.output.warn(loss);
        }
        Ok(summary)
    }

    /// What a reorganised chain took from the wallet, in words; nothing if it took nothing.
    fn loss(&self, summary: &Summary, before: u32) -> Option<String> {
        let lost = &summary.lost;
        if lost.is_nothing() {
            return None;
        }
        let happened = match lost.anew {
            true => format!(
                "the node's chain, now at block {}, has none of the blocks that were read before, up to block {before}: it was begun anew, as a development chain is that starts again, or the node has not caught up, or follows another branch. It was read from block {} on",
                summary.to, self.state.birthday
            ),
            false => format!(
                "the chain was reorganised: the blocks from {} to {before} that were read before are no longer in it",
                summary.from.saturating_add(1)
            ),
        };
        let mut gone = Vec::new();
        if lost.notes > 0 {
            let mut worth = vec![self.coins(lost.qlk)];
            if lost.credits > 0 {
                worth.push(self.amount(Asset::Priv, lost.credits));
            }
            gone.push(format!("{} note(s) of {}", lost.notes, worth.join(" and ")));
        }
        if lost.payments > 0 {
            gone.push(format!("{} payment(s)", lost.payments));
        }
        let gone = match gone.is_empty() {
            true => "Nothing of this wallet's was in them".into(),
            false => format!("In no block any more: {}", gone.join(", ")),
        };
        Some(format!("{happened}. {gone}"))
    }

    /// Saves what became of payments that were sent. That is told whether or not it can be saved: the file says since
    /// before they were sent that they are on their way, and the next scan finds out the rest.
    pub fn keep(&self) {
        if let Err(error) = self.save() {
            self.session.output.warn(format_args!(
                "what became of the payment could not be saved: {error}. The next command finds it out anew; until then the same payment \
                 again counts as tried again"
            ));
        }
    }

    pub fn save(&self) -> Result<(), Error> {
        Ok(self.store.save(&self.state)?)
    }

    /// The pool at the best block.
    pub async fn pool(&self) -> Result<PoolInfo, Error> {
        self.chain.pool(Source::head(&self.chain).await?).await
    }

    /// Why payments refer to the newest block and not to the latest tenth one, if they do.
    pub fn newest_because(&self, asked: bool) -> Option<&'static str> {
        match (asked, self.development) {
            (true, _) => Some("as --fresh-anchor says"),
            (_, true) => Some("since this chain is for development"),
            _ if self.state.is_young() => Some("since the chain has so few"),
            _ => None,
        }
    }

    /// The tree that payments refer to.
    pub fn anchor(&self, asked: bool) -> Option<Checkpoint> {
        self.state.anchor(self.newest_because(asked).is_some())
    }

    /// Waits for the next block, and reads it.
    pub async fn next_block(
        &mut self,
        deadline: tokio::time::Instant,
        what: &str,
    ) -> Result<(), Error> {
        let before = self.state.number();
        loop {
            if tokio::time::Instant::now() >= deadline {
                return Err(Error::Timeout(format!(
                    "{what} within the time that --timeout gives. The payment itself was not sent; run the command again later, or give --fresh-anchor"
                )));
            }
            tokio::time::sleep(POLL).await;
            if Source::head(&self.chain).await?.number != before {
                self.sync_quietly().await?;
                return Ok(());
            }
        }
    }

    /// What is known, without the chain.
    pub fn known(&self) -> Known<'_> {
        Known {
            label: &self.label,
            keys: &self.keys,
            state: &self.state,
            token: self.chain.token.clone(),
            asked: true,
            newest: self.newest_because(false).is_some(),
        }
    }

    /// An amount of the coin, for people.
    pub fn coins(&self, amount: impl Into<u128>) -> String {
        self.chain.token.format(amount.into())
    }

    /// An amount of an asset, for people.
    pub fn amount(&self, asset: Asset, amount: impl Into<u128>) -> String {
        self.known().amount(asset, amount)
    }

    /// Reads an amount of the coin that a note can hold.
    pub fn parse_amount(&self, text: &str) -> Result<u64, Error> {
        let amount = self.chain.token.parse(text)?;
        match u64::try_from(amount) {
            Ok(0) => Err(ShieldedError::Nothing.into()),
            Ok(amount) => Ok(amount),
            Err(_) => Err(ShieldedError::TooLarge(self.coins(amount)).into()),
        }
    }

    /// What is left and what came, into a document.
    pub fn add_balance(&self, json: &mut Json) {
        self.known().add_balance(json);
    }

    pub fn describe_balance(&self, report: &mut Report) {
        self.known().describe_balance(report);
    }
}

/// The first block to read for keys that have read nothing.
async fn birthday(chain: &Chain, keys: &Keys) -> Result<u32, Error> {
    let head = Source::head(chain).await?.number;
    if keys.made_at().is_none() || head < birthday::STRETCH {
        return Ok(1);
    }
    let Some(slot) = time::slot_milliseconds(&chain.best().await?) else {
        return Ok(1);
    };
    let time_of = |number: u32| async move {
        let slots = time::slot(chain, number.into()).await?;
        let time = slots.and_then(|slots| slots.checked_mul(slot));
        Ok(time.map(|milliseconds| milliseconds / 1_000))
    };
    birthday::find(keys.made_at(), head, time_of).await
}
