//! Where it is known from what an account has: a scan of the chain, or the file that the last scan left.

use super::known::Known;
use super::wallet::Wallet;
use crate::amount::Token;
use crate::cli::Session;
use crate::error::Error;
use crate::shielded::file;
use crate::shielded::keys::Keys;
use crate::shielded::state::State;
use crate::shielded::ShieldedError;

/// Where what is shown comes from.
pub enum Shown<'a> {
    /// The chain, up to its best block.
    Scanned(Box<Wallet<'a>>),
    /// The file that the last scan left. Nobody was asked.
    Kept(Box<KeptState>),
}

/// What the last scan left.
pub struct KeptState {
    label: String,
    keys: Keys,
    state: State,
}

impl<'a> Shown<'a> {
    /// Scans, or with `no_scan` reads what is kept.
    pub async fn open(
        session: &'a Session,
        label: String,
        keys: Keys,
        no_scan: bool,
    ) -> Result<Self, Error> {
        if no_scan {
            return Ok(Self::Kept(Box::new(kept(session, label, keys)?)));
        }
        let mut wallet = Wallet::open(session, label, keys).await?;
        wallet.sync().await?;
        Ok(Self::Scanned(Box::new(wallet)))
    }

    pub fn known(&self) -> Known<'_> {
        match self {
            Self::Scanned(wallet) => wallet.known(),
            Self::Kept(kept) => Known {
                label: &kept.label,
                keys: &kept.keys,
                state: &kept.state,
                token: Token::default(),
                asked: false,
                newest: kept.state.is_young(),
            },
        }
    }
}

/// Of several chains, the one that was read last: no node says which is meant.
fn kept(session: &Session, label: String, keys: Keys) -> Result<KeptState, Error> {
    let all = file::kept(&session.home.shielded_folder(), &keys)?;
    let Some(last) = all.first() else {
        return Err(ShieldedError::NeverScanned(label).into());
    };
    let state = last.load(&keys)?;
    if all.len() > 1 {
        session.output.warn(format_args!(
            "`{label}` was scanned on {} chains. Shown is the one that was read last, with the genesis block 0x{}",
            all.len(),
            hex::encode(state.genesis)
        ));
    }
    Ok(KeptState { label, keys, state })
}
