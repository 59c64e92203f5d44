//! Validators that sign twice: reported, slashed, and out.

use codec::Encode;
use pallet_pq_signatures::extrinsic::Wire;
use polkadot_sdk::*;
use qloak_offences::DoubleAuthoringProof;
use qloak_pq_crypto::{
    authority::{Seal, Vote},
    context::Context,
    derive,
    scheme::Scheme,
    signing::{Randomness, SecretKey},
};
use qloak_runtime::{
    configs::session::SessionLength, constants::currency::QLK, AccountId, BlockNumber, Grandpa,
    Hash, Header, Runtime, RuntimeCall, Session, System, UncheckedExtrinsic, ValidatorOffences,
};
use sp_consensus_aura::AURA_ENGINE_ID;
use sp_consensus_grandpa::{Equivocation, EquivocationProof, KEY_TYPE};
use sp_core::crypto::key_types::AURA;
use sp_runtime::{
    traits::Header as _,
    transaction_validity::{InvalidTransaction, TransactionSource, TransactionValidityError},
    Digest, DigestItem, DispatchError,
};

use crate::{
    chain::*,
    session_keys::{keys_of, pair},
};
use frame_support::traits::KeyOwnerProofSystem;
use pallet_validator_offences::OwnershipProof;

const BOND: u128 = 100_000 * QLK;

pub fn on_local_testnet(test: impl FnOnce()) {
    on_chain(sp_genesis_builder::LOCAL_TESTNET_RUNTIME_PRESET, || {
        SessionLength::set(&5);
        test();
    });
}

pub fn account(name: &str) -> AccountId {
    Person::new(name, Scheme::MlDsa65).account
}

pub fn bonded(name: &str) -> u128 {
    pallet_staking::Ledger::<Runtime>::get(account(name))
        .unwrap()
        .active
}

fn bare(call: impl Into<RuntimeCall>) -> UncheckedExtrinsic {
    Wire::new_bare(call.into()).into()
}

pub fn voter_ownership(name: &str) -> OwnershipProof<AccountId> {
    ValidatorOffences::prove((KEY_TYPE, keys_of(name).grandpa)).unwrap()
}

pub fn author_ownership(name: &str) -> OwnershipProof<AccountId> {
    ValidatorOffences::prove((AURA, keys_of(name).aura)).unwrap()
}

type Precommit = finality_grandpa::Precommit<Hash, BlockNumber>;

/// Two precommits, each of which a test can spoil.
pub struct Votes {
    signers: [&'static str; 2],
    targets: [u8; 2],
    rounds: [u64; 2],
    pub sets: [u64; 2],
}

impl Votes {
    /// Two conflicting votes by one validator.
    pub fn of(name: &'static str) -> Self {
        Self {
            signers: [name, name],
            targets: [1, 2],
            rounds: [1, 1],
            sets: [0, 0],
        }
    }

    fn vote(&self, which: usize) -> (Precommit, sp_consensus_grandpa::AuthoritySignature) {
        let vote = Precommit {
            target_hash: [self.targets[which]; 32].into(),
            target_number: 1,
        };
        let payload = sp_consensus_grandpa::localized_payload(
            self.rounds[which],
            self.sets[which],
            &finality_grandpa::Message::Precommit(vote.clone()),
        );
        let key = pair::<Vote>(&format!("//{}//grandpa", self.signers[which]));
        (vote, key.try_sign(&payload).unwrap().into())
    }

    /// The proof that accuses the first signer, in the first vote's round and set.
    fn proof(&self) -> EquivocationProof<Hash, BlockNumber> {
        let equivocation = finality_grandpa::Equivocation {
            round_number: self.rounds[0],
            identity: keys_of(self.signers[0]).grandpa,
            first: self.vote(0),
            second: self.vote(1),
        };
        EquivocationProof::new(self.sets[0], Equivocation::Precommit(equivocation))
    }

    pub fn report(&self) -> UncheckedExtrinsic {
        self.report_with(voter_ownership(self.signers[0]))
    }

    pub fn report_with(&self, key_owner_proof: OwnershipProof<AccountId>) -> UncheckedExtrinsic {
        bare(
            pallet_grandpa::Call::<Runtime>::report_equivocation_unsigned {
                equivocation_proof: Box::new(self.proof()),
                key_owner_proof,
            },
        )
    }
}

/// What a developer's key signs with fresh randomness, which no honest validator uses. Key and signature.
fn hedged(path: &str, context: Context, message: &[u8]) -> Vec<u8> {
    let seed = derive::derive_seed(&derive::DEV_MASTER, Scheme::MlDsa65, &path.parse().unwrap());
    let secret = SecretKey::from_seed(Scheme::MlDsa65, &seed).unwrap();
    let randomness = Randomness::Hedged([7; 32]);
    let signature = secret.sign(context, message, randomness).unwrap();
    [secret.public_key(), &signature].concat()
}

fn sealed(name: &str, slot: u64, tag: u8) -> Header {
    let pre_digest =
        DigestItem::PreRuntime(AURA_ENGINE_ID, sp_consensus_aura::Slot::from(slot).encode());
    let digest = Digest {
        logs: vec![pre_digest],
    };
    let root = [tag; 32].into();
    let mut header = Header::new(1, root, Hash::default(), Hash::default(), digest);
    let seal = pair::<Seal>(&format!("//{name}//aura"))
        .try_sign(header.hash().as_ref())
        .unwrap();
    header
        .digest_mut()
        .push(DigestItem::Seal(AURA_ENGINE_ID, seal.encode()));
    header
}

fn two_blocks(name: &str) -> DoubleAuthoringProof<Header> {
    two_blocks_in(name, 1)
}

/// Two blocks of one slot.
pub fn two_blocks_in(name: &str, slot: u64) -> DoubleAuthoringProof<Header> {
    DoubleAuthoringProof {
        offender: keys_of(name).aura,
        slot: slot.into(),
        first_header: sealed(name, slot, 1),
        second_header: sealed(name, slot, 2),
    }
}

pub fn authoring_report(
    proof: DoubleAuthoringProof<Header>,
    key_owner_proof: OwnershipProof<AccountId>,
) -> UncheckedExtrinsic {
    bare(
        pallet_validator_offences::Call::<Runtime>::report_double_authoring_unsigned {
            proof: Box::new(proof),
            key_owner_proof,
        },
    )
}

fn invalid(reason: InvalidTransaction) -> TransactionValidityError {
    reason.into()
}

/// Asserts that the report lands, if it comes from the node itself, and that Bob pays, leaves, and is not
/// reported again.
fn assert_bob_is_punished_once(report: UncheckedExtrinsic) {
    assert_eq!(bonded("Bob"), BOND);
    validate_from(TransactionSource::Local, report.clone()).expect("the pool takes our own");
    assert_eq!(
        validate_from(TransactionSource::External, report.clone()).unwrap_err(),
        invalid(InvalidTransaction::Call),
        "from the network"
    );
    assert_lands_in_this_block(report.clone());

    assert_eq!(bonded("Bob"), BOND - BOND / 20, "slashed by a twentieth");
    assert_eq!(bonded("Alice"), BOND);
    assert!(ValidatorOffences::is_excluded(&account("Bob")));
    let stale = invalid(InvalidTransaction::Stale);
    assert_eq!(apply(report.clone()).unwrap_err(), stale);
    assert_eq!(
        validate_from(TransactionSource::Local, report).unwrap_err(),
        stale
    );

    assert!(Session::validators().contains(&account("Bob")));
    author_blocks_to(6);
    assert!(!Session::validators().contains(&account("Bob")));
    let keys = keys_of("Bob");
    let authors = pallet_aura::Authorities::<Runtime>::get();
    assert_eq!((authors.len(), authors.contains(&keys.aura)), (3, false));
    let voters = Grandpa::grandpa_authorities();
    assert_eq!(
        (voters.len(), voters.contains(&(keys.grandpa, 1))),
        (3, false)
    );
    author_blocks_to(40);
    assert_eq!(
        Session::validators().len(),
        3,
        "nor do elections bring Bob back"
    );
}

#[test]
fn a_voter_that_votes_twice() {
    on_local_testnet(|| assert_bob_is_punished_once(Votes::of("Bob").report()));
}

#[test]
fn a_voter_that_signs_one_vote_twice() {
    on_local_testnet(|| {
        let votes = Votes {
            targets: [1, 1],
            ..Votes::of("Bob")
        };
        let first = votes.vote(0);
        let payload = sp_consensus_grandpa::localized_payload(
            1,
            0,
            &finality_grandpa::Message::Precommit(first.0.clone()),
        );
        let again = hedged("//Bob//grandpa", Context::Vote, &payload);
        let again = sp_consensus_grandpa::AuthoritySignature::try_from(&again[..]).unwrap();
        assert_ne!(first.1, again);
        let equivocation = finality_grandpa::Equivocation {
            round_number: 1,
            identity: keys_of("Bob").grandpa,
            second: (first.0.clone(), again),
            first,
        };
        let proof = EquivocationProof::new(0, Equivocation::Precommit(equivocation));
        let report = pallet_grandpa::Call::<Runtime>::report_equivocation_unsigned {
            equivocation_proof: Box::new(proof),
            key_owner_proof: voter_ownership("Bob"),
        };
        assert_bob_is_punished_once(bare(report));
    });
}

#[test]
fn an_author_that_seals_one_header_twice() {
    on_local_testnet(|| {
        let mut proof = two_blocks("Bob");
        let mut again = proof.first_header.clone();
        again.digest_mut().pop();
        let seal = hedged("//Bob//aura", Context::Seal, again.hash().as_ref());
        again
            .digest_mut()
            .push(DigestItem::Seal(AURA_ENGINE_ID, seal));
        proof.second_header = again;
        assert_bob_is_punished_once(authoring_report(proof, author_ownership("Bob")));
    });
}

#[test]
fn an_author_that_seals_two_blocks_in_a_slot() {
    on_local_testnet(|| {
        let report = authoring_report(two_blocks("Bob"), author_ownership("Bob"));
        assert_bob_is_punished_once(report);
    });
}

#[test]
fn anybody_reports_with_a_signature_too() {
    on_local_testnet(|| {
        let eve = Person::funded("Eve", Scheme::MlDsa65);
        let report = |proof| pallet_grandpa::Call::<Runtime>::report_equivocation {
            equivocation_proof: Box::new(proof),
            key_owner_proof: voter_ownership("Bob"),
        };
        let votes = Votes::of("Bob");
        assert_lands(eve.sign(report(votes.proof())));
        assert!(ValidatorOffences::is_excluded(&account("Bob")));
        assert_fails(
            eve.sign(report(votes.proof())),
            pallet_grandpa::Error::<Runtime>::DuplicateOffenceReport,
        );
        next_block();
        let report = || pallet_validator_offences::Call::<Runtime>::report_double_authoring {
            proof: Box::new(two_blocks("Charlie")),
            key_owner_proof: author_ownership("Charlie"),
        };
        assert_lands(eve.sign(report()));
        assert_fails(
            eve.sign(report()),
            pallet_validator_offences::Error::<Runtime>::DuplicateReport,
        );
    });
}

#[test]
fn two_voters_that_vote_twice_pay_for_each_other_and_three_validators_stay() {
    on_local_testnet(|| {
        assert_lands_in_this_block(Votes::of("Bob").report());
        assert_lands_in_this_block(Votes::of("Charlie").report());
        // 5 % + 45 % · 3 · 1 / 4.
        let left = BOND - BOND * 3_875 / 10_000;
        assert_eq!((bonded("Bob"), bonded("Charlie")), (left, left));
        author_blocks_to(6);
        assert_eq!(Session::validators().len(), 3, "the preset's minimum");
    });
}

#[test]
fn rounds_of_one_set_are_one_offence_and_voters_in_different_rounds_pay_for_each_other() {
    on_local_testnet(|| {
        let in_round = |name, round| {
            let rounds = [round, round];
            Votes {
                rounds,
                ..Votes::of(name)
            }
            .report()
        };
        assert_lands_in_this_block(in_round("Bob", 1));
        let stale = invalid(InvalidTransaction::Stale);
        for round in [2, 3, u64::MAX] {
            let again = in_round("Bob", round);
            assert_eq!(apply(again.clone()).unwrap_err(), stale, "round {round}");
            let pool = validate_from(TransactionSource::Local, again);
            assert_eq!(pool.unwrap_err(), stale, "round {round}");
        }
        assert_lands_in_this_block(in_round("Charlie", 9));
        let left = BOND - BOND * 3_875 / 10_000;
        assert_eq!((bonded("Bob"), bonded("Charlie")), (left, left));
    });
}

#[test]
fn a_report_of_a_session_whose_bonds_are_free_is_refused_and_not_dropped_for_nothing() {
    on_local_testnet(|| {
        SessionLength::set(&100);
        let eve = Person::funded("Eve", Scheme::MlDsa65);
        let blocks = pallet_validator_offences::Call::<Runtime>::report_double_authoring {
            proof: Box::new(two_blocks("Bob")),
            key_owner_proof: author_ownership("Bob"),
        };
        let votes = pallet_grandpa::Call::<Runtime>::report_equivocation {
            equivocation_proof: Box::new(Votes::of("Bob").proof()),
            key_owner_proof: voter_ownership("Bob"),
        };
        // As after eras that were cut short.
        pallet_staking::BondedEras::<Runtime>::put(vec![(1, 1)]);
        assert_fails(
            eve.sign(blocks),
            pallet_validator_offences::Error::<Runtime>::StaleReport,
        );
        next_block();
        assert_fails(
            eve.sign(votes),
            pallet_grandpa::Error::<Runtime>::DuplicateOffenceReport,
        );
        assert_eq!(bonded("Bob"), BOND);
    });
}

/// A block has room for two reports: they weigh what slashing everybody's nominators would.
pub fn next_block() {
    author_blocks_to(System::block_number() + 1);
}

/// Asserts that the report fails in its block, as `error`, and that nobody pays.
fn assert_proves_nothing(report: UncheckedExtrinsic, error: impl Into<DispatchError>) {
    next_block();
    let result = apply(report).expect("a block may hold it");
    assert_eq!(result, Err(error.into()));
    assert_eq!(bonded("Bob"), BOND);
    assert!(!ValidatorOffences::is_excluded(&account("Bob")));
}

#[test]
fn votes_that_prove_nothing() {
    on_local_testnet(|| {
        // A block that begins a session has no room for anything else.
        SessionLength::set(&100);
        let bob = || Votes::of("Bob");
        let cases = [
            Votes {
                targets: [1, 1],
                ..bob()
            },
            Votes {
                signers: ["Bob", "Charlie"],
                ..bob()
            },
            Votes {
                rounds: [1, 2],
                ..bob()
            },
            Votes {
                sets: [0, 1],
                ..bob()
            },
        ];
        for votes in cases {
            assert_proves_nothing(
                votes.report(),
                pallet_grandpa::Error::<Runtime>::InvalidEquivocationProof,
            );
        }
        let elses = bob().report_with(voter_ownership("Charlie"));
        assert_eq!(
            apply(elses).unwrap_err(),
            invalid(InvalidTransaction::BadProof)
        );
    });
}

type Spoil = fn(&mut DoubleAuthoringProof<Header>);

#[test]
fn headers_that_prove_nothing() {
    use pallet_validator_offences::Error;
    on_local_testnet(|| {
        SessionLength::set(&100);
        let spoilt = |spoil: Spoil| {
            let mut proof = two_blocks("Bob");
            spoil(&mut proof);
            authoring_report(proof, author_ownership("Bob"))
        };
        let cases: [(Spoil, Error<Runtime>); 4] = [
            (
                |proof| proof.second_header = proof.first_header.clone(),
                Error::SameHeader,
            ),
            (
                |proof| proof.second_header = sealed("Bob", 2, 2),
                Error::NotTheSlot,
            ),
            (
                |proof| proof.second_header = sealed("Charlie", 1, 2),
                Error::BadSeal,
            ),
            (
                |proof| {
                    proof.second_header.digest_mut().pop();
                },
                Error::MissingSeal,
            ),
        ];
        for (spoil, error) in cases {
            let report = spoilt(spoil);
            assert_eq!(
                validate_from(TransactionSource::Local, report.clone()).unwrap_err(),
                invalid(InvalidTransaction::BadProof)
            );
            assert_proves_nothing(report, error);
        }
        let elses = authoring_report(two_blocks("Bob"), author_ownership("Charlie"));
        assert_eq!(
            apply(elses).unwrap_err(),
            invalid(InvalidTransaction::BadProof)
        );
    });
}
