//! What the errors of staking and sessions mean, and what a person can do about them. The metadata's
//! sentences are written for programmers, and say nothing of this wallet's commands.

use serde::Serialize;

/// Why a transaction failed after it was let into a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// `Pallet::Error`, or the name of a general error.
    pub name: String,
    /// What its documentation says.
    pub documentation: String,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(words) = words(&self.name) {
            return write!(f, "{}: {words}", self.name);
        }
        match self.documentation.trim_end_matches('.') {
            "" => f.write_str(&self.name),
            documentation => write!(f, "{} ({documentation})", self.name),
        }
    }
}

/// An error by its name, `Pallet::Error`, in a sentence or two; nothing if the metadata says it well enough.
pub fn words(name: &str) -> Option<&'static str> {
    let (pallet, error) = name.split_once("::")?;
    match pallet {
        "Staking" => staking(error),
        "Session" => session(error),
        "Token" => token(error),
        "PrivacyCredit" => shielded_pool(error),
        "AddressDirectory" => address_directory(error),
        _ => None,
    }
}

fn staking(error: &str) -> Option<&'static str> {
    Some(match error {
        "NotController" | "NotStash" => "this account has nothing bonded. Bond first: qloak validator bond",
        "AlreadyBonded" => "this account has bonded already. Add to it: qloak validator bond-more",
        "AlreadyPaired" => "another account's bond is controlled by this one; bond from an account of its own",
        "InsufficientBond" => {
            "too little is bonded, or would be left. `qloak validator status` shows the least that validators and nominators need; \
             to take out more, give up the role first: qloak validator chill"
        }
        "NoMoreChunks" => {
            "too many parts of this bond are thawing. Withdraw what has thawed, or wait: qloak validator withdraw"
        }
        "CommissionTooLow" => "the chain asks for a higher commission",
        "TooManyValidators" => "there are as many candidates as the chain allows. Try again when one has left",
        "TooManyNominators" => "there are as many nominators as the chain allows. Try again when one has left",
        "EmptyTargets" => "nobody is named to nominate",
        "TooManyTargets" => "more candidates are named than one nominator may stand behind",
        "BadTarget" => {
            "one of those named takes no further nominators. `qloak validator status` shows which candidates do"
        }
        "IncorrectSlashingSpans" => {
            "the account was slashed between reading and sending. Run the command again"
        }
        "Restricted" => "this account stakes in another way already",
        _ => return None,
    })
}

fn session(error: &str) -> Option<&'static str> {
    Some(match error {
        "InvalidProof" => {
            "the proof does not show that this account may register these keys: it was made for another account, for other keys, \
             or was cut short. Make keys for this account: qloak validator rotate-keys"
        }
        "DuplicatedKey" => {
            "another validator has registered one of these keys. Every validator needs keys of its own: qloak validator rotate-keys"
        }
        "NoKeys" => "this account has no session keys registered",
        "NoAccount" => "this account holds nothing, so that it can register no keys. Somebody must send it some",
        "NoAssociatedValidatorId" => "this account cannot be a validator",
        _ => return None,
    })
}

fn shielded_pool(error: &str) -> Option<&'static str> {
    Some(match error {
        "DepositTooSmall" => "the deposit is below the least that the shielded pool takes",
        "TreeFull" => "the shielded pool has room for no further note",
        _ => return None,
    })
}

fn address_directory(error: &str) -> Option<&'static str> {
    Some(match error {
        "AlreadyPublished" => "the directory has this address already",
        "TooManyAddresses" => {
            "this account has published as many addresses as one account may. Withdraw one: qloak address withdraw"
        }
        "DepositUnavailable" => "the account cannot pay the deposit. `qloak balance ACCOUNT` shows what it holds",
        "NotPublished" => "the directory has no address with this handle",
        "NotPublisher" => "another account published this address, and only that one can withdraw it",
        _ => return None,
    })
}

fn token(error: &str) -> Option<&'static str> {
    Some(match error {
        "FundsUnavailable" => {
            "the account holds too little that is free. `qloak balance ACCOUNT` shows what it holds"
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_that_a_command_can_meet_has_words() {
        let staking = [
            "NotController",
            "NotStash",
            "AlreadyBonded",
            "InsufficientBond",
            "NoMoreChunks",
            "CommissionTooLow",
            "TooManyValidators",
            "TooManyNominators",
            "TooManyTargets",
            "BadTarget",
            "IncorrectSlashingSpans",
        ];
        for error in staking {
            assert!(words(&format!("Staking::{error}")).is_some(), "{error}");
        }
        for error in [
            "AlreadyPublished",
            "TooManyAddresses",
            "DepositUnavailable",
            "NotPublished",
            "NotPublisher",
        ] {
            assert!(
                words(&format!("AddressDirectory::{error}")).is_some(),
                "{error}"
            );
        }
        for error in ["InvalidProof", "DuplicatedKey", "NoKeys", "NoAccount"] {
            assert!(words(&format!("Session::{error}")).is_some(), "{error}");
        }
    }

    #[test]
    fn a_name_belongs_to_its_pallet() {
        assert!(words("Balances::InvalidProof").is_none());
        assert!(words("InvalidProof").is_none());
        assert!(words("Staking::BadState").is_none());
    }
}
