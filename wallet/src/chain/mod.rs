//! The node: a connection, the chain behind it, and its state at the best block.
//!
//! Metadata comes from the node, so the wallet follows runtime upgrades without being rebuilt. Everything is
//! read at the *best* block by default, and through the JSON-RPC calls that every Substrate node
//! serves: final blocks stand still while too few validators vote.

pub mod calendar;
pub mod failure;
pub mod header;
pub mod inspect;
pub mod layout;
mod measure;
pub mod outcome;
pub mod refusal;
pub mod registry;
pub mod search;
pub mod session_keys;
pub mod shielded_refusal;
pub mod staking;
pub mod time;
pub mod trace;
pub mod transaction;
mod url;
pub mod value;
pub mod watch;

pub use url::without_secrets;

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use qloak_pq_crypto::account_signature::AccountSignature;
use subxt::backend::LegacyBackend;
use subxt::config::substrate::{BlakeTwo256, SubstrateHeader, H256};
use subxt::config::{DefaultTransactionExtensions, RpcConfigFor};
use subxt::metadata::ArcMetadata;
use subxt::rpcs::client::RpcParams;
use subxt::rpcs::{LegacyRpcMethods, RpcClient};
use subxt::utils::{AccountId32, MultiAddress, Static};
use subxt::{Config, OnlineClient, OnlineClientAtBlock};

use crate::address::{AccountId, DEFAULT_PREFIX};
use crate::amount::Token;
use crate::error::Error;

/// How long a connection may take before the node counts as unreachable.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The types of a Qloak chain, for subxt.
#[derive(Clone, Debug, Default)]
pub struct QloakConfig {
    /// By spec version: each command asks for metadata once.
    metadata: Arc<RwLock<HashMap<u32, ArcMetadata>>>,
}

impl Config for QloakConfig {
    type AccountId = AccountId32;
    type Address = MultiAddress<AccountId32, ()>;
    type Signature = Static<AccountSignature>;
    type Header = SubstrateHeader<H256>;
    type TransactionExtensions = DefaultTransactionExtensions<Self>;
    type AssetId = u32;
    type Hasher = BlakeTwo256;

    fn metadata_for_spec_version(&self, spec_version: u32) -> Option<ArcMetadata> {
        self.metadata
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&spec_version)
            .cloned()
    }

    fn set_metadata_for_spec_version(&self, spec_version: u32, metadata: ArcMetadata) {
        self.metadata
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(spec_version, metadata);
    }
}

/// The chain's state at one block.
pub type AtBlock = OnlineClientAtBlock<QloakConfig>;

/// A connection to a node, and what it says about its chain.
pub struct Chain {
    url: String,
    rpc_client: RpcClient,
    rpc: LegacyRpcMethods<RpcConfigFor<QloakConfig>>,
    client: OnlineClient<QloakConfig>,
    /// The chain's token.
    pub token: Token,
    /// The prefix of addresses: Qloak's, whatever the node says. A wallet that took the node's word would
    /// pay to addresses whose keys cannot spend.
    pub prefix: u16,
}

impl Chain {
    /// Connects, and reads the chain's properties.
    ///
    /// # Errors
    /// [`Error::Usage`] if that is no WebSocket address, [`Error::Unreachable`] with the reason, [`Error::Busy`],
    /// [`Error::Node`], [`Error::NotQloak`] if the chain's money is counted in another way.
    pub async fn connect(url: &str) -> Result<Self, Error> {
        let shown = without_secrets(url);
        if !url.starts_with("ws://") && !url.starts_with("wss://") {
            return Err(Error::Usage(format!(
                "`{shown}` is no node's address: write ws://HOST:PORT or wss://HOST:PORT"
            )));
        }
        // The whole of it: a server may shake hands and then say nothing.
        let connecting = async {
            match RpcClient::from_insecure_url(url).await {
                Ok(client) => Self::over(&shown, client).await,
                Err(error) => Err(unreachable(&shown, &innermost(&error).replace(url, &shown))),
            }
        };
        answered_within(CONNECT_TIMEOUT, &shown, connecting).await
    }

    /// Begins on a connection, and reads the chain's properties. `url` is what errors call the node.
    async fn over(url: &str, rpc_client: RpcClient) -> Result<Self, Error> {
        let backend = LegacyBackend::builder().build(rpc_client.clone());
        let client =
            OnlineClient::from_backend_with_config(QloakConfig::default(), Arc::new(backend))
                .await
                .map_err(|error| unreachable(url, &innermost(&error)))?;
        let rpc = LegacyRpcMethods::new(rpc_client.clone());
        let mut chain = Self {
            url: url.into(),
            rpc_client,
            rpc,
            client,
            token: Token::default(),
            prefix: DEFAULT_PREFIX,
        };
        chain.read_properties().await?;
        Ok(chain)
    }

    /// Whether what travels to the node can be read and changed on the way.
    pub fn is_exposed(url: &str) -> bool {
        !subxt::rpcs::utils::url_is_secure(url).unwrap_or(true)
    }

    async fn read_properties(&mut self) -> Result<(), Error> {
        let properties = self
            .rpc
            .system_properties()
            .await
            .map_err(self.failed("reading the chain's properties"))?;
        if let Some(symbol) = properties
            .get("tokenSymbol")
            .and_then(first_or_self)
            .and_then(|v| v.as_str())
        {
            // Twelve letters are a generous symbol; more would only garble the output.
            self.token.symbol = symbol
                .chars()
                .filter(|c| c.is_ascii_alphanumeric())
                .take(12)
                .collect();
        }
        let number = |name: &str| {
            properties
                .get(name)
                .and_then(first_or_self)
                .and_then(|v| v.as_u64())
        };
        // Not taken on the node's word: two decimals more, and `--amount 1` would pay 100.
        if let Some(decimals) = number("tokenDecimals") {
            if decimals != u64::from(self.token.decimals) {
                return Err(Error::NotQloak(format!(
                    "token with {} decimals (the node at {} says that it has {decimals}, and amounts would be other ones than are shown)",
                    self.token.decimals, self.url
                )));
            }
        }
        Ok(())
    }

    /// The node's address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The node's JSON-RPC calls.
    pub fn rpc(&self) -> &LegacyRpcMethods<RpcConfigFor<QloakConfig>> {
        &self.rpc
    }

    /// Calls a method of one argument that subxt has no name for.
    ///
    /// # Errors
    /// What the node answers, or the connection's failure.
    pub async fn request<Answer: serde::de::DeserializeOwned>(
        &self,
        method: &str,
        argument: &str,
    ) -> Result<Answer, subxt::rpcs::Error> {
        let mut arguments = RpcParams::new();
        arguments.push(argument)?;
        self.request_with(method, arguments).await
    }

    /// Calls a method of any arguments that subxt has no name for.
    ///
    /// # Errors
    /// What the node answers, or the connection's failure.
    pub async fn request_with<Answer: serde::de::DeserializeOwned>(
        &self,
        method: &str,
        arguments: RpcParams,
    ) -> Result<Answer, subxt::rpcs::Error> {
        self.rpc_client.request(method, arguments).await
    }

    /// Whether the chain says that it is for development: nothing on it is of value, and it may make blocks only
    /// when there is something to put into them.
    pub async fn is_for_development(&self) -> bool {
        // A chain of a type of its own answers with something else than a text.
        let kind = self.rpc.system_chain_type().await;
        kind.is_ok_and(|kind| kind == "Development")
    }

    /// Whether it is for development and its node on this machine. A node elsewhere is not believed: what it says decides
    /// which anchor a payment refers to, and whether its heights have to fit the clock.
    pub async fn is_development_here(&self) -> bool {
        is_here(&self.url) && self.is_for_development().await
    }

    /// The chain's first block.
    pub fn genesis(&self) -> H256 {
        self.client.genesis_hash()
    }

    /// The state at the best block.
    ///
    /// # Errors
    /// [`Error::Node`].
    pub async fn best(&self) -> Result<AtBlock, Error> {
        let hash = self
            .rpc
            .chain_get_block_hash(None)
            .await
            .map_err(self.failed("asking for the best block"))?;
        let hash = hash.ok_or_else(|| self.failed("asking for the best block")("it has none"))?;
        self.at(hash).await
    }

    /// The state at a block.
    ///
    /// # Errors
    /// [`Error::Node`].
    pub async fn at(&self, hash: H256) -> Result<AtBlock, Error> {
        self.client
            .at_block(hash)
            .await
            .map_err(self.failed("reading a block"))
    }

    /// An address in this chain's form.
    pub fn address(&self, id: AccountId) -> String {
        id.to_address(self.prefix)
    }

    /// Turns what a call to the node failed with into an [`Error`], for `map_err`.
    pub fn failed<E: std::fmt::Display>(
        &self,
        doing: &'static str,
    ) -> impl FnOnce(E) -> Error + use<'_, E> {
        move |error| {
            let reason = error.to_string();
            let signs_of_loss = [
                "connection",
                "Connection",
                "closed",
                "background task",
                "transport",
                "timeout",
            ];
            let disconnected = signs_of_loss.iter().any(|sign| reason.contains(sign));
            Error::Node {
                url: self.url.clone(),
                doing,
                reason,
                disconnected,
            }
        }
    }
}

/// Whether a node is on this machine.
fn is_here(url: &str) -> bool {
    url.starts_with("ws://") && !Chain::is_exposed(url)
}

/// What comes of a connection, or that nothing came of it in time.
async fn answered_within<T>(
    limit: Duration,
    url: &str,
    connecting: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let answer = tokio::time::timeout(limit, connecting).await;
    answer.unwrap_or_else(|_| {
        let reason = format!("no answer within {} seconds", limit.as_secs());
        Err(unreachable(url, &reason))
    })
}

/// No connection, for this reason. A node at its limit is there, and says so with HTTP's code 429.
fn unreachable(url: &str, reason: &str) -> Error {
    let url = url.into();
    match reason.contains("status code: 429") {
        true => Error::Busy { url },
        false => Error::Unreachable {
            url,
            reason: reason.into(),
        },
    }
}

/// Some chains list a value per token; the first is the native one.
fn first_or_self(value: &serde_json::Value) -> Option<&serde_json::Value> {
    match value {
        serde_json::Value::Array(values) => values.first(),
        value => Some(value),
    }
}

/// The cause at the end of an error's chain, without the prefixes that each layer adds:
/// "Connection refused" rather than its wrappings.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    let text = cause.to_string();
    let mut rest = text.as_str();
    for prefix in ["RPC error: ", "client error: "].iter().cycle().take(8) {
        rest = rest.strip_prefix(prefix).unwrap_or(rest);
    }
    rest.into()
}

/// An account id as subxt has it.
pub fn account_id32(id: AccountId) -> AccountId32 {
    AccountId32(id.0)
}

#[cfg(test)]
pub mod fake;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::fake::Fake;
    use super::*;
    use serde_json::json;

    #[tokio::test]
    async fn an_address_that_is_refused_does_not_show_its_password() {
        for url in ["http://me:secret@host", "ws://me:secret@127.0.0.1:1"] {
            let refused = Chain::connect(url).await.err().unwrap().to_string();
            assert!(
                refused.contains("***@") && !refused.contains("secret"),
                "{refused}"
            );
        }
    }

    #[test]
    fn only_a_node_on_this_machine_is_believed_to_be_for_development() {
        for here in [
            "ws://127.0.0.1:9944",
            "ws://localhost:9944",
            "ws://[::1]:9944",
        ] {
            assert!(is_here(here), "{here}");
        }
        for elsewhere in [
            "wss://node.example:443",
            "ws://10.0.0.1:9944",
            "ws://node.example",
        ] {
            assert!(!is_here(elsewhere), "{elsewhere}");
        }
    }

    #[tokio::test]
    async fn other_decimals_are_not_taken_on_the_nodes_word() {
        let node = |decimals: u64| {
            Fake::default().answering("system_properties", json!({ "tokenDecimals": decimals }))
        };
        assert_eq!(node(12).chain().await.unwrap().token.decimals, 12);
        for lie in [0, 6, 14, 300] {
            let refused = node(lie).chain().await.err().unwrap();
            assert!(matches!(refused, Error::NotQloak(_)), "{refused}");
        }
    }

    #[tokio::test]
    async fn a_server_that_only_shakes_hands_is_unreachable() {
        let silent = Fake::default().silent_about("system_properties").chain();
        let silent = answered_within(Duration::from_millis(10), "ws://x", silent).await;
        let silent = silent.err().unwrap();
        assert!(matches!(silent, Error::Unreachable { .. }), "{silent}");
        assert_eq!(silent.exit_status(), 3);
    }

    #[test]
    fn a_node_at_its_limit_is_not_called_absent() {
        let busy = unreachable("ws://x", "Connection rejected with status code: 429");
        assert!(matches!(busy, Error::Busy { .. }), "{busy}");
        assert_eq!(busy.exit_status(), 3);
        assert!(!busy.to_string().contains("Is it running"));
    }
}
