//! Transactions of an account that was emptied and is funded again.

use polkadot_sdk::*;
use qloak_pq_crypto::scheme::Scheme;
use qloak_runtime::{
    constants::currency::{MILLI_QLK, QLK},
    AccountId, PqSignatures, Runtime, RuntimeCall, System, UncheckedExtrinsic,
};
use sp_runtime::transaction_validity::InvalidTransaction;

use crate::chain::*;

/// Less than a key's deposit: the account is not registered, so that nothing keeps it alive.
const LITTLE: u128 = 20 * MILLI_QLK;

fn everything(to: &AccountId) -> RuntimeCall {
    pallet_balances::Call::<Runtime>::transfer_all {
        dest: to.clone().into(),
        keep_alive: false,
    }
    .into()
}

fn fund(rich: &Person, account: &AccountId) {
    assert_lands_in_this_block(rich.sign(transfer(account, LITTLE)));
}

#[track_caller]
fn assert_stale(transaction: &UncheckedExtrinsic) {
    let refused = apply(transaction.clone()).expect_err("an old transaction is refused");
    assert_eq!(refused, InvalidTransaction::Stale.into());
}

/// The account sends `count` transactions of which the last empties it. Then it comes again, `blocks`
/// blocks later, and each is sent once more.
fn replay(count: u32, blocks: u32) {
    on_development_chain(|| {
        let rich = Person::funded("Alice", Scheme::MlDsa44);
        let (poor, bob) = (
            Person::new("Polly", Scheme::MlDsa44),
            Person::new("Bob", Scheme::MlDsa44),
        );
        // Nothing of this depends on Bob, who exists.
        fund(&rich, &bob.account);
        jump_to_block(5);
        fund(&rich, &poor.account);
        let mut sent = Vec::new();
        for number in 1..=count {
            let call = match number == count {
                true => everything(&bob.account),
                false => transfer(&bob.account, MILLI_QLK),
            };
            let transaction = poor.sign(call);
            assert_lands_in_this_block(transaction.clone());
            sent.push(transaction);
        }
        assert!(PqSignatures::key_of(&poor.account).is_none());
        assert!(!System::account_exists(&poor.account));

        if blocks > 0 {
            jump_to_block(5 + blocks);
        }
        fund(&rich, &poor.account);
        let funds = poor.free();
        sent.iter().for_each(assert_stale);
        assert_eq!(poor.free(), funds);
        // What it signs now counts.
        assert_lands_in_this_block(poor.sign(everything(&bob.account)));
    });
}

#[test]
fn an_account_that_was_reaped_and_funded_again_cannot_be_replayed() {
    replay(1, 1);
    replay(1, 60);
}

/// An account that sends faster than there are blocks is ahead of the block's number.
#[test]
fn nor_can_one_that_sent_more_transactions_than_there_were_blocks() {
    for (count, blocks) in [(1, 0), (3, 0), (3, 1), (5, 2)] {
        replay(count, blocks);
    }
}

#[test]
fn accounts_at_genesis_begin_at_zero_and_later_ones_at_their_block() {
    on_development_chain(|| {
        let alice = Person::new("Alice", Scheme::MlDsa65);
        assert_eq!(alice.nonce(), 0);
        jump_to_block(40);
        let late = Person::new("Late", Scheme::MlDsa65).with_balance(QLK);
        assert_eq!(late.nonce(), 40);
        jump_to_block(50);
        assert_eq!(late.nonce(), 40);
    });
}
