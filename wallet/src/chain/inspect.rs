//! Reading the chain for people: one transaction, one balance, the chain itself.

use codec::{Decode, Encode};
use qloak_pq_crypto::account_signature::{AccountSignature, Kind};
use qloak_pq_crypto::scheme::Scheme;
use serde::Serialize;
use serde_json::{json, Map, Value as Json};
use subxt::config::substrate::{DigestItem, SubstrateHeader, H256};
use subxt::dynamic::{constant, storage};
use subxt::ext::scale_decode;
use subxt::ext::scale_decode::DecodeAsType;
use subxt::utils::{AccountId32, MultiAddress};

use super::outcome::{self, Outcome};
use super::value::Translator;
use super::{account_id32, AtBlock, Chain};
use crate::address::AccountId;
use crate::error::Error;

/// What an account holds, in the smallest unit.
#[derive(Clone, Debug, Default, PartialEq, Eq, DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
pub struct Balances {
    /// Not held back; may be frozen in part.
    pub free: u128,
    /// Held back, such as deposits for keys.
    pub reserved: u128,
    /// Of `free` and `reserved`, what may not be transferred.
    pub frozen: u128,
}

/// An account as the chain stores it.
#[derive(Clone, Debug, Default, PartialEq, Eq, DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
pub struct AccountInfo {
    /// The next transaction's nonce.
    pub nonce: u32,
    /// How much of the chain's state needs the account: while something does, it cannot be emptied.
    pub consumers: u32,
    /// What it holds.
    pub data: Balances,
}

impl AccountInfo {
    /// Reads it; an account that the chain does not know holds nothing.
    ///
    /// # Errors
    /// [`Error::Node`], [`Error::NotQloak`].
    pub async fn read(chain: &Chain, at: &AtBlock, account: AccountId) -> Result<Self, Error> {
        let storage = at.storage();
        let entry = storage
            .entry(storage_address())
            .map_err(|_| Error::NotQloak("System::Account".into()))?;
        let doing = "reading the account";
        let value = entry
            .try_fetch((account_id32(account),))
            .await
            .map_err(chain.failed(doing))?;
        Ok(value
            .map(|value| value.decode())
            .transpose()
            .map_err(chain.failed(doing))?
            .unwrap_or_default())
    }

    /// What has to stay on the account: the existential deposit, unless it may be removed from the chain. An account
    /// that the state needs, because its key is registered, say, cannot be removed.
    pub fn kept(&self, allow_death: bool, existential_deposit: u128) -> u128 {
        match allow_death && self.consumers == 0 {
            true => 0,
            false => existential_deposit,
        }
    }

    /// What can be sent while the account stays alive.
    pub fn spendable(&self, existential_deposit: u128) -> u128 {
        let untouchable = self
            .data
            .frozen
            .saturating_sub(self.data.reserved)
            .max(existential_deposit);
        self.data.free.saturating_sub(untouchable)
    }
}

fn storage_address() -> subxt::storage::DynamicAddress<(AccountId32,), AccountInfo> {
    storage("System", "Account")
}

/// What an account must keep to exist.
pub fn existential_deposit(at: &AtBlock) -> u128 {
    at.constants()
        .entry(constant::<u128>("Balances", "ExistentialDeposit"))
        .unwrap_or_default()
}

/// How a transaction is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SignatureView {
    /// The scheme's name.
    pub scheme: String,
    /// Whether the key came along.
    pub with_key: bool,
    /// Bytes of the key in the transaction.
    pub key_bytes: usize,
    /// Bytes of the signature.
    pub signature_bytes: usize,
}

impl SignatureView {
    fn of(signature: &AccountSignature) -> Self {
        match signature.kind() {
            Kind::Classical(classical) => Self {
                scheme: format!("{classical:?}").to_lowercase(),
                with_key: false,
                key_bytes: 0,
                signature_bytes: signature.encoded_size() - 1,
            },
            Kind::Pq {
                scheme,
                public,
                signature,
            } => Self {
                scheme: scheme.to_string(),
                with_key: public.is_some(),
                key_bytes: public.map_or(0, <[u8]>::len),
                signature_bytes: signature.len(),
            },
        }
    }
}

/// A transaction in full.
#[derive(Clone, Debug, Serialize)]
pub struct TransactionView {
    /// Where it is and what it did.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// Who signed it; nobody signs inherents.
    pub signer: Option<String>,
    /// How.
    pub signature: Option<SignatureView>,
    /// The signer's nonce.
    pub nonce: Option<u64>,
    /// The tip in the smallest unit.
    #[serde(serialize_with = "outcome::as_text")]
    pub tip: Option<u128>,
    /// `Pallet::call`.
    pub call: String,
    /// Its arguments.
    pub arguments: Json,
    /// Bytes of the call.
    pub call_bytes: usize,
}

/// Decodes the transaction that an outcome speaks of.
///
/// # Errors
/// [`Error::Node`], also if the transaction does not decode with the block's metadata.
pub async fn transaction(chain: &Chain, outcome: Outcome) -> Result<TransactionView, Error> {
    let doing = "decoding the transaction";
    let mut transactions = outcome::transactions(chain, outcome.block_hash).await?;
    if outcome.index >= transactions.len() {
        return Err(chain.failed(doing)("the block changed"));
    }
    let bytes = transactions.swap_remove(outcome.index);
    // A pruned block's own metadata is gone with its state.
    let at = match outcome.pruned {
        true => chain.best().await?,
        false => chain.at(outcome.block_hash).await?,
    };
    let decoded = at.extrinsics().from_bytes(vec![bytes]).await;
    let extrinsic = decoded
        .iter()
        .next()
        .ok_or_else(|| chain.failed(doing)("it is not there"))?;
    let extrinsic = extrinsic.map_err(chain.failed(doing))?;
    let translator = Translator {
        metadata: at.metadata_ref(),
        prefix: chain.prefix,
    };
    let argument = |field: subxt::extrinsics::ExtrinsicCallDataField<'_>| {
        let value = translator.decode(&mut field.bytes(), field.type_id());
        (field.name().to_owned(), value.unwrap_or(Json::Null))
    };
    let extensions = extrinsic.transaction_extensions();
    let signature = extrinsic
        .signature_bytes()
        .and_then(|mut bytes| AccountSignature::decode(&mut bytes).ok());
    Ok(TransactionView {
        signer: extrinsic
            .address_bytes()
            .and_then(signer_of)
            .map(|id| chain.address(id)),
        signature: signature.as_ref().map(SignatureView::of),
        nonce: extensions
            .as_ref()
            .and_then(|extensions| extensions.nonce()),
        tip: extensions.as_ref().and_then(|extensions| extensions.tip()),
        call: format!("{}::{}", extrinsic.pallet_name(), extrinsic.call_name()),
        arguments: Json::Object(
            extrinsic
                .iter_call_data_fields()
                .map(argument)
                .collect::<Map<_, _>>(),
        ),
        call_bytes: extrinsic.call_data_bytes().len(),
        outcome,
    })
}

fn signer_of(mut bytes: &[u8]) -> Option<AccountId> {
    match MultiAddress::<AccountId32, ()>::decode(&mut bytes).ok()? {
        MultiAddress::Id(id) => Some(AccountId(id.0)),
        _ => None,
    }
}

/// The seal of a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SealView {
    /// The consensus engine's four letters.
    pub engine: String,
    /// The signature scheme, if the length tells.
    pub scheme: Option<String>,
    /// Its bytes.
    pub bytes: usize,
}

/// A block's header in short.
#[derive(Clone, Debug, Serialize)]
pub struct HeaderView {
    /// Its number.
    pub number: u64,
    /// Its hash.
    #[serde(serialize_with = "outcome::as_hex")]
    pub hash: H256,
    /// Bytes of the header.
    pub bytes: usize,
    /// Its seal; the first block has none.
    pub seal: Option<SealView>,
}

impl HeaderView {
    fn of(header: &SubstrateHeader<H256>) -> Self {
        let encoded = header.encode();
        let seal = header.digest.logs.iter().find_map(|item| match item {
            DigestItem::Seal(engine, seal) => Some(SealView {
                engine: engine.iter().map(|byte| char::from(*byte)).collect(),
                scheme: scheme_of_seal(seal),
                bytes: seal.len(),
            }),
            _ => None,
        });
        Self {
            number: header.number,
            hash: outcome::hash_of(&encoded),
            bytes: encoded.len(),
            seal,
        }
    }
}

/// A seal is key and signature of one scheme; their total tells which.
fn scheme_of_seal(seal: &[u8]) -> Option<String> {
    let matches = |scheme: &Scheme| {
        let parameters = scheme.parameters();
        seal.len() == parameters.public_bytes + parameters.signature_bytes
    };
    match Scheme::ALL.into_iter().find(matches) {
        Some(scheme) => Some(scheme.to_string()),
        None => (seal.len() == 64).then(|| "classical".into()),
    }
}

/// The header of a block, or of the best one.
///
/// # Errors
/// [`Error::Node`].
pub async fn header(chain: &Chain, hash: Option<H256>) -> Result<HeaderView, Error> {
    let doing = "reading a header";
    let header = chain
        .rpc()
        .chain_get_header(hash)
        .await
        .map_err(chain.failed(doing))?;
    let header =
        header.ok_or_else(|| Error::NotFound("the node does not have this block".into()))?;
    Ok(HeaderView::of(&header))
}

/// The ids of the block authors, as hexadecimal; nothing if the chain does not keep a list.
///
/// # Errors
/// [`Error::Node`].
pub async fn authorities(chain: &Chain, at: &AtBlock) -> Result<Option<Vec<String>>, Error> {
    let storage = at.storage();
    let Ok(entry) = storage.entry(("Aura", "Authorities")) else {
        return Ok(None);
    };
    let value = entry
        .try_fetch(Vec::new())
        .await
        .map_err(chain.failed("reading the authorities"))?;
    let Some(value) = value else { return Ok(None) };
    let ids = Vec::<[u8; 32]>::decode(&mut value.bytes())
        .map_err(chain.failed("reading the authorities"))?;
    Ok(Some(ids.iter().map(|id| AccountId(*id).to_hex()).collect()))
}

/// The chain's and the node's names and versions.
///
/// # Errors
/// [`Error::Node`].
pub async fn identity(chain: &Chain) -> Result<Json, Error> {
    let doing = "asking who it is";
    let rpc = chain.rpc();
    let name = rpc.system_chain().await.map_err(chain.failed(doing))?;
    let kind = rpc.system_chain_type().await.map_err(chain.failed(doing))?;
    let node = rpc.system_name().await.map_err(chain.failed(doing))?;
    let version = rpc.system_version().await.map_err(chain.failed(doing))?;
    let health = rpc.system_health().await.map_err(chain.failed(doing))?;
    let runtime = rpc
        .state_get_runtime_version(None)
        .await
        .map_err(chain.failed(doing))?;
    Ok(json!({
        "chain": { "name": name, "type": kind, "genesis": format!("{:?}", chain.genesis()) },
        "node": { "name": node, "version": version, "peers": health.peers, "syncing": health.is_syncing },
        "runtime": {
            "name": runtime.other.get("specName").and_then(Json::as_str),
            "spec_version": runtime.spec_version,
            "transaction_version": runtime.transaction_version,
        },
        "token": { "symbol": chain.token.symbol, "decimals": chain.token.decimals },
        "ss58_prefix": chain.prefix,
    }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;

    #[test]
    fn spendable_leaves_what_must_stay() {
        let info = |free, reserved, frozen| AccountInfo {
            nonce: 0,
            consumers: 0,
            data: Balances {
                free,
                reserved,
                frozen,
            },
        };
        assert_eq!(info(100, 0, 0).spendable(1), 99);
        assert_eq!(info(100, 10, 30).spendable(1), 80);
        assert_eq!(info(100, 50, 30).spendable(1), 99);
        assert_eq!(info(0, 0, 0).spendable(1), 0);
    }

    #[test]
    fn an_account_that_the_chain_needs_is_not_emptied() {
        let info = |consumers| AccountInfo {
            consumers,
            ..AccountInfo::default()
        };
        assert_eq!(info(0).kept(false, 5), 5);
        assert_eq!(info(0).kept(true, 5), 0);
        assert_eq!(
            info(1).kept(true, 5),
            5,
            "`--all --allow-death` leaves this"
        );
    }

    #[test]
    fn a_seal_is_recognised_by_its_length() {
        assert_eq!(scheme_of_seal(&[0; 5261]).as_deref(), Some("ml-dsa-65"));
        assert_eq!(scheme_of_seal(&[0; 64]).as_deref(), Some("classical"));
        assert_eq!(scheme_of_seal(&[0; 5260]), None);
    }

    #[test]
    fn signatures_are_described_by_scheme_and_size() {
        let with_key =
            AccountSignature::new(Scheme::MlDsa65, Some(vec![0; 1952]), vec![0; 3309]).unwrap();
        let expected = SignatureView {
            scheme: "ml-dsa-65".into(),
            with_key: true,
            key_bytes: 1952,
            signature_bytes: 3309,
        };
        assert_eq!(SignatureView::of(&with_key), expected);
        let classical = SignatureView::of(&AccountSignature::Sr25519([0; 64]));
        assert_eq!(
            (classical.scheme.as_str(), classical.signature_bytes),
            ("sr25519", 64)
        );
    }
}
