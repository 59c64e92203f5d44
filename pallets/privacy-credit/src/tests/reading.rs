//! What wallets and the node's index read.

use codec::{Decode, Encode};
use polkadot_sdk::*;
use qloak_shielded::{note::Asset, transaction::Action, tree::Frontier};

use crate::{mock::*, *};

/// A chain with deposits and transfers of every kind.
fn story() -> [Wallet; 2] {
    let mut alice = funded(1, &[100_000, 50_000]);
    let mut bob = funded(2, &[5_000]);
    sync(&mut alice);
    send(
        &alice
            .pay(&bob.payment(Asset::Qlk, 20_000), Action::Send)
            .unwrap(),
    );
    next_block();
    sync(&mut alice);
    send(&alice.work(500, [3; 32]).unwrap());
    next_block();
    sync(&mut alice);
    sync(&mut bob);
    [alice, bob]
}

/// Whoever appends the leaves of all entries has the chain's tree, block by block.
#[test]
fn the_entries_are_the_tree() {
    run(|| {
        let [alice, bob] = story();
        let mut tree = Frontier::EMPTY;
        for entry in chain() {
            assert_eq!(entry.position, tree.size());
            for leaf in entry.leaves() {
                tree.append(leaf).unwrap();
            }
        }
        assert_eq!(tree, PrivacyCredit::frontier());
        assert_eq!(alice.tree.root(), tree.root());
        assert_eq!(bob.tree.root(), tree.root());
    });
}

/// Whoever hashes all entries has the hash that the chain has, and no part of an entry can be changed without changing it.
#[test]
fn the_entries_are_hashed_as_they_are_read() {
    run(|| {
        assert_eq!(PrivacyCredit::info().turnstile.entries_hash, [0; 32]);
        let mut alice = funded(1, &[100_000, 50_000]);
        let bob = wallet(2);
        sync(&mut alice);
        let before = PrivacyCredit::info().turnstile.entries_hash;
        assert_ne!(before, [0; 32]);
        let payment = alice.payment(Asset::Qlk, 7_000);
        let deposit = alice.deposit(&payment);
        shield(&RICH, deposit).unwrap();
        let payment = bob.payment(Asset::Qlk, 20_000);
        send(&alice.pay(&payment, Action::Send).unwrap());
        let entries = entries_of_this_block();
        assert_eq!(entries.len(), 2);
        let hashed = |entries: &[FullEntry]| {
            let first = before;
            entries
                .iter()
                .fold(first, |hash, entry| entry.chained(&hash))
        };
        let hash = PrivacyCredit::info().turnstile.entries_hash;
        assert_eq!(hashed(&entries), hash);
        let other = qloak_shielded::element::Digest::ZERO;
        let changes: [fn(&mut FullEntry, qloak_shielded::element::Digest); 7] = [
            |entry, _| entry.position += 1,
            |entry, other| entry.outputs[0].commitment = other,
            |entry, _| entry.outputs[0].ciphertext = entry.outputs[1].ciphertext.clone(),
            |entry, other| spent(entry).nullifiers[1] = other,
            |entry, other| spent(entry).name = other,
            |entry, _| spent(entry).fee += 1,
            |entry, _| {
                spent(entry).action = Action::PayForWork {
                    credits: 1,
                    work: [0; 32],
                }
            },
        ];
        for (number, change) in changes.into_iter().enumerate() {
            let mut changed = entries.clone();
            change(&mut changed[1], other);
            assert_ne!(hashed(&changed), hash, "change {number}");
        }
        let turned: Vec<_> = entries.iter().rev().cloned().collect();
        assert_ne!(hashed(&turned), hash);
    });
}

fn spent(entry: &mut FullEntry) -> &mut Spent {
    entry.transfer.as_mut().unwrap()
}

#[test]
fn a_wallet_from_its_seed_finds_the_same() {
    run(|| {
        let wallets = story();
        for (seed, old) in [1u8, 2].into_iter().zip(wallets) {
            let mut new = wallet(seed);
            sync(&mut new);
            for asset in Asset::ALL {
                assert_eq!(new.balance(asset), old.balance(asset));
            }
        }
    });
}

/// A deposit inside another call is found: its ciphertext comes from the event.
#[test]
fn a_wrapped_deposit_is_found() {
    run(|| {
        let mut alice = wallet(1);
        let payment = alice.payment(Asset::Qlk, 7_000);
        let deposit = Box::new(alice.deposit(&payment));
        // As a batch or a multisignature would: the extrinsic in the body is another one.
        let remark = frame_system::Call::<Test>::remark { remark: vec![1] };
        PrivacyCredit::shield(RuntimeOrigin::signed(RICH), deposit).unwrap();
        signed(&RICH, remark).unwrap();
        next_block();
        sync(&mut alice);
        assert_eq!(alice.balance(Asset::Qlk), 7_000);
    });
}

#[test]
fn a_failed_deposit_is_no_entry() {
    run(|| {
        let mut alice = wallet(1);
        let payment = alice.payment(Asset::Qlk, 7_000);
        let deposit = alice.deposit(&payment);
        shield(&POOR, deposit).unwrap_err();
        end_block();
        assert!(chain().is_empty());
    });
}

#[test]
fn entries_go_over_the_wire() {
    run(|| {
        story();
        for entry in chain() {
            let bytes = entry.encode();
            assert_eq!(CompactEntry::decode(&mut bytes.as_slice()), Ok(entry));
        }
        let sizes: Vec<_> = chain().iter().map(|entry| entry.encoded_size()).collect();
        // 1,205 bytes an output, and some 150 for what a transfer did beside.
        assert!(
            sizes.iter().all(|size| (1_205..2_650).contains(size)),
            "{sizes:?}"
        );
    });
}

/// A scheduler dispatches calls outside of extrinsics. A deposit among them is in the tree, so wallets must be told of it.
#[test]
fn a_deposit_outside_of_an_extrinsic_is_read() {
    run(|| {
        let mut alice = funded(1, &[5_000]);
        let mut deposit = |value| {
            let payment = alice.payment(Asset::Qlk, value);
            let deposit = Box::new(alice.deposit(&payment));
            PrivacyCredit::shield(RuntimeOrigin::signed(RICH), deposit).unwrap();
        };
        deposit(6_000);
        System::note_finished_extrinsics();
        deposit(7_000);
        let read = PrivacyCredit::entries::<Extrinsic>(&[]);
        assert_eq!(read.len(), 2);
        let positions: Vec<_> = read.iter().map(|entry| entry.position).collect();
        assert_eq!(positions, [1, 2]);
        assert_eq!(read[1].compact().leaves().count(), 1);
        next_block();
        sync(&mut alice);
        assert_eq!(alice.balance(Asset::Qlk), 18_000);
        assert_eq!(alice.tree.root(), CurrentAnchor::<Test>::get().root);
    });
}

#[test]
fn the_pool_is_described() {
    run(|| {
        story();
        let info = PrivacyCredit::info();
        assert_eq!(info.anchor, Anchor::from(&PrivacyCredit::frontier()));
        assert_eq!(info.turnstile, Turnstiles::<Test>::get());
        assert!(info.standard_fee > info.minimum_fee);
        assert_eq!(info.max_proof_bytes, MaxProofBytes::get());
        assert_eq!(info.minimum_deposit, PrivacyCredit::minimum_deposit());
    });
}

#[test]
fn nullifiers_come_in_pages_and_in_order() {
    run(|| {
        story();
        let all = PrivacyCredit::nullifiers(None, u32::MAX);
        assert_eq!(all.len(), 4);
        assert!(all.is_sorted_by_key(|nullifier| nullifier.to_bytes()));
        let mut paged = Vec::new();
        loop {
            let page = PrivacyCredit::nullifiers(paged.last().copied(), 3);
            paged.extend_from_slice(&page);
            if page.len() < 3 {
                break;
            }
        }
        assert_eq!(paged, all);
        assert!(PrivacyCredit::nullifiers(None, 0).is_empty());
    });
}

#[test]
fn a_page_of_nullifiers_is_bounded() {
    run(|| {
        let element = |value| qloak_shielded::element::from_canonical(value).unwrap();
        for value in 0..NULLIFIERS_PER_PAGE + 1 {
            let nullifier = qloak_shielded::element::Digest([element(value); 8]);
            Nullifiers::<Test>::insert(nullifier, ());
        }
        let page = PrivacyCredit::nullifiers(None, u32::MAX);
        assert_eq!(page.len(), NULLIFIERS_PER_PAGE as usize);
    });
}
