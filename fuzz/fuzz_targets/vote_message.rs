//! What a peer sends on the voters' protocol, as the node's guard decodes it: at random, and of each kind.

#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use qloak_consensus::is_well_formed;

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    /// Votes, commits, neighbour packets, catch-ups and requests for them have 0 to 4.
    kind: u8,
    body: &'a [u8],
}

fuzz_target!(|input: Input| {
    let kind = input.kind % 6;
    let message = [&[kind], input.body].concat();
    let is_good = is_well_formed(&message);
    // There is no sixth kind, and nothing may follow a message.
    assert!(!is_good || kind < 5);
    assert!(!is_good || !is_well_formed(&[&message[..], &[0]].concat()));
    is_well_formed(input.body);
});
