//! The election of validators, and what a seat costs.

use alloc::{collections::BTreeSet, vec::Vec};

use polkadot_sdk::*;

use frame_election_provider_support::{
    bounds::{ElectionBounds, ElectionBoundsBuilder},
    onchain, BoundedSupportsOf, ElectionDataProvider, ElectionProvider, InstantElectionProvider,
    PageIndex, SequentialPhragmen,
};
use frame_support::{
    dispatch::DispatchClass,
    parameter_types,
    traits::{ConstBool, ConstU32},
    weights::Weight,
};
use sp_runtime::Perbill;

use crate::constants::staking::{LEAST_BACKING, MAX_CANDIDATES, MAX_NOMINATORS, MAX_VALIDATORS};
use crate::{AccountId, BlockNumber, Runtime, Staking, System, ValidatorOffences};

/// Those who vote in an election: nominators, and candidates for themselves.
const MAX_VOTERS: u32 = MAX_CANDIDATES + MAX_NOMINATORS;

parameter_types! {
    /// What an election reads: everybody, since the numbers of both are limited.
    pub ElectionLimits: ElectionBounds = ElectionBoundsBuilder::default()
        .voters_count(MAX_VOTERS.into())
        .targets_count(MAX_CANDIDATES.into())
        .build();
}

/// An election in the block that ends the session before the last of an era.
pub struct Phragmen;

impl onchain::Config for Phragmen {
    type Sort = ConstBool<true>;
    type System = Runtime;
    type Solver = SequentialPhragmen<AccountId, Perbill>;
    type MaxBackersPerWinner = ConstU32<MAX_VOTERS>;
    type MaxWinnersPerPage = ConstU32<MAX_VALIDATORS>;
    type DataProvider = Staking;
    type WeightInfo = frame_election_provider_support::weights::SubstrateWeight<Runtime>;
    type Bounds = ElectionLimits;
}

/// [`Phragmen`] among candidates that can take a seat, and without winners whose seat would be cheap.
///
/// * Votes for finality are counted by seat, not by stake. A winner is seated only if at least [`LEAST_BACKING`] of the
///   average backing of all who are seated stands behind it. So, at a half, *m* of *n* seats have at least
///   *m* / 2*n* of the stake behind all of them. The average is that of those who stay, so nobody lowers it with
///   further cheap candidates.
/// * A candidate without session keys would be elected and not sit. It is none.
/// * Nor is one that is excluded for an offence, as long as enough others stand: it would leave its seat empty, and be
///   called back for the minimum although others could sit.
pub struct CostlySeats;

impl ElectionProvider for CostlySeats {
    type AccountId = AccountId;
    type BlockNumber = BlockNumber;
    type Error = onchain::Error;
    type MaxWinnersPerPage = ConstU32<MAX_VALIDATORS>;
    type MaxBackersPerWinner = ConstU32<MAX_VOTERS>;
    type MaxBackersPerWinnerFinal = ConstU32<MAX_VOTERS>;
    type Pages = ConstU32<1>;
    type DataProvider = Staking;

    fn elect(page: PageIndex) -> Result<BoundedSupportsOf<Self>, Self::Error> {
        let limits = ElectionLimits::get();
        let voters =
            Staking::electing_voters(limits.voters, page).map_err(onchain::Error::DataProvider)?;
        let candidates = Staking::electable_targets(limits.targets, page)
            .map_err(onchain::Error::DataProvider)?;
        let seats = Staking::desired_targets().map_err(onchain::Error::DataProvider)?;
        let minimum = pallet_staking::MinimumValidatorCount::<Runtime>::get();
        let elected = onchain::OnChainExecution::<Phragmen>::instant_elect(
            voters,
            not_excluded(with_session_keys(candidates), minimum),
            seats,
        )?;
        Ok(without_cheap_seats(elected, minimum))
    }

    fn duration() -> Self::BlockNumber {
        0
    }

    fn start() -> Result<(), Self::Error> {
        Ok(())
    }

    fn status() -> Result<Option<Weight>, ()> {
        Ok(Some(Weight::zero()))
    }
}

fn with_session_keys(mut candidates: Vec<AccountId>) -> Vec<AccountId> {
    let reads = u64::try_from(candidates.len()).unwrap_or(u64::MAX);
    let weight = <Runtime as frame_system::Config>::DbWeight::get().reads(reads);
    System::register_extra_weight_unchecked(weight, DispatchClass::Mandatory);
    candidates.retain(|candidate| pallet_session::NextKeys::<Runtime>::contains_key(candidate));
    candidates
}

/// `candidates` without those that are excluded for an offence, unless fewer than `minimum` were left.
fn not_excluded(candidates: Vec<AccountId>, minimum: u32) -> Vec<AccountId> {
    let reads = u64::try_from(candidates.len()).unwrap_or(u64::MAX);
    let weight = <Runtime as frame_system::Config>::DbWeight::get().reads(reads);
    System::register_extra_weight_unchecked(weight, DispatchClass::Mandatory);
    let admitted: Vec<_> = candidates
        .iter()
        .filter(|candidate| !ValidatorOffences::is_excluded(candidate))
        .cloned()
        .collect();
    match u32::try_from(admitted.len()).unwrap_or(u32::MAX) < minimum {
        true => candidates,
        false => admitted,
    }
}

/// `elected` without those whose backing is too small, in their order; at least `minimum` of them.
fn without_cheap_seats(
    mut elected: BoundedSupportsOf<CostlySeats>,
    minimum: u32,
) -> BoundedSupportsOf<CostlySeats> {
    let mut backings: Vec<(u128, usize)> = elected
        .0
        .iter()
        .enumerate()
        .map(|(index, (_, support))| (support.total, index))
        .collect();
    // The greatest first; among equals, the one that was elected first.
    backings.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(&other.1)));
    let totals: Vec<u128> = backings.iter().map(|(total, _)| *total).collect();
    let seats = seats_that_cost(&totals, minimum);
    let seated: BTreeSet<usize> = backings
        .iter()
        .take(seats)
        .map(|(_, index)| *index)
        .collect();
    let mut index = 0;
    elected.0.retain(|_| {
        let is_seated = seated.contains(&index);
        index += 1;
        is_seated
    });
    elected
}

/// How many of the winners with these backings, the greatest first, are seated: the most, of whom the last has
/// [`LEAST_BACKING`] of the average, and no fewer than `minimum`.
fn seats_that_cost(backings: &[u128], minimum: u32) -> usize {
    let minimum = usize::try_from(minimum).unwrap_or(usize::MAX);
    let mut sum = backings
        .iter()
        .fold(0u128, |sum, backing| sum.saturating_add(*backing));
    let mut seats = backings.len();
    for least in backings.iter().rev() {
        let of_all = u128::try_from(seats)
            .unwrap_or(u128::MAX)
            .saturating_mul(*least);
        if seats <= minimum || of_all >= LEAST_BACKING.mul_ceil(sum) {
            break;
        }
        sum = sum.saturating_sub(*least);
        seats -= 1;
    }
    seats
}

#[cfg(test)]
mod tests {
    use super::{seats_that_cost, LEAST_BACKING};

    fn seats(backings: &[u128]) -> usize {
        seats_that_cost(backings, 0)
    }

    #[test]
    fn a_seat_costs_half_of_the_average_backing_of_those_who_sit() {
        assert_eq!(seats(&[]), 0);
        assert_eq!(seats(&[7]), 1);
        assert_eq!(seats(&[100; 64]), 64, "equals");
        // Exactly a half of the average, 450 / 5 / 2, and a unit less.
        assert_eq!(seats(&[100, 100, 100, 100, 45]), 5);
        assert_eq!(seats(&[100, 100, 100, 100, 44]), 4);
        assert_eq!(seats(&[u64::MAX.into(); 64]), 64, "nothing overflows");
        assert_eq!(seats(&[u128::MAX, u128::MAX, 1]), 2);
    }

    #[test]
    fn cheap_candidates_do_not_lower_the_average_for_each_other() {
        let mut many = vec![100_000; 4];
        many.extend([1_000; 60]);
        // The average of all 64 is some 7,200, but no cheap one stays to make it so.
        assert_eq!(seats(&many), 4);
        many.splice(4..8, [5_000; 4]);
        assert_eq!(seats(&many), 4);
    }

    #[test]
    fn the_minimum_of_validators_sits_whatever_its_backing() {
        assert_eq!(seats_that_cost(&[1_000, 1, 1, 1], 3), 3);
        assert_eq!(seats_that_cost(&[1_000, 1], 3), 2, "no more than there are");
        assert_eq!(seats_that_cost(&[1_000, 1], u32::MAX), 2);
    }

    /// What `docs/spec/validators.md` says of a third and of two thirds of the seats.
    #[test]
    fn a_share_of_the_seats_costs_half_that_share_of_the_stake() {
        assert_eq!(LEAST_BACKING * 100u32, 50);
        for seats in [4u128, 7, 31, 64] {
            let others = 1_000_000_000_000u128;
            for taken in [(seats - 1) / 3 + 1, 2 * seats / 3 + 1] {
                // The least backing that leaves the attacker its seats, by bisection.
                let sits = |backing: u128| {
                    let mut all = vec![others; (seats - taken) as usize];
                    all.extend(vec![backing; taken as usize]);
                    seats_that_cost(&all, 0) == seats as usize
                };
                let (mut low, mut high) = (0, others);
                while high - low > 1 {
                    let middle = (low + high) / 2;
                    if sits(middle) {
                        high = middle
                    } else {
                        low = middle
                    }
                }
                let cost = taken * high;
                let all = cost + (seats - taken) * others;
                let expected = all * taken / (2 * seats);
                assert!(
                    cost.abs_diff(expected) <= all / 1_000_000,
                    "{taken} of {seats}: {cost} of {all}"
                );
            }
        }
    }
}
