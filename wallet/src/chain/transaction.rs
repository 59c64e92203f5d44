//! Transactions: prepared, priced, signed, checked.
//!
//! [`Draft`] is a transaction without its signature. Its price is asked with a signature of zeros that
//! has the *real* length, because the fee counts bytes: that needs no passphrase, so the price can be
//! known before anything secret is asked for. The nonce is the pool's next one, and the lifetime counts
//! from the best block, both at the moment of signing.

use codec::{Decode, Encode};
use qloak_pq_crypto::account_signature::{AccountSignature, Form};
use qloak_pq_crypto::signing::SecretKey;
use serde::Serialize;
use subxt::client::OnlineClientAtBlockImpl;
use subxt::config::substrate::H256;
use subxt::config::DefaultExtrinsicParamsBuilder;
use subxt::ext::scale_value::{Composite, Value};
use subxt::transactions::{dynamic, DynamicPayload, SubmittableTransaction};
use subxt::utils::Static;

use super::refusal::Refusal;
use super::registry::{key_deposit, SigningKey};
use super::trace::Trace;
use super::{account_id32, header, layout, outcome, AtBlock, Chain, QloakConfig};
use crate::address::AccountId;
use crate::classical::ClassicalKey;
use crate::error::Error;
use crate::payload;

/// How many blocks a transaction may wait. A power of two, as the format wants.
pub const LIFETIME: u64 = 64;

/// The runtime's judgement of a transaction.
const VALIDATE: &str = "TaggedTransactionQueue_validate_transaction";
/// `TransactionSource::External`: what comes from outside of the node.
const EXTERNAL: u8 = 2;

/// A call, in subxt's dynamic form.
pub type Call = DynamicPayload<Composite<()>>;

/// An encoded transaction at its block.
pub type Submittable = SubmittableTransaction<QloakConfig, OnlineClientAtBlockImpl<QloakConfig>>;

/// A signed transaction, and what it is followed by.
pub struct Signed {
    encoded: Vec<u8>,
    at: H256,
    trace: Trace,
}

impl Signed {
    /// The encoded transaction.
    pub fn encoded(&self) -> &[u8] {
        &self.encoded
    }

    /// Hash, nonce and last block.
    pub fn trace(&self) -> Trace {
        self.trace
    }

    /// Asks the node whether it would take the transaction now. From here on the node has the signed bytes, and can have
    /// them included whatever it answers.
    ///
    /// # Errors
    /// [`Error::RefusedByNode`] with the reason; [`Error::Unsettled`] if there was no answer.
    pub async fn check(&self, chain: &Chain) -> Result<(), Error> {
        let arguments = [&[EXTERNAL][..], &self.encoded, &self.at.0].concat();
        let verdict = chain
            .rpc()
            .state_call(VALIDATE, Some(&arguments), Some(self.at))
            .await
            .map_err(|error| self.unanswered(&error))?;
        let refusal = Refusal::from_verdict(&verdict).map_err(|error| self.unanswered(&error))?;
        let trace = self.trace;
        refusal.map_or(Ok(()), |refusal| {
            Err(Error::RefusedByNode { refusal, trace })
        })
    }

    fn unanswered(&self, error: &dyn std::fmt::Display) -> Error {
        let why = format!("was given to the node, which did not say whether it takes it ({error})");
        let trace = self.trace;
        Error::Unsettled { trace, why }
    }

    /// A signed transaction of tests, whose bytes nobody decodes.
    #[cfg(test)]
    pub fn of_bytes(encoded: Vec<u8>) -> Self {
        let trace = Trace {
            hash: outcome::hash_of(&encoded),
            nonce: Some(5),
            valid_until: Some(73),
        };
        let at = H256::zero();
        Self { encoded, at, trace }
    }
}

/// A call by its pallet, name and named arguments.
pub fn call(pallet: &str, name: &str, arguments: Vec<(&str, Value)>) -> Call {
    dynamic(pallet, name, Composite::named(arguments))
}

/// A scheme as an argument of a call.
pub fn scheme_value(scheme: qloak_pq_crypto::scheme::Scheme) -> Value {
    Value::unnamed_variant(format!("{scheme:?}"), [])
}

/// An account as the address argument of a call.
pub fn address_value(account: AccountId) -> Value {
    Value::unnamed_variant("Id", [Value::from_bytes(account.0)])
}

/// What a transaction costs, as far as it is known before it is sent.
#[derive(Clone, Debug, Serialize)]
pub struct Price {
    /// The fee without the tip.
    #[serde(serialize_with = "super::transaction::amount_as_text")]
    pub fee: u128,
    /// The tip.
    #[serde(serialize_with = "super::transaction::amount_as_text")]
    pub tip: u128,
    /// What the chain holds back while the key is registered, if this transaction registers it.
    #[serde(serialize_with = "super::outcome::as_text")]
    pub key_deposit: Option<u128>,
    /// The part of the fee for the call and its weight, fixed part included.
    #[serde(serialize_with = "super::outcome::as_text")]
    pub weight_fee: Option<u128>,
    /// The part of the fee for the bytes.
    #[serde(serialize_with = "super::outcome::as_text")]
    pub length_fee: Option<u128>,
    /// The transaction's length.
    pub bytes: usize,
}

impl Price {
    /// Everything that leaves the free balance.
    pub fn total(&self) -> u128 {
        self.fee
            .saturating_add(self.tip)
            .saturating_add(self.key_deposit.unwrap_or_default())
    }
}

/// Serialises an amount as text.
pub fn amount_as_text<S: serde::Serializer>(
    amount: &u128,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&amount.to_string())
}

/// What a transaction will be signed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// One of the account's post-quantum keys.
    Key(SigningKey),
    /// The sr25519 key that the account is leaving.
    Classical,
}

impl Credential {
    /// A signature of zeros with the length of the real one.
    fn dummy(&self) -> Result<AccountSignature, Error> {
        match self {
            Self::Classical => Ok(AccountSignature::Sr25519([0; 64])),
            Self::Key(key) => {
                let length = key.entry.scheme.parameters().signature_bytes;
                signature_of(key, vec![0; length])
            }
        }
    }
}

/// Whether the key travels with the transaction. The signature covers it.
fn form_of(key: &SigningKey) -> Form {
    if key.registered {
        Form::Registered
    } else {
        Form::WithKey
    }
}

fn signature_of(key: &SigningKey, signature: Vec<u8>) -> Result<AccountSignature, Error> {
    let public = match form_of(key) {
        Form::WithKey => Some(key.entry.public.clone()),
        Form::Registered => None,
    };
    AccountSignature::new(key.entry.scheme, public, signature)
        .map_err(|error| Error::Signing(error.to_string()))
}

/// A transaction without its signature.
pub struct Draft<'a> {
    chain: &'a Chain,
    account: AccountId,
    credential: Credential,
    call: Call,
    tip: u128,
    nonce: Option<u64>,
}

/// What of a transaction depends on the moment: signed late, so that a user may take his time to
/// answer and the lifetime still counts from the present.
struct Moment {
    at: AtBlock,
    nonce: u64,
    birth: Birth,
}

/// The block from which a transaction's lifetime counts.
struct Birth {
    number: u64,
    hash: H256,
}

impl<'a> Draft<'a> {
    /// Puts together what a user decides on.
    pub fn new(
        chain: &'a Chain,
        account: AccountId,
        credential: Credential,
        call: Call,
        tip: u128,
    ) -> Self {
        Self {
            chain,
            account,
            credential,
            call,
            tip,
            nonce: None,
        }
    }

    /// Takes this nonce instead of the account's next one, so that of two transactions with it only one can be
    /// included.
    pub fn with_nonce(mut self, nonce: Option<u64>) -> Self {
        self.nonce = nonce;
        self
    }

    /// Takes this call instead, which is as long as the one that was priced.
    pub fn with_call(mut self, call: Call) -> Self {
        self.call = call;
        self
    }

    async fn moment(&self) -> Result<Moment, Error> {
        let account = account_id32(self.account);
        let nonce = self.chain.rpc().system_account_next_index(&account).await;
        let next = nonce.map_err(self.chain.failed("asking for the account's nonce"))?;
        let nonce = choose_nonce(next, self.nonce)?;
        let at = self.chain.best().await?;
        let birth = self.birth(&at).await?;
        Ok(Moment { at, nonce, birth })
    }

    /// The parent of the best block: the node's pool may be a block behind, and refuses a birth that
    /// it has not heard of.
    async fn birth(&self, at: &AtBlock) -> Result<Birth, Error> {
        let header = at
            .block_header()
            .await
            .map_err(self.chain.failed("reading the best block's header"))?;
        // The number says how long the transaction lives, and only the hash is signed.
        if !header::is_of(&header, at.block_hash()) {
            let url = self.chain.url().into();
            return Err(Error::ForgedHeader { url });
        }
        Ok(match header.number.checked_sub(1) {
            Some(number) => Birth {
                number,
                hash: header.parent_hash,
            },
            None => Birth {
                number: 0,
                hash: at.block_hash(),
            },
        })
    }

    /// The price, with the real length.
    ///
    /// # Errors
    /// [`Error::Node`], or [`Error::NotQloak`] if the chain has no such call.
    pub async fn price(&self) -> Result<Price, Error> {
        let moment = self.moment().await?;
        let transaction = self.assemble(&moment, |_| self.credential.dummy())?;
        let fee = transaction
            .partial_fee_estimate()
            .await
            .map_err(self.chain.failed("asking for the fee"))?;
        let details = fee_details(&moment.at, transaction.encoded()).await;
        let key_deposit = match &self.credential {
            Credential::Key(key) if !key.registered => {
                key_deposit(&moment.at, key.entry.public.len())
            }
            _ => None,
        };
        Ok(Price {
            fee,
            tip: self.tip,
            key_deposit,
            weight_fee: details.map(|(base, _, weight)| base.saturating_add(weight)),
            length_fee: details.map(|(_, length, _)| length),
            bytes: transaction.encoded().len(),
        })
    }

    /// Signs with the secret of the credential's key. Nothing signed leaves the wallet: a key that this transaction
    /// registers can still be written first.
    ///
    /// # Errors
    /// [`Error::Signing`], [`Error::Node`].
    pub async fn sign(&self, secret: &SecretKey) -> Result<Signed, Error> {
        let Credential::Key(key) = &self.credential else {
            return Err(Error::Signing("this account signs classically".into()));
        };
        let sign = |payload: &[u8]| {
            let signature = payload::sign_transaction(secret, form_of(key), self.account, payload)?;
            signature_of(key, signature)
        };
        self.finish(sign).await
    }

    /// Signs with a classical key, for an account that is marked classical.
    ///
    /// # Errors
    /// As [`Draft::sign`].
    pub async fn sign_classical(&self, key: &ClassicalKey) -> Result<Signed, Error> {
        self.finish(|payload: &[u8]| Ok(key.sign(payload))).await
    }

    async fn finish(
        &self,
        sign: impl FnOnce(&[u8]) -> Result<AccountSignature, Error>,
    ) -> Result<Signed, Error> {
        let moment = self.moment().await?;
        let transaction = self.assemble(&moment, sign)?;
        let trace = Trace {
            hash: outcome::hash_of(transaction.encoded()),
            nonce: Some(moment.nonce),
            valid_until: Some(last_block(moment.birth.number)),
        };
        Ok(Signed {
            encoded: transaction.into_encoded(),
            at: moment.at.block_hash(),
            trace,
        })
    }

    fn assemble(
        &self,
        moment: &Moment,
        sign: impl FnOnce(&[u8]) -> Result<AccountSignature, Error>,
    ) -> Result<Submittable, Error> {
        let at = &moment.at;
        layout::require(at, self.call.pallet_name(), self.call.call_name())?;
        let parameters = DefaultExtrinsicParamsBuilder::<QloakConfig>::new()
            .nonce(moment.nonce)
            .tip(self.tip)
            .mortal_from_unchecked(LIFETIME, moment.birth.number, moment.birth.hash)
            .build();
        let transactions = at.transactions();
        let unusable =
            |error: subxt::error::ExtrinsicError| Error::NotQloak(format!("such a call ({error})"));
        let mut signable = transactions
            .create_v4_signable_offline(&self.call, parameters)
            .map_err(unusable)?;
        // Hashed already if it is long, as the format wants.
        let payload = signable.signer_payload().map_err(unusable)?;
        let signature = Static(sign(&payload)?);
        signable
            .sign_with_account_and_signature(&account_id32(self.account), &signature)
            .map_err(unusable)
    }
}

/// The nonce that was asked for, or the account's next one. A nonce further ahead would wait in the pool for
/// transactions that nobody has made, and be dropped after its hash was given out.
fn choose_nonce(next: u64, asked: Option<u64>) -> Result<u64, Error> {
    match asked {
        Some(asked) if asked > next => Err(Error::NotApplicable(format!(
            "--nonce {asked} is ahead of the account's next nonce, {next}: the transaction would wait for others that are not there"
        ))),
        asked => Ok(asked.unwrap_or(next)),
    }
}

/// The last block that can include a transaction whose lifetime counts from this one.
fn last_block(birth: u64) -> u64 {
    birth.saturating_add(LIFETIME - 1)
}

/// Base fee, length fee and weight fee; nothing if the chain does not split it.
async fn fee_details(at: &AtBlock, transaction: &[u8]) -> Option<(u128, u128, u128)> {
    let arguments = [transaction, &(transaction.len() as u32).encode()].concat();
    let answer = at
        .runtime_apis()
        .call_raw("TransactionPaymentApi_query_fee_details", Some(&arguments))
        .await;
    Option::<(u128, u128, u128)>::decode(&mut answer.ok()?.as_slice()).ok()?
}

/// Why the node did not take a transaction, out of the error of the submission call.
pub fn submission_error(chain: &Chain, error: subxt::rpcs::Error) -> Error {
    match error {
        subxt::rpcs::Error::User(user) => {
            let data = user.data.as_ref().map(|data| data.get());
            Error::Refused(Refusal::from_rpc(user.code, &user.message, data))
        }
        other => chain.failed("sending the transaction")(other),
    }
}

/// A hash as people write it.
///
/// # Errors
/// [`Error::Usage`].
pub fn parse_hash(text: &str) -> Result<H256, Error> {
    let mut hash = [0; 32];
    let digits = text.strip_prefix("0x").unwrap_or(text);
    hex::decode_to_slice(digits, &mut hash).map_err(|_| {
        Error::Usage(format!(
            "`{text}` is not a hash: write 0x and 64 hexadecimal digits"
        ))
    })?;
    Ok(H256(hash))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;

    #[test]
    fn hashes_are_read_with_and_without_prefix() {
        assert_eq!(parse_hash(&"ab".repeat(32)).unwrap(), H256([0xab; 32]));
        assert_eq!(
            parse_hash(&format!("0x{}", "ab".repeat(32))).unwrap(),
            H256([0xab; 32])
        );
        assert!(matches!(parse_hash("0xab"), Err(Error::Usage(_))));
    }

    #[test]
    fn the_last_block_is_the_lifetimes_end() {
        // Born in block 10, a transaction of 64 blocks is in 73 at the latest: 74 would be another birth.
        assert_eq!(last_block(10), 73);
        use sp_era::{birth_of, PERIOD};
        assert_eq!(PERIOD, LIFETIME);
        assert_eq!(birth_of(10, 73), 10);
        assert_eq!(birth_of(10, 74), 74);
    }

    /// `sp_runtime::generic::Era`, as far as it is needed.
    mod sp_era {
        pub const PERIOD: u64 = 64;

        pub fn birth_of(born: u64, current: u64) -> u64 {
            let phase = born % PERIOD;
            (current.max(phase) - phase) / PERIOD * PERIOD + phase
        }
    }

    #[test]
    fn a_repeated_payment_takes_the_first_ones_nonce() {
        assert_eq!(choose_nonce(7, None).unwrap(), 7);
        assert_eq!(choose_nonce(7, Some(5)).unwrap(), 5);
        assert_eq!(choose_nonce(7, Some(7)).unwrap(), 7);
        let ahead = choose_nonce(7, Some(8)).unwrap_err();
        assert!(matches!(ahead, Error::NotApplicable(_)), "{ahead}");
    }

    #[test]
    fn the_total_includes_the_deposit() {
        let price = Price {
            fee: 5,
            tip: 2,
            key_deposit: Some(10),
            weight_fee: None,
            length_fee: None,
            bytes: 1,
        };
        assert_eq!(price.total(), 17);
    }
}
