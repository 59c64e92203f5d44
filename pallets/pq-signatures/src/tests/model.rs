//! Random sequences of calls, against a model that knows the rules and none of the code.
//!
//! After each call: it succeeded exactly if the model allows it; the keys that sign for each account
//! are exactly those of the model; holds equal the deposits due; generations and recovery nonces
//! never decrease; a frozen account has a backup key; a key that was rotated out does not sign after
//! its overlap; and every invariant of the pallet holds.

use std::cell::RefCell;
use std::collections::BTreeMap;

use frame_support::traits::fungible::Mutate;
use polkadot_sdk::*;
use proptest::prelude::*;
use qloak_pq_crypto::{account_signature::AccountSignature, scheme::Scheme};
use sp_core::{ed25519, Pair};
use sp_runtime::{AccountId32, DispatchResult};

use crate::{mock::*, *};

/// Accounts 0 and 1 are born with keys 0 and 1; account 2 is a classical one.
const ACCOUNTS: usize = 3;
const CLASSICAL: usize = 2;
const KEYS: [TestKey; 5] = [
    TestKey(Scheme::MlDsa44, "Alice"),
    TestKey(Scheme::MlDsa44, "Bob"),
    TestKey(Scheme::MlDsa44, "Third"),
    TestKey(Scheme::FnDsa512, "Fourth"),
    TestKey(Scheme::MlDsa65, "Fifth"),
];
const PAPERS: [TestKey; 2] = [PAPER, PAPER_2];

/// One step; the numbers index accounts, keys and backup keys.
#[derive(Clone, Copy, Debug)]
enum Step {
    Register(usize),
    Deregister(usize),
    Rotate(usize, usize),
    SetBackup {
        account: usize,
        new: usize,
        with_consent: bool,
    },
    Freeze(usize, usize),
    Recover {
        account: usize,
        backup: usize,
        new: usize,
    },
    Migrate(usize, usize),
    Mark(usize),
    Forget(usize),
    /// A transaction that carries the account's first key.
    Transact(usize),
    Wait(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let (account, key, paper) = (0..ACCOUNTS, 0..KEYS.len(), 0..PAPERS.len());
    let step = prop_oneof![
        2 => account.clone().prop_map(Step::Register),
        2 => account.clone().prop_map(Step::Deregister),
        6 => (account.clone(), key.clone()).prop_map(|(a, k)| Step::Rotate(a, k)),
        3 => (account.clone(), paper.clone(), any::<bool>())
            .prop_map(|(account, new, with_consent)| Step::SetBackup { account, new, with_consent }),
        2 => (account.clone(), paper.clone()).prop_map(|(a, p)| Step::Freeze(a, p)),
        3 => (account.clone(), paper, key.clone())
            .prop_map(|(account, backup, new)| Step::Recover { account, backup, new }),
        1 => (account.clone(), key).prop_map(|(a, k)| Step::Migrate(a, k)),
        1 => account.clone().prop_map(Step::Mark),
        2 => account.clone().prop_map(Step::Forget),
        2 => account.prop_map(Step::Transact),
        6 => (1..=OVERLAP + 2).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 1..40)
}

/// What the rules say of one account.
#[derive(Clone, Debug, Default)]
struct Account {
    /// The key that the id is the hash of.
    born: Option<usize>,
    classical: bool,
    registered: Option<usize>,
    generation: u32,
    /// The key before, and the last block in which it signs.
    previous: Option<(usize, u64)>,
    backup: Option<usize>,
    frozen: bool,
    nonce: u32,
}

impl Account {
    fn key(&self) -> Option<usize> {
        self.registered.or(self.born)
    }

    fn overlap(&self, now: u64) -> bool {
        self.previous.is_some_and(|(_, until)| now <= until)
    }

    fn signs(&self, key: usize, now: u64) -> bool {
        let by_previous = self
            .previous
            .is_some_and(|(k, until)| k == key && now <= until);
        !self.frozen && (self.key() == Some(key) || by_previous)
    }

    fn replace_key(&mut self, new: usize, previous: Option<(usize, u64)>) {
        self.registered = Some(new);
        self.generation += 1;
        self.previous = previous;
    }

    fn key_deposit(&self) -> u64 {
        let bytes = |key: usize| KEYS[key].scheme().parameters().public_bytes;
        let previous = self.previous.map_or(0, |(key, _)| bytes(key));
        self.registered
            .map_or(0, |key| deposit(bytes(key) + previous))
    }
}

#[derive(Clone, Debug)]
struct Model {
    accounts: [Account; ACCOUNTS],
    now: u64,
}

impl Model {
    fn new() -> Self {
        let born = |key| Account {
            born: Some(key),
            ..Default::default()
        };
        let classical = Account {
            classical: true,
            ..Default::default()
        };
        Self {
            accounts: [born(0), born(1), classical],
            now: 1,
        }
    }

    /// Takes the step if the rules allow it, and says whether they do.
    fn take(&mut self, step: Step) -> bool {
        let now = self.now;
        match step {
            Step::Register(a) => self.register(a),
            Step::Deregister(a) => self.deregister(a),
            Step::Rotate(a, new) => {
                let account = &mut self.accounts[a];
                let allowed = !account.frozen
                    && !account.classical
                    && !account.overlap(now)
                    && account.key() != Some(new);
                if allowed {
                    let previous = account.registered.map(|old| (old, now + OVERLAP));
                    account.replace_key(new, previous);
                }
                allowed
            }
            Step::SetBackup {
                account,
                new,
                with_consent,
            } => {
                let account = &mut self.accounts[account];
                let agreed = match account.backup {
                    Some(present) => with_consent && present != new,
                    None => !with_consent && !account.overlap(now),
                };
                let allowed = !account.frozen && !account.classical && agreed;
                if allowed {
                    account.backup = Some(new);
                    account.nonce += 1;
                }
                allowed
            }
            Step::Freeze(a, backup) => {
                let account = &mut self.accounts[a];
                let allowed = account.backup == Some(backup) && !account.frozen;
                if allowed {
                    account.frozen = true;
                    account.nonce += 1;
                }
                allowed
            }
            Step::Recover {
                account,
                backup,
                new,
            } => {
                let account = &mut self.accounts[account];
                let allowed = account.backup == Some(backup) && account.key() != Some(new);
                if allowed {
                    account.replace_key(new, None);
                    account.frozen = false;
                    account.nonce += 1;
                }
                allowed
            }
            Step::Migrate(a, new) => {
                let account = &mut self.accounts[a];
                let allowed = account.classical;
                if allowed {
                    account.classical = false;
                    account.registered = Some(new);
                }
                allowed
            }
            Step::Mark(a) => {
                let account = &mut self.accounts[a];
                let allowed =
                    !account.classical && account.registered.is_none() && account.backup.is_none();
                account.classical |= allowed;
                allowed
            }
            Step::Forget(a) => {
                let account = &mut self.accounts[a];
                let allowed = account.previous.is_some() && !account.overlap(now);
                if allowed {
                    account.previous = None;
                }
                allowed
            }
            Step::Transact(a) => {
                let Some(born) = self.accounts[a].born else {
                    return false;
                };
                let allowed = self.accounts[a].signs(born, now);
                if allowed {
                    self.register(a);
                }
                allowed
            }
            Step::Wait(blocks) => {
                self.now += blocks;
                true
            }
        }
    }

    fn register(&mut self, a: usize) -> bool {
        let account = &mut self.accounts[a];
        let allowed = !account.frozen
            && !account.classical
            && account.born.is_some()
            && account.registered.is_none();
        if allowed {
            account.registered = account.born;
        }
        allowed
    }

    fn deregister(&mut self, a: usize) -> bool {
        let account = &mut self.accounts[a];
        let allowed = !account.frozen
            && account.registered.is_some()
            && account.registered == account.born
            && account.generation == 0
            && account.backup.is_none();
        if allowed {
            account.registered = None;
        }
        allowed
    }
}

/// The account with index `a`.
fn id(a: usize) -> AccountId32 {
    match a {
        CLASSICAL => AccountId32::new(classical_pair().public().0),
        _ => KEYS[a].account(),
    }
}

fn classical_pair() -> ed25519::Pair {
    ed25519::Pair::from_seed(&[7; 32])
}

thread_local! {
    static ATTACHED: RefCell<BTreeMap<TestKey, AccountSignature>> =
        const { RefCell::new(BTreeMap::new()) };
}

/// The signature of [`MESSAGE`] by `key`, made once.
fn attached(key: TestKey) -> AccountSignature {
    ATTACHED.with_borrow_mut(|made| {
        made.entry(key)
            .or_insert_with(|| key.attached(MESSAGE))
            .clone()
    })
}

fn without_key(key: TestKey) -> AccountSignature {
    match attached(key).kind() {
        qloak_pq_crypto::account_signature::Kind::Pq {
            scheme, signature, ..
        } => AccountSignature::new(scheme, None, signature.to_vec()).unwrap(),
        other => panic!("{other:?} is no post-quantum signature"),
    }
}

/// Takes the step on the chain and says whether it succeeded.
fn take(step: Step) -> bool {
    let next_generation = |a: usize| PqSignatures::account_status(&id(a)).generation + 1;
    let result: DispatchResult = match step {
        Step::Register(a) => {
            let key = KEYS[a];
            PqSignatures::register_key(signed(&id(a)), key.scheme(), key.public())
        }
        Step::Deregister(a) => PqSignatures::deregister_key(signed(&id(a))),
        Step::Rotate(a, new) => rotate(&id(a), KEYS[new]),
        Step::SetBackup {
            account,
            new,
            with_consent,
        } => {
            let who = id(account);
            // The consent is by whichever backup key there is.
            let present = PAPERS.iter().find(|paper| {
                Backups::<Test>::get(&who).is_some_and(|key| key.public == paper.public())
            });
            let signer = present.unwrap_or(&PAPERS[0]);
            let consent = with_consent.then(|| signer.consent(&who, PAPERS[new]));
            set_backup(&who, PAPERS[new], consent)
        }
        Step::Freeze(a, backup) => {
            let order = PAPERS[backup].freeze_order(&id(a));
            PqSignatures::freeze(signed(&id(0)), id(a), order)
        }
        Step::Recover {
            account,
            backup,
            new,
        } => {
            let (who, new) = (id(account), KEYS[new]);
            let proof = new.possession(&who, next_generation(account));
            let order = PAPERS[backup].recovery_order(&who, new);
            PqSignatures::recover(
                signed(&id(1)),
                who,
                new.scheme(),
                new.public(),
                proof,
                order,
            )
        }
        Step::Migrate(a, new) => {
            let (who, new) = (id(a), KEYS[new]);
            let proof = new.possession(&who, 0);
            PqSignatures::migrate_classical(signed(&who), new.scheme(), new.public(), proof)
        }
        Step::Mark(a) => PqSignatures::mark_classical(RuntimeOrigin::root(), id(a)),
        Step::Forget(a) => PqSignatures::forget_previous_key(signed(&id(1)), id(a)),
        Step::Transact(CLASSICAL) => return false,
        Step::Transact(a) => {
            let signature = attached(KEYS[a]);
            let verdict = PqSignatures::judge(&signature, MESSAGE, &id(a));
            if verdict.is_ok_and(|accepted| accepted.brings_key) {
                PqSignatures::on_applied(&signature, &id(a));
            }
            return verdict.is_ok();
        }
        Step::Wait(blocks) => {
            System::set_block_number(System::block_number() + blocks);
            Ok(())
        }
    };
    result.is_ok()
}

/// Holds the chain against the model.
fn compare(model: &Model) -> Result<(), TestCaseError> {
    for (a, account) in model.accounts.iter().enumerate() {
        let who = id(a);
        for (k, key) in KEYS.into_iter().enumerate() {
            let expected = account.signs(k, model.now);
            let with_key = PqSignatures::verify(&attached(key), MESSAGE, &who);
            prop_assert_eq!(
                with_key.is_ok(),
                expected,
                "account {} key {}: {:?}",
                a,
                k,
                with_key
            );
            let short = PqSignatures::verify(&without_key(key), MESSAGE, &who);
            let expected = expected && account.registered.is_some();
            prop_assert_eq!(
                short.is_ok(),
                expected,
                "account {} key {}: {:?}",
                a,
                k,
                short
            );
        }
        let status = AccountStatus {
            frozen: account.frozen,
            classical: account.classical,
            has_backup: account.backup.is_some(),
            recovery_nonce: account.nonce,
            generation: account.generation,
        };
        prop_assert_eq!(PqSignatures::account_status(&who), status);
        prop_assert!(!account.frozen || account.backup.is_some());
        prop_assert_eq!(key_hold(&who), account.key_deposit());
        prop_assert_eq!(backup_hold(&who), account.backup.map_or(0, |_| deposit(32)));
    }
    let signature = AccountSignature::Ed25519(classical_pair().sign(MESSAGE).0);
    let verdict = PqSignatures::verify(&signature, MESSAGE, &id(CLASSICAL));
    prop_assert_eq!(verdict.is_ok(), model.accounts[CLASSICAL].classical);
    PqSignatures::check_invariants()
        .map_err(|error| TestCaseError::fail(format!("invariant: {error:?}")))
}

/// What may not happen from one state to the next, whatever the step.
fn compare_successive(before: &Model, after: &Model) -> Result<(), TestCaseError> {
    for (old, new) in before.accounts.iter().zip(&after.accounts) {
        prop_assert!(new.generation >= old.generation);
        prop_assert!(new.nonce >= old.nonce);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn the_pallet_does_what_the_model_says(steps in steps()) {
        new_test_ext().execute_with(|| {
            let mut model = Model::new();
            for a in 0..ACCOUNTS {
                Balances::set_balance(&id(a), FUNDS);
            }
            PqSignatures::mark_classical(RuntimeOrigin::root(), id(CLASSICAL)).unwrap();
            for step in steps {
                let before = model.clone();
                let allowed = model.take(step);
                prop_assert_eq!(take(step), allowed, "{:?} in {:?}", step, before);
                compare(&model)?;
                compare_successive(&before, &model)?;
            }
            Ok(())
        })?;
    }
}
