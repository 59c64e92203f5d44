//! How much of an account's payments its keys see.

/// How much of an account's payments keys see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// What comes, what goes, and what is left.
    Full,
    /// What others pay to the account. Not its change and its credits, nor what of all that was spent.
    Incoming,
    /// What the account pays to others. Not what it has.
    Outgoing,
}

impl std::fmt::Display for Sight {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Full => "full",
            Self::Incoming => "incoming",
            Self::Outgoing => "outgoing",
        })
    }
}
