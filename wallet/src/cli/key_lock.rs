//! The lock that every command takes which changes an account's keys.

use qloak_pq_crypto::scheme::Scheme;

use super::Session;
use crate::accounts::lock::KeyLock;
use crate::accounts::Account;
use crate::address::AccountId;
use crate::error::Error;

/// Waits until no other command changes the account's keys.
pub fn lock(session: &Session, account: AccountId, label: &str) -> Result<KeyLock, Error> {
    match session.home.lock_keys(account)? {
        Ok(lock) => Ok(lock),
        Err(taken) => {
            session.output.warn(format_args!(
                "another qloak command changes the keys of `{label}`. Waiting until it is done"
            ));
            Ok(taken.wait()?)
        }
    }
}

/// The account that signs for itself, with its keys locked, and its file read after that.
pub fn locked(
    session: &Session,
    text: &str,
    scheme: Option<Scheme>,
) -> Result<(Account, KeyLock), Error> {
    let before = session.home.signer(text, scheme)?;
    let lock = lock(session, before.id(), before.label())?;
    let account = session.home.signer(text, scheme)?;
    match account.id() == before.id() {
        true => Ok((account, lock)),
        false => Err(Error::Usage(format!(
            "`{text}` has become another account while this command waited. Run it again"
        ))),
    }
}
