//! The extrinsic type of a chain with this pallet.
//!
//! On the wire and in the metadata it *is* the SDK's [`UncheckedExtrinsic`] with
//! [`AccountSignature`] for its signature, so every tool that knows the format can read and make it.
//! Four things differ once it is here:
//!
//! * **Refusals have reasons.** The SDK asks a signature type `verify(..) -> bool` and reports every
//!   failure as `BadProof`. [`PqExtrinsic`] asks the [`SignaturePolicy`], whose [`Refusal`] reaches the
//!   user as `InvalidTransaction::Custom(code)`: key rotated out, scheme disabled, account frozen, …
//! * **Verification is weighed by scheme** and by what the account makes of it: one key or two to try, a
//!   key to store or not. A transaction extension never sees the signature, so the SDK can price all
//!   signatures only alike, in the base weight. Here the policy's weight is added to the extension
//!   weight, and thereby to fee and block limits.
//! * **A post-quantum signature covers its own form and its account.** What it signs is the SDK's payload
//!   behind both ([`AccountSignature::signed_message`]). A relaying node can neither attach the key nor
//!   take it away, either of which would change the transaction's hash and fee; and a transaction of one
//!   account is none of another that has the same key.
//! * **An extrinsic has one encoding.** The SDK decodes bare extrinsics of version 4 and of version 5, and
//!   calls that do not encode to the bytes that they came from; a bare extrinsic has no signature over its
//!   bytes, so that anybody on the way could give a shielded transfer another hash. [`PqExtrinsic`] decodes
//!   only from the encoding of what it decodes to, and only version 4, which stock tools make. General
//!   extrinsics, of version 5, are none of these: no extension of this chain authorises one.
//!
//! What does not differ is the order of things: nothing is dispatched, and nothing is paid, before
//! the signature has verified.

use alloc::vec::Vec;
use core::{fmt::Debug, marker::PhantomData};

use codec::{Decode, DecodeWithMemTracking, Encode};
use polkadot_sdk::frame_support::{
    dispatch::{DispatchInfo, GetDispatchInfo, PostDispatchInfo},
    ensure,
    traits::{InherentBuilder, SignedTransactionBuilder},
    weights::Weight,
};
use polkadot_sdk::sp_io::hashing::blake2_256;
use polkadot_sdk::sp_runtime::{
    generic::{CheckedExtrinsic, ExtrinsicFormat, Preamble, UncheckedExtrinsic},
    traits::{
        Applyable, AsTransactionAuthorizedOrigin, Checkable, DispatchInfoOf, Dispatchable,
        ExtrinsicCall, ExtrinsicLike, ExtrinsicMetadata, LazyExtrinsic, Lookup, MaybeDisplay,
        Member, PostDispatchInfoOf, TransactionExtension,
    },
    transaction_validity::{
        InvalidTransaction, TransactionSource, TransactionValidity, TransactionValidityError,
    },
    ApplyExtrinsicResultWithInfo, MultiAddress, OpaqueExtrinsic,
};
use qloak_pq_crypto::account_signature::{AccountSignature, EXTRINSIC_VERSION};
use scale_info::{StaticTypeInfo, Type, TypeInfo};

use crate::policy::{Refusal, SignaturePolicy};

/// Payloads above this many bytes are hashed before they are signed, as the SDK and all its tools do.
const LONGEST_UNHASHED_PAYLOAD: usize = 256;

/// The SDK's extrinsic with this signature.
pub type Wire<Address, Call, Extension> =
    UncheckedExtrinsic<Address, Call, AccountSignature, Extension>;

/// An extrinsic whose signature `Policy` judges.
pub struct PqExtrinsic<Address, Call, Extension, Policy> {
    wire: Wire<Address, Call, Extension>,
    policy: PhantomData<fn() -> Policy>,
}

/// A bare extrinsic becomes one of version 4, which is the only one that decodes: the SDK makes its
/// inherents and reports in version 5.
impl<Address, Call, Extension, Policy> From<Wire<Address, Call, Extension>>
    for PqExtrinsic<Address, Call, Extension, Policy>
{
    fn from(mut wire: Wire<Address, Call, Extension>) -> Self {
        if let Preamble::Bare(version) = &mut wire.preamble {
            *version = EXTRINSIC_VERSION;
        }
        Self {
            wire,
            policy: PhantomData,
        }
    }
}

impl<Address, Call, Extension, Policy> PqExtrinsic<Address, Call, Extension, Policy> {
    /// The extrinsic as it is on the wire.
    pub fn wire(&self) -> &Wire<Address, Call, Extension> {
        &self.wire
    }
}

impl<Address, Call, Extension, Policy> Clone for PqExtrinsic<Address, Call, Extension, Policy>
where
    Wire<Address, Call, Extension>: Clone,
{
    fn clone(&self) -> Self {
        self.wire.clone().into()
    }
}

impl<Address, Call, Extension, Policy> PartialEq for PqExtrinsic<Address, Call, Extension, Policy>
where
    Wire<Address, Call, Extension>: PartialEq,
{
    fn eq(&self, other: &Self) -> bool {
        self.wire == other.wire
    }
}

impl<Address, Call, Extension, Policy> Eq for PqExtrinsic<Address, Call, Extension, Policy> where
    Wire<Address, Call, Extension>: Eq
{
}

impl<Address, Call, Extension, Policy> Debug for PqExtrinsic<Address, Call, Extension, Policy>
where
    Wire<Address, Call, Extension>: Debug,
{
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.wire.fmt(f)
    }
}

impl<Address, Call, Extension, Policy> Encode for PqExtrinsic<Address, Call, Extension, Policy>
where
    Wire<Address, Call, Extension>: Encode,
{
    fn size_hint(&self) -> usize {
        self.wire.size_hint()
    }

    fn encode(&self) -> Vec<u8> {
        self.wire.encode()
    }

    fn encode_to<O: codec::Output + ?Sized>(&self, output: &mut O) {
        self.wire.encode_to(output)
    }
}

impl<Address, Call, Extension, Policy> codec::EncodeLike
    for PqExtrinsic<Address, Call, Extension, Policy>
where
    Wire<Address, Call, Extension>: Encode,
{
}

impl<Address, Call, Extension, Policy> Decode for PqExtrinsic<Address, Call, Extension, Policy>
where
    Wire<Address, Call, Extension>: Decode,
    Call: Encode,
{
    fn decode<I: codec::Input>(input: &mut I) -> Result<Self, codec::Error> {
        ensure_only_encoding(Wire::decode(input)?).map(Self::from)
    }
}

/// Passes on what was decoded from the only bytes that it may be decoded from.
///
/// Preamble and extensions have one encoding each by their types, apart from the version of a bare
/// extrinsic. Calls are of other pallets' types, and are encoded again to see.
fn ensure_only_encoding<Address, Call: Encode, Extension>(
    wire: Wire<Address, Call, Extension>,
) -> Result<Wire<Address, Call, Extension>, codec::Error> {
    match wire.preamble {
        Preamble::Bare(EXTRINSIC_VERSION) | Preamble::Signed(..) => (),
        Preamble::Bare(_) => return Err("bare extrinsics are of version 4".into()),
        Preamble::General(_) => return Err("no general extrinsic is authorised".into()),
    }
    let bytes = wire.encoded_call.as_deref().unwrap_or_default();
    let mut comparison = Comparison { rest: Some(bytes) };
    wire.function.encode_to(&mut comparison);
    if !comparison.rest.is_some_and(<[u8]>::is_empty) {
        return Err("the call has another encoding".into());
    }
    Ok(wire)
}

/// Compares what is written with `rest`, of which it leaves what has not been written yet, or nothing
/// once there was a difference. A copy of a call of several megabytes would take the memory of the
/// runtime.
struct Comparison<'a> {
    rest: Option<&'a [u8]>,
}

impl codec::Output for Comparison<'_> {
    fn write(&mut self, bytes: &[u8]) {
        self.rest = self.rest.and_then(|rest| rest.strip_prefix(bytes));
    }
}

impl<Address, Call, Extension, Policy> DecodeWithMemTracking
    for PqExtrinsic<Address, Call, Extension, Policy>
where
    Wire<Address, Call, Extension>: DecodeWithMemTracking,
    Call: Encode,
{
}

impl<Address, Call, Extension, Policy> LazyExtrinsic
    for PqExtrinsic<Address, Call, Extension, Policy>
where
    Wire<Address, Call, Extension>: LazyExtrinsic,
    Call: Encode,
{
    fn decode_unprefixed(data: &[u8]) -> Result<Self, codec::Error> {
        ensure_only_encoding(Wire::decode_unprefixed(data)?).map(Self::from)
    }
}

impl<Address, Call, Extension, Policy> serde::Serialize
    for PqExtrinsic<Address, Call, Extension, Policy>
where
    Wire<Address, Call, Extension>: serde::Serialize,
{
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.wire.serialize(serializer)
    }
}

impl<'de, Address, Call, Extension, Policy> serde::Deserialize<'de>
    for PqExtrinsic<Address, Call, Extension, Policy>
where
    Wire<Address, Call, Extension>: serde::Deserialize<'de>,
    Call: Encode,
{
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        ensure_only_encoding(Wire::deserialize(deserializer)?)
            .map(Self::from)
            .map_err(serde::de::Error::custom)
    }
}

/// The type is described as the SDK's, since that is what its bytes are.
impl<Address, Call, Extension, Policy> TypeInfo for PqExtrinsic<Address, Call, Extension, Policy>
where
    Wire<Address, Call, Extension>: StaticTypeInfo,
    Self: 'static,
{
    type Identity = Wire<Address, Call, Extension>;

    fn type_info() -> Type {
        Wire::<Address, Call, Extension>::type_info()
    }
}

impl<Address, Call, Extension, Policy> From<PqExtrinsic<Address, Call, Extension, Policy>>
    for OpaqueExtrinsic
where
    Wire<Address, Call, Extension>: Into<OpaqueExtrinsic>,
{
    fn from(extrinsic: PqExtrinsic<Address, Call, Extension, Policy>) -> Self {
        extrinsic.wire.into()
    }
}

impl<Address, Call, Extension, Policy> ExtrinsicLike
    for PqExtrinsic<Address, Call, Extension, Policy>
{
    fn is_bare(&self) -> bool {
        self.wire.is_bare()
    }
}

impl<Address, Call, Extension, Policy> ExtrinsicCall
    for PqExtrinsic<Address, Call, Extension, Policy>
{
    type Call = Call;

    fn call(&self) -> &Call {
        self.wire.call()
    }

    fn into_call(self) -> Call {
        self.wire.into_call()
    }
}

impl<Address, Call, Extension, Policy> ExtrinsicMetadata
    for PqExtrinsic<Address, Call, Extension, Policy>
where
    Wire<Address, Call, Extension>: ExtrinsicMetadata,
{
    const VERSIONS: &'static [u8] = &[EXTRINSIC_VERSION];
    type TransactionExtensionPipelines =
        <Wire<Address, Call, Extension> as ExtrinsicMetadata>::TransactionExtensionPipelines;
}

impl<Address, Call, Extension, Policy> InherentBuilder
    for PqExtrinsic<Address, Call, Extension, Policy>
{
    fn new_inherent(call: Call) -> Self {
        Wire::new_bare(call).into()
    }
}

impl<Address, Call, Extension, Policy> SignedTransactionBuilder
    for PqExtrinsic<Address, Call, Extension, Policy>
{
    type Address = Address;
    type Signature = AccountSignature;
    type Extension = Extension;

    fn new_signed_transaction(
        call: Call,
        signed: Address,
        signature: AccountSignature,
        extension: Extension,
    ) -> Self {
        Wire::new_signed(call, signed, signature, extension).into()
    }
}

impl<Address, Call, Extension, Policy> GetDispatchInfo
    for PqExtrinsic<Address, Call, Extension, Policy>
where
    Wire<Address, Call, Extension>: GetDispatchInfo,
    Address: NamesAccount<Policy::AccountId>,
    Policy: SignaturePolicy,
{
    fn get_dispatch_info(&self) -> DispatchInfo {
        let mut info = self.wire.get_dispatch_info();
        if let Preamble::Signed(address, signature, _) = &self.wire.preamble {
            info.extension_weight = info
                .extension_weight
                .saturating_add(Policy::weight(signature, address.account()));
        }
        info
    }
}

/// An address that may be an account's id.
pub trait NamesAccount<AccountId> {
    /// The id, if no table has to be asked for it.
    fn account(&self) -> Option<&AccountId>;
}

impl<AccountId, Index> NamesAccount<AccountId> for MultiAddress<AccountId, Index> {
    fn account(&self) -> Option<&AccountId> {
        match self {
            Self::Id(id) => Some(id),
            _ => None,
        }
    }
}

/// The bytes that the extrinsic format has signed: call ‖ extension ‖ implicit data, or their
/// BLAKE2b-256 hash if they are more than 256. Classical keys sign just these; post-quantum keys sign
/// them as [`payload::transaction`](crate::payload::transaction).
pub fn signed_payload(
    encoded_call: &[u8],
    extension: &impl Encode,
    implicit: &impl Encode,
) -> Vec<u8> {
    let mut payload = encoded_call.to_vec();
    extension.encode_to(&mut payload);
    implicit.encode_to(&mut payload);
    if payload.len() > LONGEST_UNHASHED_PAYLOAD {
        blake2_256(&payload).to_vec()
    } else {
        payload
    }
}

impl<Address, Call, Extension, Policy, L> Checkable<L>
    for PqExtrinsic<Address, Call, Extension, Policy>
where
    Address: Member + MaybeDisplay,
    Call: Encode + Member + Dispatchable,
    Extension: TransactionExtension<Call>,
    Policy: SignaturePolicy,
    Policy::AccountId: Member + MaybeDisplay,
    L: Lookup<Source = Address, Target = Policy::AccountId>,
{
    type Checked = PqCheckedExtrinsic<Call, Extension, Policy>;

    fn check(self, lookup: &L) -> Result<Self::Checked, TransactionValidityError> {
        let Wire {
            preamble,
            function,
            encoded_call,
            ..
        } = self.wire;
        let (format, signature_weight, key_bringer) = match preamble {
            Preamble::Signed(address, signature, extension) => {
                let signer = lookup.lookup(address)?;
                // Anybody can make accounts and false signatures; verifying one takes up to 4 ms.
                ensure!(Policy::has_account(&signer), InvalidTransaction::Payment);
                let encoded = encoded_call.unwrap_or_else(|| function.encode());
                let payload = signed_payload(&encoded, &extension, &extension.implicit()?);
                let message = signature.signed_message(&signer.clone().into(), &payload);
                let accepted = Policy::judge(&signature, &message, &signer)
                    .map_err(|refusal: Refusal| InvalidTransaction::Custom(refusal.code()))?;
                let key_bringer = accepted.brings_key.then_some(signature);
                let format = ExtrinsicFormat::Signed(signer, extension);
                (format, accepted.weight, key_bringer)
            }
            Preamble::General(extension) => {
                (ExtrinsicFormat::General(extension), Weight::zero(), None)
            }
            Preamble::Bare(_) => (ExtrinsicFormat::Bare, Weight::zero(), None),
        };
        Ok(PqCheckedExtrinsic {
            checked: CheckedExtrinsic { format, function },
            signature_weight,
            key_bringer,
            policy: PhantomData,
        })
    }

    #[cfg(feature = "try-runtime")]
    fn unchecked_into_checked_i_know_what_i_am_doing(
        self,
        lookup: &L,
    ) -> Result<Self::Checked, TransactionValidityError> {
        let Wire {
            preamble, function, ..
        } = self.wire;
        let format = match preamble {
            Preamble::Signed(address, _, extension) => {
                ExtrinsicFormat::Signed(lookup.lookup(address)?, extension)
            }
            Preamble::General(extension) => ExtrinsicFormat::General(extension),
            Preamble::Bare(_) => ExtrinsicFormat::Bare,
        };
        Ok(PqCheckedExtrinsic {
            checked: CheckedExtrinsic { format, function },
            signature_weight: Weight::zero(),
            key_bringer: None,
            policy: PhantomData,
        })
    }
}

/// An extrinsic whose signature has verified.
pub struct PqCheckedExtrinsic<Call, Extension, Policy: SignaturePolicy> {
    checked: CheckedExtrinsic<Policy::AccountId, Call, Extension>,
    signature_weight: Weight,
    /// The signature, if a key that is to be registered came with it.
    key_bringer: Option<AccountSignature>,
    policy: PhantomData<fn() -> Policy>,
}

impl<Call, Extension, Policy: SignaturePolicy> GetDispatchInfo
    for PqCheckedExtrinsic<Call, Extension, Policy>
where
    CheckedExtrinsic<Policy::AccountId, Call, Extension>: GetDispatchInfo,
{
    fn get_dispatch_info(&self) -> DispatchInfo {
        let mut info = self.checked.get_dispatch_info();
        info.extension_weight = info.extension_weight.saturating_add(self.signature_weight);
        info
    }
}

impl<Call, Extension, Policy> Applyable for PqCheckedExtrinsic<Call, Extension, Policy>
where
    Call: Member + Encode + Dispatchable<PostInfo = PostDispatchInfo, Info = DispatchInfo>,
    Call::RuntimeOrigin: From<Option<Policy::AccountId>> + AsTransactionAuthorizedOrigin,
    Extension: TransactionExtension<Call>,
    Policy: SignaturePolicy + Send + Sync,
    Policy::AccountId: Member + MaybeDisplay,
{
    type Call = Call;

    #[allow(deprecated, reason = "the SDK's trait still names ValidateUnsigned")]
    fn validate<U: polkadot_sdk::sp_runtime::traits::ValidateUnsigned<Call = Call>>(
        &self,
        source: TransactionSource,
        info: &DispatchInfoOf<Call>,
        length: usize,
    ) -> TransactionValidity {
        self.checked.validate::<U>(source, info, length)
    }

    #[allow(deprecated, reason = "the SDK's trait still names ValidateUnsigned")]
    fn apply<U: polkadot_sdk::sp_runtime::traits::ValidateUnsigned<Call = Call>>(
        self,
        info: &DispatchInfoOf<Call>,
        length: usize,
    ) -> ApplyExtrinsicResultWithInfo<PostDispatchInfoOf<Call>> {
        let signer = match &self.checked.format {
            ExtrinsicFormat::Signed(signer, _) => Some(signer.clone()),
            _ => None,
        };
        // An error here is an invalid transaction, which leaves no trace; a failed call is an `Ok`.
        let result = self.checked.apply::<U>(info, length)?;
        if let (Some(signature), Some(signer)) = (&self.key_bringer, &signer) {
            Policy::on_applied(signature, signer);
        }
        Ok(result)
    }
}
