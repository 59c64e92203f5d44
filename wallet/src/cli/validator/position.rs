//! What a stake allows, decided before anything is sent: the chain would take the fee for telling.

use crate::amount::Token;
use crate::chain::staking::{Ledger, Role, Rules, Stake};
use crate::error::Error;
use crate::follow_up;

/// A stake, with what its changes are measured by.
pub struct Position<'a> {
    /// How the user calls the account.
    pub label: &'a str,
    /// The chain's token.
    pub token: &'a Token,
    /// What the account has bonded, and what for.
    pub stake: &'a Stake,
    /// The least that roles take, and the time.
    pub rules: &'a Rules,
}

impl<'a> Position<'a> {
    /// The bond, which most commands need.
    pub fn bonded(&self) -> Result<&'a Ledger, Error> {
        let none = || {
            self.refusal(format!(
                "has nothing bonded. Bond first: {}",
                follow_up::command(format_args!(
                    "validator bond --from {} --amount …",
                    self.label
                ))
            ))
        };
        self.stake.ledger.as_ref().ok_or_else(none)
    }

    /// Whether so much can be bonded for the first time.
    pub fn may_bond(&self, amount: u128) -> Result<(), Error> {
        if let Some(ledger) = &self.stake.ledger {
            return Err(self.refusal(format!(
                "has bonded {} already. Add to it: {}",
                self.amount(ledger.total),
                follow_up::command(format_args!(
                    "validator bond-more --from {} --amount …",
                    self.label
                ))
            )));
        }
        // Either role will do: nothing says yet which it is for.
        let least = self
            .rules
            .minimum_nominator
            .min(self.rules.minimum_validator);
        if amount < least.max(1) {
            return Err(self.refusal(format!(
                "would bond {}, which is good for nothing: a nominator needs at least {}, a validator {}",
                self.amount(amount),
                self.amount(self.rules.minimum_nominator),
                self.amount(self.rules.minimum_validator)
            )));
        }
        Ok(())
    }

    /// Whether so much can be added; tells to what.
    pub fn may_bond_more(&self, amount: u128) -> Result<&'a Ledger, Error> {
        let ledger = self.bonded()?;
        self.require_some(amount)?;
        Ok(ledger)
    }

    /// Whether the account may stand for election.
    pub fn may_validate(&self) -> Result<(), Error> {
        self.require_active("a validator", self.rules.minimum_validator)
    }

    /// Whether the account may stand behind others.
    pub fn may_nominate(&self) -> Result<(), Error> {
        self.require_active("a nominator", self.rules.minimum_nominator)
    }

    fn require_active(&self, role: &str, least: u128) -> Result<(), Error> {
        let active = self.bonded()?.active;
        if active >= least {
            return Ok(());
        }
        Err(self.refusal(format!(
            "has {} bonded; {role} needs at least {}. Add to it: qloak validator bond-more",
            self.amount(active),
            self.amount(least)
        )))
    }

    /// Whether there is a role to give up; tells which.
    pub fn may_chill(&self) -> Result<&'static str, Error> {
        self.bonded()?;
        match self.stake.role {
            Role::Candidate(_) => Ok("candidate"),
            Role::Nominator(_) => Ok("nominator"),
            Role::Idle => {
                Err(self.refusal("neither stands for election nor nominates anybody".into()))
            }
        }
    }

    /// Whether so much can be given up with the role kept; tells how much it is.
    pub fn may_unbond(&self, amount: u128) -> Result<u128, Error> {
        let active = self.bonded()?.active;
        self.require_some(amount)?;
        let Some(left) = active.checked_sub(amount) else {
            return Err(self.refusal(format!(
                "has only {} bonded that is not given up already",
                self.amount(active)
            )));
        };
        let (role, least) = match self.stake.role {
            Role::Candidate(_) => ("a validator", self.rules.minimum_validator),
            Role::Nominator(_) => ("a nominator", self.rules.minimum_nominator),
            Role::Idle => return Ok(amount),
        };
        if left < least {
            return Err(self.refusal(format!(
                "would keep {}, and {role} needs at least {}. Give up the role first (qloak validator chill), or both with --all",
                self.amount(left),
                self.amount(least)
            )));
        }
        Ok(amount)
    }

    /// Whether there is something to give up; tells how much.
    pub fn may_unbond_all(&self) -> Result<u128, Error> {
        match self.bonded()?.active {
            0 => Err(self.refusal(
                "has given up all that was bonded. When it has thawed: qloak validator withdraw"
                    .into(),
            )),
            active => Ok(active),
        }
    }

    /// Whether something has thawed; tells how much.
    pub fn may_withdraw(&self) -> Result<u128, Error> {
        let ledger = self.bonded()?;
        let now = self.rules.planned_era;
        let thawed = ledger.thawed(now);
        if thawed > 0 {
            return Ok(thawed);
        }
        let next = ledger.unlocking.iter().min_by_key(|chunk| chunk.era);
        Err(self.refusal(next.map_or_else(
            || "has given up nothing that could be withdrawn. First: qloak validator unbond".into(),
            |chunk| {
                format!(
                    "has nothing thawed yet: {} thaws in era {}, and this is era {now}",
                    self.amount(chunk.value),
                    chunk.era
                )
            },
        )))
    }

    fn require_some(&self, amount: u128) -> Result<(), Error> {
        match amount {
            0 => Err(Error::Usage("an amount of 0 changes nothing".into())),
            _ => Ok(()),
        }
    }

    fn amount(&self, amount: u128) -> String {
        self.token.format(amount)
    }

    fn refusal(&self, why: String) -> Error {
        Error::NotApplicable(format!("`{}` {why}", self.label))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;
    use crate::chain::staking::{Terms, Unlocking};

    const QLK: u128 = 1_000_000_000_000;
    const RULES: Rules = Rules {
        minimum_validator: 1_000 * QLK,
        minimum_nominator: 10 * QLK,
        active_era: 4,
        planned_era: 5,
        bonding_eras: 168,
        session: 27,
    };

    fn stake(active: u128, role: Role) -> Stake {
        let ledger = Ledger {
            total: active * QLK,
            active: active * QLK,
            unlocking: Vec::new(),
        };
        Stake {
            ledger: Some(ledger),
            role,
            slashing_spans: 0,
            keys: None,
        }
    }

    fn nothing() -> Stake {
        Stake {
            ledger: None,
            ..stake(0, Role::Idle)
        }
    }

    fn candidate() -> Role {
        Role::Candidate(Terms::default())
    }

    /// What `decide` says of a stake: its answer, or its refusal with exit status 4.
    fn of<T>(
        stake: &Stake,
        decide: impl FnOnce(&Position<'_>) -> Result<T, Error>,
    ) -> Result<T, String> {
        let token = Token::default();
        let position = Position {
            label: "bob",
            token: &token,
            stake,
            rules: &RULES,
        };
        decide(&position).map_err(|error| {
            assert_eq!(error.exit_status(), 4, "{error}");
            error.to_string()
        })
    }

    fn refused<T: std::fmt::Debug>(result: Result<T, String>, why: &str) {
        let message = result.unwrap_err();
        assert!(
            message.starts_with("`bob` ") && message.contains(why),
            "{message}"
        );
    }

    #[test]
    fn a_first_bond_is_enough_for_a_role() {
        assert!(of(&nothing(), |bob| bob.may_bond(10 * QLK)).is_ok());
        refused(
            of(&nothing(), |bob| bob.may_bond(10 * QLK - 1)),
            "at least 10 QLK",
        );
        let bonded = stake(20, Role::Idle);
        refused(of(&bonded, |bob| bob.may_bond(10 * QLK)), "20 QLK already");
    }

    #[test]
    fn everything_else_needs_a_bond() {
        let stake = nothing();
        refused(
            of(&stake, |bob| bob.may_bond_more(1).cloned()),
            "nothing bonded",
        );
        refused(of(&stake, |bob| bob.may_validate()), "nothing bonded");
        refused(of(&stake, |bob| bob.may_nominate()), "nothing bonded");
        refused(of(&stake, |bob| bob.may_chill()), "nothing bonded");
        refused(of(&stake, |bob| bob.may_unbond(1)), "nothing bonded");
        refused(of(&stake, |bob| bob.may_unbond_all()), "nothing bonded");
        refused(of(&stake, |bob| bob.may_withdraw()), "nothing bonded");
    }

    #[test]
    fn each_role_has_its_least() {
        assert!(of(&stake(1_000, Role::Idle), |bob| bob.may_validate()).is_ok());
        refused(
            of(&stake(999, Role::Idle), |bob| bob.may_validate()),
            "1000 QLK",
        );
        assert!(of(&stake(10, Role::Idle), |bob| bob.may_nominate()).is_ok());
        refused(
            of(&stake(9, Role::Idle), |bob| bob.may_nominate()),
            "10 QLK",
        );
    }

    #[test]
    fn a_role_keeps_its_least() {
        let amount = 500 * QLK;
        assert_eq!(
            of(&stake(1_500, candidate()), |bob| bob.may_unbond(amount)),
            Ok(amount)
        );
        refused(
            of(&stake(1_499, candidate()), |bob| bob.may_unbond(amount)),
            "chill",
        );
        let nominator = || Role::Nominator(Vec::new());
        assert!(of(&stake(510, nominator()), |bob| bob.may_unbond(amount)).is_ok());
        refused(
            of(&stake(509, nominator()), |bob| bob.may_unbond(amount)),
            "chill",
        );
        assert!(of(&stake(500, Role::Idle), |bob| bob.may_unbond(amount)).is_ok());
        refused(
            of(&stake(499, Role::Idle), |bob| bob.may_unbond(amount)),
            "only 499 QLK",
        );
    }

    #[test]
    fn all_can_be_given_up_once() {
        let all = of(&stake(1_500, candidate()), |bob| bob.may_unbond_all());
        assert_eq!(all, Ok(1_500 * QLK));
        refused(
            of(&stake(0, Role::Idle), |bob| bob.may_unbond_all()),
            "withdraw",
        );
    }

    #[test]
    fn only_a_role_can_be_given_up() {
        assert_eq!(
            of(&stake(1_000, candidate()), |bob| bob.may_chill()),
            Ok("candidate")
        );
        let nominator = stake(10, Role::Nominator(Vec::new()));
        assert_eq!(of(&nominator, |bob| bob.may_chill()), Ok("nominator"));
        refused(
            of(&stake(1_000, Role::Idle), |bob| bob.may_chill()),
            "neither",
        );
    }

    #[test]
    fn what_thaws_waits_for_its_era() {
        let mut bob = stake(10, Role::Idle);
        refused(of(&bob, |bob| bob.may_withdraw()), "unbond");
        let chunk = |value, era| Unlocking {
            value: value * QLK,
            era,
        };
        bob.ledger.as_mut().unwrap().unlocking = vec![chunk(3, 6), chunk(4, 7)];
        refused(
            of(&bob, |bob| bob.may_withdraw()),
            "3 QLK thaws in era 6, and this is era 5",
        );
        bob.ledger.as_mut().unwrap().unlocking = vec![chunk(3, 5), chunk(4, 6)];
        assert_eq!(of(&bob, |bob| bob.may_withdraw()), Ok(3 * QLK));
    }

    #[test]
    fn an_amount_of_nothing_is_a_mistake() {
        let token = Token::default();
        let stake = stake(10, Role::Idle);
        let position = Position {
            label: "bob",
            token: &token,
            stake: &stake,
            rules: &RULES,
        };
        assert!(matches!(position.may_bond_more(0), Err(Error::Usage(_))));
        assert!(matches!(position.may_unbond(0), Err(Error::Usage(_))));
    }
}
