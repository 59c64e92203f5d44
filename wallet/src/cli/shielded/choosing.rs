//! Which notes a payment spends: those that suffice, that it can refer to, and that exclude what must not come beside it.

use qloak_shielded::note::Asset;

use super::wallet::Wallet;
use super::PoolArguments;
use crate::error::Error;
use crate::shielded::attempt::Earlier;
use crate::shielded::exclusion::{self, Exclusion};
use crate::shielded::select::{self, Coin, Plan, Step, TooLittle};
use crate::shielded::state::OwnedNote;
use crate::shielded::ShieldedError;

/// What a payment spends.
pub struct Choice {
    pub plan: Plan,
    pub amount: u64,
    /// What stays in the pool.
    pub left: u128,
    /// Whether the notes were chosen so that an earlier payment is excluded.
    pub excludes: bool,
}

/// Chooses notes. They exclude what may still come of earlier tries, and what a node did not take.
pub async fn choose(
    wallet: &mut Wallet<'_>,
    arguments: &PoolArguments,
    earlier: &Earlier,
    amount: Option<u64>,
    fee: u64,
) -> Result<Choice, Error> {
    let anchor = wallet.anchor(arguments.fresh_anchor);
    let anchored = anchor.map_or(0, |anchor| anchor.block.number);
    let free = coins(wallet, anchored, false);
    let mut not_excluded = None;
    let exclusion = match exclusion::of(&wallet.state, earlier, &free, amount, fee) {
        Exclusion::Notes(inputs) if amount.is_none() => {
            merging_pays_more(wallet, earlier, inputs, fee)
        }
        other => other,
    };
    let (plan, amount, excludes) = match exclusion {
        Exclusion::Notes(inputs) => {
            let amount = amount.unwrap_or_else(|| select::everything(&inputs, fee));
            let plan = Plan {
                step: Step::Pay(inputs),
                transactions: 1,
            };
            (plan, amount, true)
        }
        Exclusion::Impossible { until, same: true } => {
            return Err(ShieldedError::NoRetry { until }.into())
        }
        Exclusion::Needless | Exclusion::Impossible { .. } => {
            if let Exclusion::Impossible { until, .. } = exclusion {
                not_excluded = Some(until);
            }
            let amount = match amount {
                Some(amount) => amount,
                None => all_that_there_is(wallet, fee)?,
            };
            (
                ready_plan(wallet, arguments, amount, fee).await?,
                amount,
                false,
            )
        }
    };
    // Merged notes may suffice together with one of those, or be made of one.
    if let (Some(until), Step::Pay(_)) = (not_excluded, &plan.step) {
        return Err(ShieldedError::NotExcluded { until }.into());
    }
    let fees = u128::from(fee).saturating_mul(plan.transactions as u128);
    let spent = u128::from(amount).saturating_add(fees);
    Ok(Choice {
        plan,
        amount,
        left: wallet.state.balance(Asset::Qlk).saturating_sub(spent),
        excludes,
    })
}

/// Where all that there is goes instead of what a node did not take: if notes have to be merged for that, all of them are, and
/// that excludes it. The two notes that would do so at once are fewer.
fn merging_pays_more(
    wallet: &Wallet<'_>,
    earlier: &Earlier,
    inputs: Vec<Coin>,
    fee: u64,
) -> Exclusion {
    let all = coins(wallet, u32::MAX, false);
    let whole = select::everything(&all, fee);
    let merges = || match select::plan(&all, whole, fee) {
        Ok(plan) => matches!(plan.step, Step::Merge(_)),
        Err(_) => false,
    };
    match earlier {
        Earlier::Possible {
            until, same: false, ..
        } if whole > select::everything(&inputs, fee) && merges() => Exclusion::Impossible {
            until: *until,
            same: false,
        },
        _ => Exclusion::Notes(inputs),
    }
}

/// What all notes pay; with those that are being merged where there are no others.
fn all_that_there_is(wallet: &Wallet<'_>, fee: u64) -> Result<u64, Error> {
    let with = |merging| select::everything(&coins(wallet, u32::MAX, merging), fee);
    let mut amounts = [false, true].into_iter().map(with);
    // A payment of nothing would cost a fee, and look like one of everything.
    let little = TooLittle { transactions: 1 };
    amounts
        .find(|amount| *amount > 0)
        .ok_or_else(|| insufficient(wallet, 1, fee, little))
}

/// The plan with the notes that payments can refer to. Waits for those that are too young if there is no
/// plan without them, or a longer one.
async fn ready_plan(
    wallet: &mut Wallet<'_>,
    arguments: &PoolArguments,
    amount: u64,
    fee: u64,
) -> Result<Plan, Error> {
    let deadline = arguments.deadline();
    let spinner = wallet.session.output.spinner("choosing notes");
    loop {
        let with = |merging| {
            let all = coins(wallet, u32::MAX, merging);
            select::plan(&all, amount, fee).map(|plan| (plan, merging))
        };
        // Notes that are being merged are touched only if the others do not suffice.
        let (all, merging) = with(false)
            .or_else(|_| with(true))
            .map_err(|little| insufficient(wallet, amount, fee, little))?;
        let anchor = wallet.anchor(arguments.fresh_anchor);
        let anchored = anchor.map_or(0, |anchor| anchor.block.number);
        match select::plan(&coins(wallet, anchored, merging), amount, fee) {
            Ok(plan) if plan.transactions <= all.transactions => return Ok(plan),
            _ => {}
        }
        spinner.say("waiting until the latest money can be spent: at the next tenth block");
        let what = "the money that came in last did not become spendable";
        wallet.next_block(deadline, what).await?;
    }
}

/// The notes that came in up to a block and can pay; with those that are being merged, if they are wanted.
fn coins(wallet: &Wallet<'_>, up_to: u32, merging: bool) -> Vec<Coin> {
    let coin = |(position, note): (u32, &OwnedNote)| Coin {
        position,
        value: note.value,
    };
    let is_there = |(_, note): &(u32, &OwnedNote)| note.found_in <= up_to;
    let state = &wallet.state;
    match merging {
        false => {
            let free = state.spendable(Asset::Qlk).filter(is_there);
            free.map(coin).collect()
        }
        true => {
            let all = state.spendable_or_merging(Asset::Qlk).filter(is_there);
            all.map(coin).collect()
        }
    }
}

fn insufficient(wallet: &Wallet<'_>, amount: u64, fee: u64, little: TooLittle) -> Error {
    let have: u128 = coins(wallet, u32::MAX, true)
        .iter()
        .map(|coin| u128::from(coin.value))
        .sum();
    let fees = u128::from(fee).saturating_mul(little.transactions as u128);
    let held = wallet.state.balance(Asset::Qlk).saturating_sub(have);
    let until = wallet.state.reserved().into_values().max();
    let waiting = match (held, until) {
        (0, _) | (_, None) => String::new(),
        (held, Some(until)) => format!(
            "; {} more are in payments on their way, which end by block {until}: what they leave over comes back then",
            wallet.coins(held)
        ),
    };
    ShieldedError::Insufficient {
        have: wallet.coins(have),
        need: wallet.coins(u128::from(amount).saturating_add(fees)),
        transactions: little.transactions,
        waiting,
    }
    .into()
}
