//! An account's shielded wallet on a chain: opened, brought up to date, kept.

use std::sync::Arc;
use std::time::Duration;

use qloak_shielded::address::Handle;
use qloak_shielded::note::Asset;
use qloak_shielded::pool::PoolInfo;
use serde_json::{json, Value as Json};

use super::viewkey;
use crate::address::AccountId;
use crate::amount::Token;
use crate::chain::Chain;
use crate::cli::Session;
use crate::error::Error;
use crate::output::{Bar, Report};
use crate::shielded::attempt::{Attempt, End, Purpose};
use crate::shielded::draft::LIFETIME;
use crate::shielded::file::Store;
use crate::shielded::keys::{Keys, Sight};
use crate::shielded::scan::{self, Progress, Summary, Watcher};
use crate::shielded::source::Source;
use crate::shielded::state::{Checkpoint, State};
use crate::shielded::{credit_token, ShieldedError};

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
    let mut state = State::new(chain.genesis().0, 0, 1);
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
        let state = store.load()?;
        if store.is_older() {
            session.output.warn(format_args!(
                "an earlier version of the wallet wrote the shielded state of `{label}`. What it says of the chain is read anew, which can take a while; payments on their way are not forgotten"
            ));
        }
        let state = match state {
            Some(state) => state,
            None => anew(&chain, &keys).await?,
        };
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
                    "was not paid and cannot come any more: block {block} has another payment that spends the same note, 0x{by}, by another copy of this wallet"
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
        scan::scan(&self.chain, &self.keys, &mut self.state, keeper).await
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

    /// An amount of the coin, for people.
    pub fn coins(&self, amount: impl Into<u128>) -> String {
        self.chain.token.format(amount.into())
    }

    /// The token of an asset.
    pub fn token(&self, asset: Asset) -> Token {
        match asset {
            Asset::Qlk => self.chain.token.clone(),
            Asset::Priv => credit_token(&self.chain.token),
        }
    }

    /// An amount of an asset, for people.
    pub fn amount(&self, asset: Asset, amount: impl Into<u128>) -> String {
        self.token(asset).format(amount.into())
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

    /// What is left, what came, and what the keys see at all. What they do not see is `null`.
    pub fn add_balance(&self, json: &mut Json) {
        let sums = json!({
            "qlk": self.state.balance(Asset::Qlk).to_string(),
            "priv": self.state.balance(Asset::Priv).to_string(),
        });
        let sight = self.keys.sight();
        json["sees"] = sight.to_string().into();
        json["balance"] = Json::Null;
        json["received"] = Json::Null;
        match sight {
            Sight::Full => json["balance"] = sums,
            Sight::Incoming => json["received"] = sums,
            Sight::Outgoing => {}
        }
    }

    pub fn describe_balance(&self, report: &mut Report) {
        let sight = self.keys.sight();
        let coins = self.coins(self.state.balance(Asset::Qlk));
        let credits = self.state.balance(Asset::Priv);
        let credits = (credits > 0).then(|| self.amount(Asset::Priv, credits));
        match sight {
            Sight::Full => report.field("shielded", coins),
            Sight::Incoming => report.field("received", format_args!("{coins} in all")),
            Sight::Outgoing => {}
        }
        if let Some(credits) = credits {
            report.field("credits", credits);
        }
        if sight != Sight::Full {
            report.field("viewing key", viewkey::limits(sight));
        }
    }
}
