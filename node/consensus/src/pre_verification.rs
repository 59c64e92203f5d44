//! Signatures and proofs of a block, verified on all cores while the block is executed.
//!
//! The runtime executes transactions one after another and has the node verify each signature in turn. Here
//! the same signatures are verified ahead of it, so that it finds the answers in the cache of
//! verified signatures ([`qloak_pq_crypto::cache`]); and likewise the proofs of shielded transfers
//! (module `proofs`).
//!
//! No answer depends on it. What a transaction signs, and with which key, is guessed from the state before the
//! block; a wrong guess (a key that was rotated in this very block, a runtime that was upgraded) costs
//! time, and the runtime asks again. It begins only once the block's seal has verified, and the body is the one
//! that the sealed header names by its root, so that nobody but the slot's author can make a node
//! work for nothing; and that author only as long as the block is being imported (module `queue`).
//!
//! **Calls are not decoded.** The runtime decodes them in WebAssembly, where a call that is nested too deep ends
//! the execution of the block; the same on a native stack would end the node. A signature covers a call's
//! bytes, which are what follows the fixed parts of an extrinsic. All that is decoded here has a
//! bounded depth and length.

use codec::{Decode, Encode};
use polkadot_sdk::{
    frame_system,
    sc_client_api::StorageProvider,
    sc_consensus::{BlockImportParams, StateAction, Verifier},
    sp_blockchain::HeaderBackend,
    sp_core::{
        storage::{Storage, StorageKey},
        H256,
    },
    sp_runtime::{
        traits::{BlakeTwo256, Hash as _, TransactionExtension},
        MultiAddress, OpaqueExtrinsic,
    },
    sp_state_machine::BasicExternalities,
};
use preamble::Preamble;
use qloak_client::Client;
use qloak_pq_crypto::{
    account_signature::{AccountSignature, Kind},
    cache,
    context::Context,
    scheme::Scheme,
};
use qloak_runtime::{
    constants::block::BYTES,
    opaque::Block,
    verification::{signed_payload, KeyRecord, RegisteredKeys},
    AccountId, BlockNumber, Runtime, TxExtension, VERSION,
};
use queue::Queue;
use std::{collections::BTreeSet, ops::Range, sync::Arc};

mod preamble;
mod proofs;
mod queue;

/// Transactions that one core takes at a time.
const PORTION: usize = 16;

/// The most extrinsics of a body that is looked at. A block has room for fewer: all but a few of its
/// extrinsics carry a signature of at least 64 bytes, or a proof.
const MOST_EXTRINSICS: usize = BYTES as usize / 64;

/// Verifies blocks by another verifier, and then begins with the signatures and proofs of their transactions.
pub struct EarlyVerifier<V> {
    verifier: V,
    client: Arc<Client>,
    queue: Queue,
}

impl<V> EarlyVerifier<V> {
    /// Stands behind `verifier`.
    pub fn new(verifier: V, client: Arc<Client>) -> Self {
        Self {
            verifier,
            client,
            queue: Queue::default(),
        }
    }

    /// Gives the work to other threads and does not wait for them.
    fn begin(&self, claimed: Claimed) {
        let client = self.client.clone();
        let claimed = Arc::new(claimed);
        let body = claimed.clone();
        let prepare = move || match body.is_bound() {
            true => tasks(&body.body),
            false => Vec::new(),
        };
        self.queue
            .begin(prepare, move |task| claimed.perform(&client, task));
    }
}

#[async_trait::async_trait]
impl<V: Verifier<Block>> Verifier<Block> for EarlyVerifier<V> {
    async fn verify(
        &self,
        block: BlockImportParams<Block>,
    ) -> Result<BlockImportParams<Block>, String> {
        let block = self.verifier.verify(block).await?;
        let executed = matches!(
            block.state_action,
            StateAction::Execute | StateAction::ExecuteIfPossible
        );
        let body = block.body.as_ref().filter(|body| executed && fits(body));
        if let Some(body) = body {
            self.begin(Claimed {
                place: Place {
                    parent: block.header.parent_hash,
                    number: block.header.number,
                },
                root: block.header.extrinsics_root,
                body: body.clone(),
            });
        }
        Ok(block)
    }
}

/// Whether a body is no longer than a block may be, and has not too many extrinsics.
fn fits(body: &[OpaqueExtrinsic]) -> bool {
    let bytes: usize = body.iter().map(|extrinsic| extrinsic.inner().len()).sum();
    body.len() <= MOST_EXTRINSICS && bytes <= BYTES as usize
}

/// Whether work can be seen in an extrinsic of a block: a post-quantum signature, or a shielded transfer. All extrinsics of
/// others' blocks are decoded by the same functions; fuzzing feeds them anything.
pub fn has_work(extrinsic: &OpaqueExtrinsic) -> bool {
    Envelope::open(extrinsic).is_some() || proofs::is_transfer(extrinsic)
}

/// Where in the chain a block stands.
#[derive(Clone, Copy)]
struct Place {
    parent: H256,
    number: BlockNumber,
}

/// A body that came with a verified header.
struct Claimed {
    place: Place,
    /// The root that the header gives.
    root: H256,
    body: Vec<OpaqueExtrinsic>,
}

/// Part of the work for a block.
#[derive(Debug, PartialEq, Eq)]
enum Task {
    /// The signatures of these transactions.
    Signatures(Range<usize>),
    /// The proof of this transfer.
    Proof(usize),
}

/// What there is to do for a body: signatures from the first on, then proofs from the last on.
///
/// Executing a transfer takes about as long as verifying its proof, so that from the first on, the runtime
/// would ask for each proof while it is being verified here, and verify it too. From both ends,
/// the two meet in the middle.
fn tasks(body: &[OpaqueExtrinsic]) -> Vec<Task> {
    let portions = (0..body.len()).step_by(PORTION);
    let signatures = portions
        .map(|first| first..body.len().min(first + PORTION))
        .map(Task::Signatures);
    let bare = (0..body.len()).filter(|index| body.get(*index).is_some_and(proofs::is_bare));
    signatures.chain(bare.rev().map(Task::Proof)).collect()
}

impl Claimed {
    /// Whether the body is that of the header.
    fn is_bound(&self) -> bool {
        let extrinsics = self.body.iter().map(Encode::encode).collect();
        let version = VERSION.extrinsics_root_state_version();
        BlakeTwo256::ordered_trie_root(extrinsics, version) == self.root
    }

    fn perform(&self, client: &Client, task: &Task) {
        match task {
            Task::Signatures(portion) => {
                let portion = self.body.get(portion.clone()).unwrap_or_default();
                for transaction in signed_transactions(client, self.place, portion) {
                    transaction.verify(client, self.place.parent);
                }
            }
            Task::Proof(index) => {
                if let (Some(transfer), Ok(Some(genesis))) = (self.body.get(*index), client.hash(0))
                {
                    proofs::verify(transfer, genesis);
                }
            }
        }
    }
}

/// A signed extrinsic, taken apart. What its signature says is not known to be true.
struct Envelope<'a> {
    signer: AccountId,
    signature: AccountSignature,
    extension: TxExtension,
    call: &'a [u8],
}

impl<'a> Envelope<'a> {
    /// Takes an extrinsic with a post-quantum signature apart. What cannot be read is left to the runtime,
    /// which will say why.
    fn open(extrinsic: &'a OpaqueExtrinsic) -> Option<Self> {
        let mut rest = extrinsic.inner();
        let Preamble::Signed(MultiAddress::Id(signer), signature, extension) =
            Preamble::decode(&mut rest).ok()?
        else {
            return None;
        };
        signature.form()?;
        Some(Self {
            signer,
            signature,
            extension,
            call: rest,
        })
    }

    /// Adds what the signature covers without being sent.
    fn read(self) -> Option<SignedTransaction> {
        let implicit = self.extension.implicit().ok()?;
        let payload = signed_payload(self.call, &self.extension, &implicit);
        Some(SignedTransaction {
            message: self
                .signature
                .signed_message(self.signer.as_ref(), &payload)
                .into_owned(),
            signer: self.signer,
            signature: self.signature,
        })
    }
}

/// A transaction with a post-quantum signature, and what that should be a signature of.
struct SignedTransaction {
    signer: AccountId,
    signature: AccountSignature,
    message: Vec<u8>,
}

/// Reads transactions.
fn signed_transactions(
    client: &Client,
    place: Place,
    portion: &[OpaqueExtrinsic],
) -> Vec<SignedTransaction> {
    let envelopes: Vec<_> = portion.iter().filter_map(Envelope::open).collect();
    if envelopes.is_empty() {
        return Vec::new();
    }
    let mut storage = implied_storage(client, place, &envelopes);
    BasicExternalities::execute_with_storage(&mut storage, || {
        frame_system::Pallet::<Runtime>::set_block_number(place.number);
        envelopes.into_iter().filter_map(Envelope::read).collect()
    })
}

/// What of the state a signature covers without being sent: the hashes of the genesis block and of
/// the blocks from which transactions' lifetimes count.
fn implied_storage(client: &Client, place: Place, envelopes: &[Envelope<'_>]) -> Storage {
    let births = envelopes.iter().filter_map(|envelope| {
        let birth = envelope.extension.4 .0.birth(place.number.into());
        BlockNumber::try_from(birth).ok()
    });
    let numbers: BTreeSet<BlockNumber> = births.chain([0]).collect();
    let mut storage = Storage::default();
    for number in numbers {
        if let Ok(Some(hash)) = client.hash(number) {
            let key = frame_system::BlockHash::<Runtime>::hashed_key_for(number);
            storage.top.insert(key, hash.0.to_vec());
        }
    }
    storage
}

impl SignedTransaction {
    fn verify(&self, client: &Client, parent: H256) {
        let Kind::Pq {
            scheme,
            public,
            signature,
        } = self.signature.kind()
        else {
            return;
        };
        let registered = || registered_key(client, parent, &self.signer, scheme);
        let Some(public) = public.map(<[u8]>::to_vec).or_else(registered) else {
            return;
        };
        // Only the memory of the answer is wanted.
        cache::verify(
            scheme,
            &public,
            Context::Transaction,
            &self.message,
            signature,
        );
    }
}

fn registered_key(
    client: &Client,
    parent: H256,
    account: &AccountId,
    scheme: Scheme,
) -> Option<Vec<u8>> {
    let key = StorageKey(RegisteredKeys::hashed_key_for(account));
    let value = client.storage(parent, &key).ok()??;
    let record = KeyRecord::decode(&mut value.0.as_slice()).ok()?;
    (record.scheme == scheme).then(|| record.public.to_vec())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;
    use polkadot_sdk::{
        frame_metadata_hash_extension, pallet_balances, pallet_transaction_payment, pallet_utility,
        sp_runtime::{
            generic::Era,
            traits::{Checkable, LazyExtrinsic},
            BuildStorage,
        },
    };
    use proptest::prelude::*;
    use qloak_pq_crypto::{
        account::account_id,
        signing::{Randomness, SecretKey},
    };
    use qloak_runtime::{
        verification::Wire, RuntimeCall, RuntimeGenesisConfig, UncheckedExtrinsic,
    };

    const SCHEME: Scheme = Scheme::MlDsa44;
    const NUMBER: BlockNumber = 9;

    fn extension() -> TxExtension {
        (
            frame_system::CheckNonZeroSender::new(),
            frame_system::CheckSpecVersion::new(),
            frame_system::CheckTxVersion::new(),
            frame_system::CheckGenesis::new(),
            frame_system::CheckEra::from(Era::mortal(64, 5)),
            frame_system::CheckNonce::from(0u32.into()),
            frame_system::CheckWeight::new(),
            pallet_transaction_payment::ChargeTransactionPayment::from(0),
            frame_metadata_hash_extension::CheckMetadataHash::new(false),
            frame_system::WeightReclaim::new(),
        )
    }

    fn call(value: u128) -> RuntimeCall {
        RuntimeCall::Balances(pallet_balances::Call::transfer_keep_alive {
            dest: AccountId::new([7; 32]).into(),
            value,
        })
    }

    /// A transaction with its key, whose signature is one for a transfer of `signed_value`.
    fn transaction(value: u128, signed_value: u128) -> OpaqueExtrinsic {
        let key = SecretKey::from_seed(SCHEME, &[1; 32]).unwrap();
        let unsigned = AccountSignature::new(
            SCHEME,
            Some(key.public_key().to_vec()),
            vec![0; SCHEME.parameters().signature_bytes],
        )
        .unwrap();
        let implicit = extension().implicit().unwrap();
        let payload = signed_payload(&call(signed_value).encode(), &extension(), &implicit);
        let account = account_id(SCHEME, key.public_key());
        let message = unsigned.signed_message(&account, &payload);
        let signature = key
            .sign(Context::Transaction, &message, Randomness::Deterministic)
            .unwrap();
        let wire = Wire::new_signed(
            call(value),
            AccountId::new(account).into(),
            AccountSignature::new(SCHEME, Some(key.public_key().to_vec()), signature).unwrap(),
            extension(),
        );
        opaque(&wire)
    }

    fn opaque(wire: &Wire) -> OpaqueExtrinsic {
        OpaqueExtrinsic::decode(&mut &wire.encode()[..]).unwrap()
    }

    /// Runs `check` on a chain that is to execute block [`NUMBER`].
    fn on_chain<T>(check: impl FnOnce() -> T) -> T {
        let mut storage = RuntimeGenesisConfig::default().build_storage().unwrap();
        for number in [0, 5] {
            let key = frame_system::BlockHash::<Runtime>::hashed_key_for(number);
            storage.top.insert(key, vec![number as u8 + 1; 32]);
        }
        BasicExternalities::execute_with_storage(&mut storage, || {
            frame_system::Pallet::<Runtime>::set_block_number(NUMBER);
            check()
        })
    }

    fn is_signed(transaction: &SignedTransaction) -> bool {
        let Kind::Pq {
            scheme,
            public: Some(public),
            signature,
        } = transaction.signature.kind()
        else {
            return false;
        };
        let context = Context::Transaction;
        cache::verify(scheme, public, context, &transaction.message, signature)
    }

    /// The message that is guessed here is the one that the chain has verified.
    #[test]
    fn a_transaction_is_read_as_the_chain_reads_it() {
        on_chain(|| {
            for (transaction, good) in [(transaction(3, 3), true), (transaction(3, 4), false)] {
                let read = Envelope::open(&transaction).unwrap().read().unwrap();
                assert_eq!(is_signed(&read), good);
                // Nothing is verified for who has no account.
                frame_system::Pallet::<Runtime>::inc_providers(&read.signer);
                let context = frame_system::ChainContext::<Runtime>::default();
                let whole = UncheckedExtrinsic::decode_unprefixed(transaction.inner()).unwrap();
                assert_eq!(whole.check(&context).is_ok(), good);
            }
        });
    }

    #[test]
    fn what_has_no_post_quantum_signature_is_left_to_the_runtime() {
        assert!(Envelope::open(&opaque(&Wire::new_bare_legacy(call(1)))).is_none());
    }

    /// An extrinsic that is a preamble followed by a call of nested batches, 65 kB in all.
    fn nested(preamble: &[u8]) -> OpaqueExtrinsic {
        let inner = call(1);
        let batch = pallet_utility::Call::<Runtime>::batch {
            calls: vec![inner.clone()],
        };
        let (batch, inner) = (RuntimeCall::Utility(batch).encode(), inner.encode());
        let shell = &batch[..batch.len() - inner.len()];
        OpaqueExtrinsic::from_blob([preamble, &shell.repeat(20_000), &inner].concat())
    }

    /// The preamble of an extrinsic.
    fn preamble(extrinsic: &OpaqueExtrinsic) -> Vec<u8> {
        let mut rest = extrinsic.inner();
        Preamble::decode(&mut rest).unwrap();
        extrinsic.inner()[..extrinsic.inner().len() - rest.len()].to_vec()
    }

    /// A native stack that overflows takes the whole process with it.
    #[test]
    fn calls_nested_20_000_deep_do_not_overflow_the_stack_of_a_pool_thread() {
        let work = || {
            let (signed, bare) =
                on_chain(|| (transaction(3, 3), opaque(&Wire::new_bare_legacy(call(1)))));
            for extrinsic in [signed, bare].map(|whole| nested(&preamble(&whole))) {
                let signed = Envelope::open(&extrinsic).map(|envelope| envelope.call.len());
                assert_eq!(signed.is_none(), proofs::is_bare(&extrinsic));
                assert!(signed.is_none_or(|call| call > 60_000));
                proofs::verify(&extrinsic, H256::zero());
            }
        };
        let thread = std::thread::Builder::new().stack_size(2 << 20);
        thread.spawn(work).unwrap().join().unwrap();
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn arbitrary_bytes_never_panic(
            first in prop::sample::select(vec![4, 5, 0x44, 0x45, 0x84]),
            bytes in prop::collection::vec(any::<u8>(), 0..300),
            at in 0..6_000_usize,
        ) {
            let begun = on_chain(|| transaction(3, 3)).inner().to_vec();
            let begun = &begun[..at.min(begun.len())];
            let none: &[u8] = &[];
            for parts in [[none, &bytes[..]], [&[first][..], &bytes[..]], [begun, &bytes[..]]] {
                let extrinsic = OpaqueExtrinsic::from_blob(parts.concat());
                has_work(&extrinsic);
                on_chain(|| Envelope::open(&extrinsic).map(Envelope::read).is_some());
                proofs::verify(&extrinsic, H256::zero());
            }
        }
    }

    fn claimed(body: Vec<OpaqueExtrinsic>) -> Claimed {
        let place = Place {
            parent: H256::zero(),
            number: NUMBER,
        };
        let extrinsics = body.iter().map(Encode::encode).collect();
        let root = frame_system::extrinsics_data_root::<BlakeTwo256>(
            extrinsics,
            VERSION.extrinsics_root_state_version(),
        );
        Claimed { place, root, body }
    }

    #[test]
    fn a_body_that_the_header_does_not_name_is_not_worked_on() {
        let remark = |byte| OpaqueExtrinsic::from_blob(vec![byte; 100]);
        let mut block = claimed(vec![remark(1), remark(2)]);
        assert!(block.is_bound());
        block.body.push(remark(3));
        assert!(!block.is_bound());
        block.body = vec![remark(2), remark(1)];
        assert!(!block.is_bound());
    }

    #[test]
    fn a_body_that_is_too_long_is_not_worked_on() {
        let of = |count, bytes| vec![OpaqueExtrinsic::from_blob(vec![0; bytes]); count];
        assert!(fits(&of(10, BYTES as usize / 10)));
        assert!(!fits(&of(11, BYTES as usize / 10)));
        assert!(fits(&of(MOST_EXTRINSICS, 0)));
        assert!(!fits(&of(MOST_EXTRINSICS + 1, 0)));
    }

    #[test]
    fn signatures_come_from_the_first_on_and_proofs_from_the_last_on() {
        let bare = OpaqueExtrinsic::from_blob(vec![4]);
        let signed = OpaqueExtrinsic::from_blob(vec![0x84]);
        let body = [vec![bare.clone(); 2], vec![signed; PORTION], vec![bare]].concat();
        let expected = [
            Task::Signatures(0..PORTION),
            Task::Signatures(PORTION..PORTION + 3),
            Task::Proof(PORTION + 2),
            Task::Proof(1),
            Task::Proof(0),
        ];
        assert_eq!(tasks(&body), expected);
    }
}
