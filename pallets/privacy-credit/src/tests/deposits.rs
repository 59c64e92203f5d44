//! Deposits: what enters the pool, and what does not.

use frame_support::{assert_noop, assert_ok, traits::fungible::Inspect};
use polkadot_sdk::*;
use qloak_shielded::{element::Digest, note::Asset, transaction::Deposit, tree::CAPACITY};
use sp_runtime::TokenError;

use crate::{mock::*, *};

fn deposit(value: u64) -> Deposit {
    let mut wallet = wallet(1);
    let payment = wallet.payment(Asset::Qlk, value);
    wallet.deposit(&payment)
}

#[test]
fn a_deposit_is_held_counted_and_announced() {
    run(|| {
        let deposit = deposit(5_000);
        let output = deposit.output();
        assert_ok!(shield(&RICH, deposit));
        assert_eq!(Balances::total_balance(&RICH), RICHES - 5_000);
        assert_eq!(PrivacyCredit::pool_balance(), 5_000);
        let turnstile = Turnstiles::<Test>::get();
        assert_eq!(
            turnstile.qlk,
            Passage {
                entered: 5_000,
                left: 0
            }
        );
        assert_eq!(turnstile.of(Asset::Priv), &Passage::default());
        assert_eq!(Tree::<Test>::get().size(), 1);
        let expected = Event::Shielded {
            who: RICH,
            value: 5_000,
            position: 0,
            output: Box::new(output),
        };
        assert_eq!(events(), [expected]);
    });
}

#[test]
fn the_depositor_finds_the_note() {
    run(|| {
        let wallet = funded(1, &[5_000, 3_000]);
        assert_eq!(wallet.balance(Asset::Qlk), 8_000);
        assert_eq!(wallet.tree.root(), CurrentAnchor::<Test>::get().root);
    });
}

/// The chain makes the commitment from the value that was paid: whoever encrypts another value to
/// himself has a note that does not open.
#[test]
fn a_deposit_is_worth_what_was_paid() {
    run(|| {
        let mut wallet = wallet(1);
        let payment = wallet.payment(Asset::Qlk, 1_000_000);
        let mut forged = wallet.deposit(&payment);
        forged.value = 3_000;
        assert_ok!(shield(&RICH, forged));
        next_block();
        sync(&mut wallet);
        assert_eq!(wallet.balance(Asset::Qlk), 0);
        assert_eq!(PrivacyCredit::pool_balance(), 3_000);
    });
}

/// A deposit is worth more than a transfer that spends it costs. Else whoever knows an address could fill its owner's wallet with
/// notes that are worth nothing to him.
#[test]
fn a_deposit_below_the_fee_of_spending_it_is_refused() {
    run(|| {
        let least = PrivacyCredit::minimum_deposit();
        let standard = PrivacyCredit::standard_fee();
        assert!(least > standard && least >= MinimumDeposit::get());
        for value in [0, MinimumDeposit::get(), standard, least - 1] {
            let deposit = Box::new(deposit(value));
            assert_noop!(
                PrivacyCredit::shield(RuntimeOrigin::signed(RICH), deposit),
                Error::<Test>::DepositTooSmall
            );
        }
        assert_ok!(shield(&RICH, deposit(least)));
    });
}

#[test]
fn nobody_deposits_what_he_does_not_have() {
    run(|| {
        assert_noop!(
            PrivacyCredit::shield(RuntimeOrigin::signed(POOR), Box::new(deposit(5_000))),
            TokenError::FundsUnavailable
        );
        assert_noop!(
            PrivacyCredit::shield(RuntimeOrigin::none(), Box::new(deposit(5_000))),
            sp_runtime::DispatchError::BadOrigin
        );
    });
}

#[test]
fn the_depositor_keeps_his_existential_deposit() {
    run(|| {
        use frame_support::traits::fungible::Mutate;
        Balances::set_balance(&POOR, 5_000);
        let shield =
            |value| PrivacyCredit::shield(RuntimeOrigin::signed(POOR), Box::new(deposit(value)));
        assert!(shield(4_991).is_err());
        assert_ok!(shield(4_990));
        assert_eq!(Balances::total_balance(&POOR), EXISTENTIAL_DEPOSIT);
    });
}

#[test]
fn a_full_tree_takes_no_deposit() {
    run(|| {
        with_tree_of(CAPACITY, || {
            assert_noop!(
                PrivacyCredit::shield(RuntimeOrigin::signed(RICH), Box::new(deposit(5_000))),
                Error::<Test>::TreeFull
            );
        });
    });
}

#[test]
fn what_cannot_be_counted_does_not_enter() {
    run(|| {
        let entered = u128::MAX - 4_999;
        Turnstiles::<Test>::mutate(|turnstile| {
            turnstile.qlk = Passage {
                entered,
                left: entered,
            }
        });
        assert_noop!(
            PrivacyCredit::shield(RuntimeOrigin::signed(RICH), Box::new(deposit(5_000))),
            Error::<Test>::Refused(Refusal::Overflow)
        );
        Turnstiles::<Test>::kill();
    });
}

/// Strangers can send to the pool's account. It changes nothing for the pool.
#[test]
fn a_donation_is_not_in_the_pool() {
    run(|| {
        assert_ok!(shield(&RICH, deposit(5_000)));
        let pool = PrivacyCredit::pool_account();
        assert_ok!(Balances::transfer_allow_death(
            RuntimeOrigin::signed(RICH),
            pool.clone(),
            777
        ));
        assert_eq!(PrivacyCredit::pool_balance(), 5_000);
        assert_eq!(Balances::total_balance(&pool), 5_777);
    });
}

/// The tree of a chain that has gone on for long. The subtrees are made up.
pub fn with_tree_of(size: u32, test: impl FnOnce()) {
    use codec::{Decode, Encode};
    use qloak_shielded::tree::Frontier;
    let full = Digest([Digest::ZERO.0[0] + qloak_shielded::element::from_canonical(1).unwrap(); 8]);
    let left: [Digest; 32] = core::array::from_fn(|level| {
        if size >> level & 1 == 1 {
            full
        } else {
            Digest::ZERO
        }
    });
    let real = Tree::<Test>::get();
    Tree::<Test>::put(Frontier::decode(&mut (size, left).encode().as_slice()).unwrap());
    test();
    Tree::<Test>::put(real);
}
