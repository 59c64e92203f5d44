//! Which functions of the runtime a stranger may have run by RPC.
//!
//! `state_call`, `chainHead_v1_call` and `archive_v1_call` run any function of the runtime by its name, in WebAssembly, with
//! arguments of the caller's choice, and nothing ends a function that does not end by itself. To call them, a web page that
//! is open on the node's machine is enough: browsers let pages connect to WebSockets of other origins. So where
//! unsafe methods are denied, only functions are run that wallets ask for and that take a bounded time.

use jsonrpsee::{
    core::RegisterMethodError,
    types::{ErrorObject, ErrorObjectOwned, Params},
    Extensions, MethodCallback, MethodResponse, RpcModule,
};
use polkadot_sdk::sc_rpc_api::DenyUnsafe;
use serde::de::IgnoredAny;
use std::sync::Arc;

/// What strangers may call. Of each runtime interface only what polkadot.js, subxt, our wallet and our scripts ask for,
/// and no function that makes a block, a genesis, a key or a report.
const FUNCTIONS: [&str; 29] = [
    "AccountNonceApi_account_nonce",
    "AuraApi_authorities",
    "AuraApi_slot_duration",
    "Core_version",
    "GrandpaApi_current_set_id",
    "GrandpaApi_grandpa_authorities",
    "Metadata_metadata",
    "Metadata_metadata_at_version",
    "Metadata_metadata_versions",
    "PqSignaturesApi_account_status",
    "PqSignaturesApi_catalog",
    "PqSignaturesApi_key_of",
    "PrivacyCreditApi_anchors",
    "PrivacyCreditApi_frontier",
    "PrivacyCreditApi_nullifiers",
    "PrivacyCreditApi_pool",
    "SessionKeys_decode_session_keys",
    "StakingApi_eras_stakers_page_count",
    "StakingApi_nominations_quota",
    "StakingApi_pending_rewards",
    // As whoever submits a transaction has it run too.
    "TaggedTransactionQueue_validate_transaction",
    "TransactionPaymentApi_query_fee_details",
    "TransactionPaymentApi_query_info",
    "TransactionPaymentApi_query_length_to_fee",
    "TransactionPaymentApi_query_weight_to_fee",
    "TransactionPaymentCallApi_query_call_fee_details",
    "TransactionPaymentCallApi_query_call_info",
    "TransactionPaymentCallApi_query_length_to_fee",
    "TransactionPaymentCallApi_query_weight_to_fee",
];

/// The code of the first [`CallRefusal`].
const FIRST_CODE: i32 = 12_100;

/// Why a function is not run.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum CallRefusal {
    /// It is not in the list.
    #[error(
        "this node does not run the runtime's function {0:?} for callers by RPC, unless it is started with \
         --rpc-methods unsafe"
    )]
    Function(String),
    /// It cannot be told which one it is.
    #[error("the parameters must be an array that holds the function's name in its place")]
    Parameters,
    /// A method of the SDK that was not there when this was written.
    #[error("this method answers only if the node is started with --rpc-methods unsafe")]
    Method,
}

impl CallRefusal {
    fn code(&self) -> i32 {
        let offset = match self {
            Self::Function(_) => 0,
            Self::Parameters => 1,
            Self::Method => 2,
        };
        FIRST_CODE + offset
    }
}

impl From<CallRefusal> for ErrorObjectOwned {
    fn from(refusal: CallRefusal) -> Self {
        ErrorObject::owned(refusal.code(), refusal.to_string(), None::<()>)
    }
}

/// Where the name of the function stands among a method's parameters.
#[derive(Clone, Copy)]
struct Place(Option<usize>);

impl Place {
    /// Nothing for methods that run no function by its name.
    fn of(method: &str) -> Option<Self> {
        match method {
            "state_call" | "state_callAt" => Some(Self(Some(0))),
            "archive_v1_call" => Some(Self(Some(1))),
            "chainHead_v1_call" => Some(Self(Some(2))),
            other if other.ends_with("_call") || other.ends_with("_callAt") => Some(Self(None)),
            _ => None,
        }
    }

    fn check(self, parameters: &Params<'_>, extensions: &Extensions) -> Result<(), CallRefusal> {
        // The server says this of each connection. Who does not say it is denied.
        if matches!(extensions.get::<DenyUnsafe>(), Some(DenyUnsafe::No)) {
            return Ok(());
        }
        let before = self.0.ok_or(CallRefusal::Method)?;
        // An object can name a parameter twice, and nobody needs one.
        if parameters.is_object() {
            return Err(CallRefusal::Parameters);
        }
        let mut parameters = parameters.sequence();
        for _ in 0..before {
            parameters
                .next::<IgnoredAny>()
                .map_err(|_| CallRefusal::Parameters)?;
        }
        let function: String = parameters.next().map_err(|_| CallRefusal::Parameters)?;
        match FUNCTIONS.contains(&function.as_str()) {
            true => Ok(()),
            false => Err(CallRefusal::Function(function)),
        }
    }
}

/// Puts the list before every method that runs functions of the runtime by their names.
pub fn guard(module: &mut RpcModule<()>) -> Result<(), RegisterMethodError> {
    let methods: Vec<&'static str> = module.method_names().collect();
    for method in methods {
        let Some(place) = Place::of(method) else {
            continue;
        };
        if let Some(callback) = module.remove_method(method) {
            module.verify_and_insert(method, guarded(place, callback))?;
        }
    }
    Ok(())
}

fn guarded(place: Place, callback: MethodCallback) -> MethodCallback {
    match callback {
        MethodCallback::Sync(run) => MethodCallback::Sync(Arc::new(
            move |id, parameters, limit, extensions| match place.check(&parameters, &extensions) {
                Ok(()) => run(id, parameters, limit, extensions),
                Err(refusal) => MethodResponse::error(id, ErrorObjectOwned::from(refusal)),
            },
        )),
        MethodCallback::Async(run) => MethodCallback::Async(Arc::new(
            move |id, parameters, connection, limit, extensions| match place
                .check(&parameters, &extensions)
            {
                Ok(()) => run(id, parameters, connection, limit, extensions),
                Err(refusal) => Box::pin(std::future::ready(MethodResponse::error(
                    id,
                    ErrorObjectOwned::from(refusal),
                ))),
            },
        )),
        MethodCallback::Subscription(run) => MethodCallback::Subscription(Arc::new(
            move |id, parameters, sink, state, extensions| match place
                .check(&parameters, &extensions)
            {
                Ok(()) => run(id, parameters, sink, state, extensions),
                Err(refusal) => Box::pin(std::future::ready(MethodResponse::error(
                    id,
                    ErrorObjectOwned::from(refusal),
                ))),
            },
        )),
        // It ends a subscription and runs nothing.
        end @ MethodCallback::Unsubscription(_) => end,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;
    use futures::executor::block_on;
    use serde_json::{json, Value};

    /// Methods of the SDK's names and kinds that answer anything.
    fn module(deny: Option<DenyUnsafe>) -> RpcModule<()> {
        let mut module = RpcModule::new(());
        for name in [
            "state_call",
            "archive_v1_call",
            "future_v9_call",
            "chain_getBlock",
        ] {
            module.register_method(name, |_, _, _| "run").unwrap();
        }
        module.register_alias("state_callAt", "state_call").unwrap();
        module
            .register_async_method("chainHead_v1_call", |_, _, _| async { "run" })
            .unwrap();
        guard(&mut module).unwrap();
        if let Some(deny) = deny {
            module.extensions_mut().insert(deny);
        }
        module
    }

    /// The error's code, or nothing where the method has run.
    fn ask(module: &RpcModule<()>, method: &str, parameters: &Value) -> Option<i64> {
        let request = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters});
        let answer = block_on(module.raw_json_request(&request.to_string(), 1)).unwrap();
        let answer: Value = serde_json::from_str(&answer.0).unwrap();
        match answer["result"] == "run" {
            true => None,
            false => Some(answer["error"]["code"].as_i64().unwrap()),
        }
    }

    fn with(function: &str) -> [(&'static str, Value); 4] {
        [
            ("state_call", json!([function, "0x"])),
            ("state_callAt", json!([function, "0x", null])),
            ("archive_v1_call", json!(["0x00", function, "0x"])),
            ("chainHead_v1_call", json!(["id", "0x00", function, "0x"])),
        ]
    }

    /// The fault: any web page could have a genesis with 4,294,967,295 accounts made, 600 times.
    #[test]
    fn strangers_choose_from_a_list() {
        for deny in [Some(DenyUnsafe::Yes), None] {
            let module = module(deny);
            for (method, parameters) in with("Metadata_metadata_at_version") {
                assert_eq!(ask(&module, method, &parameters), None, "{method}");
            }
            for function in [
                "GenesisBuilder_build_state",
                "Core_execute_block",
                "SessionKeys_generate_session_keys",
                "metadata_metadata",
                "",
            ] {
                for (method, parameters) in with(function) {
                    let code = ask(&module, method, &parameters);
                    assert_eq!(code, Some(12_100), "{method} {function}");
                }
            }
            assert_eq!(
                ask(&module, "future_v9_call", &json!(["Core_version"])),
                Some(12_102)
            );
            assert_eq!(ask(&module, "chain_getBlock", &json!([])), None);
        }
    }

    #[test]
    fn a_name_that_cannot_be_found_is_refused() {
        let module = module(Some(DenyUnsafe::Yes));
        for parameters in [
            json!([]),
            json!([1]),
            json!([["Core_version"]]),
            json!({"name": "Core_version", "bytes": "0x"}),
        ] {
            let code = ask(&module, "state_call", &parameters);
            assert_eq!(code, Some(12_101), "{parameters}");
        }
        // In the first place, where this method does not look.
        let misplaced = json!(["Core_version", "GenesisBuilder_build_state", "0x"]);
        assert_eq!(ask(&module, "archive_v1_call", &misplaced), Some(12_100));
    }

    #[test]
    fn the_operator_may_call_everything() {
        let module = module(Some(DenyUnsafe::No));
        for (method, parameters) in with("GenesisBuilder_build_state") {
            assert_eq!(ask(&module, method, &parameters), None, "{method}");
        }
        assert_eq!(ask(&module, "future_v9_call", &json!([])), None);
    }
}
