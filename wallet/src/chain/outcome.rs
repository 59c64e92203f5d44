//! What became of a transaction that is in a block.

use scale_info::{form::PortableForm, Variant};
use serde::Serialize;
use serde_json::Value as Json;
use subxt::config::substrate::H256;
use subxt::error::DispatchError;
use subxt::events::{Event, Phase};

use super::failure::Failure;
use super::measure;
use super::time;
use super::value::{self, Translator};
use super::{AtBlock, Chain, QloakConfig};
use crate::error::Error;
use crate::shielded::draft;

/// An event, decoded.
#[derive(Clone, Debug, Serialize)]
pub struct EventView {
    /// The pallet that emitted it.
    pub pallet: String,
    /// Its name.
    pub name: String,
    /// Its fields.
    pub fields: Json,
}

/// A transaction in a block.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// The transaction's hash.
    #[serde(serialize_with = "as_hex")]
    pub hash: H256,
    /// The block's hash.
    #[serde(serialize_with = "as_hex")]
    pub block_hash: H256,
    /// The block's number.
    pub block_number: u64,
    /// Its place in the block.
    pub index: usize,
    /// Its length in bytes.
    pub bytes: usize,
    /// Whether the block is final.
    pub finalized: bool,
    /// Whether the node has forgotten the block's state, so that nobody can tell here what the transaction did.
    pub pruned: bool,
    /// When the block was made, in milliseconds since 1970.
    pub time: Option<u64>,
    /// Why it failed, if it did.
    pub failure: Option<Failure>,
    /// What was really paid, in the smallest unit.
    #[serde(serialize_with = "as_text")]
    pub fee: Option<u128>,
    /// Its events.
    pub events: Vec<EventView>,
}

impl Outcome {
    /// The outcome as an error, if the transaction failed.
    ///
    /// # Errors
    /// [`Error::Failed`].
    pub fn require_success(&self, chain: &Chain) -> Result<(), Error> {
        match &self.failure {
            None => Ok(()),
            Some(failure) => Err(Error::Failed {
                hash: format!("{:?}", self.hash),
                block: self.block_number,
                finalized: self.finalized,
                failure: failure.clone(),
                fee: chain.token.format(self.fee.unwrap_or_default()),
            }),
        }
    }
}

/// Serialises a hash with `0x`.
pub fn as_hex<S: serde::Serializer>(hash: &H256, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&format!("{hash:?}"))
}

/// Serialises an amount as text: it may exceed what JSON readers keep exact.
pub fn as_text<S: serde::Serializer>(
    amount: &Option<u128>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match amount {
        Some(amount) => serializer.serialize_some(&amount.to_string()),
        None => serializer.serialize_none(),
    }
}

/// The hash of an encoded transaction, length prefix included.
pub fn hash_of(transaction: &[u8]) -> H256 {
    H256(sp_crypto_hashing::blake2_256(transaction))
}

/// Whether an encoded transaction is the one that is looked for: by its hash, or, if it is a shielded payment, by its own
/// name. That name is what the wallet knows such a payment by (`docs/spec/privacy-credit.md`, Payments on their way).
pub fn is_sought(transaction: &[u8], sought: H256, genesis: H256) -> bool {
    let has_name = || {
        let name = draft::name_of(transaction, &genesis.0);
        name.is_some_and(|name| name.to_bytes() == sought.0)
    };
    hash_of(transaction) == sought || has_name()
}

/// A block as far as it is searched.
pub struct Body {
    /// Its number.
    pub number: u64,
    /// The block before it.
    pub parent: H256,
    /// Its transactions, encoded.
    pub transactions: Vec<Vec<u8>>,
}

/// A block's body; nothing if the node does not have it, or not any more.
///
/// # Errors
/// [`Error::Node`].
pub async fn body(chain: &Chain, block: H256) -> Result<Option<Body>, Error> {
    let answer = chain
        .rpc()
        .chain_get_block(Some(block))
        .await
        .map_err(chain.failed("reading a block"))?;
    Ok(answer.map(|details| Body {
        number: details.block.header.number,
        parent: details.block.header.parent_hash,
        transactions: details
            .block
            .extrinsics
            .into_iter()
            .map(|bytes| bytes.0)
            .collect(),
    }))
}

/// The transactions of a block, encoded.
///
/// # Errors
/// [`Error::Node`], or [`Error::NotFound`] if the node does not have the block.
pub async fn transactions(chain: &Chain, block: H256) -> Result<Vec<Vec<u8>>, Error> {
    Ok(require_body(chain, block).await?.transactions)
}

async fn require_body(chain: &Chain, block: H256) -> Result<Body, Error> {
    let body = body(chain, block).await?;
    body.ok_or_else(|| Error::NotFound(format!("the node does not have block {block:?}")))
}

/// What became of the transaction with this hash, or the shielded payment of this name, in this block; nothing if it is not
/// there.
///
/// # Errors
/// [`Error::Node`].
pub async fn find(
    chain: &Chain,
    block: H256,
    hash: H256,
    finalized: bool,
) -> Result<Option<Outcome>, Error> {
    let body = require_body(chain, block).await?;
    in_body(chain, block, body, hash, finalized).await
}

/// The same, for a block whose body is known already.
///
/// # Errors
/// [`Error::Node`].
pub async fn in_body(
    chain: &Chain,
    block: H256,
    body: Body,
    hash: H256,
    finalized: bool,
) -> Result<Option<Outcome>, Error> {
    let mut transactions = body.transactions.iter().enumerate();
    let sought = |(_, bytes): &(usize, &Vec<u8>)| is_sought(bytes, hash, chain.genesis());
    let Some((index, bytes)) = transactions.find(sought) else {
        return Ok(None);
    };
    let mut outcome = Outcome {
        hash: hash_of(bytes),
        block_hash: block,
        block_number: body.number,
        index,
        bytes: bytes.len(),
        finalized,
        pruned: false,
        time: None,
        failure: None,
        fee: None,
        events: Vec::new(),
    };
    let read = async {
        let at = chain.at(block).await?;
        read_events(chain, &at, &mut outcome).await
    };
    let read = read.await;
    match read {
        Err(Error::Node { reason, .. }) if is_pruned(&reason) => outcome.pruned = true,
        read => read?,
    }
    Ok(Some(outcome))
}

/// Whether a node says that it has forgotten a block's state.
pub fn is_pruned(reason: &str) -> bool {
    reason.contains("State already discarded")
}

async fn read_events(chain: &Chain, at: &AtBlock, outcome: &mut Outcome) -> Result<(), Error> {
    outcome.time = time::of(at).await;
    let events = at
        .events()
        .fetch()
        .await
        .map_err(chain.failed("reading a block's events"))?;
    measure::events(at.metadata_ref(), events.bytes())
        .map_err(chain.failed("reading a block's events"))?;
    let translator = Translator {
        metadata: at.metadata_ref(),
        prefix: chain.prefix,
    };
    let ours = Phase::ApplyExtrinsic(outcome.index as u32);
    for event in events.iter() {
        let event = event.map_err(chain.failed("reading a block's events"))?;
        if event.phase() != ours {
            continue;
        }
        let view = view_of(&translator, at, &event);
        match (event.pallet_name(), event.event_name()) {
            ("System", "ExtrinsicFailed") => {
                outcome.failure = Some(failure_of(at, event.field_bytes()))
            }
            ("TransactionPayment", "TransactionFeePaid") => {
                outcome.fee = amount(&view.fields["actual_fee"])
            }
            _ => {}
        }
        outcome.events.push(view);
    }
    Ok(())
}

fn view_of(translator: &Translator, at: &AtBlock, event: &Event<'_, QloakConfig>) -> EventView {
    let fields = variant_of(at, event).map_or(Json::Null, |variant| {
        let bytes = &mut event.field_bytes();
        let field = |field: &scale_info::Field<PortableForm>| {
            let value = translator.decode(bytes, field.ty.id)?;
            Some((field.name.clone(), value))
        };
        let fields: Vec<_> = variant.fields.iter().map_while(field).collect();
        match fields.iter().all(|(name, _)| name.is_some()) {
            true => fields
                .into_iter()
                .filter_map(|(name, value)| Some((name?, value)))
                .collect(),
            false => fields.into_iter().map(|(_, value)| value).collect(),
        }
    });
    EventView {
        pallet: event.pallet_name().into(),
        name: event.event_name().into(),
        fields,
    }
}

fn variant_of<'a>(
    at: &'a AtBlock,
    event: &Event<'_, QloakConfig>,
) -> Option<&'a Variant<PortableForm>> {
    at.metadata_ref()
        .pallet_by_event_index(event.pallet_index())?
        .event_variant_by_index(event.event_index())
}

/// An amount that JSON holds as number or, if large, as text.
fn amount(json: &Json) -> Option<u128> {
    json.as_u64()
        .map(u128::from)
        .or_else(|| json.as_str()?.parse().ok())
}

/// The dispatch error at the front of `ExtrinsicFailed`'s fields, in the words of the metadata.
fn failure_of(at: &AtBlock, bytes: &[u8]) -> Failure {
    let error = match DispatchError::decode_from(first_field(at, bytes), at.metadata()) {
        Ok(error) => error,
        Err(error) => {
            return Failure {
                name: "Undecodable".into(),
                documentation: error.to_string(),
            }
        }
    };
    match &error {
        DispatchError::Module(module) => {
            let documentation = module
                .details()
                .map_or_else(|_| String::new(), |details| details.variant.docs.join(" "));
            Failure {
                name: module.details_string(),
                documentation,
            }
        }
        DispatchError::Token(token) => Failure {
            name: format!("Token::{token:?}"),
            documentation: token.to_string(),
        },
        DispatchError::Arithmetic(arithmetic) => Failure {
            name: format!("Arithmetic::{arithmetic:?}"),
            documentation: arithmetic.to_string(),
        },
        other => Failure {
            name: format!("{other:?}"),
            documentation: other.to_string(),
        },
    }
}

/// The bytes of the dispatch error alone: subxt's decoder takes all that follow for the module's.
fn first_field<'a>(at: &AtBlock, bytes: &'a [u8]) -> &'a [u8] {
    let Some(type_id) = at.metadata_ref().dispatch_error_ty() else {
        return bytes;
    };
    let rest = &mut &*bytes;
    match value::decode(rest, type_id, at.metadata_ref().types()) {
        Some(_) => &bytes[..bytes.len() - rest.len()],
        None => bytes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_a_sentence() {
        let failure = Failure {
            name: "Balances::InsufficientBalance".into(),
            documentation: "Balance too low.".into(),
        };
        assert_eq!(
            failure.to_string(),
            "Balances::InsufficientBalance (Balance too low)"
        );
        assert_eq!(
            Failure {
                name: "BadOrigin".into(),
                documentation: String::new()
            }
            .to_string(),
            "BadOrigin"
        );
    }

    #[test]
    fn words_of_ours_go_before_the_metadata() {
        let failure = Failure {
            name: "Session::InvalidProof".into(),
            documentation: "Invalid ownership proof.".into(),
        };
        let text = failure.to_string();
        assert!(
            text.starts_with("Session::InvalidProof: the proof"),
            "{text}"
        );
    }

    #[test]
    fn amounts_come_as_numbers_or_text() {
        assert_eq!(amount(&Json::from(5)), Some(5));
        assert_eq!(amount(&Json::from(u128::MAX.to_string())), Some(u128::MAX));
        assert_eq!(amount(&Json::Null), None);
    }
}
