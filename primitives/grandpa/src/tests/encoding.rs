//! Bytes, type names and numbers that others rely on.

use codec::{Decode, Encode};
use finality_grandpa::{PrimaryPropose, SignedPrecommit};
use qloak_pq_crypto::authority::SIGNATURE_BYTES;
use scale_info::TypeInfo;
use sp_api::RuntimeApiInfo;
use sp_core::{Pair, H256};
use sp_runtime::{generic, traits::BlakeTwo256, OpaqueExtrinsic};

use super::{precommit, prevote, signed, voter, Message, SignedMessage, ROUND, SET};
use crate::{
    localized_payload, localized_payload_with_buffer, Commit, ConsensusLog, Equivocation,
    EquivocationProof, GrandpaApi, GrandpaJustification, ScheduledChange, GRANDPA_ENGINE_ID,
    KEY_TYPE,
};

type Header = generic::Header<u32, BlakeTwo256>;
type Block = generic::Block<Header, OpaqueExtrinsic>;

fn justification() -> GrandpaJustification<Header> {
    let precommits = [1, 2].map(|number| {
        let vote = signed(&voter(number), Message::Precommit(precommit(9)));
        SignedPrecommit {
            precommit: precommit(9),
            signature: vote.signature,
            id: vote.id,
        }
    });
    GrandpaJustification {
        round: ROUND,
        commit: Commit::<Header> {
            target_hash: H256::repeat_byte(9),
            target_number: 9,
            precommits: precommits.into(),
        },
        votes_ancestries: Vec::new(),
    }
}

fn change() -> ScheduledChange<u32> {
    ScheduledChange {
        next_authorities: vec![(voter(1).public(), 1), (voter(2).public(), 2)],
        delay: 5,
    }
}

#[test]
fn the_payload_is_message_then_round_then_set() {
    let (round, set_id) = (0x0102_0304_0506_0708, 0x1112_1314_1516_1718);
    let block = [&[0xab; 32][..], &[0x44, 0x33, 0x22, 0x11]].concat();
    let (hash, number) = (H256::repeat_byte(0xab), 0x1122_3344);
    let messages = [
        Message::Prevote(finality_grandpa::Prevote::new(hash, number)),
        Message::Precommit(finality_grandpa::Precommit::new(hash, number)),
        Message::PrimaryPropose(PrimaryPropose::new(hash, number)),
    ];
    for (index, message) in (0_u8..).zip(messages) {
        let expected = [
            &[index][..],
            &block,
            &[8, 7, 6, 5, 4, 3, 2, 1],
            &[0x18, 0x17, 0x16, 0x15, 0x14, 0x13, 0x12, 0x11],
        ]
        .concat();
        assert_eq!(localized_payload(round, set_id, &message), expected);

        let mut buffer = vec![7; 3];
        localized_payload_with_buffer(round, set_id, &message, &mut buffer);
        assert_eq!(buffer, expected);
    }
}

#[test]
fn no_vote_is_a_statement_of_possession() {
    // A proof of possession signs `"POP_" ‖ owner` with the same key under the same context.
    let statement = sp_core::proof_of_possession::statement_of_ownership(&[0; 32]);
    for message in [
        Message::Prevote(prevote(9)),
        Message::Precommit(precommit(9)),
        Message::PrimaryPropose(PrimaryPropose::new(H256::zero(), 9)),
    ] {
        let payload = localized_payload(ROUND, SET, &message);
        assert!(payload[0] < 3);
        assert_ne!(payload[0], statement[0]);
    }
}

#[test]
fn a_signed_message_has_5330_bytes_and_comes_back() {
    let vote = signed(&voter(1), Message::Precommit(precommit(9)));
    let bytes = vote.encode();
    assert_eq!(bytes.len(), 37 + SIGNATURE_BYTES + 32);
    assert_eq!(SignedMessage::decode(&mut &bytes[..]), Ok(vote.clone()));
    assert_eq!(bytes[37..][..SIGNATURE_BYTES], vote.signature[..]);
    assert_eq!(bytes[37 + SIGNATURE_BYTES..], vote.id.encode());
}

#[test]
fn a_justification_comes_back() {
    let justification = justification();
    let bytes = justification.encode();
    let decoded = GrandpaJustification::<Header>::decode(&mut &bytes[..]);
    assert_eq!(decoded, Ok(justification));
    for cut in [0, 8, 44, 45, bytes.len() - 1] {
        assert!(GrandpaJustification::<Header>::decode(&mut &bytes[..cut]).is_err());
    }
}

#[test]
fn an_equivocation_proof_comes_back() {
    let vote = |block| {
        let signed = signed(&voter(1), Message::Prevote(prevote(block)));
        (prevote(block), signed.signature)
    };
    let votes = finality_grandpa::Equivocation {
        round_number: ROUND,
        identity: voter(1).public(),
        first: vote(8),
        second: vote(9),
    };
    let proof = EquivocationProof::new(SET, Equivocation::from(votes));
    let bytes = proof.encode();
    // Set, step, round, voter and twice block and signature.
    assert_eq!(bytes.len(), 8 + 1 + 8 + 32 + 2 * (36 + SIGNATURE_BYTES));
    assert_eq!(bytes[..9], [&SET.to_le_bytes()[..], &[0]].concat());
    assert_eq!(EquivocationProof::decode(&mut &bytes[..]), Ok(proof));
    assert!(EquivocationProof::<H256, u32>::decode(&mut &bytes[..bytes.len() - 1]).is_err());
}

#[test]
fn digest_items_have_the_sdks_numbers() {
    let logs = [
        ConsensusLog::ScheduledChange(change()),
        ConsensusLog::ForcedChange(4, change()),
        ConsensusLog::OnDisabled(2),
        ConsensusLog::Pause(3),
        ConsensusLog::Resume(3),
    ];
    for (index, log) in (1_u8..).zip(logs) {
        let bytes = log.encode();
        assert_eq!(bytes[0], index);
        assert_eq!(ConsensusLog::<u32>::decode(&mut &bytes[..]), Ok(log));
    }
    assert!(ConsensusLog::<u32>::decode(&mut &[0, 0, 0, 0, 0][..]).is_err());
    // Two voters of 32 + 8 bytes behind their number, then the delay.
    let change = ConsensusLog::ScheduledChange(change()).encode();
    assert_eq!(change.len(), 1 + 1 + 2 * 40 + 4);
}

#[test]
fn a_digest_item_is_taken_only_for_what_it_is() {
    let scheduled = || ConsensusLog::ScheduledChange(change());
    let forced = || ConsensusLog::ForcedChange(4, change());
    let (pause, resume) = (
        || ConsensusLog::Pause(3_u32),
        || ConsensusLog::Resume(6_u32),
    );
    let disabled = || ConsensusLog::<u32>::OnDisabled(1);

    assert_eq!(scheduled().try_into_change(), Some(change()));
    assert_eq!(forced().try_into_forced_change(), Some((4, change())));
    assert_eq!(pause().try_into_pause(), Some(3));
    assert_eq!(resume().try_into_resume(), Some(6));
    for other in [forced(), pause(), resume(), disabled()] {
        assert_eq!(other.try_into_change(), None);
    }
    for other in [scheduled(), pause(), resume(), disabled()] {
        assert_eq!(other.try_into_forced_change(), None);
    }
    for other in [scheduled(), forced(), resume(), disabled()] {
        assert_eq!(other.try_into_pause(), None);
    }
    for other in [scheduled(), forced(), pause(), disabled()] {
        assert_eq!(other.try_into_resume(), None);
    }
}

#[test]
fn metadata_knows_the_types_by_the_sdks_names() {
    fn path<T: TypeInfo>() -> Vec<&'static str> {
        T::type_info().path.segments
    }
    let named = |name| vec!["sp_consensus_grandpa", name];
    assert_eq!(
        path::<EquivocationProof<H256, u32>>(),
        named("EquivocationProof")
    );
    assert_eq!(path::<Equivocation<H256, u32>>(), named("Equivocation"));
    assert_eq!(
        path::<GrandpaJustification<Header>>(),
        named("GrandpaJustification")
    );
    assert_eq!(path::<ScheduledChange<u32>>(), named("ScheduledChange"));
}

#[test]
fn the_runtime_interface_is_version_3_of_the_sdks() {
    // BLAKE2b-64 of the trait's name.
    let id = [0xed, 0x99, 0xc5, 0xac, 0xb2, 0x5e, 0xed, 0xf5];
    assert_eq!(<dyn GrandpaApi<Block>>::ID, id);
    assert_eq!(<dyn GrandpaApi<Block>>::VERSION, 3);
}

#[test]
fn keys_and_digests_are_marked_as_the_sdks() {
    assert_eq!(KEY_TYPE.0, *b"gran");
    assert_eq!(GRANDPA_ENGINE_ID, *b"FRNK");
    assert_eq!(voter(1).public().encode().len(), 32);
}
