//! Roles: candidate, nominator, neither.

use std::collections::BTreeSet;

use serde_json::json;

use super::stash::{Order, Stash};
use super::{commission, NominateArguments, StashArguments, ValidateArguments};
use crate::address::AccountId;
use crate::chain::staking::{self, Role, Terms};
use crate::cli::{sending, Session};
use crate::error::Error;

pub async fn validate(session: &Session, arguments: &ValidateArguments) -> Result<(), Error> {
    let stash = Stash::open(session, &arguments.stash).await?;
    stash.position().may_validate()?;
    if stash.stake.keys.is_none() {
        session.output.warn(
            "no session keys are registered, and an elected validator without keys gets no seat: qloak validator rotate-keys",
        );
    }
    let present = match &stash.stake.role {
        Role::Candidate(terms) => *terms,
        Role::Nominator(targets) => {
            session.output.warn(format_args!(
                "this ends the nomination of {} candidates",
                targets.len()
            ));
            Terms::default()
        }
        Role::Idle => Terms::default(),
    };
    let terms = Terms {
        commission: arguments.commission.unwrap_or(present.commission),
        blocked: arguments.blocked,
    };
    let percent = commission::format(terms.commission);
    let order = Order {
        call: staking::validate(terms),
        takes: 0,
        what: vec![
            ("commission", format!("{percent} %")),
            ("nominators", openness(terms).into()),
        ],
        action: json!({
            "call": "validate",
            "commission_percent": percent,
            "blocked": terms.blocked,
        }),
        headline: format!("{} stands for election.", stash.address()),
    };
    stash.send(order).await
}

/// Whether nominators are welcome, in a word.
pub fn openness(terms: Terms) -> &'static str {
    match terms.blocked {
        true => "no further ones",
        false => "welcome",
    }
}

pub async fn chill(session: &Session, arguments: &StashArguments) -> Result<(), Error> {
    let stash = Stash::open(session, arguments).await?;
    let role = stash.position().may_chill()?;
    let order = Order {
        call: staking::chill(),
        takes: 0,
        what: vec![("role", format!("{role}, given up"))],
        action: json!({ "call": "chill" }),
        headline: format!("{} is no {role} any more.", stash.address()),
    };
    stash.send(order).await
}

pub async fn nominate(session: &Session, arguments: &NominateArguments) -> Result<(), Error> {
    let stash = Stash::open(session, &arguments.stash).await?;
    stash.position().may_nominate()?;
    let targets = targets(session, &stash, &arguments.targets).await?;
    if matches!(stash.stake.role, Role::Candidate(_)) {
        session
            .output
            .warn("this account stands for election, which nominating ends");
    }
    let addresses: Vec<String> = targets.iter().map(|id| stash.chain.address(*id)).collect();
    let names = arguments.targets.iter().zip(&addresses);
    let order = Order {
        call: staking::nominate(&targets),
        takes: 0,
        what: names
            .map(|(name, address)| ("behind", sending::named(name, address)))
            .collect(),
        headline: match addresses.as_slice() {
            [one] => format!("{} stands behind {one}.", stash.address()),
            many => format!(
                "{} stands behind {} candidates.",
                stash.address(),
                many.len()
            ),
        },
        action: json!({ "call": "nominate", "targets": addresses }),
    };
    stash.send(order).await
}

/// The accounts of the names. The chain would take accounts that do not stand for election too, and the
/// stake would count for nothing.
async fn targets(
    session: &Session,
    stash: &Stash<'_>,
    names: &[String],
) -> Result<Vec<AccountId>, Error> {
    let candidates = staking::candidates(&stash.chain, &stash.at).await?;
    let candidates: BTreeSet<AccountId> = candidates.into_iter().map(|(who, _)| who).collect();
    let mut targets = Vec::new();
    for name in names {
        let target = session.home.account_id(name, stash.chain.prefix, None)?;
        if targets.contains(&target) {
            return Err(Error::Usage(format!("`{name}` is named twice")));
        }
        if target == stash.account.id() {
            return Err(Error::Usage(format!(
                "`{name}` is the nominator itself; whoever nominates does not stand for election"
            )));
        }
        if !candidates.contains(&target) {
            return Err(Error::NotApplicable(format!(
                "`{name}` does not stand for election. `qloak validator status` lists who does"
            )));
        }
        targets.push(target);
    }
    Ok(targets)
}
