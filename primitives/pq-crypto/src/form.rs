//! The two forms of a post-quantum account signature: with its key, and without.

/// The version of the extrinsic format that these signatures stand in.
pub const EXTRINSIC_VERSION: u8 = 4;

/// How the key of a post-quantum signature reaches the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Attached to the signature: the variants `…WithKey`.
    WithKey,
    /// From the registry: the variants `…Registered`.
    Registered,
}

impl Form {
    /// Both forms.
    pub const ALL: [Self; 2] = [Self::WithKey, Self::Registered];

    /// The form of a signature with or without its key.
    pub const fn of(public: Option<&[u8]>) -> Self {
        match public {
            Some(_) => Self::WithKey,
            None => Self::Registered,
        }
    }

    /// The first byte of what is signed: the extrinsic format's version in the upper half, and below
    /// it the last bit of the variant's codec index.
    ///
    /// A signature for version 4 is none for an extrinsic of another version, whatever that will sign.
    pub const fn tag(self) -> u8 {
        match self {
            Self::WithKey => EXTRINSIC_VERSION << 4,
            Self::Registered => (EXTRINSIC_VERSION << 4) | 1,
        }
    }
}
