//! The account that signs, its stake, and the way from an order to its outcome.

use serde_json::{json, Value as Json};

use super::position::Position;
use super::StashArguments;
use crate::accounts::Account;
use crate::chain::inspect::{existential_deposit, AccountInfo};
use crate::chain::registry::Registration;
use crate::chain::staking::{Rules, Stake};
use crate::chain::transaction::{Call, Price};
use crate::chain::{AtBlock, Chain};
use crate::cli::{sending, Session};
use crate::error::Error;

/// A stash at the best block.
pub struct Stash<'a> {
    session: &'a Session,
    arguments: &'a StashArguments,
    pub account: Account,
    pub chain: Chain,
    pub at: AtBlock,
    pub stake: Stake,
    pub rules: Rules,
}

/// What is to be sent, and how it is told.
pub struct Order {
    /// The call.
    pub call: Call,
    /// What the call takes from what is free, beside the fee.
    pub takes: u128,
    /// The lines above the question.
    pub what: Vec<(&'static str, String)>,
    /// The call's name and its own fields in the JSON document.
    pub action: Json,
    /// What it did, once it has.
    pub headline: String,
}

impl<'a> Stash<'a> {
    /// Connects, and reads what the stash has.
    pub async fn open(
        session: &'a Session,
        arguments: &'a StashArguments,
    ) -> Result<Stash<'a>, Error> {
        let account = session.home.signer(&arguments.from, arguments.scheme)?;
        let chain = session.connect().await?;
        let _spinner = session.output.spinner("reading the stake");
        let at = chain.best().await?;
        let rules = Rules::read(&chain, &at).await?;
        let stake = Stake::read(&chain, &at, account.id()).await?;
        Ok(Self {
            session,
            arguments,
            account,
            chain,
            at,
            stake,
            rules,
        })
    }

    /// The stake with what its changes are measured by.
    pub fn position(&self) -> Position<'_> {
        Position {
            label: self.account.label(),
            token: &self.chain.token,
            stake: &self.stake,
            rules: &self.rules,
        }
    }

    /// The stash's address.
    pub fn address(&self) -> String {
        self.chain.address(self.account.id())
    }

    /// Shows, asks, signs, sends, waits and tells.
    pub async fn send(&self, order: Order) -> Result<(), Error> {
        let (session, chain, send) = (self.session, &self.chain, &self.arguments.send);
        let registration = Registration::read(chain, &self.at, self.account.id()).await?;
        let priced = sending::price(
            session,
            chain,
            &self.at,
            &self.account,
            registration.key.as_ref(),
            order.call,
            send,
        )
        .await?;
        self.require_funds(order.takes, &priced.price).await?;
        let address = self.address();
        let mut what = vec![("stash", sending::named(self.account.label(), &address))];
        what.extend(order.what);
        let outcome = sending::send(session, chain, &self.account, &priced, &what, send).await?;
        let mut action = order.action;
        action["account"] = address.into();
        action["signature"] = json!({
            "scheme": priced.key.entry.scheme.to_string(),
            "with_key": !priced.key.registered,
        });
        let json = sending::sent_json(action, &priced.price, &outcome);
        sending::finish(session, chain, &outcome, &json, &order.headline)
    }

    /// Bonding takes what is there, without a word, if that is less than was asked for; so the wallet
    /// asks first.
    async fn require_funds(&self, takes: u128, price: &Price) -> Result<(), Error> {
        let info = AccountInfo::read(&self.chain, &self.at, self.account.id()).await?;
        let spendable = info.spendable(existential_deposit(&self.at));
        let needed = takes.saturating_add(price.total());
        if spendable >= needed {
            return Ok(());
        }
        Err(Error::NotApplicable(format!(
            "`{}` can spend {}, but this takes {} with fee and deposits",
            self.account.label(),
            self.chain.token.format(spendable),
            self.chain.token.format(needed)
        )))
    }
}
