//! The shielded pool through the whole pipeline, with real proofs: what lands, what it changes, and
//! what is refused with which code.

use codec::Encode;
use pallet_pq_signatures::extrinsic::Wire;
use pallet_privacy_credit::{Call, Refusal};
use polkadot_sdk::*;
use qloak_pq_crypto::scheme::Scheme;
use qloak_runtime::{
    constants::{
        currency::QLK,
        shielded::{ANCHOR_WINDOW, MAX_LIFETIME},
    },
    Authorship, Balance, Balances, Executive, Header, PrivacyCredit, Runtime, System,
    UncheckedExtrinsic,
};
use qloak_shielded::{
    note::Asset,
    transaction::{Action, Transfer},
};
use qloak_test_wallet::{Draft, Wallet};
use sp_runtime::{
    generic::LazyBlock,
    transaction_validity::{TransactionSource, TransactionValidityError, ValidTransaction},
};

use crate::{
    chain::*,
    shielded_wallet::{end_block, wallet},
};

/// What each deposit is worth.
const VALUE: u64 = 10 * QLK as u64;

fn shield(who: &Person, wallet: &mut Wallet, value: u64) -> UncheckedExtrinsic {
    let payment = wallet.payment(Asset::Qlk, value);
    let deposit = Box::new(wallet.deposit(&payment));
    who.sign(Call::<Runtime>::shield { deposit })
}

fn pays(payer: &mut Wallet, payee: &Wallet, value: u64, action: Action) -> Draft {
    let payment = payee.payment(Asset::Qlk, value);
    payer.pay(&payment, action).expect("there is enough")
}

fn bare(transfer: Transfer, proof: Vec<u8>) -> UncheckedExtrinsic {
    let call = Call::<Runtime>::transfer {
        transfer: Box::new(transfer),
        proof: proof.try_into().unwrap(),
    };
    Wire::new_bare(call.into()).into()
}

fn proven(draft: &Draft) -> UncheckedExtrinsic {
    bare(draft.transfer.clone(), draft.proof())
}

/// Alice's wallet with two notes, and Bob's with none, in block 2.
fn funded() -> (Wallet, Wallet) {
    let alice = Person::funded("Alice", Scheme::MlDsa65);
    let (mut hers, mut his) = (wallet(1), wallet(2));
    let mut body = Vec::new();
    for _ in 0..2 {
        let deposit = shield(&alice, &mut hers, VALUE);
        assert_lands_in_this_block(deposit.clone());
        body.push(deposit);
    }
    end_block(&body, &mut [&mut hers, &mut his]);
    (hers, his)
}

fn refused(refusal: Refusal) -> TransactionValidityError {
    refusal.into()
}

fn in_pool(extrinsic: &UncheckedExtrinsic) -> Result<ValidTransaction, TransactionValidityError> {
    validate_from(TransactionSource::External, extrinsic.clone())
}

/// The root of the state, but for what the SDK notes of an extrinsic before it is refused: its bytes, and
/// that the inherents are over. A node that makes a block takes that back, and one that imports it
/// takes back the block.
fn root() -> Vec<u8> {
    rolled_back(|| {
        for item in ["ExtrinsicData", "InherentsApplied"] {
            let noted = frame_support::storage::storage_prefix(b"System", item.as_bytes());
            let _ = frame_support::storage::unhashed::clear_prefix(&noted, None, None);
        }
        sp_io::storage::root(sp_runtime::StateVersion::V1)
    })
}

/// Asserts that pool and block refuse the transfer, for this reason, and that nothing changes.
#[track_caller]
fn assert_transfer_refused(extrinsic: UncheckedExtrinsic, refusal: Refusal) {
    let before = root();
    assert_eq!(
        in_pool(&extrinsic).unwrap_err(),
        refused(refusal),
        "in the pool"
    );
    assert_eq!(
        apply(extrinsic).unwrap_err(),
        refused(refusal),
        "in a block"
    );
    assert_eq!(root(), before, "the state has changed");
}

fn issuance() -> Balance {
    Balances::total_issuance()
}

#[test]
fn money_goes_in_changes_hands_and_comes_out() {
    on_development_chain(|| {
        let (mut hers, mut his) = funded();
        assert_eq!(hers.balance(Asset::Qlk), 2 * u128::from(VALUE));
        assert_eq!(PrivacyCredit::pool_balance(), 2 * Balance::from(VALUE));

        let paid = pays(&mut hers, &his, VALUE, Action::Send);
        let fee = paid.transfer.fee;
        let (before, author) = (
            issuance(),
            Authorship::author().expect("the block has an author"),
        );
        let author_had = Balances::free_balance(&author);
        let transfer = proven(&paid);
        assert_lands(transfer.clone());
        let burnt = before - issuance();
        let kept = Balances::free_balance(&author) - author_had;
        assert_eq!(burnt + kept, fee.into());
        assert_eq!(burnt, PrivacyCredit::minimum_fee().into(), "the minimum");
        end_block(&[transfer], &mut [&mut hers, &mut his]);
        assert_eq!(his.balance(Asset::Qlk), VALUE.into());
        assert_eq!(hers.balance(Asset::Qlk), u128::from(VALUE - fee));
        assert!(hers.balance(Asset::Priv) > 0, "a credit for the sender");
        assert_eq!(his.balance(Asset::Priv), 0);
        assert_eq!(
            hers.tree.root(),
            PrivacyCredit::frontier().root(),
            "one tree"
        );

        // Bob gets another note, and takes some of both out.
        let bob = Person::funded("Bob", Scheme::MlDsa65);
        let deposit = shield(&bob, &mut his, VALUE);
        assert_lands(deposit.clone());
        end_block(&[deposit], &mut [&mut hers, &mut his]);
        let had = bob.free();
        let withdrawal = pays(
            &mut his,
            &hers,
            0,
            Action::Withdraw {
                value: VALUE + 1,
                recipient: bob.account.clone().into(),
            },
        );
        let extrinsic = proven(&withdrawal);
        assert_lands(extrinsic.clone());
        assert_eq!(bob.free() - had, Balance::from(VALUE) + 1);
        end_block(&[extrinsic], &mut [&mut hers, &mut his]);
        let inside = hers.balance(Asset::Qlk) + his.balance(Asset::Qlk);
        assert_eq!(
            PrivacyCredit::pool_balance(),
            inside,
            "all of it has an owner"
        );
    });
}

#[test]
fn a_deposit_pays_an_ordinary_fee_and_earns_no_credit() {
    on_development_chain(|| {
        let alice = Person::funded("Alice", Scheme::MlDsa65);
        let mut hers = wallet(1);
        let had = alice.free();
        let deposit = shield(&alice, &mut hers, VALUE);
        assert_lands(deposit.clone());
        assert!(
            had - alice.free() > Balance::from(VALUE),
            "deposit, fee and key"
        );
        end_block(&[deposit], &mut [&mut hers]);
        assert_eq!(hers.balance(Asset::Qlk), VALUE.into());
        assert_eq!(hers.balance(Asset::Priv), 0);
        assert_fails(
            shield(&alice, &mut hers, PrivacyCredit::standard_fee()),
            pallet_privacy_credit::Error::<Runtime>::DepositTooSmall,
        );
    });
}

#[test]
fn two_spendings_of_a_note_exclude_each_other_in_the_pool() {
    on_development_chain(|| {
        let (mut hers, his) = funded();
        let one = pays(&mut hers, &his, 1, Action::Send);
        let other = pays(&mut hers, &his, 2, Action::Send);
        let [one, other] = [one, other].map(|draft| {
            let nullifiers = draft.transfer.nullifiers;
            let tags = nullifiers.map(|nullifier| ("Shielded", nullifier.to_bytes()).encode());
            let valid = in_pool(&proven(&draft)).unwrap();
            assert_eq!(valid.provides, tags);
            assert!(valid.requires.is_empty() && valid.propagate);
            valid
        });
        assert_eq!(one.provides, other.provides);
    });
}

#[test]
fn a_note_is_spent_once() {
    on_development_chain(|| {
        let (mut hers, his) = funded();
        let one = proven(&pays(&mut hers, &his, 1, Action::Send));
        let other = proven(&pays(&mut hers, &his, 2, Action::Send));
        assert_lands_in_this_block(one.clone());
        // In the same block, and later.
        assert_transfer_refused(one.clone(), Refusal::AlreadySpent);
        assert_transfer_refused(other.clone(), Refusal::AlreadySpent);
        author_blocks_to(System::block_number() + 3);
        assert_transfer_refused(one, Refusal::AlreadySpent);
        assert_transfer_refused(other, Refusal::AlreadySpent);
    });
}

#[test]
fn what_a_transfer_says_cannot_be_changed() {
    on_development_chain(|| {
        let (mut hers, his) = funded();
        let draft = pays(
            &mut hers,
            &his,
            0,
            Action::Withdraw {
                value: VALUE,
                recipient: [7; 32],
            },
        );
        let proof = draft.proof();
        let spoils: [fn(&mut Transfer); 5] = [
            |transfer| transfer.outputs[0].ciphertext.memo[0] ^= 1,
            |transfer| transfer.fee += 1,
            |transfer| transfer.valid_until += 1,
            |transfer| transfer.credit = transfer.outputs[0].commitment,
            |transfer| {
                transfer.action = Action::Withdraw {
                    value: VALUE,
                    recipient: [8; 32],
                }
            },
        ];
        for spoil in spoils {
            let mut transfer = draft.transfer.clone();
            spoil(&mut transfer);
            assert_transfer_refused(bare(transfer, proof.clone()), Refusal::InvalidProof);
        }
        assert_transfer_refused(
            bare(draft.transfer.clone(), Vec::new()),
            Refusal::InvalidProof,
        );
        assert_lands(bare(draft.transfer, proof));
    });
}

#[test]
fn an_anchor_becomes_too_old() {
    on_development_chain(|| {
        let (mut hers, his) = funded();
        let mut draft = pays(&mut hers, &his, 1, Action::Send);
        // Longer than the anchor.
        draft.transfer.valid_until += ANCHOR_WINDOW;
        let transfer = proven(&draft);
        // Another root takes the anchor's place at the end of this block.
        let bob = Person::funded("Bob", Scheme::MlDsa65);
        assert_lands_in_this_block(shield(&bob, &mut wallet(3), VALUE));
        let retired = System::block_number();
        jump_to_block(retired + ANCHOR_WINDOW - 1);
        let valid = in_pool(&transfer).unwrap();
        assert_eq!(valid.longevity, 1);
        author_blocks_to(retired + ANCHOR_WINDOW + 1);
        assert_transfer_refused(transfer, Refusal::UnknownAnchor);
    });
}

#[test]
fn a_fee_below_the_minimum_and_an_expired_transfer() {
    on_development_chain(|| {
        let (mut hers, his) = funded();
        let mut cheap = pays(&mut hers, &his, 1, Action::Send).transfer;
        cheap.fee = PrivacyCredit::minimum_fee() / 2;
        assert_transfer_refused(bare(cheap, Vec::new()), Refusal::FeeTooLow);
        let mut late = pays(&mut hers, &his, 1, Action::Send).transfer;
        late.valid_until = System::block_number() - 1;
        assert_transfer_refused(bare(late, Vec::new()), Refusal::Expired);
    });
}

/// A wallet that was lied to about the height does not sign for hours, and whoever is some blocks ahead is not to blame.
#[test]
fn the_end_of_a_transfer_may_be_480_blocks_away() {
    on_development_chain(|| {
        let (mut hers, his) = funded();
        let mut draft = pays(&mut hers, &his, 1, Action::Send);
        // The pool judges for the next block.
        let next = System::block_number() + 1;
        draft.transfer.valid_until = next + MAX_LIFETIME + 1;
        assert_transfer_refused(
            bare(draft.transfer.clone(), Vec::new()),
            Refusal::TooFarAhead,
        );
        draft.transfer.valid_until -= 1;
        in_pool(&proven(&draft)).unwrap();
    });
}

/// A block with a transfer, whose proof `spoil` changes after the header was made.
fn import_a_block(spoil: fn(&mut Vec<u8>)) {
    on_development_chain(|| {
        let (mut hers, his) = funded();
        Executive::finalize_block();
        let draft = pays(&mut hers, &his, 1, Action::Send);
        let mut proof = draft.proof();
        let number = System::block_number() + 1;
        let now = pallet_timestamp::Call::<Runtime>::set {
            now: u64::from(number) * 1_000,
        };
        let inherent = UncheckedExtrinsic::from(Wire::new_bare(now.into()));
        let header: Header = rolled_back(|| {
            begin_block(number);
            assert_lands_in_this_block(bare(draft.transfer.clone(), proof.clone()));
            Executive::finalize_block()
        });
        spoil(&mut proof);
        let body = vec![inherent, bare(draft.transfer, proof)];
        let block: LazyBlock<_, UncheckedExtrinsic> = LazyBlock::new(header, body);
        Executive::execute_block(block);
    });
}

/// Unlike the SDK's `with_transaction`, this leaves no mark in the state while it runs.
fn rolled_back<T>(run: impl FnOnce() -> T) -> T {
    sp_io::storage::start_transaction();
    let result = run();
    sp_io::storage::rollback_transaction();
    result
}

#[test]
fn a_block_with_a_transfer_is_imported() {
    import_a_block(|_| {});
}

#[test]
#[should_panic(expected = "applying extrinsic: InvalidTransaction custom error")]
fn a_block_with_a_bad_proof_is_refused() {
    import_a_block(|proof| {
        if let Some(last) = proof.last_mut() {
            *last ^= 1;
        }
    });
}

#[test]
fn a_transfer_fits_where_transactions_go() {
    on_development_chain(|| {
        let (mut hers, his) = funded();
        let bytes = proven(&pays(&mut hers, &his, 1, Action::Send))
            .encode()
            .len();
        assert!(
            bytes <= PrivacyCredit::transfer_length() as usize,
            "{bytes} bytes"
        );
        // Requests of RPC are of 15 MB at most, and hexadecimal.
        assert!(2 * bytes < 15 * 1024 * 1024);
    });
}
