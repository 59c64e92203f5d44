//! Why the chain does not let a shielded payment into a block: codes 64 to 75 of
//! `docs/spec/privacy-credit.md`.

/// A reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShieldedRefusal {
    /// 64: both inputs are the same note.
    RepeatedNullifier,
    /// 65: fee and withdrawal are too large together.
    Overflow,
    /// 66: nothing is withdrawn.
    EmptyAction,
    /// 67: its last block has passed.
    Expired,
    /// 68: the fee is below the least.
    FeeTooLow,
    /// 69: the anchor is no root of the tree, or too old.
    UnknownAnchor,
    /// 70: a note is spent already.
    AlreadySpent,
    /// 71: more is to leave the pool than is in it.
    Turnstile,
    /// 72: the tree has no room.
    TreeFull,
    /// 73: the recipient cannot be paid.
    Recipient,
    /// 74: the proof does not verify.
    InvalidProof,
    /// 75: the last block in which it is valid is too far away.
    TooFarAhead,
}

impl ShieldedRefusal {
    /// All of them, in the order of their codes.
    pub const ALL: [Self; 12] = [
        Self::RepeatedNullifier,
        Self::Overflow,
        Self::EmptyAction,
        Self::Expired,
        Self::FeeTooLow,
        Self::UnknownAnchor,
        Self::AlreadySpent,
        Self::Turnstile,
        Self::TreeFull,
        Self::Recipient,
        Self::InvalidProof,
        Self::TooFarAhead,
    ];

    /// The first code.
    pub const FIRST_CODE: u8 = 64;

    /// The reason of a code.
    pub fn from_code(code: u8) -> Option<Self> {
        let index = code.checked_sub(Self::FIRST_CODE)?;
        Self::ALL.get(usize::from(index)).copied()
    }

    /// Its name, for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::RepeatedNullifier => "RepeatedNullifier",
            Self::Overflow => "Overflow",
            Self::EmptyAction => "EmptyAction",
            Self::Expired => "Expired",
            Self::FeeTooLow => "FeeTooLow",
            Self::UnknownAnchor => "UnknownAnchor",
            Self::AlreadySpent => "AlreadySpent",
            Self::Turnstile => "Turnstile",
            Self::TreeFull => "TreeFull",
            Self::Recipient => "Recipient",
            Self::InvalidProof => "InvalidProof",
            Self::TooFarAhead => "TooFarAhead",
        }
    }

    /// What happened and what to do next.
    pub fn advice(self) -> &'static str {
        match self {
            Self::RepeatedNullifier => "it spends one note twice. This is a fault of the program that made it",
            Self::Overflow => "amount and fee are too large to be counted together",
            Self::EmptyAction => "it withdraws nothing",
            Self::Expired => "its time was over before it came into a block. Run the command again",
            Self::FeeTooLow => "the fee rose while it was made. Run the command again for the present one",
            Self::UnknownAnchor => "it refers to a state of the pool that the chain does not have, or no longer: a fork took it back. Run the command again",
            Self::AlreadySpent => "a note that it spends is spent already, perhaps by this wallet on another machine. Run the command again: it scans first",
            Self::Turnstile => "more is to leave the pool than the chain has counted into it. Nothing of yours is lost; tell the developers",
            Self::TreeFull => "the shielded pool has room for no further note",
            Self::Recipient => "the public account cannot receive this amount: it is below what an account must hold to exist, or the account is the pool's own",
            Self::TooFarAhead => "its last block is further away than the chain allows: a node told this wallet a height that the chain does not have, or the node that it was sent to is minutes behind. Scan with a node that you trust, and run the command again",
            Self::InvalidProof => "its proof does not verify. The node may have been upgraded: try again with a wallet of its version",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::refusal::Refusal;

    #[test]
    fn each_code_has_its_own_advice() {
        for (code, reason) in (ShieldedRefusal::FIRST_CODE..).zip(ShieldedRefusal::ALL) {
            assert_eq!(Refusal::from_code(code), Refusal::Shielded(reason));
        }
        let advices: std::collections::BTreeSet<_> =
            ShieldedRefusal::ALL.map(ShieldedRefusal::advice).into();
        assert_eq!(advices.len(), ShieldedRefusal::ALL.len());
        assert_eq!(Refusal::from_code(63), Refusal::Custom(63));
        assert_eq!(Refusal::from_code(76), Refusal::Custom(76));
    }
}
