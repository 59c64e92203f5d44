//! What of a vote is signed, and by whom.

use alloc::vec::Vec;

use codec::{Decode, Encode};
use finality_grandpa::Message;
use sp_application_crypto::RuntimeAppPublic;
#[cfg(feature = "std")]
use {
    crate::KEY_TYPE, finality_grandpa::SignedMessage, sp_application_crypto::AppCrypto,
    sp_core::crypto::ByteArray, sp_keystore::KeystorePtr,
};

use crate::{AuthorityId, AuthoritySignature, RoundNumber, SetId};

#[cfg(feature = "std")]
const LOG_TARGET: &str = crate::CLIENT_LOG_TARGET;
#[cfg(not(feature = "std"))]
const LOG_TARGET: &str = crate::RUNTIME_LOG_TARGET;

/// The bytes that are signed: the message, the round and the voter set, one after the other.
///
/// Round and set are not sent with each signature, so a vote copied into another round or set fails
/// there.
pub fn localized_payload<E: Encode>(round: RoundNumber, set_id: SetId, message: &E) -> Vec<u8> {
    (message, round, set_id).encode()
}

/// [`localized_payload`] into a buffer that serves for many votes. What it held before is lost.
pub fn localized_payload_with_buffer<E: Encode>(
    round: RoundNumber,
    set_id: SetId,
    message: &E,
    buf: &mut Vec<u8>,
) {
    buf.clear();
    (message, round, set_id).encode_to(buf);
}

/// What a signature on a vote turned out to be.
#[derive(Clone, Debug, Encode, Decode, PartialEq, Eq)]
pub enum SignatureResult {
    /// The voter's, for this round and set.
    Valid,

    /// Not the voter's, or for something else.
    Invalid,

    /// The voter's, for this round of the voter set before: sent by a node that has not yet seen the
    /// change.
    OutdatedSet,
}

impl SignatureResult {
    /// Whether the vote counts.
    pub fn is_valid(&self) -> bool {
        *self == Self::Valid
    }
}

/// Checks the signature on a message of `id` in a round of a voter set.
pub fn check_message_signature<H, N>(
    message: &Message<H, N>,
    id: &AuthorityId,
    signature: &AuthoritySignature,
    round: RoundNumber,
    set_id: SetId,
) -> SignatureResult
where
    H: Encode,
    N: Encode,
{
    let mut payload = Vec::new();
    check_message_signature_with_buffer(message, id, signature, round, set_id, &mut payload)
}

/// [`check_message_signature`] with a buffer for the payload, which serves for many votes.
///
/// A signature that is not valid costs a second verification, in the voter set before: peers are
/// treated more gently for being late than for lying. If the key that comes with the signature does
/// not hash to `id`, neither verification gets further than that hash.
pub fn check_message_signature_with_buffer<H, N>(
    message: &Message<H, N>,
    id: &AuthorityId,
    signature: &AuthoritySignature,
    round: RoundNumber,
    set_id: SetId,
    buf: &mut Vec<u8>,
) -> SignatureResult
where
    H: Encode,
    N: Encode,
{
    if is_signed_in_set(message, id, signature, round, set_id, buf) {
        return SignatureResult::Valid;
    }
    let outdated = set_id
        .checked_sub(1)
        .is_some_and(|previous| is_signed_in_set(message, id, signature, round, previous, buf));
    let result = if outdated {
        SignatureResult::OutdatedSet
    } else {
        SignatureResult::Invalid
    };
    log::debug!(
        target: LOG_TARGET,
        "signature of {id:?} on a message of round {round} in set {set_id}: {result:?}",
    );
    result
}

/// Whether `id` signed the message for this round and set.
pub(crate) fn is_signed_in_set<H: Encode, N: Encode>(
    message: &Message<H, N>,
    id: &AuthorityId,
    signature: &AuthoritySignature,
    round: RoundNumber,
    set_id: SetId,
    payload: &mut Vec<u8>,
) -> bool {
    localized_payload_with_buffer(round, set_id, message, payload);
    id.verify(payload, signature)
}

/// Signs a message for a round and set with the key of `public` in the keystore. `None` if the
/// keystore has no such key, can't use it, or answers with something that is no signature of ours.
///
/// The keystore must sign deterministically. GRANDPA signs its stored votes again after a restart, and
/// the same vote with another signature is an equivocation to it.
#[cfg(feature = "std")]
pub fn sign_message<H, N>(
    keystore: KeystorePtr,
    message: Message<H, N>,
    public: AuthorityId,
    round: RoundNumber,
    set_id: SetId,
) -> Option<SignedMessage<H, N, AuthoritySignature, AuthorityId>>
where
    H: Encode,
    N: Encode,
{
    let payload = localized_payload(round, set_id, &message);
    let bytes = keystore
        .sign_with(
            KEY_TYPE,
            AuthorityId::CRYPTO_ID,
            public.as_slice(),
            &payload,
        )
        // The caller learns only that there is no signature, so the reason is said here.
        .inspect_err(
            |error| log::warn!(target: LOG_TARGET, "signing a vote as {public:?}: {error}"),
        )
        .ok()
        .flatten()?;
    let signature = AuthoritySignature::try_from(&bytes[..])
        .inspect_err(|()| {
            let length = bytes.len();
            log::warn!(target: LOG_TARGET, "the keystore's vote signature has {length} bytes");
        })
        .ok()?;
    Some(SignedMessage {
        message,
        signature,
        id: public,
    })
}
