//! Session keys, which are registered with a proof that their owner has them.

use codec::Encode;
use polkadot_sdk::*;
use qloak_pq_crypto::{
    authority::{Pair, Purpose, Seal, Vote},
    derive,
    scheme::Scheme,
};
use qloak_runtime::{AccountId, Runtime, SessionKeys};
use sp_core::{proof_of_possession::NonAggregatable, Pair as _};

use crate::chain::*;

/// The development key at a path.
pub fn pair<P: Purpose>(path: &str) -> Pair<P> {
    let path = path.parse().unwrap();
    Pair::from_seed(&derive::derive_seed(
        &derive::DEV_MASTER,
        Scheme::MlDsa65,
        &path,
    ))
}

/// The session keys that are a developer's.
pub fn keys_of(name: &str) -> SessionKeys {
    SessionKeys {
        aura: pair::<Seal>(&format!("//{name}//aura")).public().into(),
        grandpa: pair::<Vote>(&format!("//{name}//grandpa")).public().into(),
    }
}

fn possession<P: Purpose>(key: &Pair<P>, owner: &AccountId) -> Vec<u8> {
    let statement = Pair::<P>::proof_of_possession_statement(&owner.encode());
    key.try_sign(&statement).unwrap().encode()
}

/// What registers a developer's session keys for `owner`.
pub fn registration(name: &str, owner: &AccountId) -> pallet_session::Call<Runtime> {
    let aura = possession(&pair::<Seal>(&format!("//{name}//aura")), owner);
    let grandpa = possession(&pair::<Vote>(&format!("//{name}//grandpa")), owner);
    pallet_session::Call::set_keys {
        keys: keys_of(name),
        proof: [aura, grandpa].concat(),
    }
}

#[test]
fn keys_with_proofs_are_registered_for_a_deposit() {
    on_development_chain(|| {
        let eve = Person::funded("Eve", Scheme::MlDsa65);
        // Registers the account's key, so that its deposit does not disturb.
        assert_lands(eve.sign(frame_system::Call::<Runtime>::remark { remark: vec![] }));
        let before = eve.free();
        assert_lands(eve.sign_short(registration("Eve", &eve.account)));
        assert_eq!(
            pallet_session::NextKeys::<Runtime>::get(&eve.account),
            Some(keys_of("Eve"))
        );
        let deposit = qloak_runtime::constants::session::KEY_DEPOSIT;
        assert!(before - eve.free() > deposit);

        assert_lands(eve.sign_short(pallet_session::Call::<Runtime>::purge_keys {}));
        assert_eq!(pallet_session::NextKeys::<Runtime>::get(&eve.account), None);
        assert!(before - eve.free() < deposit, "the deposit came back");
    });
}

#[test]
fn each_proof_must_be_by_its_key_for_its_use_and_owner() {
    on_development_chain(|| {
        let eve = Person::funded("Eve", Scheme::MlDsa65);
        let bob = Person::new("Bob", Scheme::MlDsa65);
        let (seal, vote) = (pair::<Seal>("//Eve//aura"), pair::<Vote>("//Eve//grandpa"));
        let (aura, grandpa) = (
            possession(&seal, &eve.account),
            possession(&vote, &eve.account),
        );
        let elses = pair::<Vote>("//Bob//grandpa");
        // The voting key under the sealing key's context, and the reverse.
        let vote_as_seal = pair::<Seal>("//Eve//grandpa");
        let seal_as_vote = pair::<Vote>("//Eve//aura");
        let mut flipped = grandpa.clone();
        *flipped.last_mut().unwrap() ^= 1;
        for (case, proof) in [
            ("swapped", [grandpa.clone(), aura.clone()].concat()),
            ("one only", aura.clone()),
            ("none", vec![]),
            ("twice the first", [aura.clone(), aura.clone()].concat()),
            (
                "AURA's for another owner",
                [possession(&seal, &bob.account), grandpa.clone()].concat(),
            ),
            (
                "GRANDPA's for another owner",
                [aura.clone(), possession(&vote, &bob.account)].concat(),
            ),
            (
                "somebody else's key",
                [aura.clone(), possession(&elses, &eve.account)].concat(),
            ),
            (
                "a vote under the seal's context",
                [aura.clone(), possession(&vote_as_seal, &eve.account)].concat(),
            ),
            (
                "a seal under the vote's context",
                [possession(&seal_as_vote, &eve.account), grandpa.clone()].concat(),
            ),
            ("a flipped bit", [aura.clone(), flipped].concat()),
            (
                "a byte too many",
                [aura.clone(), grandpa.clone(), vec![0]].concat(),
            ),
            (
                "a byte too few",
                [&aura[..], &grandpa[..grandpa.len() - 1]].concat(),
            ),
        ] {
            let call = pallet_session::Call::<Runtime>::set_keys {
                keys: keys_of("Eve"),
                proof,
            };
            let result = apply(eve.sign(call)).expect("a valid transaction");
            let refused = pallet_session::Error::<Runtime>::InvalidProof;
            assert_eq!(result, Err(refused.into()), "{case}");
        }
        assert_eq!(pallet_session::NextKeys::<Runtime>::get(&eve.account), None);
    });
}

#[test]
fn another_validators_keys_are_refused_even_by_their_holder() {
    on_development_chain(|| {
        let eve = Person::funded("Eve", Scheme::MlDsa65);
        assert_fails(
            eve.sign(registration("Alice", &eve.account)),
            pallet_session::Error::<Runtime>::DuplicatedKey,
        );
    });
}

#[test]
fn registration_is_weighed_with_both_proofs() {
    use frame_support::dispatch::GetDispatchInfo;
    use pallet_pq_signatures::WeightInfo;
    on_development_chain(|| {
        let owner = Person::new("Eve", Scheme::MlDsa65).account;
        let weight = registration("Eve", &owner).get_dispatch_info().call_weight;
        let proof = pallet_pq_signatures::weights::SubstrateWeight::<Runtime>::verify_ml_dsa_65();
        assert!(weight.ref_time() > 2 * proof.ref_time());
    });
}
