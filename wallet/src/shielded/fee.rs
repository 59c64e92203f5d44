//! What a wallet pays as the fee of a shielded payment, and what it does not.
//!
//! The chain sets a least fee, and one node tells of it. A node that lies gains a payment that was dearer than it had to
//! be, which the author of the block and nobody else can earn; and one that tells each wallet another fee knows the
//! payments of each in the chain again. So:
//!
//! * the fee is derived here, from the least one: a quarter more, rounded up to three significant bits, as all wallets do
//!   it (`docs/spec/privacy-credit.md`, Fees). A node that names another one is not believed;
//! * beyond what is usual the user is asked, or must have said what he pays at most.

use qloak_shielded::pool::PoolInfo;

/// What the fee of a transaction usually does not exceed, in the smallest unit of QLK: 0.1 QLK. Blocks that are not
/// crowded take an eighth of it.
pub const USUAL: u64 = 100_000_000_000;

const SIGNIFICANT_BITS: u32 = 3;

/// The fee that all wallets choose where this is the least one.
pub fn standard(minimum: u64) -> u64 {
    let with_margin = minimum.saturating_add(minimum.div_ceil(4));
    let bits = u64::BITS - with_margin.leading_zeros();
    let step = 1u64 << bits.saturating_sub(SIGNIFICANT_BITS);
    let rounded = with_margin.checked_next_multiple_of(step);
    rounded.unwrap_or(u64::MAX)
}

/// Why a fee is not paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// The node names a fee that no other wallet pays.
    Odd {
        /// What it says.
        told: u64,
        /// What it should be.
        right: u64,
    },
    /// The fees of the payment's transactions are more together than was allowed.
    Above {
        /// They.
        fees: u128,
        /// What was allowed, or is usual.
        most: u128,
        /// Whether the user has said what he pays at most.
        said: bool,
    },
}

/// The fee of each transaction of a payment.
///
/// # Errors
/// [`Unfit`].
pub fn judge(pool: &PoolInfo, transactions: usize, most: Option<u64>) -> Result<u64, Unfit> {
    let fee = of(pool)?;
    let count = transactions as u128;
    let fees = u128::from(fee).saturating_mul(count);
    let said = most.is_some();
    let most = most.map_or_else(|| u128::from(USUAL).saturating_mul(count), u128::from);
    match fees > most {
        true => Err(Unfit::Above { fees, most, said }),
        false => Ok(fee),
    }
}

/// The fee of a transaction, however high.
///
/// # Errors
/// [`Unfit::Odd`].
pub fn of(pool: &PoolInfo) -> Result<u64, Unfit> {
    let (told, right) = (pool.standard_fee, standard(pool.minimum_fee));
    match told == right {
        true => Ok(right),
        false => Err(Unfit::Odd { told, right }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(minimum_fee: u64, standard_fee: u64) -> PoolInfo {
        PoolInfo {
            anchor: Default::default(),
            turnstile: Default::default(),
            rate: 1,
            minimum_fee,
            standard_fee,
            minimum_deposit: 1,
            max_proof_bytes: 0,
        }
    }

    #[test]
    fn the_fee_is_derived_as_the_chain_derives_it() {
        for (minimum, expected) in [(0, 0), (1, 2), (4, 5), (8, 10), (100, 128), (1_000, 1_280)] {
            assert_eq!(standard(minimum), expected, "{minimum}");
        }
        assert_eq!(standard(u64::MAX), u64::MAX);
    }

    #[test]
    fn a_fee_that_would_mark_the_payer_is_refused() {
        let right = standard(10_000_000_000);
        assert_eq!(of(&pool(10_000_000_000, right)), Ok(right));
        for told in [
            right - 1,
            right + 1,
            right + (right >> 3),
            5_000_000_000_000,
        ] {
            assert_eq!(
                judge(&pool(10_000_000_000, told), 1, Some(u64::MAX)),
                Err(Unfit::Odd { told, right })
            );
        }
    }

    #[test]
    fn a_node_does_not_set_what_is_paid() {
        // 5 QLK, for a payment of 0.5.
        let minimum = 4_000_000_000_000;
        let told = standard(minimum);
        let fees = u128::from(told);
        let most = u128::from(USUAL);
        let asked = judge(&pool(minimum, told), 1, None);
        assert_eq!(
            asked,
            Err(Unfit::Above {
                fees,
                most,
                said: false
            })
        );
        let refused = judge(&pool(minimum, told), 2, Some(told));
        let expected = Unfit::Above {
            fees: 2 * fees,
            most: fees,
            said: true,
        };
        assert_eq!(refused, Err(expected));
        assert_eq!(judge(&pool(minimum, told), 2, Some(2 * told)), Ok(told));
        // What the development chain takes.
        let usual = 10_000_000_000;
        assert!(judge(&pool(usual, standard(usual)), 5, None).is_ok());
    }
}
