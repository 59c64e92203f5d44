//! Which notes pay.
//!
//! A transaction spends two notes at most, and a second one costs nothing. So of the notes and pairs of
//! notes that suffice the one that is worth least is taken, and a note that suffices alone
//! takes the smallest other one along: small notes disappear over time, large ones stay whole.
//!
//! If no pair suffices, the largest notes are taken until they do, and merged in pairs, as many at a time as
//! there are, until two are left. Each merging pays a fee of its own; a note that is not worth a
//! fee is never merged.
//!
//! A payment that is tried again spends a note of each earlier try, so that only one of them can come into the chain.

/// A note that may pay: its position and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coin {
    /// Its position in the tree.
    pub position: u32,
    /// What it is worth.
    pub value: u64,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// These notes pay, and what they are worth more comes back.
    Pay(Vec<Coin>),
    /// These pairs have to be merged first, each by a transaction that can go at the same time as the others.
    Merge(Vec<[Coin; 2]>),
}

/// How a payment is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What to do next.
    pub step: Step,
    /// How many transactions it takes in all, the payment included.
    pub transactions: usize,
}

/// There is not so much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLittle {
    /// How many transactions the attempt took into account.
    pub transactions: usize,
}

/// Plans to pay an amount, and a fee for each transaction.
///
/// # Errors
/// [`TooLittle`] if all notes together do not suffice.
pub fn plan(coins: &[Coin], amount: u64, fee: u64) -> Result<Plan, TooLittle> {
    let needed = u128::from(amount) + u128::from(fee);
    let mut sorted = coins.to_vec();
    sorted.sort_by_key(|coin| (coin.value, coin.position));
    if let Some(inputs) = one_transaction(&sorted, needed) {
        return Ok(Plan {
            step: Step::Pay(inputs),
            transactions: 1,
        });
    }
    sorted.reverse();
    let chosen = largest(&sorted, u128::from(amount), u128::from(fee))?;
    // Each merging leaves one note less, and two are left in the end.
    let mergings = chosen.len() - 2;
    let at_once = mergings.min(chosen.len() / 2);
    let pairs = chosen.chunks_exact(2).take(at_once);
    Ok(Plan {
        step: Step::Merge(pairs.map(|pair| [pair[0], pair[1]]).collect()),
        transactions: mergings + 1,
    })
}

/// The notes for another try at a payment: one or two that suffice, with one of each earlier try among them. Notes of
/// earlier tries go before others, and the others are taken as small as they can be. Nothing if there are none.
pub fn again(tries: &[Vec<Coin>], free: &[Coin], amount: u64, fee: u64) -> Option<Vec<Coin>> {
    let needed = u128::from(amount) + u128::from(fee);
    let shares = |coins: &[Coin]| {
        let has = |attempt: &Vec<Coin>| coins.iter().any(|coin| attempt.contains(coin));
        let sum: u128 = coins.iter().map(|coin| u128::from(coin.value)).sum();
        tries.iter().all(has) && sum >= needed && rest_fits(sum, needed)
    };
    let mut earlier: Vec<Coin> = tries.concat();
    earlier.sort_by_key(|coin| (coin.value, coin.position));
    earlier.dedup();
    let mut free = free.to_vec();
    free.sort_by_key(|coin| (coin.value, coin.position));
    let followed_by = |others: Vec<Coin>| {
        let with = |coin: Coin| {
            others
                .clone()
                .into_iter()
                .map(move |other| vec![coin, other])
        };
        let pairs = earlier.clone().into_iter().flat_map(with);
        pairs
            .filter(|pair| pair[0].position != pair[1].position)
            .find(|pair| shares(pair))
    };
    let alone = || {
        earlier
            .iter()
            .map(|coin| vec![*coin])
            .find(|coin| shares(coin))
    };
    followed_by(earlier.clone())
        .or_else(alone)
        .or_else(|| followed_by(free))
}

/// The notes for another try at paying all that there is: one or two that are worth most, with one of each earlier try among
/// them. Nothing if there are none that are worth more than the fee.
pub fn again_all(tries: &[Vec<Coin>], free: &[Coin], fee: u64) -> Option<Vec<Coin>> {
    let shares = |coins: &[Coin]| {
        let has = |attempt: &Vec<Coin>| coins.iter().any(|coin| attempt.contains(coin));
        tries.iter().all(has)
    };
    let worth = |coins: &Vec<Coin>| -> u128 { coins.iter().map(|it| u128::from(it.value)).sum() };
    let earlier = tries.concat();
    let all = || earlier.iter().chain(free);
    let pairs = earlier.iter().flat_map(|coin| {
        let others = all().filter(|other| other.position != coin.position);
        others.map(|other| vec![*coin, *other])
    });
    let alone = earlier.iter().map(|coin| vec![*coin]);
    let best = alone
        .chain(pairs)
        .filter(|coins| shares(coins))
        .max_by_key(worth)?;
    (worth(&best) > u128::from(fee)).then_some(best)
}

/// What can be paid at most out of these notes: what they are worth less the fees of as many transactions as it takes.
/// A note that is not worth a fee of its own is left.
pub fn everything(coins: &[Coin], fee: u64) -> u64 {
    let worthwhile = coins.iter().filter(|coin| coin.value > fee);
    let (mut sum, mut count) = (0u128, 0u128);
    for coin in worthwhile {
        sum += u128::from(coin.value);
        count += 1;
    }
    let transactions = count.saturating_sub(1).max(1);
    let most = sum.saturating_sub(u128::from(fee) * transactions);
    // A note holds no more.
    u64::try_from(most).unwrap_or(u64::MAX)
}

/// The least valuable one or two notes that suffice.
fn one_transaction(ascending: &[Coin], needed: u128) -> Option<Vec<Coin>> {
    let worth = |coins: &[Coin]| -> u128 { coins.iter().map(|coin| u128::from(coin.value)).sum() };
    let alone = ascending
        .iter()
        .find(|coin| u128::from(coin.value) >= needed);
    let pair = least_pair(ascending, needed);
    match (alone, pair) {
        (Some(coin), pair) if pair.is_none_or(|pair| u128::from(coin.value) < worth(&pair)) => {
            let smallest = ascending.iter().find(|other| *other != coin);
            let companion = smallest.filter(|other| rest_fits(worth(&[*coin, **other]), needed));
            Some(
                [Some(coin), companion]
                    .into_iter()
                    .flatten()
                    .copied()
                    .collect(),
            )
        }
        (_, pair) => pair.map(Vec::from),
    }
}

/// The pair with the least sum that suffices and that a note can hold the rest of.
fn least_pair(ascending: &[Coin], needed: u128) -> Option<[Coin; 2]> {
    let (mut low, mut high) = (0, ascending.len().checked_sub(1)?);
    let mut best: Option<(u128, [Coin; 2])> = None;
    while low < high {
        let pair = [ascending[low], ascending[high]];
        let sum = u128::from(pair[0].value) + u128::from(pair[1].value);
        if sum < needed {
            low += 1;
            continue;
        }
        if rest_fits(sum, needed) && best.is_none_or(|(least, _)| sum < least) {
            best = Some((sum, pair));
        }
        high -= 1;
    }
    best.map(|(_, pair)| pair)
}

/// Whether what is left over can be one note.
fn rest_fits(sum: u128, needed: u128) -> bool {
    sum.saturating_sub(needed) <= u128::from(u64::MAX)
}

/// As many of the largest notes as it takes, with a fee for each merging and for the payment.
fn largest(descending: &[Coin], amount: u128, fee: u128) -> Result<&[Coin], TooLittle> {
    let mut sum = 0u128;
    let worthwhile = descending
        .iter()
        .take_while(|coin| u128::from(coin.value) > fee);
    let mut transactions = 1;
    for (index, coin) in worthwhile.enumerate() {
        sum += u128::from(coin.value);
        transactions = index.max(1);
        let needed = amount + fee * transactions as u128;
        // Up to two would have been found as one transaction, were the rest not too large for a note.
        if index >= 2 && sum >= needed {
            return Ok(&descending[..=index]);
        }
    }
    Err(TooLittle { transactions })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]
    use super::*;
    use proptest::prelude::*;

    fn coins(values: &[u64]) -> Vec<Coin> {
        let coin = |(position, value): (usize, &u64)| Coin {
            position: position as u32,
            value: *value,
        };
        values.iter().enumerate().map(coin).collect()
    }

    /// The values that pay.
    fn paying(values: &[u64], amount: u64) -> Vec<u64> {
        match plan(&coins(values), amount, 1).unwrap().step {
            Step::Pay(inputs) => inputs.iter().map(|coin| coin.value).collect(),
            Step::Merge(_) => panic!("no merging is needed"),
        }
    }

    #[test]
    fn the_least_that_suffices_pays() {
        assert_eq!(paying(&[100], 99), [100]);
        assert_eq!(paying(&[50, 110, 60], 99), [50, 60]);
        assert_eq!(paying(&[50, 101, 60], 99), [101, 50]);
        assert_eq!(
            paying(&[60, 50, 100, 7], 99),
            [100, 7],
            "a small one comes along"
        );
        assert_eq!(paying(&[1000, 3, 40], 45), [1000, 3]);
    }

    #[test]
    fn three_notes_need_one_merging() {
        let plan = plan(&coins(&[10, 30, 20]), 50, 2).unwrap();
        assert_eq!(plan.transactions, 2);
        let Step::Merge(pairs) = plan.step else {
            panic!("no pair suffices")
        };
        assert_eq!(pairs.len(), 1);
        assert_eq!(pairs[0].map(|coin| coin.value), [30, 20]);
    }

    #[test]
    fn many_notes_are_merged_in_rounds() {
        let plan = plan(&coins(&[10; 8]), 70, 1).unwrap();
        assert_eq!(plan.transactions, 7);
        let Step::Merge(pairs) = plan.step else {
            panic!("no pair suffices")
        };
        assert_eq!(pairs.len(), 4);
    }

    #[test]
    fn too_little_is_said() {
        assert_eq!(plan(&[], 1, 1), Err(TooLittle { transactions: 1 }));
        assert_eq!(plan(&coins(&[5]), 5, 1), Err(TooLittle { transactions: 1 }));
        assert_eq!(
            plan(&coins(&[10, 10, 10]), 29, 1),
            Err(TooLittle { transactions: 2 })
        );
    }

    fn retried(tries: &[&[(u32, u64)]], free: &[(u32, u64)], amount: u64) -> Option<Vec<u32>> {
        let coin = |(position, value): &(u32, u64)| Coin {
            position: *position,
            value: *value,
        };
        let tries: Vec<Vec<Coin>> = tries
            .iter()
            .map(|attempt| attempt.iter().map(coin).collect())
            .collect();
        let free: Vec<Coin> = free.iter().map(coin).collect();
        let chosen = again(&tries, &free, amount, 1)?;
        Some(chosen.iter().map(|coin| coin.position).collect())
    }

    #[test]
    fn another_try_shares_a_note_with_each_earlier_one() {
        // With those of the first try, though others would do.
        assert_eq!(
            retried(&[&[(0, 10), (1, 5)]], &[(2, 100)], 9),
            Some(vec![1, 0])
        );
        assert_eq!(retried(&[&[(0, 10)]], &[(2, 100)], 9), Some(vec![0]));
        // The fee rose.
        assert_eq!(
            retried(&[&[(0, 10)]], &[(3, 100), (2, 4)], 12),
            Some(vec![0, 2])
        );
        assert_eq!(retried(&[&[(0, 10)]], &[(2, 1)], 12), None);
        // The second try took one note of the first and one of its own.
        let both: [&[(u32, u64)]; 2] = [&[(0, 10), (1, 5)], &[(0, 10), (2, 8)]];
        for amount in [9, 14, 17] {
            let chosen = retried(&both, &[(3, 90)], amount).unwrap();
            assert!(both
                .iter()
                .all(|attempt| attempt.iter().any(|(it, _)| chosen.contains(it))));
        }
        // No two notes share with three tries that share nothing.
        assert_eq!(retried(&[&[(0, 9)], &[(1, 9)], &[(2, 9)]], &[], 1), None);
    }

    #[test]
    fn all_that_is_paid_again_takes_along_what_came_later() {
        let coin = |(position, value): (u32, u64)| Coin { position, value };
        let chosen = |tries: &[&[(u32, u64)]], free: &[(u32, u64)]| {
            let tries: Vec<Vec<Coin>> = tries
                .iter()
                .map(|attempt| attempt.iter().copied().map(coin).collect())
                .collect();
            let free: Vec<Coin> = free.iter().copied().map(coin).collect();
            let chosen = again_all(&tries, &free, 2)?;
            Some(chosen.iter().map(|coin| coin.position).collect::<Vec<_>>())
        };
        // There was one note, and there are two.
        assert_eq!(chosen(&[&[(0, 10)]], &[(1, 90)]), Some(vec![0, 1]));
        assert_eq!(chosen(&[&[(0, 10)]], &[]), Some(vec![0]));
        // Two were spent: the greater of them, with the greatest that came later.
        let tries: [&[(u32, u64)]; 1] = [&[(0, 10), (1, 30)]];
        assert_eq!(chosen(&tries, &[(2, 5), (3, 40)]), Some(vec![1, 3]));
        assert!(chosen(&tries, &[(2, 5)]).unwrap().contains(&1));
        // One of each try.
        let tries: [&[(u32, u64)]; 2] = [&[(0, 10), (1, 30)], &[(0, 10), (2, 1)]];
        assert_eq!(chosen(&tries, &[(3, 100)]), Some(vec![0, 3]));
        let tries: [&[(u32, u64)]; 3] = [&[(0, 9)], &[(1, 9)], &[(2, 9)]];
        assert_eq!(chosen(&tries, &[]), None);
        assert_eq!(chosen(&[&[(0, 2)]], &[]), None, "no more than the fee");
    }

    #[test]
    fn everything_is_what_is_left_after_the_fees() {
        for (values, expected) in [
            (&[][..], 0),
            (&[3], 0),
            (&[10], 7),
            (&[10, 20], 27),
            (&[10, 20, 30, 2, 3], 54),
            (&[10; 9], 90 - 8 * 3),
        ] {
            let coins = coins(values);
            assert_eq!(everything(&coins, 3), expected, "{values:?}");
            let Some(amount) = Some(expected).filter(|amount| *amount > 0) else {
                continue;
            };
            // It can be paid, and not a unit more.
            assert!(plan(&coins, amount, 3).is_ok(), "{values:?}");
            assert!(
                plan(&coins, amount + 1, 3).is_err() || values.len() == 5,
                "{values:?}"
            );
        }
        assert_eq!(everything(&coins(&[u64::MAX, u64::MAX]), 1), u64::MAX);
    }

    #[test]
    fn dust_is_not_merged() {
        assert!(plan(&coins(&[10, 10, 2, 2]), 20, 2).is_err());
    }

    #[test]
    fn sums_beyond_a_note_are_not_made() {
        let big = u64::MAX - 5;
        assert_eq!(
            paying(&[big, u64::MAX], 0),
            [big],
            "the rest of both is no note"
        );
        assert_eq!(paying(&[big, 100], big - 1), [big, 100]);
        assert_eq!(paying(&[big, big], u64::MAX), [big, big]);
    }

    proptest! {
        /// A wallet that follows the plans pays if its notes are worth amount and fees, in as many
        /// transactions as was said.
        #[test]
        fn plans_come_to_their_end(values in prop::collection::vec(1u64..1000, 0..40), amount in 1u64..8000, fee in 1u64..20) {
            let mut notes = coins(&values);
            let mut next = notes.len() as u32;
            let Ok(first) = plan(&notes, amount, fee) else { return Ok(()) };
            let mut made = 0;
            loop {
                let plan = plan(&notes, amount, fee).unwrap();
                prop_assert!(made + plan.transactions <= first.transactions);
                match plan.step {
                    Step::Pay(inputs) => {
                        prop_assert!(inputs.len() <= 2);
                        prop_assert!(inputs.iter().map(|coin| coin.value).sum::<u64>() >= amount + fee);
                        break;
                    }
                    Step::Merge(pairs) => {
                        prop_assert!(!pairs.is_empty());
                        for pair in pairs {
                            notes.retain(|coin| !pair.contains(coin));
                            notes.push(Coin { position: next, value: pair[0].value + pair[1].value - fee });
                            next += 1;
                            made += 1;
                        }
                    }
                }
            }
        }
    }
}
