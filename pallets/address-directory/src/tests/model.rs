//! Random histories against a model, and random bytes against the parser.

use std::collections::BTreeMap;

use frame_support::traits::fungible::Inspect;
use polkadot_sdk::*;
use proptest::{collection::vec, prelude::*};
use qloak_shielded::{
    address::{Address, AddressError, KEM_PUBLIC_BYTES},
    element::DIGEST_BYTES,
};
use sp_runtime::AccountId32;

use crate::{mock::*, *};

const PEOPLE: [AccountId32; 3] = [RICH, OTHER, POOR];
/// What [`POOR`] gets: enough for one address.
const LITTLE: u64 = 3_000;

#[derive(Clone, Debug)]
enum Step {
    Publish(usize, u32),
    Withdraw(usize, u32),
    Price(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let (who, address) = (0..PEOPLE.len(), 0u32..8);
    prop_oneof![
        4 => (who.clone(), address.clone()).prop_map(|(who, address)| Step::Publish(who, address)),
        3 => (who, address).prop_map(|(who, address)| Step::Withdraw(who, address)),
        1 => (0u64..4).prop_map(Step::Price),
    ]
}

/// Who has published what for how much.
#[derive(Default)]
struct Model(BTreeMap<u32, (usize, u64)>);

impl Model {
    fn of(&self, who: usize) -> impl Iterator<Item = u64> + '_ {
        let entries = self.0.values().filter(move |entry| entry.0 == who);
        entries.map(|entry| entry.1)
    }

    fn funds(who: usize) -> u64 {
        if PEOPLE[who] == POOR {
            LITTLE
        } else {
            FUNDS
        }
    }

    fn publish(&mut self, who: usize, address: u32) -> Result<(), Error<Test>> {
        if self.0.contains_key(&address) {
            return Err(Error::AlreadyPublished);
        }
        if self.of(who).count() >= MOST as usize {
            return Err(Error::TooManyAddresses);
        }
        let deposit = BASE + DepositPerByte::get() * ADDRESS_BYTES as u64;
        let held: u64 = self.of(who).sum();
        if held + deposit + Balances::minimum_balance() > Self::funds(who) {
            return Err(Error::DepositUnavailable);
        }
        self.0.insert(address, (who, deposit));
        Ok(())
    }

    fn withdraw(&mut self, who: usize, address: u32) -> Result<(), Error<Test>> {
        match self.0.get(&address) {
            None => Err(Error::NotPublished),
            Some((publisher, _)) if *publisher != who => Err(Error::NotPublisher),
            Some(_) => {
                self.0.remove(&address);
                Ok(())
            }
        }
    }
}

fn play(steps: &[Step]) {
    use frame_support::traits::fungible::Mutate;
    Balances::set_balance(&POOR, LITTLE);
    DepositPerByte::set(2);
    let mut model = Model::default();
    for step in steps {
        let (done, expected) = match step {
            Step::Price(per_byte) => {
                DepositPerByte::set(*per_byte);
                continue;
            }
            Step::Publish(who, number) => (
                publish(&PEOPLE[*who], &address(*number)),
                model.publish(*who, *number),
            ),
            Step::Withdraw(who, number) => (
                withdraw(&PEOPLE[*who], &address(*number)),
                model.withdraw(*who, *number),
            ),
        };
        assert_eq!(done, expected.map_err(Into::into), "{step:?}");
        for (who, account) in PEOPLE.iter().enumerate() {
            assert_eq!(held(account), model.of(who).sum::<u64>());
        }
        AddressDirectory::check_invariants().unwrap();
    }
    for number in 0..8 {
        let expected = model.0.contains_key(&number).then(|| address(number));
        assert_eq!(
            AddressDirectory::look_up(&address(number).handle()),
            expected
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_directory_is_a_map_with_deposits(steps in vec(step(), 0..60)) {
        new_test_ext().execute_with(|| play(&steps));
    }

    /// What the parser of wallets takes, the chain takes, and nothing else.
    #[test]
    fn the_chain_takes_what_wallets_take(
        owner in vec(any::<[u8; 4]>(), DIGEST_BYTES / 4),
        small in any::<bool>(),
        spoilt in proptest::option::of((0..KEM_PUBLIC_BYTES, any::<u8>())),
    ) {
        let mut bytes = Box::new([0; ADDRESS_BYTES]);
        for (to, mut from) in bytes.chunks_mut(4).zip(owner) {
            // Half of all tries are to have a good owner.
            from[3] &= if small { 0x3f } else { 0xff };
            to.copy_from_slice(&from);
        }
        if let Some((at, byte)) = spoilt {
            bytes[DIGEST_BYTES + at] = byte;
            bytes[DIGEST_BYTES + (at + 1) % KEM_PUBLIC_BYTES] = byte;
        }
        run(|| {
            let expected = match Address::from_bytes(&bytes) {
                Ok(_) => Ok(()),
                Err(AddressError::Owner(_)) => Err(Error::<Test>::InvalidOwner.into()),
                Err(_) => Err(Error::<Test>::InvalidKemKey.into()),
            };
            let done = AddressDirectory::publish(RuntimeOrigin::signed(RICH), bytes);
            assert_eq!(done, expected);
        });
    }
}
