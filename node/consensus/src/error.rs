//! Why a node cannot author or vote, in words for the person who starts it.

use polkadot_sdk::{
    sp_api::ApiError, sp_blockchain, sp_consensus, substrate_prometheus_endpoint::PrometheusError,
};

/// An error of authoring or finality.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// From the database or the client.
    #[error(transparent)]
    Client(Box<sp_blockchain::Error>),
    /// From the runtime.
    #[error("the runtime refused a call: {0}")]
    Runtime(Box<ApiError>),
    /// From AURA's client.
    #[error(transparent)]
    Authoring(Box<sp_consensus::Error>),
    /// A metric cannot be registered.
    #[error(transparent)]
    Metrics(#[from] PrometheusError),
    /// From the keystore.
    #[error("keystore: {0}")]
    Keystore(#[from] qloak_keystore::Error),
    /// The seed file cannot be used.
    #[error("--consensus-seed-file: {0}")]
    SeedFile(qloak_keystore::Error),
    /// The development flags name keys that cannot be derived.
    #[error("cannot derive the development keys of '{uri}': {source}")]
    DevelopmentKey {
        /// The derivation.
        uri: String,
        /// Why not.
        source: qloak_keystore::secret_uri::UriError,
    },
    /// `--sealing instant` where it cannot work.
    #[error("--sealing instant {0}")]
    InstantSealing(&'static str),
}

// The SDK's errors are large, hence the boxes.

impl From<sp_blockchain::Error> for Error {
    fn from(error: sp_blockchain::Error) -> Self {
        Self::Client(Box::new(error))
    }
}

impl From<ApiError> for Error {
    fn from(error: ApiError) -> Self {
        Self::Runtime(Box::new(error))
    }
}

impl From<sp_consensus::Error> for Error {
    fn from(error: sp_consensus::Error) -> Self {
        Self::Authoring(Box::new(error))
    }
}
