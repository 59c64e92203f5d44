//! Random payment graphs: value is conserved in every one, in and around the pool.
//!
//! Proofs are left out here, for speed: the transfers are made from witnesses by which they could be
//! proven, and one graph in real proofs follows.

use frame_support::traits::fungible::Inspect;
use polkadot_sdk::*;
use proptest::prelude::*;
use qloak_shielded::{note::Asset, transaction::Action};
use sp_runtime::AccountId32;

use crate::{fee::split, mock::*, *};

#[derive(Clone, Debug)]
enum Step {
    Deposit { to: usize, value: u64 },
    Send { from: usize, to: usize, value: u64 },
    Withdraw { from: usize, value: u64 },
    Work { from: usize, credits: u64 },
    Public,
    Block,
}

fn step() -> impl Strategy<Value = Step> {
    let who = 0..3usize;
    prop_oneof![
        3 => (who.clone(), 2_560u64..1_000_000).prop_map(|(to, value)| Step::Deposit { to, value }),
        4 => (who.clone(), who.clone(), 0u64..100_000)
            .prop_map(|(from, to, value)| Step::Send { from, to, value }),
        2 => (who.clone(), 10u64..100_000).prop_map(|(from, value)| Step::Withdraw { from, value }),
        2 => (who, 1u64..3_000).prop_map(|(from, credits)| Step::Work { from, credits }),
        1 => Just(Step::Public),
        3 => Just(Step::Block),
    ]
}

/// What the model counts beside the chain.
#[derive(Default)]
struct Books {
    burnt: u128,
    worked: u128,
}

impl Books {
    fn enter(&mut self, draft: &Draft) {
        self.burnt += u128::from(split(draft.transfer.fee, PrivacyCredit::minimum_fee()).burnt);
        if let Action::PayForWork { credits, .. } = draft.transfer.action {
            self.worked += u128::from(credits);
        }
    }
}

fn recipient(from: usize) -> AccountId32 {
    AccountId32::new([0x70 + from as u8; 32])
}

/// A transfer, put into the current block.
fn include(draft: Option<Draft>, prove: bool, books: &mut Books) {
    let Some(draft) = draft else {
        return;
    };
    let proof = if prove { draft.proof() } else { Vec::new() };
    let call = call(draft.transfer.clone(), proof);
    validate(call.clone()).unwrap();
    apply(call).unwrap().unwrap();
    books.enter(&draft);
}

fn run_step(step: &Step, wallets: &mut [Wallet; 3], prove: bool, books: &mut Books) {
    match *step {
        Step::Deposit { to, value } => {
            let payment = wallets[to].payment(Asset::Qlk, value);
            let deposit = wallets[to].deposit(&payment);
            shield(&RICH, deposit).unwrap();
        }
        Step::Send { from, to, value } => {
            let payment = wallets[to].payment(Asset::Qlk, value);
            include(wallets[from].pay(&payment, Action::Send), prove, books);
        }
        Step::Withdraw { from, value } => {
            let nothing = wallets[from].payment(Asset::Qlk, 0);
            let recipient = recipient(from).into();
            let action = Action::Withdraw { value, recipient };
            include(wallets[from].pay(&nothing, action), prove, books);
        }
        Step::Work { from, credits } => {
            include(wallets[from].work(credits, [from as u8; 32]), prove, books);
        }
        Step::Public => {
            let remark = frame_system::Call::<Test>::remark { remark: vec![] };
            signed(&RICH, remark).unwrap();
        }
        Step::Block => {}
    }
    next_block();
    wallets.iter_mut().for_each(sync);
}

fn check(wallets: &[Wallet; 3], issued: u128, books: &Books) {
    let turnstile = Turnstiles::<Test>::get();
    for asset in Asset::ALL {
        let held: u128 = wallets.iter().map(|wallet| wallet.balance(asset)).sum();
        assert_eq!(held, turnstile.of(asset).held(), "{asset}");
    }
    assert_eq!(PrivacyCredit::pool_balance(), turnstile.qlk.held());
    assert_eq!(turnstile.credit.left, books.worked);
    assert_eq!(Balances::total_issuance(), issued - books.burnt);
    let accounts = (0..3)
        .map(recipient)
        .chain([RICH, AUTHOR, PrivacyCredit::pool_account()]);
    let sum: u128 = accounts
        .map(|account| Balances::total_balance(&account))
        .sum();
    assert_eq!(sum, Balances::total_issuance());
    for wallet in wallets {
        assert_eq!(wallet.tree.root(), CurrentAnchor::<Test>::get().root);
    }
}

fn play(steps: &[Step], prove: bool) {
    run(|| {
        if !prove {
            break_the_proof_system();
        }
        let issued = Balances::total_issuance();
        let mut books = Books::default();
        let mut wallets = [1, 2, 3].map(wallet);
        for step in steps {
            run_step(step, &mut wallets, prove, &mut books);
            check(&wallets, issued, &books);
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn value_is_conserved(steps in prop::collection::vec(step(), 1..24)) {
        play(&steps, false);
    }
}

#[test]
fn value_is_conserved_with_real_proofs() {
    play(
        &[
            Step::Deposit {
                to: 0,
                value: 100_000,
            },
            Step::Deposit {
                to: 1,
                value: 20_000,
            },
            Step::Send {
                from: 0,
                to: 1,
                value: 30_000,
            },
            Step::Send {
                from: 1,
                to: 2,
                value: 40_000,
            },
            Step::Public,
            Step::Work {
                from: 0,
                credits: 900,
            },
            Step::Withdraw {
                from: 2,
                value: 10_000,
            },
            Step::Block,
            Step::Work {
                from: 1,
                credits: 1,
            },
            Step::Withdraw {
                from: 0,
                value: 5_000,
            },
        ],
        true,
    );
}
