//! Errors of addresses in pieces.

/// Why pieces are no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PartsError {
    /// Not of the form.
    #[error("`{0}` is no piece of an address")]
    Malformed(String),
    /// Pieces of different addresses, or one twice with different content.
    #[error("the pieces belong to different addresses")]
    Mixed,
    /// Some are not there.
    #[error("piece {missing} of {of} is missing")]
    Missing {
        /// Which.
        missing: usize,
        /// Of how many.
        of: usize,
    },
}
