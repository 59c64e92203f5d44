//! Signing votes, and every way in which a signature is not the voter's.

use std::sync::Arc;

use codec::{Decode, Encode};
use qloak_pq_crypto::authority::{aura, KEY_BYTES, SIGNATURE_BYTES};
use sp_core::{Pair, H256};
use sp_keystore::testing::MemoryKeystore;

use super::{
    precommit, prevote, signature, signed, voter, Message, SignedMessage, VoteKeys, ROUND, SET,
};
use crate::{
    check_message_signature, check_message_signature_with_buffer, localized_payload, sign_message,
    AuthorityId, AuthorityPair, AuthoritySignature, SignatureResult,
};

fn message() -> Message {
    Message::Prevote(prevote(9))
}

fn check(message: &Message, id: &AuthorityId, signature: &AuthoritySignature) -> SignatureResult {
    check_message_signature(message, id, signature, ROUND, SET)
}

#[test]
fn a_signed_vote_is_valid() {
    let voter = voter(1);
    for message in [
        Message::Prevote(prevote(9)),
        Message::Precommit(precommit(9)),
        Message::PrimaryPropose(finality_grandpa::PrimaryPropose::new(
            H256::repeat_byte(9),
            9,
        )),
    ] {
        let vote = signed(&voter, message.clone());
        assert_eq!(vote.message, message);
        assert_eq!(vote.id, voter.public());
        let result = check(&vote.message, &vote.id, &vote.signature);
        assert_eq!(result, SignatureResult::Valid);
        assert!(result.is_valid());
    }
}

#[test]
fn signing_again_gives_the_same_bytes() {
    let vote = signed(&voter(1), message());
    assert_eq!(signed(&voter(1), message()), vote);
    // Nor does it matter which process signs.
    assert_eq!(signature(&voter(1), &message(), ROUND, SET), vote.signature);
}

#[test]
fn a_buffer_may_hold_anything_before() {
    let vote = signed(&voter(1), message());
    let mut buffer = vec![0xff; 10_000];
    let result = check_message_signature_with_buffer(
        &vote.message,
        &vote.id,
        &vote.signature,
        ROUND,
        SET,
        &mut buffer,
    );
    assert_eq!(result, SignatureResult::Valid);
    assert_eq!(buffer, localized_payload(ROUND, SET, &vote.message));
}

#[test]
fn another_message_is_invalid() {
    let vote = signed(&voter(1), message());
    // The same block in another step of the round is another message too.
    for other in [
        Message::Prevote(prevote(8)),
        Message::Precommit(precommit(9)),
    ] {
        let result = check(&other, &vote.id, &vote.signature);
        assert_eq!(result, SignatureResult::Invalid);
        assert!(!result.is_valid());
    }
}

#[test]
fn another_round_is_invalid() {
    let vote = signed(&voter(1), message());
    for round in [ROUND - 1, ROUND + 1] {
        assert_eq!(
            check_message_signature(&vote.message, &vote.id, &vote.signature, round, SET),
            SignatureResult::Invalid
        );
    }
}

#[test]
fn only_the_set_before_is_told_apart_as_outdated() {
    let vote = signed(&voter(1), message());
    let in_set =
        |set_id| check_message_signature(&vote.message, &vote.id, &vote.signature, ROUND, set_id);
    assert_eq!(in_set(SET - 1), SignatureResult::Invalid);
    assert_eq!(in_set(SET), SignatureResult::Valid);
    assert_eq!(in_set(SET + 1), SignatureResult::OutdatedSet);
    assert_eq!(in_set(SET + 2), SignatureResult::Invalid);
    assert!(!in_set(SET + 1).is_valid());
}

#[test]
fn an_outdated_vote_of_another_round_is_invalid() {
    let vote = signed(&voter(1), message());
    assert_eq!(
        check_message_signature(&vote.message, &vote.id, &vote.signature, ROUND + 1, SET + 1),
        SignatureResult::Invalid
    );
}

#[test]
fn the_first_set_has_none_before_it() {
    let voter = voter(1);
    let in_first = signature(&voter, &message(), ROUND, 0);
    let in_last = signature(&voter, &message(), ROUND, u64::MAX);
    let check =
        |signature| check_message_signature(&message(), &voter.public(), signature, ROUND, 0);
    assert_eq!(check(&in_first), SignatureResult::Valid);
    assert_eq!(check(&in_last), SignatureResult::Invalid);
}

#[test]
fn another_voters_signature_is_invalid() {
    let vote = signed(&voter(2), message());
    assert_eq!(
        check(&vote.message, &voter(1).public(), &vote.signature),
        SignatureResult::Invalid
    );
}

#[test]
fn a_key_that_hashes_to_another_id_is_invalid() {
    let (mine, theirs) = (signed(&voter(1), message()), signed(&voter(2), message()));
    let splice = |key: &[u8], raw: &[u8]| {
        let bytes = [&key[..KEY_BYTES], &raw[KEY_BYTES..]].concat();
        AuthoritySignature::try_from(&bytes[..]).unwrap()
    };
    // Their key with my signature, then my key with theirs: the id or the signature gives it away.
    for spliced in [
        splice(&theirs.signature, &mine.signature),
        splice(&mine.signature, &theirs.signature),
    ] {
        for id in [&mine.id, &theirs.id] {
            assert_eq!(check(&message(), id, &spliced), SignatureResult::Invalid);
        }
    }
}

#[test]
fn one_bit_decides() {
    let vote = signed(&voter(1), message());
    for position in [0, KEY_BYTES - 1, KEY_BYTES, SIGNATURE_BYTES - 1] {
        let mut bytes = vote.signature.to_vec();
        bytes[position] ^= 1;
        let damaged = AuthoritySignature::try_from(bytes).unwrap();
        assert_eq!(
            check(&vote.message, &vote.id, &damaged),
            SignatureResult::Invalid
        );
    }
}

#[test]
fn a_signature_of_another_length_is_none() {
    let vote = signed(&voter(1), message());
    let bytes = vote.signature.to_vec();
    assert_eq!(bytes.len(), SIGNATURE_BYTES);
    assert!(AuthoritySignature::try_from(&bytes[1..]).is_err());
    assert!(AuthoritySignature::try_from(&bytes[..SIGNATURE_BYTES - 1]).is_err());
    assert!(AuthoritySignature::try_from([&bytes[..], &[0]].concat()).is_err());
    assert!(AuthoritySignature::try_from(&[0_u8; 0][..]).is_err());

    let encoded = vote.encode();
    assert!(SignedMessage::decode(&mut &encoded[..encoded.len() - 1]).is_err());
}

#[test]
fn a_seal_is_no_vote() {
    let sealer = aura::AuthorityPair::from_seed(&[1; 32]);
    let voter = voter(1);
    // One seed, one key, one id: only the context of the signature differs.
    assert_eq!(sealer.public().encode(), voter.public().encode());
    let seal = sealer.sign(&localized_payload(ROUND, SET, &message()));
    let seal = AuthoritySignature::try_from(seal.to_vec()).unwrap();
    assert_eq!(
        check(&message(), &voter.public(), &seal),
        SignatureResult::Invalid
    );
}

#[test]
fn a_keystore_without_the_key_signs_nothing() {
    let keystore = Arc::new(VoteKeys::of([voter(2)]));
    let id = voter(1).public();
    assert!(sign_message(keystore, message(), id, ROUND, SET).is_none());
}

#[test]
fn a_keystore_without_the_scheme_signs_nothing() {
    let keystore = Arc::new(MemoryKeystore::new());
    let id = voter(1).public();
    assert!(sign_message(keystore, message(), id, ROUND, SET).is_none());
}

#[test]
fn a_truncated_signature_from_the_keystore_is_dropped() {
    let keys = || VoteKeys::of([voter(1)]);
    let sign = |keystore: VoteKeys| {
        sign_message(Arc::new(keystore), message(), voter(1).public(), ROUND, SET)
    };
    assert!(sign(keys().truncating(SIGNATURE_BYTES)).is_some());
    assert!(sign(keys().truncating(SIGNATURE_BYTES - 1)).is_none());
    // An ed25519 signature, for instance.
    assert!(sign(keys().truncating(64)).is_none());
}

#[test]
fn the_generic_pair_agrees_with_the_check() {
    let vote = signed(&voter(1), message());
    let payload = localized_payload(ROUND, SET, &vote.message);
    assert!(AuthorityPair::verify(&vote.signature, &payload, &vote.id));
    assert!(!AuthorityPair::verify(
        &vote.signature,
        &payload[1..],
        &vote.id
    ));
}
