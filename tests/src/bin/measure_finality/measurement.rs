//! Watches a network, and keeps what it saw.

use std::{
    ops::RangeInclusive,
    time::{Duration, Instant},
};

use qloak_e2e::network::{arrivals::Arrivals, view::View, Network};

use crate::{
    block::{slot_duration, votes_in, Block},
    error::Error,
    usage::{Load, Usage},
    Options, Progress,
};

/// So many justifications are looked at: they differ by the votes that came in time.
const JUSTIFICATIONS: usize = 5;

/// What was seen of one validator. All times are in milliseconds.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// From the authoring of each block until it told that the block is final, in the blocks' order.
    pub since_authoring: Vec<u64>,
    /// From its telling that a block is its best until its telling that it is final, for the blocks of
    /// which it told both.
    pub since_import: Vec<u64>,
    /// What it cost.
    pub load: Load,
}

/// A proof of finality.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Justification {
    /// Its size.
    pub bytes: usize,
    /// The precommits in it.
    pub votes: u32,
}

impl Justification {
    fn read(encoded: &[u8]) -> Result<Self, Error> {
        Ok(Self {
            bytes: encoded.len(),
            votes: votes_in(encoded)?,
        })
    }
}

/// Everything that was measured.
#[derive(Clone, Debug)]
pub struct Measurement {
    /// How long it took.
    pub elapsed: Duration,
    /// The blocks, in order; at least one.
    pub blocks: Vec<Block>,
    /// The slots from that of the first block to that of the last.
    pub slots: u64,
    /// The validators.
    pub members: Vec<Member>,
    /// Proofs that one validator made after the last block.
    pub justifications: Vec<Justification>,
}

/// A network under measurement.
struct Watch<'a> {
    network: &'a Network,
    names: &'a [&'static str],
    progress: &'a Progress,
}

impl Measurement {
    /// Starts a network, measures it, and ends it.
    ///
    /// # Errors
    /// If a validator or the system does not tell what is to be measured.
    ///
    /// # Panics
    /// As the network does, if it does not start or stands still.
    pub fn take(options: &Options, progress: &Progress) -> Result<Self, Error> {
        let plan = options.plan();
        progress.say("starting");
        let network = Network::start(&plan);
        let watch = Watch {
            network: &network,
            names: &plan.validators,
            progress,
        };
        progress.say("warming up");
        let view = watch.all_final(1..=options.warm_up);

        progress.say("measuring");
        let best = plan.validators.iter().map(|name| view.best(name)).max();
        let first = best.unwrap_or(0) + 1;
        let numbers = first..=first + options.blocks - 1;
        let (before, start) = (watch.usage()?, Instant::now());
        let view = watch.all_final(numbers.clone());
        let (after, elapsed) = (watch.usage()?, start.elapsed());

        let blocks = watch.blocks(&view, numbers)?;
        let loads = before.iter().zip(&after);
        let loads = loads.map(|(before, after)| after.since(before, elapsed));
        let members = watch.names.iter().zip(loads);
        Ok(Self {
            elapsed,
            slots: slots(&blocks),
            members: members
                .map(|(name, load)| Member::of(name, &network.arrivals(name), &blocks, load))
                .collect::<Result<_, _>>()?,
            justifications: watch.justifications()?,
            blocks,
        })
    }

    /// Of all samples of one kind.
    pub fn all(&self, kind: impl Fn(&Member) -> &Vec<u64>) -> Vec<u64> {
        self.members.iter().flat_map(kind).copied().collect()
    }

    /// From the authoring of each block until the last validator told that it is final.
    pub fn everywhere(&self) -> Vec<u64> {
        let slowest = |index: usize| {
            let times = self.members.iter().map(|member| &member.since_authoring);
            times.filter_map(|times| times.get(index)).max().copied()
        };
        (0..self.blocks.len()).filter_map(slowest).collect()
    }
}

impl Watch<'_> {
    /// Waits until every validator told that these blocks are final.
    fn all_final(&self, numbers: RangeInclusive<u64>) -> View {
        let mut view = self.network.view();
        for number in numbers {
            view = self
                .network
                .until(&format!("block {number} is final everywhere"), |view| {
                    self.names.iter().all(|name| view.finalized(name) >= number)
                });
            self.progress.one_more_block();
        }
        view
    }

    fn usage(&self) -> Result<Vec<Usage>, Error> {
        let names = self.names.iter();
        names
            .map(|name| Usage::read(name, self.network.node(name)))
            .collect()
    }

    /// Read after the window, so that the questions cost nothing in it.
    fn blocks(&self, view: &View, numbers: RangeInclusive<u64>) -> Result<Vec<Block>, Error> {
        let Some(node) = self.names.first().map(|name| self.network.node(name)) else {
            return Ok(Vec::new());
        };
        let slot_ms = slot_duration(node)?;
        numbers
            .map(|number| {
                let hash = view
                    .final_block(number)
                    .ok_or_else(|| Error::form(format!("nobody told of block {number}")))?;
                Block::read(node, number, hash, slot_ms)
            })
            .collect()
    }

    fn justifications(&self) -> Result<Vec<Justification>, Error> {
        let Some(name) = self.names.first() else {
            return Ok(Vec::new());
        };
        self.progress.say("reading justifications");
        let told = self.network.justifications(name, JUSTIFICATIONS);
        told.iter()
            .map(|encoded| Justification::read(encoded))
            .collect()
    }
}

impl Member {
    fn of(name: &str, arrivals: &Arrivals, blocks: &[Block], load: Load) -> Result<Self, Error> {
        let mut member = Self {
            name: name.into(),
            since_authoring: Vec::new(),
            since_import: Vec::new(),
            load,
        };
        for block in blocks {
            let number = block.number;
            let arrived = arrivals.finalized(number).ok_or_else(|| {
                Error::form(format!("{name} never told that block {number} is final"))
            })?;
            member
                .since_authoring
                .push(arrived.saturating_sub(block.authored));
            // None for a block that was overtaken before it was told.
            let imported = arrivals.best(&block.hash);
            let since = imported.map(|imported| arrived.saturating_sub(imported));
            member.since_import.extend(since);
        }
        Ok(member)
    }
}

/// The slots from that of the first block to that of the last, both included.
fn slots(blocks: &[Block]) -> u64 {
    let (first, last) = (blocks.first(), blocks.last());
    first
        .zip(last)
        .map_or(0, |(first, last)| last.slot.saturating_sub(first.slot) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(number: u64, slot: u64) -> Block {
        Block {
            number,
            hash: [0; 32],
            slot,
            authored: slot * 1_000,
        }
    }

    fn member(since_authoring: &[u64]) -> Member {
        Member {
            name: String::new(),
            since_authoring: since_authoring.to_vec(),
            since_import: Vec::new(),
            load: Load {
                core_thousandths: 0,
                bytes_in_per_second: 0,
                bytes_out_per_second: 0,
            },
        }
    }

    #[test]
    fn a_slot_without_a_block_counts_as_passed() {
        assert_eq!(slots(&[block(5, 100), block(6, 101), block(7, 103)]), 4);
        assert_eq!(slots(&[block(5, 100)]), 1);
        assert_eq!(slots(&[]), 0);
    }

    #[test]
    fn a_block_is_final_everywhere_when_it_is_at_the_slowest() {
        let measurement = Measurement {
            elapsed: Duration::ZERO,
            blocks: vec![block(1, 1), block(2, 2)],
            slots: 2,
            members: vec![member(&[500, 900]), member(&[700, 600])],
            justifications: Vec::new(),
        };
        assert_eq!(measurement.everywhere(), [700, 900]);
        let all = measurement.all(|member| &member.since_authoring);
        assert_eq!(all, [500, 900, 700, 600]);
    }

    #[test]
    fn a_member_that_says_nothing_is_no_measurement() {
        let load = member(&[]).load;
        let result = Member::of("Alice", &Arrivals::default(), &[block(7, 7)], load);
        let error = result.err().map(|error| error.to_string());
        assert!(error.is_some_and(|error| error.contains("Alice never told that block 7")));
    }
}
