//! Quantities with their units. Everything economic is derived from what stands here.

/// Money. The token is QLK; balances count its smallest unit, 10⁻¹² QLK.
pub mod currency {
    use crate::Balance;

    /// Decimal places of QLK.
    pub const DECIMALS: u8 = 12;
    /// The token's symbol.
    pub const SYMBOL: &str = "QLK";
    /// One QLK.
    pub const QLK: Balance = 10u128.pow(DECIMALS as u32);
    /// A thousandth of a QLK.
    pub const MILLI_QLK: Balance = QLK / 1_000;
    /// A millionth of a QLK.
    pub const MICRO_QLK: Balance = MILLI_QLK / 1_000;
    /// A billionth of a QLK.
    pub const NANO_QLK: Balance = MICRO_QLK / 1_000;

    /// An account with less is removed from the state.
    pub const EXISTENTIAL_DEPOSIT: Balance = MILLI_QLK;
    /// Held for an item that stays in the state, whatever its size.
    pub const DEPOSIT_PER_ITEM: Balance = 10 * MILLI_QLK;
    /// Held for a byte that stays in the state. An ML-DSA-65 key (1,952 bytes) costs some 0.03 QLK
    /// with [`DEPOSIT_PER_ITEM`].
    pub const DEPOSIT_PER_BYTE: Balance = 10 * MICRO_QLK;
}

/// Time. A slot is a second.
pub mod time {
    use crate::BlockNumber;

    /// Milliseconds of a slot, and so between blocks.
    pub const SLOT_MILLISECONDS: u64 = 1_000;
    /// Blocks of a minute.
    pub const MINUTES: BlockNumber = 60_000 / (SLOT_MILLISECONDS as BlockNumber);
    /// Blocks of an hour.
    pub const HOURS: BlockNumber = 60 * MINUTES;
    /// Blocks of a day.
    pub const DAYS: BlockNumber = 24 * HOURS;
}

/// How much fits into a block.
pub mod block {
    use polkadot_sdk::frame_support::weights::{constants::WEIGHT_REF_TIME_PER_MILLIS, Weight};
    use polkadot_sdk::sp_runtime::Perbill;

    /// Execution time of a block: half a slot, so that authoring (which may take two thirds) and
    /// importing fit. The state that it touches has no limit of its own: that would be the size of a
    /// parachain's proof, and this chain proves its blocks to nobody.
    pub const EXECUTION: Weight = Weight::from_parts(500 * WEIGHT_REF_TIME_PER_MILLIS, u64::MAX);
    /// Bytes of a block. The SDK's 5 MiB would hold 1,100 transfers of 3.5 kB; 10 MiB stay below the
    /// 16 MiB at which block responses end.
    pub const BYTES: u32 = 10 * 1024 * 1024;
    /// Bytes of a header. The largest that an honest author makes has some 11 kB: the seal, and 64 new authorities and
    /// voters. Nodes announce a block by its header, in at most 1 MiB, and part with who sends more; the SDK's default, a
    /// fifth of [`BYTES`], would let an author make blocks that nodes take and cannot announce.
    pub const HEADER_BYTES: u32 = 64 * 1024;
    /// The share of both that is for transactions, the rest being for inherents and operations.
    pub const NORMAL_SHARE: Perbill = Perbill::from_percent(75);
}

/// Fees.
pub mod fee {
    use polkadot_sdk::frame_support::weights::{
        constants::ExtrinsicBaseWeight, WeightToFeeCoefficient, WeightToFeeCoefficients,
        WeightToFeePolynomial,
    };
    use polkadot_sdk::sp_runtime::Perbill;

    use super::currency::{MICRO_QLK, NANO_QLK};
    use crate::Balance;

    /// The fee for executing nothing.
    pub const BASE: Balance = 200 * MICRO_QLK;
    /// The fee for a byte: a registered ML-DSA-65 transfer of 3.5 kB pays 0.00035 QLK for its bytes,
    /// a classical one of 145 bytes 0.00001 QLK.
    pub const PER_BYTE: Balance = 100 * NANO_QLK;

    /// Turns execution time into a fee, in proportion, at the rate by which the base weight of an
    /// extrinsic costs [`BASE`].
    pub struct WeightToFee;

    impl WeightToFeePolynomial for WeightToFee {
        type Balance = Balance;

        fn polynomial() -> WeightToFeeCoefficients<Balance> {
            let base = Balance::from(ExtrinsicBaseWeight::get().ref_time());
            [WeightToFeeCoefficient {
                degree: 1,
                negative: false,
                coeff_frac: Perbill::from_rational(BASE % base, base),
                coeff_integer: BASE / base,
            }]
            .into_iter()
            .collect()
        }
    }
}

/// Key registry.
pub mod keys {
    use super::time;
    use crate::BlockNumber;

    /// For how long a key that was rotated out remains valid: transactions signed before the rotation
    /// still land, and a wallet that missed it has time to notice.
    pub const ROTATION_OVERLAP: BlockNumber = 10 * time::MINUTES;
}

/// Sessions, and the eras that they make up.
pub mod session {
    use super::{currency, time};
    use crate::{Balance, BlockNumber};

    /// Blocks of a session, at the end of which validators and their keys change.
    pub const LENGTH: BlockNumber = 10 * time::MINUTES;
    /// Sessions of an era, at the end of which validators are elected.
    pub const PER_ERA: u32 = 6;
    /// Blocks of an era.
    pub const ERA: BlockNumber = PER_ERA * LENGTH;

    /// Held for registered session keys: an entry with both keys, and one for each that names its owner.
    /// They take some 300 bytes.
    pub const KEY_DEPOSIT: Balance =
        3 * currency::DEPOSIT_PER_ITEM + 300 * currency::DEPOSIT_PER_BYTE;
}

/// Stakes, elections and slashes.
pub mod staking {
    use polkadot_sdk::sp_runtime::Perbill;

    use super::{currency::QLK, session, time};
    use crate::Balance;

    /// The most validators at a time. More authorities than this would need longer finality messages
    /// than nodes exchange.
    pub const MAX_VALIDATORS: u32 = 64;
    /// The most candidates for validator.
    pub const MAX_CANDIDATES: u32 = 200;
    /// The most nominators. With [`MAX_CANDIDATES`] they are an election that one block can hold.
    pub const MAX_NOMINATORS: u32 = 800;
    /// The most candidates that one nominator stands behind.
    pub const MAX_NOMINATIONS: u32 = 16;

    /// What a validator bonds at least. Votes are counted by seat, so a seat must cost.
    pub const MIN_VALIDATOR_BOND: Balance = 100_000 * QLK;
    /// The same on a development chain, where seats are worth nothing. A twentieth of it, the smallest slash,
    /// exceeds what an equivocation report costs the chain many times over.
    pub const DEVELOPMENT_VALIDATOR_BOND: Balance = 1_000 * QLK;
    /// The share of the average backing of all validators that stands behind each of them at least: *m* of *n* seats
    /// are never had for less than *m* / 2*n* of the stake behind all.
    pub const LEAST_BACKING: Perbill = Perbill::from_percent(50);
    /// What a nominator bonds at least.
    pub const MIN_NOMINATOR_BOND: Balance = 10 * QLK;

    /// Eras for which a bond stays slashable after it was given up: 7 days.
    pub const BONDING_ERAS: u32 = 7 * time::DAYS / session::ERA;
    /// Eras of which the stakes are remembered: a day more than they can be slashed for.
    pub const HISTORY_ERAS: u32 = BONDING_ERAS + time::DAYS / session::ERA;
    /// Eras between an offence and its slash: none, while there is no governance that could cancel it.
    pub const SLASH_DEFER_ERAS: u32 = 0;
    /// The share of a slash that goes to those who reported it.
    pub const SLASH_REWARD: Perbill = Perbill::from_percent(10);
}

/// Offences of validators. What an equivocation costs stands in `pallet_validator_offences::offence`.
pub mod offences {
    use super::time;
    use crate::BlockNumber;

    /// For how long an offender is out of the validator set.
    pub const EXCLUSION: BlockNumber = 24 * time::HOURS;
}

/// The shielded pool and the privacy credit.
pub mod shielded {
    use pallet_privacy_credit::Policy;
    use polkadot_sdk::sp_runtime::{FixedI64, Permill};

    use super::{currency, time};
    use crate::BlockNumber;

    /// For how many blocks a root of the note tree may be referred to after another has taken its place: what a
    /// wallet has for proving, a person for reading what is asked, and the pool for a wait. Wallets
    /// take the root of the last multiple of ten.
    pub const ANCHOR_WINDOW: BlockNumber = 10 * time::MINUTES;

    /// How far away the end of a transfer's life may be: twice the 240 blocks after the anchor's that wallets take, so that a
    /// node that is minutes behind the sender's still takes it.
    pub const MAX_LIFETIME: BlockNumber = 8 * time::MINUTES;

    /// The share of the least fee of a transfer by which it exceeds that of an ordinary transaction.
    pub const PREMIUM: Permill = Permill::from_percent(10);

    /// The least deposit while fees are low, in units of QLK: what a public account has at least. At other times it is twice
    /// the standard fee.
    pub const MINIMUM_DEPOSIT: u64 = u64_of(currency::EXISTENTIAL_DEPOSIT);

    /// One PRIV in its smallest unit.
    pub const PRIV: u64 = 1_000_000_000_000;

    /// How many privacy credits a transfer brings. They are aimed at a fifth of all transactions being
    /// shielded: some dozens a second on a busy chain, among which one's own is one of many.
    pub const ISSUANCE: Policy = Policy {
        base_rate: PRIV,
        lowest_rate: PRIV / 10,
        highest_rate: 10 * PRIV,
        target_share: Permill::from_percent(20),
        target_fullness: Permill::from_percent(50),
        congestion_gain: FixedI64::from_u32(1),
        proportional_gain: FixedI64::from_rational(1, 2),
        integral_gain: FixedI64::from_rational(1, 20),
        derivative_gain: FixedI64::from_rational(1, 10),
        integral_limit: FixedI64::from_u32(40),
        period: 10 * time::MINUTES,
    };

    const fn u64_of(amount: crate::Balance) -> u64 {
        assert!(amount <= u64::MAX as crate::Balance, "notes are of 64 bits");
        amount as u64
    }
}

/// The address directory. An address of 1,216 bytes costs some 0.022 QLK to keep there.
pub mod directory {
    /// The most addresses that one account publishes at a time. A shop has one; the bound keeps what hangs on one account
    /// small.
    pub const MAX_ADDRESSES: u32 = 64;
}

#[cfg(test)]
mod tests {
    use super::{
        block, currency::*, directory, fee, offences, session, shielded, staking, time::*,
    };
    use crate::Balance;
    use polkadot_sdk::frame_support::weights::{constants::ExtrinsicBaseWeight, WeightToFee as _};

    #[test]
    fn units_relate() {
        assert_eq!(QLK, 1_000_000_000_000);
        assert_eq!(MILLI_QLK * 1_000, QLK);
        assert_eq!(NANO_QLK * 1_000_000_000, QLK);
        assert_eq!(MINUTES, 60);
        assert_eq!(DAYS, 86_400);
    }

    #[test]
    fn an_empty_extrinsic_pays_the_base_fee() {
        let paid = fee::WeightToFee::weight_to_fee(&ExtrinsicBaseWeight::get());
        assert!(
            paid.abs_diff(fee::BASE) < fee::BASE / 100,
            "{paid} is not about {}",
            fee::BASE
        );
    }

    #[test]
    fn a_full_block_costs_more_than_a_tenth_of_a_qlk_and_less_than_ten() {
        let execution = fee::WeightToFee::weight_to_fee(&block::EXECUTION);
        let bytes = Balance::from(block::BYTES) * fee::PER_BYTE;
        assert!((QLK / 10..10 * QLK).contains(&execution), "{execution}");
        assert!((QLK / 10..10 * QLK).contains(&bytes), "{bytes}");
    }

    #[test]
    fn an_era_is_an_hour_and_a_bond_stays_for_a_week() {
        assert_eq!(session::ERA, HOURS);
        assert_eq!(staking::BONDING_ERAS, 168);
        assert_eq!(staking::BONDING_ERAS * session::ERA, 7 * DAYS);
    }

    #[test]
    fn whoever_can_be_slashed_has_a_remembered_stake() {
        const { assert!(staking::HISTORY_ERAS > staking::BONDING_ERAS) };
        const { assert!(offences::EXCLUSION < staking::BONDING_ERAS * session::ERA) };
    }

    #[test]
    fn the_smallest_slash_exceeds_the_fee_of_a_full_block() {
        let full = fee::WeightToFee::weight_to_fee(&block::EXECUTION);
        assert!(staking::DEVELOPMENT_VALIDATOR_BOND / 20 > full, "{full}");
        const { assert!(staking::MIN_VALIDATOR_BOND > staking::DEVELOPMENT_VALIDATOR_BOND) };
        const { assert!(staking::MIN_NOMINATOR_BOND > session::KEY_DEPOSIT) };
    }

    #[test]
    fn a_deposit_is_worth_a_public_account() {
        assert_eq!(
            Balance::from(shielded::MINIMUM_DEPOSIT),
            EXISTENTIAL_DEPOSIT
        );
        // A note holds more than there are QLK in any account: 18 million.
        assert!(Balance::from(u64::MAX) > 18_000_000 * QLK);
    }

    #[test]
    fn the_policy_of_the_credit_is_sound() {
        assert!(shielded::ISSUANCE.is_sound());
        assert_eq!(shielded::ISSUANCE.period, 10 * MINUTES);
        assert_eq!(shielded::ANCHOR_WINDOW, 600);
        assert_eq!(shielded::MAX_LIFETIME, 480);
    }

    #[test]
    fn a_block_holds_more_than_fifty_shielded_transfers() {
        use crate::{PrivacyCredit, Runtime};
        use polkadot_sdk::frame_system::Config;
        let length = PrivacyCredit::transfer_length();
        assert!((80_000..90_000).contains(&length), "{length} bytes");
        assert!(block::NORMAL_SHARE * block::BYTES > 50 * length);
        let weight = PrivacyCredit::transfer_weight().ref_time();
        let limits = <Runtime as Config>::BlockWeights::get();
        let most = limits.get(polkadot_sdk::frame_support::dispatch::DispatchClass::Normal);
        let most = most.max_total.unwrap_or_default().ref_time();
        assert!(most > 50 * weight, "{weight} of {most}");
    }

    #[test]
    fn an_address_costs_more_to_keep_than_to_bring() {
        use pallet_address_directory::ADDRESS_BYTES;
        let deposit = crate::AddressDirectory::deposit();
        assert_eq!(
            deposit,
            DEPOSIT_PER_ITEM + ADDRESS_BYTES as Balance * DEPOSIT_PER_BYTE
        );
        assert!(deposit > 10 * ADDRESS_BYTES as Balance * fee::PER_BYTE);
        assert!(Balance::from(directory::MAX_ADDRESSES) * deposit < 2 * QLK);
    }

    #[test]
    fn a_key_costs_more_to_keep_than_to_bring() {
        let deposit = DEPOSIT_PER_ITEM + 1_952 * DEPOSIT_PER_BYTE;
        assert!(deposit > 10 * (1_952 * fee::PER_BYTE));
        assert!(deposit < QLK);
    }
}
