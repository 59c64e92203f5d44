//! `qloak validator status`: a stake and a seat, or the whole set.

use std::collections::BTreeSet;

use serde_json::{json, Value as Json};

use super::candidacy::openness;
use super::{commission, StatusArguments};
use crate::address::AccountId;
use crate::chain::calendar::Calendar;
use crate::chain::session_keys::{self, SessionKeys};
use crate::chain::staking::{self, Backing, Ledger, Role, Rules, Seat, Stake, Terms};
use crate::chain::{AtBlock, Chain};
use crate::cli::Session;
use crate::error::Error;
use crate::output::Report;

pub async fn status(session: &Session, arguments: &StatusArguments) -> Result<(), Error> {
    let chain = session.connect().await?;
    let account = arguments.account.as_deref().map(|name| {
        let id = session.home.look_up(name, chain.prefix, arguments.scheme);
        id.map(|id| (name, id))
    });
    let at = chain.best().await?;
    let rules = Rules::read(&chain, &at).await?;
    let calendar = Calendar::read(&chain, &at, &rules).await?;
    match account.transpose()? {
        Some((name, id)) => one(session, &chain, &at, (&rules, &calendar), name, id).await,
        None => all(session, &chain, &at, (&rules, &calendar)).await,
    }
}

/// All that there is to know about one account.
struct View<'a> {
    chain: &'a Chain,
    rules: &'a Rules,
    calendar: &'a Calendar,
    block: u64,
    stake: Stake,
    seat: Seat,
    /// Whether this node has the registered keys; nothing if it does not tell, or there are none.
    held: Option<bool>,
}

async fn one(
    session: &Session,
    chain: &Chain,
    at: &AtBlock,
    (rules, calendar): (&Rules, &Calendar),
    name: &str,
    account: AccountId,
) -> Result<(), Error> {
    let stake = Stake::read(chain, at, account).await?;
    let seat = Seat::read(chain, at, account, rules).await?;
    let held = match &stake.keys {
        Some(keys) => session_keys::are_held(chain, keys).await,
        None => None,
    };
    let view = View {
        chain,
        rules,
        calendar,
        block: at.block_number(),
        stake,
        seat,
        held,
    };
    let mut json = view.json();
    json["account"] = name.into();
    json["address"] = chain.address(account).into();
    session.output.result(&json, |report| {
        report.heading(chain.address(account));
        view.describe_bond(report);
        view.describe_role(report);
        view.describe_keys(report);
        view.describe_seat(report);
    })
}

impl View<'_> {
    fn json(&self) -> Json {
        let hexadecimal = |keys: &Option<SessionKeys>| keys.map(|keys| keys.to_hex());
        let (stake, seat) = (&self.stake, &self.seat);
        let terms = match &stake.role {
            Role::Candidate(terms) => Some(*terms),
            _ => None,
        };
        let nominating = match &stake.role {
            Role::Nominator(targets) => targets.as_slice(),
            _ => &[],
        };
        json!({
            "block": self.block,
            "era": self.rules.active_era,
            "session": self.rules.session,
            "next_session": moment(self.calendar, self.calendar.next_session()),
            "next_era": moment(self.calendar, self.calendar.next_era()),
            "bond": stake.ledger.as_ref().map(|ledger| self.bond_json(ledger)),
            "role": role_name(&stake.role),
            "commission_percent": terms.map(|terms| commission::format(terms.commission)),
            "blocked": terms.map(|terms| terms.blocked),
            "nominating": self.addresses(nominating),
            "session_keys": {
                "registered": hexadecimal(&stake.keys),
                "voting_key_ss58": stake.keys.as_ref().map(SessionKeys::voter),
                "queued": hexadecimal(&seat.queued),
                "on_this_node": self.held,
            },
            "validating": seat.validating,
            "excluded_until": seat.excluded_until,
            "excluded_until_time": seat.excluded_until.and_then(|it| self.calendar.time_of(it.into())),
            "backing": seat.backing.as_ref().map(backing_json),
            "nominators": seat.nominators.iter().map(|(who, active)| json!({
                "address": self.chain.address(*who),
                "active": active.to_string(),
            })).collect::<Vec<_>>(),
        })
    }

    fn bond_json(&self, ledger: &Ledger) -> Json {
        let now = self.rules.planned_era;
        let thawing = ledger.unlocking.iter().map(|chunk| {
            json!({
                "amount": chunk.value.to_string(),
                "era": chunk.era,
                "thawed": chunk.era <= now,
                "time": self.calendar.thaws(chunk.era).and_then(|it| self.calendar.time_of(it)),
            })
        });
        json!({
            "total": ledger.total.to_string(),
            "active": ledger.active.to_string(),
            "thawing": thawing.collect::<Vec<_>>(),
        })
    }

    fn addresses(&self, accounts: &[AccountId]) -> Vec<String> {
        accounts.iter().map(|id| self.chain.address(*id)).collect()
    }

    fn describe_bond(&self, report: &mut Report) {
        let token = &self.chain.token;
        let Some(ledger) = &self.stake.ledger else {
            return report.field("bonded", "nothing");
        };
        report.field("bonded", token.format(ledger.total));
        report.field("active", token.format(ledger.active));
        let now = self.rules.planned_era;
        for chunk in &ledger.unlocking {
            let amount = token.format(chunk.value);
            match chunk.era.checked_sub(now).filter(|eras| *eras > 0) {
                Some(eras) => {
                    let block = self.calendar.thaws(chunk.era);
                    let when = block.map(|block| format!(": {}", self.calendar.describe(block)));
                    report.field(
                        "thawing",
                        format_args!(
                            "{amount} until era {}, {eras} eras from now{}",
                            chunk.era,
                            when.unwrap_or_default()
                        ),
                    );
                }
                None => report.field(
                    "thawed",
                    format_args!("{amount}; take it back with qloak validator withdraw"),
                ),
            }
        }
    }

    fn describe_role(&self, report: &mut Report) {
        match &self.stake.role {
            Role::Idle => report.field("role", "none"),
            Role::Candidate(terms) => {
                let percent = commission::format(terms.commission);
                report.field("role", format_args!("candidate, commission {percent} %"));
            }
            Role::Nominator(targets) => {
                report.field("role", "nominator");
                for address in self.addresses(targets) {
                    report.field("behind", address);
                }
            }
        }
    }

    fn describe_keys(&self, report: &mut Report) {
        let Some(keys) = &self.stake.keys else {
            return report.field("session keys", "none registered");
        };
        for (name, id) in keys.named() {
            report.field(name, id);
        }
        // Nodes write hexadecimal in one place and addresses in the other.
        report.field(
            "as a voter",
            format_args!("{} (grandpa_roundState)", keys.voter()),
        );
        let queued = match self.seat.queued {
            Some(queued) if queued == *keys => "validates with these",
            Some(_) => "validates with older ones, and with these after that",
            None => "does not validate",
        };
        report.field("next session", queued);
        match self.held {
            Some(true) => report.field("this node", "has these keys"),
            Some(false) => report.field("this node", "does not have these keys"),
            None => report.field("this node", "does not tell whether it has these keys"),
        }
    }

    fn describe_seat(&self, report: &mut Report) {
        let (seat, token) = (&self.seat, &self.chain.token);
        let session = self.rules.session;
        match seat.validating {
            true => report.field("validating", format_args!("yes, in session {session}")),
            false => report.field("validating", format_args!("no, not in session {session}")),
        }
        describe_turns(report, self.calendar);
        if let Some(until) = seat.excluded_until {
            report.bad(format_args!(
                "  excluded       for an offence, until {} (now {})",
                self.calendar.describe(until.into()),
                self.block
            ));
        }
        if let Some(backing) = &seat.backing {
            report.field("this era", backing_text(self.chain, backing));
        }
        if let Role::Candidate(terms) = &self.stake.role {
            let count = seat.nominators.len();
            report.field("nominators", format_args!("{count}, {}", openness(*terms)));
        }
        for (who, active) in &seat.nominators {
            let address = self.chain.address(*who);
            report.field(
                "nominator",
                format_args!("{address}, {}", token.format(*active)),
            );
        }
    }
}

fn role_name(role: &Role) -> Option<&'static str> {
    match role {
        Role::Idle => None,
        Role::Candidate(_) => Some("candidate"),
        Role::Nominator(_) => Some("nominator"),
    }
}

fn backing_json(backing: &Backing) -> Json {
    json!({
        "total": backing.total.to_string(),
        "own": backing.own.to_string(),
        "nominators": backing.nominator_count,
    })
}

fn backing_text(chain: &Chain, backing: &Backing) -> String {
    format!(
        "{} behind it, {} its own, {} nominators",
        chain.token.format(backing.total),
        chain.token.format(backing.own),
        backing.nominator_count
    )
}

/// The validators of the session and the candidates for the next election.
async fn all(
    session: &Session,
    chain: &Chain,
    at: &AtBlock,
    (rules, calendar): (&Rules, &Calendar),
) -> Result<(), Error> {
    let candidates = staking::candidates(chain, at).await?;
    let mut validators = Vec::new();
    for who in staking::validators(chain, at).await? {
        let backing = staking::backing(chain, at, rules.active_era, who).await?;
        validators.push((who, backing));
    }
    let seated: BTreeSet<AccountId> = validators.iter().map(|(who, _)| *who).collect();
    let json = json!({
        "block": at.block_number(),
        "era": rules.active_era,
        "session": rules.session,
        "next_session": moment(calendar, calendar.next_session()),
        "next_era": moment(calendar, calendar.next_era()),
        "minimum": {
            "validator": rules.minimum_validator.to_string(),
            "nominator": rules.minimum_nominator.to_string(),
        },
        "validators": validators.iter().map(|(who, backing)| validator_json(chain, *who, backing)).collect::<Vec<_>>(),
        "candidates": candidates.iter().map(|(who, terms)| json!({
            "address": chain.address(*who),
            "commission_percent": commission::format(terms.commission),
            "blocked": terms.blocked,
            "validating": seated.contains(who),
        })).collect::<Vec<_>>(),
    });
    session.output.result(&json, |report| {
        describe_rules(report, chain, rules);
        describe_turns(report, calendar);
        report.heading("Validators of this session");
        for (who, backing) in &validators {
            report.line(format_args!("  {}", chain.address(*who)));
            if let Some(backing) = backing {
                report.field("", backing_text(chain, backing));
            }
        }
        report.heading("Candidates for the next election");
        for (who, terms) in &candidates {
            report.line(format_args!("  {}", chain.address(*who)));
            report.field("", terms_text(*terms));
        }
    })
}

fn validator_json(chain: &Chain, who: AccountId, backing: &Option<Backing>) -> Json {
    let mut json = backing.as_ref().map_or_else(
        || json!({ "total": null, "own": null, "nominators": null }),
        backing_json,
    );
    json["address"] = chain.address(who).into();
    json
}

fn describe_rules(report: &mut Report, chain: &Chain, rules: &Rules) {
    report.heading(format_args!(
        "Era {}, session {}",
        rules.active_era, rules.session
    ));
    let (validator, nominator) = (rules.minimum_validator, rules.minimum_nominator);
    report.field(
        "least bond",
        format_args!(
            "{} for validators, {} for nominators",
            chain.token.format(validator),
            chain.token.format(nominator)
        ),
    );
    let eras = rules.bonding_eras;
    report.field("held", format_args!("{eras} eras after it is given up"));
}

/// When the next session and the next era begin.
pub fn describe_turns(report: &mut Report, calendar: &Calendar) {
    for (name, block) in [
        ("session ends", calendar.next_session()),
        ("era ends", calendar.next_era()),
    ] {
        if let Some(block) = block {
            report.field(name, calendar.describe(block));
        }
    }
}

/// A block to come, and its earliest time in milliseconds since 1970.
pub fn moment(calendar: &Calendar, block: Option<u64>) -> Json {
    match block {
        Some(block) => json!({ "block": block, "time": calendar.time_of(block) }),
        None => Json::Null,
    }
}

fn terms_text(terms: Terms) -> String {
    let percent = commission::format(terms.commission);
    format!("commission {percent} %, nominators {}", openness(terms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_a_line() {
        let terms = |blocked| Terms {
            commission: 25_000_000,
            blocked,
        };
        assert_eq!(
            terms_text(terms(false)),
            "commission 2.5 %, nominators welcome"
        );
        assert_eq!(
            terms_text(terms(true)),
            "commission 2.5 %, nominators no further ones"
        );
    }

    #[test]
    fn a_role_has_one_name_or_none() {
        assert_eq!(role_name(&Role::Idle), None);
        assert_eq!(
            role_name(&Role::Candidate(Terms::default())),
            Some("candidate")
        );
        assert_eq!(role_name(&Role::Nominator(Vec::new())), Some("nominator"));
    }
}
