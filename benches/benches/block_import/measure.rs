//! One block: made, and taken by nodes that have not seen it.

use std::time::{Duration, Instant};

use codec::{Decode, Encode};
use polkadot_sdk::{
    frame_support::{
        dispatch::{DispatchClass, PerDispatchClass},
        weights::Weight,
    },
    sc_block_builder::{BlockBuilderBuilder, BuiltBlock},
    sc_client_api::{Backend as _, StateBackend as _, TrieCacheContext},
    sp_api::ProvideRuntimeApi,
    sp_blockchain::{ApplyExtrinsicFailed, Error as ChainError},
    sp_inherents::{InherentData, InherentDataProvider as _},
    sp_runtime::{
        traits::Block as _, transaction_validity::TransactionSource, Digest, StateVersion,
    },
    sp_transaction_pool::runtime_api::TaggedTransactionQueue,
    *,
};
use qloak_runtime::{
    constants::{
        block::{BYTES, EXECUTION, NORMAL_SHARE},
        time::SLOT_MILLISECONDS,
    },
    opaque::Block,
    Runtime,
};

use crate::{
    accounts::{Signing, Transfer},
    chain::{seal, slot_digest, Node},
};

/// Whether the node has verified the signatures and proofs before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cache {
    /// None of them.
    Cold,
    /// All of them, as if they had been in its pool.
    Warm,
}

/// Forgets all signatures and proofs.
pub fn clear_caches() {
    qloak_pq_crypto::cache::clear();
    qloak_shielded::cache::clear();
}

/// Transfers that are to fill a block.
pub struct Batch {
    /// Who signs them, and how.
    pub label: String,
    /// How the keys come.
    pub signing: Signing,
    /// What there is. Those that do not fit are dropped.
    pub transfers: Vec<Transfer>,
}

/// Two series of times, by what the cache knew.
#[derive(Default)]
pub struct Times {
    pub cold: Vec<Duration>,
    pub warm: Vec<Duration>,
}

impl Times {
    fn add(&mut self, cache: Cache, time: Duration) {
        match cache {
            Cache::Cold => self.cold.push(time),
            Cache::Warm => self.warm.push(time),
        }
    }

    /// Adds another block's times.
    pub fn extend(&mut self, other: &Self) {
        self.cold.extend(&other.cold);
        self.warm.extend(&other.warm);
    }
}

/// Why no more transfers are in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Limit {
    /// There were no more.
    Accounts,
    /// The bytes of a block.
    Length,
    /// The execution time that the chain reckons with.
    Time,
    /// The size that the chain reckons a proof of the touched state with.
    ProofSize,
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Accounts => "accounts",
            Self::Length => "length",
            Self::Time => "time",
            Self::ProofSize => "proof size",
        })
    }
}

/// A block and what was measured of it.
pub struct Measurement {
    /// Who signed its transfers, and how.
    pub label: String,
    /// How the keys came.
    pub signing: Signing,
    /// Transfers in it.
    pub transfers: usize,
    /// Its bytes, encoded.
    pub bytes: usize,
    /// The bytes of one transfer.
    pub transfer_bytes: usize,
    /// Why there are not more transfers.
    pub limit: Limit,
    /// Validating each transfer as the pool of transactions does, by itself.
    pub pool: Times,
    /// Making it: begin, apply each transfer, finish.
    pub authoring: Times,
    /// What the import queue checks before import.
    pub checks: Times,
    /// Import: execute, compare the state root, store.
    pub import: Times,
    /// Storing alone, on the author's node, which has executed the block before.
    pub storing: Vec<Duration>,
    /// Verifying all signatures or proofs natively, one after the other.
    pub verification: Vec<Duration>,
    /// Computing the root of the state after the block.
    pub state_root: Vec<Duration>,
    block: Block,
}

impl Measurement {
    /// Makes a block of as many transfers as fit, measures what can be measured at the author, and
    /// appends it.
    pub fn author(node: &Node, batch: &mut Batch, repetitions: u32) -> Self {
        let transfers = &mut batch.transfers;
        let mut authoring = Times::default();
        let (mut limit, mut built) = (Limit::Accounts, None);
        for _ in 0..repetitions {
            clear_caches();
            for cache in [Cache::Cold, Cache::Warm] {
                let begun = Instant::now();
                let (block, fitting) = build(node, transfers);
                // The very first time ends with a refusal, which costs no more than one transfer.
                authoring.add(cache, begun.elapsed());
                if fitting < transfers.len() {
                    limit = limit_of(&block, &transfers[fitting]);
                    transfers.truncate(fitting);
                }
                built = Some(block);
            }
        }
        let BuiltBlock {
            block,
            storage_changes,
        } = built.expect("there is at least one repetition");
        let pool = pool_validation(node, transfers);
        let (verification, state_root) = (0..repetitions)
            .map(|_| {
                (
                    time(|| transfers.iter().for_each(|it| (it.verify)())),
                    time_state_root(node, &storage_changes),
                )
            })
            .unzip();
        let block = seal(block);
        let storing = vec![time(|| node.append(&block, storage_changes))];
        Self {
            label: batch.label.clone(),
            signing: batch.signing,
            transfers: transfers.len(),
            bytes: block.encoded_size(),
            transfer_bytes: transfers[0].extrinsic.encoded_size(),
            limit,
            pool,
            authoring,
            checks: Times::default(),
            import: Times::default(),
            storing,
            verification,
            state_root,
            block,
        }
    }

    /// Has a node take the block.
    pub fn import(&mut self, node: &Node, cache: Cache) {
        let begun = Instant::now();
        let checked = node.check(&self.block);
        let checks = begun.elapsed();
        node.finish(checked);
        self.checks.add(cache, checks);
        self.import.add(cache, begun.elapsed() - checks);
    }
}

fn time(what: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    what();
    begun.elapsed()
}

/// What the pool of transactions asks the runtime of each transfer before it takes it in: first when
/// nothing is known of it, then when its signature or proof was verified before.
fn pool_validation(node: &Node, transfers: &[Transfer]) -> Times {
    clear_caches();
    let mut times = Times::default();
    let best = node.best().0;
    for cache in [Cache::Cold, Cache::Warm] {
        for transfer in transfers {
            let extrinsic = transfer.extrinsic.clone();
            let begun = Instant::now();
            let validity = node.client().runtime_api().validate_transaction(
                best,
                TransactionSource::External,
                extrinsic,
                best,
            );
            times.add(cache, begun.elapsed());
            validity.unwrap().unwrap();
        }
    }
    times
}

/// A block of the first transfers that fit, and how many these are.
fn build(node: &Node, transfers: &[Transfer]) -> (BuiltBlock<Block>, usize) {
    let ((parent, number), slot) = (node.best(), node.next_slot());
    let mut builder = BlockBuilderBuilder::new(&**node.client())
        .on_parent_block(parent)
        .with_parent_block_number(number)
        .with_inherent_digests(Digest {
            logs: vec![slot_digest(slot)],
        })
        .build()
        .unwrap();
    let mut inherents = InherentData::new();
    let timestamp = sp_timestamp::InherentDataProvider::new((slot * SLOT_MILLISECONDS).into());
    futures::executor::block_on(timestamp.provide_inherent_data(&mut inherents)).unwrap();
    for extrinsic in builder.create_inherents(inherents).unwrap() {
        builder.push(extrinsic).unwrap();
    }
    let mut fitting = 0;
    for transfer in transfers {
        match builder.push(transfer.extrinsic.clone()) {
            Ok(()) => fitting += 1,
            Err(ChainError::ApplyExtrinsicFailed(ApplyExtrinsicFailed::Validity(error)))
                if error.exhausted_resources() =>
            {
                break;
            }
            Err(error) => panic!("transfer {fitting}: {error}"),
        }
    }
    (builder.build().unwrap(), fitting)
}

fn limit_of(built: &BuiltBlock<Block>, next: &Transfer) -> Limit {
    let allowed = (NORMAL_SHARE * BYTES) as usize;
    let used: usize = built
        .block
        .extrinsics()
        .iter()
        .map(Encode::encoded_size)
        .sum();
    if used + next.extrinsic.encoded_size() > allowed {
        return Limit::Length;
    }
    let key = frame_system::BlockWeight::<Runtime>::hashed_key();
    let changes = &built.storage_changes.main_storage_changes;
    let weight = changes
        .iter()
        .find(|(changed, _)| changed[..] == key)
        .and_then(|(_, value)| value.as_deref());
    let weight =
        PerDispatchClass::<Weight>::decode(&mut weight.expect("every block weighs something"))
            .unwrap();
    let (used, allowed) = (weight.get(DispatchClass::Normal), NORMAL_SHARE * EXECUTION);
    let fullness = |used: u64, allowed: u64| used as f64 / allowed as f64;
    if fullness(used.ref_time(), allowed.ref_time())
        >= fullness(used.proof_size(), allowed.proof_size())
    {
        Limit::Time
    } else {
        Limit::ProofSize
    }
}

fn time_state_root(node: &Node, changes: &crate::chain::Changes) -> Duration {
    let state = node
        .backend()
        .state_at(node.best().0, TrieCacheContext::Untrusted)
        .unwrap();
    let delta = changes
        .main_storage_changes
        .iter()
        .map(|(key, value)| (&key[..], value.as_deref()));
    time(|| {
        let (root, _) = state.storage_root(delta, StateVersion::V1);
        assert_eq!(root, changes.transaction_storage_root);
    })
}
