//! What the members of a network have told, and the rule that nothing may break: at one height there
//! is one final block, whoever is asked, before and after any fault.

use std::{
    collections::BTreeMap,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::arrivals::{now, Arrivals};
use super::Hash;

/// The heads of one member.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heads {
    /// The best block.
    pub best: Option<(u64, Hash)>,
    /// The last final block.
    pub finalized: Option<(u64, Hash)>,
}

/// All that is known at one moment.
#[derive(Clone, Default)]
pub struct View {
    heads: BTreeMap<String, Heads>,
    /// Height to final block, and who said so first.
    finalized: BTreeMap<u64, (Hash, String)>,
    conflict: Option<String>,
}

impl View {
    /// The height of a member's best block.
    pub fn best(&self, name: &str) -> u64 {
        self.heads(name).best.map_or(0, |(number, _)| number)
    }

    /// The height of a member's last final block.
    pub fn finalized(&self, name: &str) -> u64 {
        self.heads(name).finalized.map_or(0, |(number, _)| number)
    }

    /// The heads of a member.
    pub fn heads(&self, name: &str) -> Heads {
        self.heads.get(name).copied().unwrap_or_default()
    }

    /// The final block of a height, if any member had one.
    pub fn final_block(&self, number: u64) -> Option<Hash> {
        self.finalized.get(&number).map(|(hash, _)| *hash)
    }

    fn record_final(&mut self, name: &str, number: u64, hash: Hash) {
        let (known, first) = self
            .finalized
            .entry(number)
            .or_insert_with(|| (hash, name.into()));
        if *known != hash {
            let conflict = format!(
                "two final blocks at height {number}: 0x{} ({first}) and 0x{} ({name})",
                hex::encode(*known),
                hex::encode(hash)
            );
            self.conflict.get_or_insert(conflict);
        }
    }
}

impl std::fmt::Debug for View {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let short =
            |(number, hash): (u64, Hash)| format!("{number} 0x{}…", hex::encode(&hash[..4]));
        let mut map = formatter.debug_map();
        for (name, heads) in &self.heads {
            map.entry(name, &(heads.best.map(short), heads.finalized.map(short)));
        }
        map.entry(&"conflict", &self.conflict).finish()
    }
}

/// A [`View`] that grows, and wakes those who wait for it to.
#[derive(Default)]
pub struct Ledger {
    view: Mutex<View>,
    grown: Condvar,
    /// Beside the view and not in it, which is copied for everyone who waits.
    arrivals: Mutex<BTreeMap<String, Arrivals>>,
}

impl Ledger {
    fn lock(&self) -> MutexGuard<'_, View> {
        self.view
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// What is known now.
    pub fn view(&self) -> View {
        self.lock().clone()
    }

    /// When a member told what it told.
    pub fn arrivals(&self, name: &str) -> Arrivals {
        let arrivals = self.arrivals.lock();
        let arrivals = arrivals.unwrap_or_else(PoisonError::into_inner);
        arrivals.get(name).cloned().unwrap_or_default()
    }

    fn record(&self, name: &str, arrival: impl FnOnce(&mut Arrivals)) {
        let arrivals = self.arrivals.lock();
        let mut arrivals = arrivals.unwrap_or_else(PoisonError::into_inner);
        arrival(arrivals.entry(name.into()).or_default());
    }

    /// Records that a chain of final blocks was told at a moment. To be called before
    /// [`Ledger::finalized`], so that whoever waits for that finds the moment too.
    pub fn arrived(&self, name: &str, blocks: &[(u64, Hash)], moment: u64) {
        self.record(name, |arrivals| arrivals.record_finalized(blocks, moment));
    }

    /// Records a best block.
    pub fn best(&self, name: &str, number: u64, hash: Hash) {
        self.record(name, |arrivals| arrivals.record_best(hash, now()));
        let mut view = self.lock();
        view.heads.entry(name.into()).or_default().best = Some((number, hash));
        self.grown.notify_all();
    }

    /// Records a chain of final blocks, the last one first.
    pub fn finalized(&self, name: &str, blocks: &[(u64, Hash)]) {
        let mut view = self.lock();
        for (number, hash) in blocks {
            view.record_final(name, *number, *hash);
        }
        if let Some(last) = blocks.first() {
            view.heads.entry(name.into()).or_default().finalized = Some(*last);
        }
        self.grown.notify_all();
    }

    /// Waits for a condition.
    ///
    /// # Panics
    /// If time runs out, or there are two final blocks at one height.
    pub fn wait(&self, what: &str, patience: Duration, condition: impl Fn(&View) -> bool) -> View {
        let deadline = Instant::now() + patience;
        let mut view = self.lock();
        loop {
            if let Some(conflict) = view.conflict.clone() {
                drop(view);
                panic!("{conflict}");
            }
            if condition(&view) {
                return view.clone();
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                drop(view);
                panic!("not in time: {what}");
            }
            view = self
                .grown
                .wait_timeout(view, left)
                .unwrap_or_else(|poisoned| poisoned.into_inner())
                .0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_final_block_for_each_height_is_fine_however_often_it_is_told() {
        let ledger = Ledger::default();
        ledger.finalized("Alice", &[(2, [2; 32]), (1, [1; 32])]);
        ledger.finalized("Bob", &[(1, [1; 32])]);
        let view = ledger.wait("now", Duration::ZERO, |view| view.finalized("Alice") == 2);
        assert_eq!(view.finalized("Bob"), 1);
        assert_eq!(view.final_block(2), Some([2; 32]));
    }

    #[test]
    #[should_panic(expected = "two final blocks at height 1")]
    fn two_final_blocks_at_one_height_are_found_also_below_the_head() {
        let ledger = Ledger::default();
        ledger.finalized("Alice", &[(2, [2; 32]), (1, [1; 32])]);
        ledger.finalized("Bob", &[(3, [3; 32]), (1, [9; 32])]);
        ledger.wait("now", Duration::ZERO, |_| true);
    }

    #[test]
    #[should_panic(expected = "not in time: rain")]
    fn what_does_not_come_is_named() {
        Ledger::default().wait("rain", Duration::ZERO, |_| false);
    }
}
