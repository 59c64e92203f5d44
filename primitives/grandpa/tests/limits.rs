//! How many authorities the limits of the network protocols allow.
//!
//! A vote is some 50 times as large as with ed25519, so that the SDK's limits, made for a thousand
//! ed25519 voters, come into sight. Here every message that grows with the number of voters is encoded,
//! for sets in which each votes once and for the worst ones that still decide anything: just
//! under a third vote twice in each step of a round, and both votes of each are passed on as evidence.
//!
//! The messages of the gossip protocol and the warp sync proof are private in
//! `sc-consensus-grandpa`. The types here repeat their fields in their order, and so have their encoding;
//! the limits are copied from where the comments say. Both are to be compared again when the SDK
//! moves (`docs/decisions/0007-grandpa-by-substitution.md`).

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use codec::Encode;
use finality_grandpa::{CatchUp, Message, Precommit, Prevote, SignedPrecommit, SignedPrevote};
use qloak_pq_crypto::authority::SIGNATURE_BYTES;
use sp_consensus_grandpa::{
    AuthorityId, AuthoritySignature, Commit, CompactCommit, ConsensusLog, GrandpaJustification,
    ScheduledChange, SignedMessage, GRANDPA_ENGINE_ID,
};
use sp_core::H256;
use sp_runtime::{generic, traits::BlakeTwo256, Digest, DigestItem};

type Header = generic::Header<u32, BlakeTwo256>;

const MIB: usize = 1024 * 1024;

/// A notification of the GRANDPA protocol: `grandpa_peers_set_config` in sc-consensus-grandpa 0.45.0.
const NOTIFICATION_BYTES: usize = MIB;
/// A warp sync proof: `MAX_WARP_SYNC_PROOF_SIZE`, of which `generate` in `warp_proof.rs` leaves 50 bytes
/// free and one more.
const WARP_PROOF_BYTES: usize = 8 * MIB - 51;
/// What a block response may hold: `MAX_RESPONSE_SIZE` of sc-network 0.60.0 less what
/// `block_request_handler.rs` of sc-network-sync 0.59.0 keeps for the frame.
const RESPONSE_BYTES: usize = 16 * MIB - 20 * 1024;
/// The largest body of a block: `constants.rs` of the runtime.
const BODY_BYTES: usize = 10 * MIB;

/// The most authorities that the runtime accepts.
const MAX_AUTHORITIES: usize = 64;

/// The gossip messages, as in `communication/gossip.rs`. A round and a set are `u64`s there too, each
/// in a type of its own, which adds nothing to their encoding.
#[derive(Encode)]
enum Gossip {
    Vote {
        round: u64,
        set_id: u64,
        message: SignedMessage<Header>,
    },
    Commit {
        round: u64,
        set_id: u64,
        message: CompactCommit<Header>,
    },
    Neighbor(Neighbor),
    CatchUpRequest {
        round: u64,
        set_id: u64,
    },
    CatchUp {
        set_id: u64,
        message: CatchUp<H256, u32, AuthoritySignature, AuthorityId>,
    },
}

#[derive(Encode)]
enum Neighbor {
    #[codec(index = 1)]
    V1 {
        round: u64,
        set_id: u64,
        commit_finalized_height: u32,
    },
}

/// One step of a warp sync proof, as in `warp_proof.rs`.
#[derive(Encode)]
struct WarpFragment {
    header: Header,
    justification: GrandpaJustification<Header>,
}

/// How the voters of a set behave.
#[derive(Clone, Copy)]
enum Voters {
    /// Each votes once.
    Honest,
    /// As many as GRANDPA bears vote twice.
    Worst,
}

impl Voters {
    /// Votes in each step of a round, if all of `voters` take part.
    fn votes(self, voters: usize) -> usize {
        match self {
            Self::Honest => voters,
            Self::Worst => voters + voters.saturating_sub(1) / 3,
        }
    }
}

fn id() -> AuthorityId {
    AuthorityId::try_from(&[7; 32][..]).unwrap()
}

/// All signatures have one length, whatever they are worth.
fn signature() -> AuthoritySignature {
    AuthoritySignature::try_from(vec![7; SIGNATURE_BYTES]).unwrap()
}

fn precommits(votes: usize) -> Vec<SignedPrecommit<H256, u32, AuthoritySignature, AuthorityId>> {
    let vote = SignedPrecommit {
        precommit: Precommit::new(H256::repeat_byte(7), u32::MAX),
        signature: signature(),
        id: id(),
    };
    vec![vote; votes]
}

fn prevotes(votes: usize) -> Vec<SignedPrevote<H256, u32, AuthoritySignature, AuthorityId>> {
    let vote = SignedPrevote {
        prevote: Prevote::new(H256::repeat_byte(7), u32::MAX),
        signature: signature(),
        id: id(),
    };
    vec![vote; votes]
}

fn full_commit(votes: usize) -> Commit<Header> {
    Commit::<Header> {
        target_hash: H256::repeat_byte(7),
        target_number: u32::MAX,
        precommits: precommits(votes),
    }
}

fn commit(votes: usize) -> usize {
    let message = Gossip::Commit {
        round: 1,
        set_id: 1,
        message: full_commit(votes).into(),
    };
    message.encoded_size()
}

fn catch_up(votes: usize) -> usize {
    let message = CatchUp {
        round_number: 1,
        prevotes: prevotes(votes),
        precommits: precommits(votes),
        base_hash: H256::repeat_byte(7),
        base_number: u32::MAX,
    };
    Gossip::CatchUp { set_id: 1, message }.encoded_size()
}

/// A justification without headers: at a block that changes the voters, which is what the chain of
/// proofs consists of, nobody votes for anything later.
fn justified(votes: usize) -> GrandpaJustification<Header> {
    GrandpaJustification {
        round: 1,
        commit: full_commit(votes),
        votes_ancestries: Vec::new(),
    }
}

/// A sealed header with these items between slot and seal.
fn header(items: Vec<DigestItem>) -> Header {
    let slot = DigestItem::PreRuntime(*b"aura", vec![7; 8]);
    let seal = DigestItem::Seal(*b"aura", vec![7; SIGNATURE_BYTES]);
    let logs = [vec![slot], items, vec![seal]].concat();
    Header {
        parent_hash: H256::repeat_byte(7),
        number: u32::MAX,
        state_root: H256::repeat_byte(7),
        extrinsics_root: H256::repeat_byte(7),
        digest: Digest { logs },
    }
}

/// A sealed header that announces so many voters.
fn header_with_change(voters: usize) -> Header {
    let change = ConsensusLog::ScheduledChange(ScheduledChange {
        next_authorities: vec![(id(), 1); voters],
        delay: 0_u32,
    });
    header(vec![DigestItem::Consensus(
        GRANDPA_ENGINE_ID,
        change.encode(),
    )])
}

fn warp_fragment(voters: usize, votes: usize) -> usize {
    let fragment = WarpFragment {
        header: header_with_change(voters),
        justification: justified(votes),
    };
    fragment.encoded_size()
}

/// A block of the greatest length that comes with its justification.
fn justified_block(voters: usize, votes: usize) -> usize {
    BODY_BYTES + warp_fragment(voters, votes)
}

/// The largest number of voters for which `size` stays within the limit.
fn largest(limit: usize, size: impl Fn(usize) -> usize) -> usize {
    let (mut fits, mut too_many) = (1, 2);
    while size(too_many) <= limit {
        (fits, too_many) = (too_many, 2 * too_many);
    }
    while too_many - fits > 1 {
        let middle = fits + (too_many - fits) / 2;
        if size(middle) <= limit {
            fits = middle;
        } else {
            too_many = middle;
        }
    }
    fits
}

#[test]
fn messages_of_one_voter_do_not_grow() {
    let message = SignedMessage::<Header> {
        message: Message::Prevote(Prevote::new(H256::repeat_byte(7), u32::MAX)),
        signature: signature(),
        id: id(),
    };
    let vote = Gossip::Vote {
        round: 1,
        set_id: 1,
        message,
    };
    let neighbor = Gossip::Neighbor(Neighbor::V1 {
        round: 1,
        set_id: 1,
        commit_finalized_height: u32::MAX,
    });
    let request = Gossip::CatchUpRequest {
        round: 1,
        set_id: 1,
    };
    assert_eq!(vote.encoded_size(), 5_347);
    assert_eq!(neighbor.encoded_size(), 22);
    assert_eq!(request.encoded_size(), 17);
}

/// The table in `docs/spec/finality.md`.
#[test]
fn sizes_at_4_31_and_64_voters() {
    let sizes = |voters, behaviour: Voters| {
        let votes = behaviour.votes(voters);
        [
            commit(votes),
            catch_up(votes),
            justified(votes).encoded_size(),
            warp_fragment(voters, votes),
        ]
    };
    let table = [
        (4, Voters::Honest, [21_371, 42_687, 21_362, 26_919]),
        (31, Voters::Honest, [165_254, 330_453, 165_245, 171_882]),
        (64, Voters::Honest, [341_113, 682_169, 341_103, 349_061]),
        (4, Voters::Worst, [26_700, 53_345, 26_691, 32_248]),
        (31, Voters::Worst, [218_544, 437_033, 218_535, 225_172]),
        (64, Voters::Worst, [453_022, 905_987, 453_012, 460_970]),
    ];
    for (voters, behaviour, expected) in table {
        let measured = sizes(voters, behaviour);
        println!("{voters} voters: commit, catch-up, justification, warp fragment: {measured:?}");
        assert_eq!(measured, expected);
    }
}

#[test]
fn commits_fit_up_to_147_voters() {
    let bound = |behaviour: Voters| largest(NOTIFICATION_BYTES, |n| commit(behaviour.votes(n)));
    assert_eq!(bound(Voters::Honest), 196);
    assert_eq!(bound(Voters::Worst), 147);
}

#[test]
fn catch_ups_fit_up_to_74_voters() {
    let bound = |behaviour: Voters| largest(NOTIFICATION_BYTES, |n| catch_up(behaviour.votes(n)));
    assert_eq!(bound(Voters::Honest), 98);
    assert_eq!(bound(Voters::Worst), 74);
}

#[test]
fn warp_fragments_fit_up_to_1173_voters() {
    let bound =
        |behaviour: Voters| largest(WARP_PROOF_BYTES, |n| warp_fragment(n, behaviour.votes(n)));
    assert_eq!(bound(Voters::Honest), 1_561);
    assert_eq!(bound(Voters::Worst), 1_173);
}

#[test]
fn the_fullest_block_leaves_room_for_its_justification() {
    let bound =
        |behaviour: Voters| largest(RESPONSE_BYTES, |n| justified_block(n, behaviour.votes(n)));
    assert_eq!(bound(Voters::Honest), 1_166);
    assert_eq!(bound(Voters::Worst), 877);
}

#[test]
fn the_bound_on_authorities_keeps_an_eighth_of_every_limit_free() {
    let votes = Voters::Worst.votes(MAX_AUTHORITIES);
    for (limit, size) in [
        (NOTIFICATION_BYTES, commit(votes)),
        (NOTIFICATION_BYTES, catch_up(votes)),
        (WARP_PROOF_BYTES, warp_fragment(MAX_AUTHORITIES, votes)),
        (RESPONSE_BYTES, justified_block(MAX_AUTHORITIES, votes)),
    ] {
        println!("{size} of {limit} bytes");
        assert!(size * 8 <= limit * 7);
    }
}

#[test]
fn a_warp_proof_holds_18_changes_of_64_voters() {
    let changes = |behaviour: Voters| {
        WARP_PROOF_BYTES / warp_fragment(MAX_AUTHORITIES, behaviour.votes(MAX_AUTHORITIES))
    };
    assert_eq!(changes(Voters::Honest), 24);
    assert_eq!(changes(Voters::Worst), 18);
}

/// Away from changes of voters, precommits may be for several blocks, and the justification carries the
/// headers between them. So many still fit.
#[test]
fn a_justification_of_64_voters_may_span_1472_blocks() {
    let votes = Voters::Worst.votes(MAX_AUTHORITIES);
    let headers = |count| {
        let fragment = WarpFragment {
            header: header_with_change(MAX_AUTHORITIES),
            justification: GrandpaJustification {
                votes_ancestries: vec![header(Vec::new()); count],
                ..justified(votes)
            },
        };
        fragment.encoded_size()
    };
    assert_eq!(header(Vec::new()).encoded_size(), 5_384);
    assert_eq!(largest(WARP_PROOF_BYTES, headers), 1_472);
}
