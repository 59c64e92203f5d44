//! Limits of what a stranger may ask by RPC: functions of the runtime, and keys of the storage.
//!
//! `state_call`, `chainHead_v1_call` and `archive_v1_call` run any function of the runtime by its name, in WebAssembly, with
//! arguments of the caller's choice, and nothing ends a function that does not end by itself. To call them, a web page that
//! is open on the node's machine is enough: browsers let pages connect to WebSockets of other origins. So where
//! unsafe methods are denied, only functions are run that wallets ask for and that take a bounded time.
//!
//! `state_subscribeStorage` reads every key that it is given, as often as it is given, and tells all values in one message without
//! a limit: 2,000 times the key of the code, 32 kB, made a message of 2.7 GB. `state_getKeys` reads all keys that there are. So keys are counted, those that
//! occur twice are refused, and so is the code; lists of keys are read by pages (`state_getKeysPaged`).

use jsonrpsee::{
    core::RegisterMethodError,
    types::{ErrorObject, ErrorObjectOwned, Params},
    Extensions, MethodCallback, MethodResponse, RpcModule,
};
use polkadot_sdk::{sc_rpc_api::DenyUnsafe, sp_core::storage::StorageKey};
use serde::de::IgnoredAny;
use std::{collections::BTreeSet, sync::Arc};

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

/// Keys in one question. An application watches a few keys for each account that it shows.
const MOST_KEYS: usize = 1_024;

/// The runtime's code, in the storage: 0.7 MB, where other values are of a few kilobytes.
const CODE_KEY: &[u8] = b":code";

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
    /// Too many keys, or one twice, or that of the code.
    #[error(
        "at most {MOST_KEYS} keys are read at once, each once, and not that of the code, unless the node is started with --rpc-methods unsafe"
    )]
    Keys,
}

impl CallRefusal {
    fn code(&self) -> i32 {
        let offset = match self {
            Self::Function(_) => 0,
            Self::Parameters => 1,
            Self::Method => 2,
            Self::Keys => 3,
        };
        FIRST_CODE + offset
    }
}

impl From<CallRefusal> for ErrorObjectOwned {
    fn from(refusal: CallRefusal) -> Self {
        ErrorObject::owned(refusal.code(), refusal.to_string(), None::<()>)
    }
}

/// What is checked of a method's parameters.
#[derive(Clone, Copy)]
enum Check {
    /// The name of a function of the runtime, after so many other parameters.
    Function(usize),
    /// A list of storage keys, in the first place.
    Keys,
    /// Nothing: the method is refused.
    Refused,
}

impl Check {
    /// Returns the check of a method; nothing for those that anybody may call with anything.
    fn of(method: &str) -> Option<Self> {
        match method {
            "state_call" | "state_callAt" => Some(Self::Function(0)),
            "archive_v1_call" => Some(Self::Function(1)),
            "chainHead_v1_call" => Some(Self::Function(2)),
            "state_subscribeStorage" | "state_queryStorageAt" | "state_getReadProof" => {
                Some(Self::Keys)
            }
            // There are no child tries here.
            // The size of a prefix is that of all values under it.
            "state_getKeys"
            | "state_getStorageSize"
            | "state_getStorageSizeAt"
            | "childstate_getKeys"
            | "childstate_getStorageEntries"
            | "state_getChildReadProof"
            | "state_callRecorded" => Some(Self::Refused),
            other if other.ends_with("_call") || other.ends_with("_callAt") => Some(Self::Refused),
            _ => None,
        }
    }

    fn pass(self, parameters: &Params<'_>, extensions: &Extensions) -> Result<(), CallRefusal> {
        // The server says this of each connection. Who does not say it is denied.
        if matches!(extensions.get::<DenyUnsafe>(), Some(DenyUnsafe::No)) {
            return Ok(());
        }
        // An object can name a parameter twice, and nobody needs one.
        if parameters.is_object() {
            return Err(CallRefusal::Parameters);
        }
        match self {
            Self::Function(before) => check_function(before, parameters),
            Self::Keys => check_keys(parameters),
            Self::Refused => Err(CallRefusal::Method),
        }
    }
}

fn check_function(before: usize, parameters: &Params<'_>) -> Result<(), CallRefusal> {
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

/// No list is for the method itself to refuse.
fn check_keys(parameters: &Params<'_>) -> Result<(), CallRefusal> {
    let keys = parameters.sequence().optional_next::<Vec<StorageKey>>();
    let Some(keys) = keys.map_err(|_| CallRefusal::Keys)? else {
        return Ok(());
    };
    let count = keys.len();
    if count > MOST_KEYS || keys.iter().any(|key| key.0 == CODE_KEY) {
        return Err(CallRefusal::Keys);
    }
    let different: BTreeSet<_> = keys.into_iter().map(|key| key.0).collect();
    match different.len() == count {
        true => Ok(()),
        false => Err(CallRefusal::Keys),
    }
}

/// Puts the check before every method that has one.
pub fn guard(module: &mut RpcModule<()>) -> Result<(), RegisterMethodError> {
    let methods: Vec<&'static str> = module.method_names().collect();
    for method in methods {
        let Some(check) = Check::of(method) else {
            continue;
        };
        if let Some(callback) = module.remove_method(method) {
            module.verify_and_insert(method, guarded(check, callback))?;
        }
    }
    Ok(())
}

fn guarded(check: Check, callback: MethodCallback) -> MethodCallback {
    match callback {
        MethodCallback::Sync(run) => MethodCallback::Sync(Arc::new(
            move |id, parameters, limit, extensions| match check.pass(&parameters, &extensions) {
                Ok(()) => run(id, parameters, limit, extensions),
                Err(refusal) => MethodResponse::error(id, ErrorObjectOwned::from(refusal)),
            },
        )),
        MethodCallback::Async(run) => MethodCallback::Async(Arc::new(
            move |id, parameters, connection, limit, extensions| match check
                .pass(&parameters, &extensions)
            {
                Ok(()) => run(id, parameters, connection, limit, extensions),
                Err(refusal) => Box::pin(std::future::ready(MethodResponse::error(
                    id,
                    ErrorObjectOwned::from(refusal),
                ))),
            },
        )),
        MethodCallback::Subscription(run) => MethodCallback::Subscription(Arc::new(
            move |id, parameters, sink, state, extensions| match check
                .pass(&parameters, &extensions)
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
            "state_getKeys",
            "state_getStorageSize",
            "state_queryStorageAt",
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

    fn keys(number: usize) -> Vec<String> {
        (0..number).map(|key| format!("0x{key:08x}")).collect()
    }

    /// The fault: one message with the code's key 20,000 times took more than 6 GB of memory.
    #[test]
    fn strangers_ask_for_few_keys_each_once_and_not_for_the_code() {
        let module = module(Some(DenyUnsafe::Yes));
        let ask = |keys: Value| ask(&module, "state_queryStorageAt", &json!([keys]));
        assert_eq!(ask(json!(keys(MOST_KEYS))), None);
        assert_eq!(ask(json!(keys(MOST_KEYS + 1))), Some(12_103));
        assert_eq!(ask(json!(["0x01", "0x02", "0x01"])), Some(12_103));
        for code in ["0x3a636f6465", "0x3A636F6465"] {
            assert_eq!(ask(json!(["0x01", code])), Some(12_103));
        }
        assert_eq!(ask(json!(["0xAB", "0xab"])), Some(12_103), "one key");
        // For the method itself to refuse.
        assert_eq!(ask(Value::Null), None);
    }

    #[test]
    fn strangers_read_no_list_of_all_keys() {
        let module = module(Some(DenyUnsafe::Yes));
        for method in ["state_getKeys", "state_getStorageSize"] {
            assert_eq!(
                ask(&module, method, &json!(["0x"])),
                Some(12_102),
                "{method}"
            );
        }
    }

    #[test]
    fn the_operator_may_call_everything() {
        let module = module(Some(DenyUnsafe::No));
        for (method, parameters) in with("GenesisBuilder_build_state") {
            assert_eq!(ask(&module, method, &parameters), None, "{method}");
        }
        assert_eq!(ask(&module, "future_v9_call", &json!([])), None);
        assert_eq!(ask(&module, "state_getKeys", &json!(["0x"])), None);
        let many = json!([keys(MOST_KEYS + 1)]);
        assert_eq!(ask(&module, "state_queryStorageAt", &many), None);
    }
}
