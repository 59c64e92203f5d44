//! Signatures and proofs of a block, verified on all cores while the block is executed.
//!
//! The runtime executes transactions one after another and has the node verify each signature in turn. Here
//! the same signatures are verified ahead of it, so that it finds the answers in the cache of
//! verified signatures ([`qloak_pq_crypto::cache`]); and likewise the proofs of shielded transfers
//! (module `proofs`).
//!
//! No answer depends on it. What a transaction signs, and with which key, is guessed from the state before the
//! block; a wrong guess (a key that was rotated in this very block, a runtime that was upgraded) costs
//! time, and the runtime asks again. It begins only once the block's seal has verified, so that
//! nobody but the slot's author can make a node work for nothing.

use crate::service::Client;
use codec::Decode;
use pallet_pq_signatures::{extrinsic::signed_payload, Keys};
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
        generic::Preamble,
        traits::{LazyExtrinsic, TransactionExtension},
        MultiAddress, OpaqueExtrinsic,
    },
    sp_state_machine::BasicExternalities,
};
use qloak_pq_crypto::{
    account_signature::{AccountSignature, Kind},
    cache,
    context::Context,
    scheme::Scheme,
};
use qloak_runtime::{opaque::Block, AccountId, BlockNumber, Runtime, UncheckedExtrinsic};
use std::{collections::BTreeSet, sync::Arc};

mod proofs;

/// Transactions that one core takes at a time.
const PORTION: usize = 16;

/// Verifies blocks by another verifier, and then begins with the signatures and proofs of their transactions.
pub struct EarlyVerifier<V> {
    verifier: V,
    client: Arc<Client>,
}

impl<V> EarlyVerifier<V> {
    /// Stands behind `verifier`.
    pub fn new(verifier: V, client: Arc<Client>) -> Self {
        Self { verifier, client }
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
        if let Some(body) = block.body.as_ref().filter(|_| executed) {
            let place = Place {
                parent: block.header.parent_hash,
                number: block.header.number,
            };
            start(&self.client, place, body);
        }
        Ok(block)
    }
}

/// Where in the chain a block stands.
#[derive(Clone, Copy)]
struct Place {
    parent: H256,
    number: BlockNumber,
}

/// Gives the work to other threads and does not wait for them.
fn start(client: &Arc<Client>, place: Place, body: &[OpaqueExtrinsic]) {
    for portion in body.chunks(PORTION) {
        let (client, portion) = (client.clone(), portion.to_vec());
        rayon::spawn_fifo(move || verify(&client, place, &portion));
    }
    proofs::start(client, body);
}

fn verify(client: &Client, place: Place, portion: &[OpaqueExtrinsic]) {
    for transaction in signed_transactions(client, place, portion) {
        transaction.verify(client, place.parent);
    }
}

/// A transaction with a post-quantum signature, and what that should be a signature of.
struct SignedTransaction {
    signer: AccountId,
    signature: AccountSignature,
    message: Vec<u8>,
}

/// Reads transactions. What cannot be read is left to the runtime, which will say why.
fn signed_transactions(
    client: &Client,
    place: Place,
    portion: &[OpaqueExtrinsic],
) -> Vec<SignedTransaction> {
    let extrinsics: Vec<_> = portion
        .iter()
        .filter_map(|opaque| UncheckedExtrinsic::decode_unprefixed(opaque.inner()).ok())
        .collect();
    let mut storage = implied_storage(client, place, &extrinsics);
    BasicExternalities::execute_with_storage(&mut storage, || {
        frame_system::Pallet::<Runtime>::set_block_number(place.number);
        extrinsics.iter().filter_map(read).collect()
    })
}

/// What of the state a signature covers without being sent: the hashes of the genesis block and of
/// the blocks from which transactions' lifetimes count.
fn implied_storage(client: &Client, place: Place, extrinsics: &[UncheckedExtrinsic]) -> Storage {
    let births = extrinsics.iter().filter_map(|extrinsic| {
        let Preamble::Signed(_, _, extension) = &extrinsic.wire().preamble else {
            return None;
        };
        let birth = extension.4 .0.birth(place.number.into());
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

fn read(extrinsic: &UncheckedExtrinsic) -> Option<SignedTransaction> {
    let wire = extrinsic.wire();
    let Preamble::Signed(MultiAddress::Id(signer), signature, extension) = &wire.preamble else {
        return None;
    };
    signature.form()?;
    let implicit = extension.implicit().ok()?;
    let call = wire.encoded_call.as_deref()?;
    let payload = signed_payload(call, extension, &implicit);
    Some(SignedTransaction {
        signer: signer.clone(),
        message: signature
            .signed_message(signer.as_ref(), &payload)
            .into_owned(),
        signature: signature.clone(),
    })
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
    let key = StorageKey(Keys::<Runtime>::hashed_key_for(account));
    let value = client.storage(parent, &key).ok()??;
    let record =
        pallet_pq_signatures::KeyRecord::<BlockNumber>::decode(&mut value.0.as_slice()).ok()?;
    (record.scheme == scheme).then(|| record.public.to_vec())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;
    use codec::Encode;
    use polkadot_sdk::{
        frame_metadata_hash_extension, pallet_balances, pallet_transaction_payment,
        sp_runtime::{generic::Era, traits::Checkable, BuildStorage},
    };
    use qloak_pq_crypto::{
        account::account_id,
        signing::{Randomness, SecretKey},
    };
    use qloak_runtime::{Address, RuntimeCall, RuntimeGenesisConfig, TxExtension};

    type Wire = pallet_pq_signatures::extrinsic::Wire<Address, RuntimeCall, TxExtension>;

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
    fn transaction(value: u128, signed_value: u128) -> UncheckedExtrinsic {
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
        UncheckedExtrinsic::decode(&mut &wire.encode()[..]).unwrap()
    }

    /// Runs `check` on a chain that is to execute block [`NUMBER`].
    fn on_chain(check: impl FnOnce()) {
        let mut storage = RuntimeGenesisConfig::default().build_storage().unwrap();
        for number in [0, 5] {
            let key = frame_system::BlockHash::<Runtime>::hashed_key_for(number);
            storage.top.insert(key, vec![number as u8 + 1; 32]);
        }
        BasicExternalities::execute_with_storage(&mut storage, || {
            frame_system::Pallet::<Runtime>::set_block_number(NUMBER);
            check();
        });
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
                let context = frame_system::ChainContext::<Runtime>::default();
                assert_eq!(is_signed(&read(&transaction).unwrap()), good);
                assert_eq!(transaction.check(&context).is_ok(), good);
            }
        });
    }

    #[test]
    fn what_has_no_post_quantum_signature_is_left_to_the_runtime() {
        on_chain(|| {
            let wire = Wire::new_bare_legacy(call(1));
            let bare = UncheckedExtrinsic::decode(&mut &wire.encode()[..]).unwrap();
            assert!(read(&bare).is_none());
        });
    }
}
