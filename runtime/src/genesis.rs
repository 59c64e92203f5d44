//! The making of a chain's first state, for which anybody may ask who may call functions of the runtime.
//!
//! Nodes answer such questions on the state of their chain and throw away what comes of them, so nothing can be changed by
//! them. But a genesis takes as long as its configuration is large, and `balances.devAccounts` is a number of accounts
//! to derive and not a list of them: a few bytes would keep a node busy for hours. So a chain that has begun does not
//! begin again, and those accounts cannot be asked for.

use core::fmt;

use polkadot_sdk::*;

use frame_support::traits::BuildGenesisConfig;
use frame_system::LastRuntimeUpgrade;

use crate::{Runtime, RuntimeGenesisConfig};

/// Why no genesis is made.
#[derive(Debug)]
enum Refusal {
    /// There is one.
    Begun,
    /// What was given is no configuration.
    Malformed(serde_json::Error),
    /// It asks for development accounts by their number.
    DevelopmentAccounts,
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Begun => {
                formatter.write_str("the chain has begun: its genesis cannot be made again")
            }
            Self::Malformed(error) => write!(formatter, "invalid JSON: {error}"),
            Self::DevelopmentAccounts => formatter.write_str(
                "balances.devAccounts is not supported: list the accounts in balances.balances",
            ),
        }
    }
}

/// Makes the first state of a chain out of a full configuration in JSON.
pub(crate) fn build(config: &[u8]) -> sp_genesis_builder::Result {
    try_build(config).map_err(|refusal| alloc::string::ToString::to_string(&refusal))
}

fn try_build(config: &[u8]) -> Result<(), Refusal> {
    // The system writes it at genesis and at upgrades, and nothing removes it.
    if LastRuntimeUpgrade::<Runtime>::exists() {
        return Err(Refusal::Begun);
    }
    let config: RuntimeGenesisConfig =
        serde_json::from_slice(config).map_err(Refusal::Malformed)?;
    if config.balances.dev_accounts.is_some() {
        return Err(Refusal::DevelopmentAccounts);
    }
    config.build();
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;
    use serde_json::{json, Value};

    fn configuration() -> Value {
        serde_json::to_value(RuntimeGenesisConfig::default()).unwrap()
    }

    fn build_from(config: &Value) -> Result<(), Refusal> {
        try_build(&serde_json::to_vec(config).unwrap())
    }

    #[test]
    fn a_chain_begins_once() {
        sp_io::TestExternalities::new_empty().execute_with(|| {
            assert!(build_from(&configuration()).is_ok());
            assert!(matches!(build_from(&configuration()), Err(Refusal::Begun)));
            // Nothing is read of what comes later.
            assert!(matches!(try_build(b"?"), Err(Refusal::Begun)));
            frame_system::BlockHash::<Runtime>::remove(0);
            assert!(
                matches!(build_from(&configuration()), Err(Refusal::Begun)),
                "a chain that has forgotten its first blocks has begun too"
            );
        });
    }

    /// The fault: 4,294,967,295 accounts were derived, for whoever asked.
    #[test]
    fn accounts_are_listed_and_not_counted() {
        let mut config = configuration();
        config["balances"]["devAccounts"] = json!([u32::MAX, 1_000_000_000_000u64, "//S//{}"]);
        sp_io::TestExternalities::new_empty().execute_with(|| {
            assert!(matches!(
                build_from(&config),
                Err(Refusal::DevelopmentAccounts)
            ));
            assert!(
                !LastRuntimeUpgrade::<Runtime>::exists(),
                "nothing is written"
            );
        });
    }

    #[test]
    fn what_is_no_configuration_is_named() {
        sp_io::TestExternalities::new_empty().execute_with(|| {
            assert!(matches!(try_build(b"{}"), Err(Refusal::Malformed(_))));
            let reason = build(b"?").unwrap_err();
            assert!(reason.starts_with("invalid JSON"), "{reason}");
        });
    }
}
