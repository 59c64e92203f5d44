//! What is known of an account's shielded money, for people and programs: as a scan left it, with or without a node.

use qloak_shielded::note::Asset;
use serde_json::{json, Value as Json};

use super::viewkey;
use super::wallet::Wallet;
use crate::address::{AccountId, DEFAULT_PREFIX};
use crate::amount::Token;
use crate::cli::Session;
use crate::error::Error;
use crate::output::Report;
use crate::shielded::file;
use crate::shielded::keys::{Keys, Sight};
use crate::shielded::state::{Checkpoint, State};
use crate::shielded::{credit_token, ShieldedError};

/// Where what is shown comes from.
pub enum Shown<'a> {
    /// The chain, up to its best block.
    Scanned(Box<Wallet<'a>>),
    /// The file that the last scan left. Nobody was asked.
    Kept(Box<KeptState>),
}

/// What the last scan left.
pub struct KeptState {
    label: String,
    keys: Keys,
    state: State,
}

impl<'a> Shown<'a> {
    /// Scans, or with `no_scan` reads what is kept.
    pub async fn open(
        session: &'a Session,
        label: String,
        keys: Keys,
        no_scan: bool,
    ) -> Result<Self, Error> {
        if no_scan {
            return Ok(Self::Kept(Box::new(kept(session, label, keys)?)));
        }
        let mut wallet = Wallet::open(session, label, keys).await?;
        wallet.sync().await?;
        Ok(Self::Scanned(Box::new(wallet)))
    }

    pub fn known(&self) -> Known<'_> {
        match self {
            Self::Scanned(wallet) => wallet.known(),
            Self::Kept(kept) => Known {
                label: &kept.label,
                keys: &kept.keys,
                state: &kept.state,
                token: Token::default(),
                asked: false,
                newest: kept.state.is_young(),
            },
        }
    }
}

/// Of several chains, the one that was read last: no node says which is meant.
fn kept(session: &Session, label: String, keys: Keys) -> Result<KeptState, Error> {
    let all = file::kept(&session.home.shielded_folder(), &keys)?;
    let Some(last) = all.first() else {
        return Err(ShieldedError::NeverScanned(label).into());
    };
    let state = last.load(&keys)?;
    if all.len() > 1 {
        session.output.warn(format_args!(
            "`{label}` was scanned on {} chains. Shown is the one that was read last, with the genesis block 0x{}",
            all.len(),
            hex::encode(state.genesis)
        ));
    }
    Ok(KeptState { label, keys, state })
}

/// What is known.
pub struct Known<'a> {
    pub label: &'a str,
    pub keys: &'a Keys,
    pub state: &'a State,
    pub token: Token,
    /// Whether a node was asked.
    pub asked: bool,
    /// Whether payments refer to the newest block, as far as that is known.
    pub newest: bool,
}

impl Known<'_> {
    /// The tree that payments refer to.
    pub fn anchor(&self) -> Option<Checkpoint> {
        self.state.anchor(self.newest)
    }

    /// An address, for people.
    pub fn address(&self, account: [u8; 32]) -> String {
        AccountId(account).to_address(DEFAULT_PREFIX)
    }

    /// An amount of the coin, for people.
    pub fn coins(&self, amount: impl Into<u128>) -> String {
        self.token.format(amount.into())
    }

    /// An amount of an asset, for people.
    pub fn amount(&self, asset: Asset, amount: impl Into<u128>) -> String {
        match asset {
            Asset::Qlk => self.coins(amount),
            Asset::Priv => credit_token(&self.token).format(amount.into()),
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

    /// Whose, up to which block, and whether that is the chain's last one.
    pub fn describe_extent(&self, report: &mut Report) {
        report.heading(format_args!(
            "{} up to block {}",
            self.label,
            self.state.number()
        ));
        if !self.asked {
            report.line("  As the last scan left it; no node was asked.");
        }
    }
}
