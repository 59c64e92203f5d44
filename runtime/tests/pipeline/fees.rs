//! Who gets what a transaction pays.

use polkadot_sdk::*;
use qloak_pq_crypto::scheme::Scheme;
use qloak_runtime::{constants::currency::QLK, Balances, Runtime, RuntimeCall};

use crate::chain::*;

fn remark() -> RuntimeCall {
    frame_system::Call::<Runtime>::remark { remark: vec![] }.into()
}

/// Alice, who authors every block of a development chain, and a payer whose key is registered.
fn author_and_payer() -> (Person, Person) {
    let payer = Person::funded("Eve", Scheme::MlDsa65);
    assert_lands(payer.sign(remark()));
    (Person::new("Alice", Scheme::MlDsa65), payer)
}

#[test]
fn a_tip_goes_to_the_author_and_the_fee_is_burnt() {
    on_development_chain(|| {
        let (author, payer) = author_and_payer();
        let (had, paid_from, issued) = (author.free(), payer.free(), Balances::total_issuance());
        let mut draft = Draft::of(&payer, remark());
        draft.tip = 3 * QLK;
        assert_lands(draft.registered());
        assert_eq!(author.free() - had, 3 * QLK);
        let burnt = issued - Balances::total_issuance();
        assert!(burnt > 0);
        assert_eq!(paid_from - payer.free(), 3 * QLK + burnt);
    });
}

#[test]
fn without_a_tip_the_author_gets_nothing_and_pays_its_own_fees() {
    on_development_chain(|| {
        let (author, payer) = author_and_payer();
        let had = author.free();
        assert_lands(payer.sign_short(remark()));
        assert_eq!(author.free(), had);
        // Its first transaction registers its key, for a deposit.
        assert_lands(author.sign(remark()));
        let (had, issued) = (author.free(), Balances::total_issuance());
        assert_lands(author.sign_short(remark()));
        assert_eq!(had - author.free(), issued - Balances::total_issuance());
        assert!(author.free() < had);
    });
}
