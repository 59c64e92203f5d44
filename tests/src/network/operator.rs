//! Transactions of the development accounts, signed as the wallet signs them, and the promise that
//! comes with finality: what was final stays where it was.

use std::time::Duration;

use qloak_pq_crypto::scheme::Scheme;
use qloak_wallet::{
    address::AccountId,
    chain::{
        outcome::{self, Outcome},
        registry::{choose_key, Registration},
        transaction::{address_value, call, Call, Credential, Draft},
        watch::{self, Wait},
        Chain,
    },
    derivation::{DerivedKey, Phrase},
    keyfile::KeyEntry,
};
use serde_json::Value as Json;
use subxt::{config::substrate::H256, ext::scale_value::Value};

use super::{staking, Network, PATIENCE};

/// A transaction in a final block.
#[derive(Clone, Copy, Debug)]
pub struct Settled {
    hash: H256,
    block_number: u64,
    block_hash: H256,
}

/// The ML-DSA-65 key of a development account.
///
/// # Panics
/// If the public development phrase does not derive.
pub fn developer(name: &str) -> DerivedKey {
    Phrase::development()
        .and_then(|phrase| phrase.derive(Scheme::MlDsa65, &format!("//{name}")))
        .expect("a development account derives")
}

/// A development account's id.
///
/// # Panics
/// As [`developer`].
pub fn account(name: &str) -> AccountId {
    developer(name).account()
}

/// A payment to a development account.
pub fn payment(to: &str, amount: u128) -> Call {
    payment_to(account(to), amount)
}

/// A payment to anybody.
pub fn payment_to(to: AccountId, amount: u128) -> Call {
    let arguments = vec![("dest", address_value(to)), ("value", Value::u128(amount))];
    call("Balances", "transfer_keep_alive", arguments)
}

impl Network {
    /// Sends a call of a development account through a member, waits until it is final, and remembers
    /// it for [`Network::nothing_is_lost`].
    ///
    /// # Panics
    /// If it is refused, fails, or is not final in time.
    pub fn settle(&mut self, through: &str, from: &str, call: Call) -> Outcome {
        let outcome = self.submit(through, from, call, Wait::Finalized);
        self.settled.push(Settled {
            hash: outcome.hash,
            block_number: outcome.block_number,
            block_hash: outcome.block_hash,
        });
        outcome
    }

    /// Remembers a transaction that a wallet has made final, for [`Network::nothing_is_lost`].
    ///
    /// # Panics
    /// If it is not the `transaction` of the wallet's report, or is not final.
    pub fn remember(&mut self, transaction: &Json) {
        assert_eq!(transaction["finalized"], true, "{transaction}");
        let number = transaction["block_number"].as_u64();
        self.settled.push(Settled {
            hash: H256(staking::hash(&transaction["hash"])),
            block_number: number.expect("a block's number"),
            block_hash: H256(staking::hash(&transaction["block_hash"])),
        });
    }

    /// Sends a call of a development account through a member, and waits until it is in a block.
    ///
    /// # Panics
    /// If it is refused, fails, or is in no block in time.
    pub fn include(&self, through: &str, from: &str, call: Call) -> Outcome {
        self.submit(through, from, call, Wait::Included)
    }

    fn submit(&self, through: &str, from: &str, call: Call, wait: Wait) -> Outcome {
        let url = self.node(through).url();
        let outcome = self
            .runtime
            .block_on(submit(&url, &developer(from), call, wait, PATIENCE))
            .unwrap_or_else(|error| panic!("a transaction of {from} through {through}: {error}"));
        assert!(outcome.failure.is_none(), "{:?}", outcome.failure);
        outcome
    }

    /// Checks with every running member that each transaction that was ever final is in the block in
    /// which it became so, and that this block is on the member's chain.
    ///
    /// # Panics
    /// If one is not.
    pub fn nothing_is_lost(&self) {
        let last = self
            .settled
            .iter()
            .map(|settled| settled.block_number)
            .max();
        let names = self.running();
        if let Some(last) = last {
            self.until("everybody has what was final", |view| {
                names.iter().all(|name| view.finalized(name) >= last)
            });
        }
        for name in names {
            let url = self.node(name).url();
            for settled in &self.settled {
                let found = self.runtime.block_on(still_there(&url, settled));
                assert!(
                    found.unwrap_or_else(|error| panic!("{name}: {error}")),
                    "{name} lost {settled:?}"
                );
            }
        }
    }
}

async fn submit(
    url: &str,
    key: &DerivedKey,
    call: Call,
    wait: Wait,
    patience: Duration,
) -> Result<Outcome, qloak_wallet::Error> {
    let chain = Chain::connect(url).await?;
    let at = chain.best().await?;
    let account = key.account();
    let registration = Registration::read(&chain, &at, account).await?;
    let signing = choose_key(
        account,
        "a development account",
        &[KeyEntry::of(key)],
        registration.key.as_ref(),
        at.block_number(),
    )?;
    let draft = Draft::new(&chain, account, Credential::Key(signing), call, 0);
    let signed = draft.sign(&key.secret).await?;
    watch::submit(&chain, &signed, wait, patience, |_| ()).await
}

async fn still_there(url: &str, settled: &Settled) -> Result<bool, qloak_wallet::Error> {
    let chain = Chain::connect(url).await?;
    let number = subxt::rpcs::methods::legacy::NumberOrHex::Number(settled.block_number);
    let canonical = chain
        .rpc()
        .chain_get_block_hash(Some(number))
        .await
        .map_err(chain.failed("asking for a block"))?;
    if canonical != Some(settled.block_hash) {
        return Ok(false);
    }
    let transactions = outcome::transactions(&chain, settled.block_hash).await?;
    Ok(transactions
        .iter()
        .any(|bytes| outcome::hash_of(bytes) == settled.hash))
}
