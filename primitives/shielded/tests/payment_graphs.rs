//! Random payment graphs: whatever happens, value is conserved and found, and nothing else is seen.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod model;

use model::{sync, wallet, Chain, FEE};
use proptest::prelude::*;
use qloak_shielded::{note::Asset, transaction::Action};
use qloak_test_wallet::{Draft, Wallet};

#[derive(Clone, Debug)]
enum Step {
    Deposit {
        from: usize,
        to: usize,
        address: usize,
        value: u64,
    },
    Send {
        from: usize,
        to: usize,
        address: usize,
        value: u64,
    },
    Withdraw {
        from: usize,
        value: u64,
    },
    Restore {
        who: usize,
    },
}

/// Values are large and odd, so that an observer who looks for one in the chain's bytes finds it
/// only where it stands.
fn value() -> impl Strategy<Value = u64> {
    (0x0100_0000_0000_0000u64..0x0300_0000_0000_0000).prop_map(|value| value | 0x0101)
}

fn step() -> impl Strategy<Value = Step> {
    let who = 0..3usize;
    let address = 0..2usize;
    prop_oneof![
        (who.clone(), who.clone(), address.clone(), value()).prop_map(
            |(from, to, address, value)| Step::Deposit {
                from,
                to,
                address,
                value
            }
        ),
        (who.clone(), who.clone(), address, value()).prop_map(|(from, to, address, value)| {
            Step::Send {
                from,
                to,
                address,
                value,
            }
        }),
        (who.clone(), value()).prop_map(|(from, value)| Step::Withdraw { from, value }),
        who.prop_map(|who| Step::Restore { who }),
    ]
}

/// Hidden values: those that the chain is not told.
#[derive(Default)]
struct Untold {
    hidden: Vec<u64>,
}

impl Untold {
    fn hide(&mut self, draft: &Draft) {
        let notes = draft.witness.outputs.iter();
        self.hidden.extend(notes.map(|note| note.value));
    }
}

fn land(draft: &Draft, chain: &mut Chain) {
    assert_eq!(chain.transfer(&draft.transfer, &draft.witness), Ok(()));
}

fn run(step: &Step, chain: &mut Chain, wallets: &mut [Wallet; 3], untold: &mut Untold) {
    match *step {
        Step::Deposit {
            from,
            to,
            address,
            value,
        } => {
            let payment = wallets[to].payment_to(address, Asset::Qlk, value);
            let deposit = wallets[from].deposit(&payment);
            chain.deposit(&deposit);
        }
        Step::Send {
            from,
            to,
            address,
            value,
        } => {
            let payment = wallets[to].payment_to(address, Asset::Qlk, value);
            if let Some(draft) = wallets[from].pay(&payment, Action::Send) {
                land(&draft, chain);
                untold.hide(&draft);
            }
        }
        Step::Withdraw { from, value } => {
            let nothing = wallets[from].payment(Asset::Qlk, 0);
            let action = Action::Withdraw {
                value,
                recipient: [7; 32],
            };
            if let Some(draft) = wallets[from].pay(&nothing, action) {
                land(&draft, chain);
                untold.hide(&draft);
            }
        }
        Step::Restore { who } => wallets[who] = wallet(who as u8),
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// Nothing that identifies a note, its owner or its value stands in the chain's bytes.
fn an_observer_sees_nothing(chain: &Chain, wallets: &[Wallet], untold: &Untold) {
    let all = &chain.bytes;
    for wallet in wallets {
        for secret in wallet.scanner.addresses().iter().chain([&wallet.change]) {
            let address = secret.address();
            assert!(!contains(all, &address.owner().to_bytes()));
            assert!(!contains(all, &address.handle().0));
            assert!(!contains(all, &address.kem_key()[..32]));
            assert!(!contains(all, &address.kem_key()[1152..]));
        }
    }
    for value in untold
        .hidden
        .iter()
        .filter(|value| **value > u64::from(u32::MAX))
    {
        assert!(!contains(all, &value.to_le_bytes()));
        assert!(!contains(all, &value.to_be_bytes()));
    }
    // No two transactions have a field that begins with the same 16 bytes, of those that must differ.
    let mut seen = std::collections::BTreeSet::new();
    for entry in &chain.entries {
        for output in &entry.outputs {
            assert!(seen.insert(output.ciphertext.compact.kem[..16].to_vec()));
            assert!(seen.insert(output.ciphertext.compact.confirmation[..16].to_vec()));
            assert!(seen.insert(output.ciphertext.outgoing[..16].to_vec()));
            assert!(seen.insert(output.commitment.to_bytes()[..16].to_vec()));
        }
        if let Some(spent) = &entry.transfer {
            for digest in spent.nullifiers.iter().chain([&spent.credit]) {
                assert!(seen.insert(digest.to_bytes()[..16].to_vec()));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn value_is_conserved_and_found(steps in prop::collection::vec(step(), 1..24)) {
        let mut chain = Chain::new();
        let mut wallets = [0, 1, 2].map(wallet);
        let mut untold = Untold::default();
        for step in &steps {
            run(step, &mut chain, &mut wallets, &mut untold);
            for wallet in &mut wallets {
                sync(wallet, &chain);
                prop_assert_eq!(wallet.tree.root(), chain.tree.root());
            }
            for asset in Asset::ALL {
                let held: u128 = wallets.iter().map(|wallet| wallet.balance(asset)).sum();
                prop_assert_eq!(held, chain.pool[usize::from(asset.id())]);
            }
        }
        an_observer_sees_nothing(&chain, &wallets, &untold);
    }
}

/// Deposits, payments and withdrawals do happen in the model, so that the test above tests them.
#[test]
fn a_payment_goes_all_the_way() {
    let mut chain = Chain::new();
    let [mut alice, mut bob] = [1, 2].map(wallet);
    let deposit = alice.deposit(&alice.payment_to(1, Asset::Qlk, 1_000));
    chain.deposit(&deposit);
    sync(&mut alice, &chain);
    let payment = bob.payment_to(1, Asset::Qlk, 600);
    land(&alice.pay(&payment, Action::Send).unwrap(), &mut chain);
    sync(&mut alice, &chain);
    sync(&mut bob, &chain);
    assert_eq!(alice.balance(Asset::Qlk), u128::from(400 - FEE));
    assert_eq!(alice.balance(Asset::Priv), u128::from(model::CREDITS));
    assert_eq!(bob.balance(Asset::Qlk), 600);
    let action = Action::Withdraw {
        value: 600 - FEE,
        recipient: [7; 32],
    };
    let nothing = bob.payment(Asset::Qlk, 0);
    land(&bob.pay(&nothing, action).unwrap(), &mut chain);
    sync(&mut bob, &chain);
    assert_eq!(bob.balance(Asset::Qlk), 0);
}

/// What the model takes the witness's word for is proven and verified, and for no other transfer.
#[test]
fn a_transfer_of_the_model_is_proven_and_verified() {
    use qloak_shielded::verifier::verify;
    let mut chain = Chain::new();
    let [mut alice, bob] = [1, 2].map(wallet);
    for value in [700, 300] {
        let deposit = alice.deposit(&alice.payment_to(1, Asset::Qlk, value));
        chain.deposit(&deposit);
    }
    sync(&mut alice, &chain);
    let action = Action::Withdraw {
        value: 50,
        recipient: [7; 32],
    };
    let draft = alice.pay(&bob.payment(Asset::Qlk, 800), action).unwrap();
    let proof = draft.proof();
    assert_eq!(verify(&proof, &draft.statement()), Ok(()));
    let mut stolen = draft.transfer.clone();
    stolen.action = Action::Withdraw {
        value: 50,
        recipient: [8; 32],
    };
    assert!(verify(&proof, &stolen.statement(&model::GENESIS).unwrap()).is_err());
    assert!(verify(&proof, &draft.transfer.statement(&[0; 32]).unwrap()).is_err());
}
