//! Who a public payment goes to, and what should be asked before money is sent there.

use super::Session;
use crate::address::AccountId;
use crate::amount::Token;
use crate::chain::inspect::AccountInfo;
use crate::chain::registry::Registration;
use crate::chain::{AtBlock, Chain};
use crate::error::Error;

/// How the ids of accounts begin that belong to a pallet and have no key (`sp_runtime::traits::AccountIdConversion`).
const PALLET_ACCOUNT: &[u8; 4] = b"modl";

/// What is known of a receiver.
pub struct Receiver {
    id: AccountId,
    address: String,
    /// What it has that is free.
    free: u128,
    /// Whether something shows that it can sign.
    can_sign: bool,
}

impl Receiver {
    /// Looks into the wallet's home and the chain. Somebody has a key for an account that is stored here, that has one
    /// registered, or that is marked for a classical one. A nonce shows nothing: accounts begin with one.
    pub async fn read(
        session: &Session,
        chain: &Chain,
        at: &AtBlock,
        written: &str,
        id: AccountId,
    ) -> Result<Self, Error> {
        let info = AccountInfo::read(chain, at, id).await?;
        let registration = Registration::read(chain, at, id).await?;
        let on_chain = registration.key.is_some() || registration.classical;
        Ok(Self {
            id,
            address: chain.address(id),
            free: info.data.free,
            // Everybody has the keys of development accounts.
            can_sign: on_chain || written.starts_with("//") || session.home.find(id)?.is_some(),
        })
    }

    /// The account.
    pub fn id(&self) -> AccountId {
        self.id
    }

    /// Refuses an amount that the chain would refuse, for a fee.
    pub fn require_room(
        &self,
        token: &Token,
        amount: u128,
        existential_deposit: u128,
    ) -> Result<(), Error> {
        if self.free.saturating_add(amount) >= existential_deposit {
            return Ok(());
        }
        Err(Error::NotApplicable(format!(
            "{} would hold {}, and an account must hold at least {} to exist: the chain would take the fee and refuse the payment",
            self.address,
            token.format(self.free.saturating_add(amount)),
            token.format(existential_deposit)
        )))
    }

    /// What speaks against paying out of an account, in sentences.
    pub fn doubts(&self, from: AccountId) -> Vec<String> {
        let mut doubts = self.doubts_of_spending();
        if self.id == from {
            let moves_nothing =
                "sender and receiver are one account: this moves nothing, and costs the fee";
            doubts.insert(0, moves_nothing.into());
        }
        doubts
    }

    /// What speaks against paying from wherever it is, in sentences: whether somebody can spend it again.
    pub fn doubts_of_spending(&self) -> Vec<String> {
        let mut doubts = Vec::new();
        if self.id.0.starts_with(PALLET_ACCOUNT) {
            let name: String = self.id.0[4..12]
                .iter()
                .map(|byte| {
                    if byte.is_ascii_graphic() {
                        char::from(*byte)
                    } else {
                        '?'
                    }
                })
                .collect();
            doubts.push(format!(
                "{} is an account of the chain itself (`{name}`), and nobody has a key for it: money that is sent there is lost. To pay into the shielded pool, use qloak shield",
                self.address
            ));
        } else if !self.can_sign {
            doubts.push(format!(
                "nothing shows that somebody can spend for {}: it has no key registered. The address of a fresh Qloak account looks the same as that of another wallet (polkadot.js, say), which could never spend this money. Make sure that it comes from `qloak account show`",
                self.address
            ));
        }
        doubts
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;

    fn receiver(id: [u8; 32], free: u128, can_sign: bool) -> Receiver {
        let id = AccountId(id);
        Receiver {
            id,
            address: id.to_address(42),
            free,
            can_sign,
        }
    }

    const OTHER: AccountId = AccountId([9; 32]);

    #[test]
    fn an_address_of_which_nothing_is_known_is_questioned() {
        let doubts = receiver([1; 32], 5, false).doubts(OTHER);
        assert_eq!(doubts.len(), 1);
        assert!(
            doubts[0].contains("could never spend this money"),
            "{doubts:?}"
        );
        assert!(receiver([1; 32], 0, true).doubts(OTHER).is_empty());
    }

    #[test]
    fn a_transfer_to_the_pools_own_account_is_questioned() {
        let mut pool = [0; 32];
        pool[..12].copy_from_slice(b"modlqlk/pool");
        for can_sign in [false, true] {
            let doubts = receiver(pool, 5, can_sign).doubts(OTHER);
            assert_eq!(doubts.len(), 1);
            assert!(doubts[0].contains("`qlk/pool`") && doubts[0].contains("qloak shield"));
        }
    }

    #[test]
    fn a_transfer_to_oneself_is_questioned() {
        let doubts = receiver(OTHER.0, 5, true).doubts(OTHER);
        assert!(doubts[0].contains("one account"), "{doubts:?}");
    }

    #[test]
    fn money_out_of_the_pool_is_questioned_as_a_transfer_is() {
        let mut pallet = [0; 32];
        pallet[..12].copy_from_slice(b"modlqlk/pool");
        for (id, can_sign, doubts) in [([1; 32], false, 1), ([1; 32], true, 0), (pallet, true, 1)] {
            let found = receiver(id, 0, can_sign).doubts_of_spending();
            assert_eq!(found.len(), doubts, "{found:?}");
            assert_eq!(found, receiver(id, 0, can_sign).doubts(OTHER));
        }
        // Out of the pool, one's own account is as good as another.
        assert!(receiver(OTHER.0, 0, true).doubts_of_spending().is_empty());
    }

    #[test]
    fn a_payment_below_the_existential_deposit_is_refused_before_it_costs_a_fee() {
        let (token, least) = (Token::default(), 10);
        let fits = |free, amount| receiver([1; 32], free, true).require_room(&token, amount, least);
        assert!(fits(0, 10).is_ok() && fits(4, 6).is_ok() && fits(u128::MAX, 1).is_ok());
        for (free, amount) in [(0, 9), (4, 5), (0, 1)] {
            let refused = fits(free, amount).unwrap_err();
            assert!(matches!(refused, Error::NotApplicable(_)), "{refused}");
        }
    }
}
