//! The credit: how the chain measures itself, and what the rate does.

use polkadot_sdk::*;
use qloak_shielded::{note::Asset, transaction::Action};

use crate::{
    controller::{Controller, Sample},
    mock::*,
    *,
};

/// Blocks up to the last of the running period.
fn end_period() {
    let period = u64::from(PERIOD);
    go_to(System::block_number().div_ceil(period) * period);
    next_block();
}

fn public_transaction() {
    let remark = frame_system::Call::<Test>::remark { remark: vec![] };
    signed(&RICH, remark).unwrap();
}

#[test]
fn the_rate_begins_at_its_base() {
    run(|| {
        assert_eq!(Issuance::<Test>::get(), Controller::new(&policy()));
        assert_eq!(PrivacyCredit::info().rate, BASE_RATE);
    });
}

#[test]
fn a_chain_without_transactions_changes_nothing() {
    run(|| {
        go_to(10 * u64::from(PERIOD));
        assert_eq!(Issuance::<Test>::get().rate, BASE_RATE);
    });
}

#[test]
fn too_few_shielded_transactions_raise_the_rate() {
    run(|| {
        public_transaction();
        end_period();
        let rate = Issuance::<Test>::get().rate;
        assert!(rate > BASE_RATE, "{rate}");
    });
}

#[test]
fn many_shielded_transactions_lower_it() {
    run(|| {
        let mut alice = funded(1, &[100_000]);
        go_to(u64::from(PERIOD));
        next_block();
        let before = Issuance::<Test>::get();
        send(
            &alice
                .pay(&alice.payment(Asset::Qlk, 1), Action::Send)
                .unwrap(),
        );
        end_period();
        let after = Issuance::<Test>::get();
        let sample = Sample {
            shielded: 1,
            transactions: 1,
            fullness: 0,
            blocks: PERIOD,
        };
        assert!(after.rate < before.rate);
        // Blocks with one transfer are not empty, but far below the target: congestion counts 0.
        assert_eq!(after, before.step(&policy(), &sample));
    });
}

#[test]
fn a_change_of_the_rate_is_announced() {
    run(|| {
        public_transaction();
        go_to(u64::from(PERIOD));
        end_block();
        let rate = Issuance::<Test>::get().rate;
        assert_eq!(events(), [Event::RateChanged { rate }]);
    });
}

/// Within a block the rate is the one that it began with, which is the one before it.
#[test]
fn a_transfer_earns_the_rate_of_its_block() {
    run(|| {
        let mut alice = funded(1, &[100_000]);
        public_transaction();
        end_period();
        let rate = PrivacyCredit::info().rate;
        assert_ne!(rate, BASE_RATE);
        send(
            &alice
                .pay(&alice.payment(Asset::Qlk, 1), Action::Send)
                .unwrap(),
        );
        next_block();
        sync(&mut alice);
        assert_eq!(alice.balance(Asset::Priv), rate.into());
        assert_eq!(Turnstiles::<Test>::get().credit.entered, rate.into());
    });
}

#[test]
fn deposits_earn_nothing() {
    run(|| {
        funded(1, &[5_000, 6_000, 7_000]);
        assert_eq!(Turnstiles::<Test>::get().credit, Passage::default());
        assert_eq!(Period::<Test>::get().shielded, 0);
    });
}
