//! Whatever a peer sends, the guard survives it. It runs in the task without which nothing becomes final.

use super::*;
use proptest::prelude::*;

/// Judges a message that may have an occasion of every kind.
fn survives(message: &[u8]) {
    let peer = PeerId::random();
    let (mut guard, _) = guard(Protocol::new(Vec::new()));
    assert!(guard.judge.passes(&opened(peer), Instant::now()));
    for ours in [neighbour(1), catch_up_request()] {
        guard.send_sync_notification(&peer, ours);
    }
    let heard = guard.judge.listens(peer, message, Instant::now());
    assert!(is_well_formed(message) || !heard, "heard what is malformed");
}

fn good() -> impl Strategy<Value = Vec<u8>> {
    prop::sample::select(vec![
        vote(VOTER, SET),
        commit(2, 2),
        neighbour(1),
        catch_up_request(),
        catch_up(),
    ])
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(
        kind in 0..7_u8,
        mut message in prop::collection::vec(any::<u8>(), 0..600),
    ) {
        survives(&message);
        message.insert(0, kind);
        survives(&message);
    }

    #[test]
    fn damaged_messages_never_panic(
        mut message in good(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), 1..=255_u8), 0..8),
        cut in prop::option::of(any::<prop::sample::Index>()),
        tail in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        prop_assert!(is_well_formed(&message));
        for (at, change) in flips {
            // The first bytes hold the kind and the lengths.
            let at = at.index(2 * message.len());
            let at = if at < message.len() { at } else { at % 64.min(message.len()) };
            message[at] ^= change;
        }
        if let Some(cut) = cut {
            message.truncate(cut.index(message.len()));
        }
        message.extend(tail);
        survives(&message);
    }
}
