//! An account's shielded money as far as it is known, for people and programs.

use qloak_shielded::note::Asset;
use serde_json::{json, Value as Json};

use super::viewkey;
use crate::address::{AccountId, DEFAULT_PREFIX};
use crate::amount::Token;
use crate::output::Report;
use crate::shielded::credit_token;
use crate::shielded::keys::{Keys, Sight};
use crate::shielded::state::{Checkpoint, State};

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
