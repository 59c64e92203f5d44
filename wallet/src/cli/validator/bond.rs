//! Money: bonded, added, given up, taken back.

use serde_json::json;

use super::stash::{Order, Stash};
use super::{AmountArguments, StashArguments, UnbondArguments};
use crate::chain::staking::{self, Role};
use crate::cli::Session;
use crate::error::Error;

pub async fn bond(session: &Session, arguments: &AmountArguments) -> Result<(), Error> {
    let stash = Stash::open(session, &arguments.stash).await?;
    let amount = stash.chain.token.parse(&arguments.amount)?;
    stash.position().may_bond(amount)?;
    let text = stash.chain.token.format(amount);
    if amount < stash.rules.minimum_validator {
        session.output.warn(format_args!(
            "this is enough to nominate; a validator needs {}",
            stash.chain.token.format(stash.rules.minimum_validator)
        ));
    }
    let order = Order {
        call: staking::bond(amount),
        takes: amount,
        what: vec![("bond", text.clone()), held(&stash)],
        action: json!({ "call": "bond", "amount": amount.to_string() }),
        headline: format!("Bonded {text} of {}.", stash.address()),
    };
    stash.send(order).await
}

pub async fn bond_more(session: &Session, arguments: &AmountArguments) -> Result<(), Error> {
    let stash = Stash::open(session, &arguments.stash).await?;
    let amount = stash.chain.token.parse(&arguments.amount)?;
    let active = stash.position().may_bond_more(amount)?.active;
    let token = &stash.chain.token;
    let text = token.format(amount);
    let order = Order {
        call: staking::bond_more(amount),
        takes: amount,
        what: vec![
            ("bond", format!("{text}, beside {}", token.format(active))),
            held(&stash),
        ],
        action: json!({ "call": "bond-more", "amount": amount.to_string() }),
        headline: format!("Added {text} to the bond of {}.", stash.address()),
    };
    stash.send(order).await
}

pub async fn unbond(session: &Session, arguments: &UnbondArguments) -> Result<(), Error> {
    let stash = Stash::open(session, &arguments.stash).await?;
    let token = &stash.chain.token;
    let amount = match &arguments.amount {
        Some(amount) => stash.position().may_unbond(token.parse(amount)?)?,
        None => stash.position().may_unbond_all()?,
    };
    // The chain gives up the role only if asked for all that is held, thawing or not.
    let asked = match arguments.all {
        true => stash.position().bonded()?.total,
        false => amount,
    };
    let era = stash
        .rules
        .planned_era
        .saturating_add(stash.rules.bonding_eras);
    let text = token.format(amount);
    let mut what = vec![
        ("unbond", text.clone()),
        (
            "thaws",
            format!("in era {era}, {} eras from now", stash.rules.bonding_eras),
        ),
    ];
    if arguments.all && stash.stake.role != Role::Idle {
        what.push(("role", "given up".into()));
    }
    let order = Order {
        call: staking::unbond(asked),
        takes: 0,
        what,
        action: json!({ "call": "unbond", "amount": amount.to_string(), "era": era }),
        headline: format!("{text} begins to thaw, until era {era}."),
    };
    stash.send(order).await
}

pub async fn withdraw(session: &Session, arguments: &StashArguments) -> Result<(), Error> {
    let stash = Stash::open(session, arguments).await?;
    let amount = stash.position().may_withdraw()?;
    let text = stash.chain.token.format(amount);
    let order = Order {
        call: staking::withdraw(stash.stake.slashing_spans),
        takes: 0,
        what: vec![("withdraw", text.clone())],
        action: json!({ "call": "withdraw", "amount": amount.to_string() }),
        headline: format!("{text} is free again."),
    };
    stash.send(order).await
}

/// For how long bonded money is bound once it is given up.
fn held(stash: &Stash<'_>) -> (&'static str, String) {
    let eras = stash.rules.bonding_eras;
    (
        "held",
        format!("until {eras} eras after it is given up; it can be slashed"),
    )
}
