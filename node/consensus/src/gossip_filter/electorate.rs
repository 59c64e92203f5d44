//! Who votes.

use crate::equivocation::votes::Voters;
use polkadot_sdk::{sc_consensus_grandpa::SharedAuthoritySet, sp_consensus_grandpa::SetId};
use qloak_runtime::{BlockNumber, Hash};
use std::sync::Arc;

/// Knows who votes.
pub trait Electorate: Clone + Send + 'static {
    /// The voters of a set, if it is the present one or the one before.
    fn voters(&mut self, set: SetId) -> Option<Arc<Voters>>;
}

/// The voters as GRANDPA's client knows them.
#[derive(Clone)]
pub struct CurrentVoters {
    shared: SharedAuthoritySet<Hash, BlockNumber>,
    /// The newest set first. The set before is kept since the client turns to a new one a moment after
    /// its voters are known.
    known: Vec<(SetId, Arc<Voters>)>,
}

/// The present set and the one before.
const SETS: usize = 2;

impl CurrentVoters {
    /// Looks at the client's voters.
    pub fn new(shared: SharedAuthoritySet<Hash, BlockNumber>) -> Self {
        let mut voters = Self {
            shared,
            known: Vec::new(),
        };
        voters.refresh();
        voters
    }

    fn refresh(&mut self) {
        let set = self.shared.set_id();
        if self.known.first().is_some_and(|(known, _)| *known == set) {
            return;
        }
        let voters = Arc::new(self.shared.current_authorities());
        // Number and voters are not read at once. Numbers only grow, so an unchanged one is that of
        // the voters; else the next vote will tell.
        if self.shared.set_id() == set {
            self.known.insert(0, (set, voters));
            self.known.truncate(SETS);
        }
    }
}

impl Electorate for CurrentVoters {
    fn voters(&mut self, set: SetId) -> Option<Arc<Voters>> {
        self.refresh();
        let (_, voters) = self.known.iter().find(|(known, _)| *known == set)?;
        Some(voters.clone())
    }
}
