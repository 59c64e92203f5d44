//! Why the pallet refuses a call: one error for each check.

use polkadot_sdk::frame_support::pallet_macros::pallet_section;

/// The errors of the pallet.
#[pallet_section]
mod errors {
    #[pallet::error]
    pub enum Error<T> {
        /// The account has a registered key already.
        AlreadyRegistered,
        /// The account has no registered key.
        NotRegistered,
        /// The public key has not the length of its scheme's keys.
        PublicKeyLength,
        /// The account's id is not the hash of this key.
        KeyNotDerived,
        /// The scheme is disabled.
        SchemeDisabled,
        /// The scheme is deprecated: new keys are refused, and past its last block everything is.
        SchemeDeprecated,
        /// The proof of possession has not the length of its scheme's signatures.
        ProofLength,
        /// The proof of possession is not a signature by the new key over the expected payload.
        InvalidProof,
        /// The new key is the current one.
        SameKey,
        /// The previous key has not expired.
        OverlapRunning,
        /// There is no previous key to forget.
        NoPreviousKey,
        /// The key was rotated once; to forget it would begin generations anew.
        AlreadyRotated,
        /// The account was a classical one: its id is not the hash of its key, which must stay.
        MigratedAccount,
        /// The account has a backup key.
        BackupKeyExists,
        /// The account has no backup key.
        NoBackupKey,
        /// A backup key must be of an SLH-DSA scheme.
        NotABackupScheme,
        /// The present backup key must consent to its replacement.
        AuthorisationMissing,
        /// The signature has not the length of the backup key's scheme.
        SignatureLength,
        /// The signature is not one by the backup key over the expected payload.
        InvalidSignature,
        /// The account is frozen.
        AccountFrozen,
        /// The account is frozen already.
        AlreadyFrozen,
        /// The account is not marked classical.
        NotClassical,
        /// The account is marked classical and must migrate first.
        ClassicalAccount,
        /// The account is marked classical already.
        AlreadyClassical,
        /// The fee multiplier is out of range.
        FeeMultiplierOutOfRange,
        /// The block until which the scheme is to be accepted has passed.
        DeprecationInThePast,
        /// No enabled scheme would be left.
        LastEnabledScheme,
        /// The account's generation or recovery nonce has reached its end.
        CounterExhausted,
    }
}
