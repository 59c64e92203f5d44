//! Options that several commands share.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use qloak_pq_crypto::scheme::Scheme;

use crate::amount::Token;
use crate::chain::watch::Wait;
use crate::error::Error;
use crate::secret::Source;

/// The most seconds that a command can be told to wait: a year. Clocks overflow long after that.
pub const LONGEST_WAIT: u64 = 365 * 24 * 60 * 60;

/// Reads a scheme's name; the error lists them all.
pub fn parse_scheme(text: &str) -> Result<Scheme, String> {
    text.parse()
        .map_err(|_| format!("the schemes are {}", names(|_| true)))
}

/// What is to be said before a key of `scheme` is made; nothing of a scheme whose standard is final.
pub fn warning_of(scheme: Scheme) -> Option<String> {
    scheme.parameters().draft.then(|| {
        format!(
            "{scheme} follows a draft: its standard, FIPS 206, is not final. It is disabled on every chain but development \
             ones, so that a key of it signs nothing there, and it will not verify as the final standard's"
        )
    })
}

/// Reads the name of a scheme that backup keys may have.
pub fn parse_backup_scheme(text: &str) -> Result<Scheme, String> {
    let is_hash_based =
        |scheme: &Scheme| matches!(scheme, Scheme::SlhDsaShake128f | Scheme::SlhDsaShake128s);
    let scheme = text.parse().ok().filter(is_hash_based);
    scheme.ok_or_else(|| {
        format!(
            "a backup key is hash-based: {}",
            names(|scheme| is_hash_based(scheme))
        )
    })
}

fn names(which: impl Fn(&Scheme) -> bool) -> String {
    Scheme::ALL
        .iter()
        .filter(|scheme| which(scheme))
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

/// Where the passphrase of an account comes from.
#[derive(Debug, Args)]
pub struct PassphraseArguments {
    /// Read the signing account's passphrase from this open file descriptor
    #[arg(
        long,
        value_name = "N",
        conflicts_with = "passphrase_file",
        help_heading = "Secrets"
    )]
    pub passphrase_fd: Option<u32>,
    /// Read the signing account's passphrase from this file (mode 0600)
    #[arg(long, value_name = "PATH", help_heading = "Secrets")]
    pub passphrase_file: Option<PathBuf>,
}

impl PassphraseArguments {
    pub fn source(&self) -> Source {
        Source::from_options(self.passphrase_fd, self.passphrase_file.clone())
    }
}

/// Where the passphrase of a backup key comes from.
#[derive(Debug, Args)]
pub struct BackupPassphraseArguments {
    /// Read the backup key's passphrase from this open file descriptor
    #[arg(
        long,
        value_name = "N",
        conflicts_with = "backup_passphrase_file",
        help_heading = "Secrets"
    )]
    pub backup_passphrase_fd: Option<u32>,
    /// Read the backup key's passphrase from this file (mode 0600)
    #[arg(long, value_name = "PATH", help_heading = "Secrets")]
    pub backup_passphrase_file: Option<PathBuf>,
}

impl BackupPassphraseArguments {
    pub fn source(&self) -> Source {
        Source::from_options(
            self.backup_passphrase_fd,
            self.backup_passphrase_file.clone(),
        )
    }
}

/// How a transaction is sent and waited for.
#[derive(Debug, Args)]
pub struct SendArguments {
    /// Wait until it is `included` in a best block, or until that block is `finalized`
    #[arg(
        long,
        value_enum,
        default_value = "included",
        hide_possible_values = true,
        help_heading = "Sending"
    )]
    pub wait: Wait,
    /// How many seconds to wait
    #[arg(
        long,
        default_value_t = 120,
        value_name = "SECONDS",
        value_parser = clap::value_parser!(u64).range(..=LONGEST_WAIT),
        help_heading = "Sending"
    )]
    pub timeout: u64,
    /// Refuse a higher fee. Without this, a fee above 0.1 QLK is asked about, and with --yes refused
    #[arg(long, value_name = "AMOUNT", help_heading = "Sending")]
    pub max_fee: Option<String>,
    /// Take this nonce instead of the next one: to repeat a transaction that may still be on its way, so that only one of
    /// the two can be included
    #[arg(long, value_name = "N", help_heading = "Sending")]
    pub nonce: Option<u64>,
    /// Pay the block's author this much more
    #[arg(long, value_name = "AMOUNT", help_heading = "Sending")]
    pub tip: Option<String>,
    #[command(flatten)]
    pub passphrase: PassphraseArguments,
}

impl SendArguments {
    pub fn tip(&self, token: &Token) -> Result<u128, Error> {
        let tip = self
            .tip
            .as_deref()
            .map(|tip| token.parse(tip))
            .transpose()?;
        Ok(tip.unwrap_or_default())
    }

    pub fn max_fee(&self, token: &Token) -> Result<Option<u128>, Error> {
        let limit = self.max_fee.as_deref().map(|limit| token.parse(limit));
        Ok(limit.transpose()?)
    }

    pub fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout)
    }
}

/// One descriptor gives one secret: after the first read, nothing is left in it.
pub fn require_distinct(sources: &[&Source]) -> Result<(), Error> {
    for (index, source) in sources.iter().enumerate() {
        if let Source::Descriptor(descriptor) = source {
            if sources[..index].contains(source) {
                return Err(Error::Usage(format!(
                    "file descriptor {descriptor} is given for two secrets; each needs one of its own"
                )));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_scheme_is_answered_with_the_known_ones() {
        assert_eq!(parse_scheme("ml-dsa-65"), Ok(Scheme::MlDsa65));
        assert!(parse_scheme("sr25519").is_err_and(|error| error.contains("fn-dsa-512")));
        assert!(parse_backup_scheme("ml-dsa-65")
            .is_err_and(|error| error.contains("slh-dsa-shake-128s")));
    }

    #[test]
    fn a_scheme_without_a_final_standard_is_warned_of() {
        let warned = Scheme::ALL.map(|scheme| warning_of(scheme).is_some());
        let drafts = Scheme::ALL.map(|scheme| scheme == Scheme::FnDsa512);
        assert_eq!(warned, drafts);
        assert!(warning_of(Scheme::FnDsa512).is_some_and(|text| text.contains("FIPS 206")));
    }

    #[test]
    fn one_descriptor_does_not_give_two_secrets() {
        let (three, four) = (Source::Descriptor(3), Source::Descriptor(4));
        assert!(require_distinct(&[&three, &four, &Source::Prompt, &Source::Prompt]).is_ok());
        assert!(require_distinct(&[&three, &four, &three]).is_err());
    }
}
