//! Passphrases and phrases: how they are held, and where they may come from.
//!
//! A secret is typed at a prompt, or read from a file or an inherited file descriptor. It is never an
//! argument or an environment variable: both are readable in `/proc` by every process of the user,
//! and arguments end up in shell histories.

use std::fs::File;
use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::keyfile::permissions;

/// More bytes than this are no passphrase and no phrase.
const MAX_BYTES: u64 = 4096;
/// The shortest passphrase that a new key file accepts.
pub const MIN_PASSPHRASE_CHARACTERS: usize = 8;

/// A text that must not be printed. Wiped when dropped; `Debug` prints its length.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text over.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secret({} bytes)", self.0.len())
    }
}

/// Why a secret could not be had.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Nobody to ask.
    #[error("the {what} cannot be asked for: there is no terminal. Give {option}-fd N or {option}-file PATH")]
    NoTerminal {
        /// What is wanted, such as `passphrase`.
        what: &'static str,
        /// The option's stem, such as `--passphrase`.
        option: &'static str,
    },
    /// The source could not be read.
    #[error("the {what} could not be read from {source_name}: {error}")]
    Unreadable {
        /// What is wanted.
        what: &'static str,
        /// The file or descriptor.
        source_name: String,
        /// The system's answer.
        error: std::io::Error,
    },
    /// A secret in a file that others can read is none.
    #[error(transparent)]
    Permissions(#[from] permissions::TooOpen),
    /// More than a secret has.
    #[error("{source_name} holds more than {MAX_BYTES} bytes; that is no {what}")]
    TooLong {
        /// What is wanted.
        what: &'static str,
        /// The file or descriptor.
        source_name: String,
    },
    /// Not text.
    #[error("{source_name} holds no UTF-8 text, so no {what}")]
    NotText {
        /// What is wanted.
        what: &'static str,
        /// The file or descriptor.
        source_name: String,
    },
    /// The two answers differ.
    #[error("the two passphrases differ; nothing was changed")]
    Mismatch,
    /// Too easy to guess.
    #[error(
        "a passphrase needs at least {MIN_PASSPHRASE_CHARACTERS} characters; this one has {0}"
    )]
    TooShort(usize),
}

/// Where a secret comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A prompt on the terminal.
    Prompt,
    /// A file descriptor that the caller opened.
    Descriptor(u32),
    /// A file that only its owner can read.
    File(PathBuf),
}

impl Source {
    /// The source that a pair of options names.
    pub fn from_options(descriptor: Option<u32>, file: Option<PathBuf>) -> Self {
        match (descriptor, file) {
            (Some(descriptor), _) => Self::Descriptor(descriptor),
            (None, Some(file)) => Self::File(file),
            (None, None) => Self::Prompt,
        }
    }
}

/// Asks for the passphrase of an existing key file.
///
/// # Errors
/// [`SecretError`].
pub fn passphrase(source: &Source, prompt: &str) -> Result<Secret, SecretError> {
    read(source, "passphrase", "--passphrase", prompt)
}

/// Asks for the passphrase of a new key file: twice at a prompt, and not too short.
///
/// # Errors
/// [`SecretError`].
pub fn new_passphrase(
    source: &Source,
    option: &'static str,
    prompt: &str,
) -> Result<Secret, SecretError> {
    let first = read(source, "passphrase", option, prompt)?;
    let characters = first.expose().chars().count();
    if characters < MIN_PASSPHRASE_CHARACTERS {
        return Err(SecretError::TooShort(characters));
    }
    if *source == Source::Prompt && read(source, "passphrase", option, "The same again: ")? != first
    {
        return Err(SecretError::Mismatch);
    }
    Ok(first)
}

/// Reads a secret; `what` and `option` are for the messages.
///
/// # Errors
/// [`SecretError`].
pub fn read(
    source: &Source,
    what: &'static str,
    option: &'static str,
    prompt: &str,
) -> Result<Secret, SecretError> {
    match source {
        Source::Prompt => ask(what, option, prompt),
        // Standard input may be a socket, which has no path to open.
        Source::Descriptor(0) => read_all(std::io::stdin().lock(), what, "standard input".into()),
        Source::Descriptor(descriptor) => {
            let name = format!("file descriptor {descriptor}");
            // The descriptor's own path instead of an unsafe conversion of the number.
            let opened = File::open(format!("/dev/fd/{descriptor}"));
            let file = opened.map_err(|error| SecretError::Unreadable {
                what,
                source_name: name.clone(),
                error,
            })?;
            read_all(file, what, name)
        }
        Source::File(path) => {
            let name = path.display().to_string();
            let file = open_private(path, what, &name)?;
            read_all(file, what, name)
        }
    }
}

fn open_private(path: &Path, what: &'static str, name: &str) -> Result<File, SecretError> {
    let unreadable = |error| SecretError::Unreadable {
        what,
        source_name: name.into(),
        error,
    };
    let file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    // A pipe (`<(pass show wallet)`) has the mode of the shell's umask, and no other readers.
    if metadata.is_file() {
        permissions::check(&metadata, path)?;
    }
    Ok(file)
}

fn read_all(
    source: impl Read,
    what: &'static str,
    source_name: String,
) -> Result<Secret, SecretError> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_BYTES as usize + 1));
    let result = source.take(MAX_BYTES + 1).read_to_end(&mut bytes);
    result.map_err(|error| SecretError::Unreadable {
        what,
        source_name: source_name.clone(),
        error,
    })?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(SecretError::TooLong { what, source_name });
    }
    let text =
        std::str::from_utf8(&bytes).map_err(|_| SecretError::NotText { what, source_name })?;
    // Exactly one line end: editors and `echo` add one, and a passphrase may end in spaces.
    let text = text.strip_suffix('\n').unwrap_or(text);
    Ok(Secret::new(
        text.strip_suffix('\r').unwrap_or(text).to_owned(),
    ))
}

fn ask(what: &'static str, option: &'static str, prompt: &str) -> Result<Secret, SecretError> {
    if !std::io::stdin().is_terminal() {
        return Err(SecretError::NoTerminal { what, option });
    }
    let answer = rpassword::prompt_password(prompt);
    let text = answer.map_err(|error| SecretError::Unreadable {
        what,
        source_name: "the terminal".into(),
        error,
    })?;
    Ok(Secret::new(text))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn file(content: &[u8], mode: u32) -> tempfile::TempPath {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), content).unwrap();
        std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(mode)).unwrap();
        file.into_temp_path()
    }

    fn from_file(content: &[u8]) -> Result<Secret, SecretError> {
        let path = file(content, 0o600);
        passphrase(&Source::File(path.to_path_buf()), "")
    }

    #[test]
    fn one_line_end_is_dropped_and_nothing_else() {
        for content in ["correct horse ", "correct horse \n", "correct horse \r\n"] {
            assert_eq!(
                from_file(content.as_bytes()).unwrap().expose(),
                "correct horse "
            );
        }
        assert_eq!(from_file(b"a\n\n").unwrap().expose(), "a\n");
    }

    #[test]
    fn each_bad_source_has_its_own_error() {
        assert!(matches!(
            from_file(&[b'x'; 4097]),
            Err(SecretError::TooLong { .. })
        ));
        assert!(matches!(
            from_file(&[0xff]),
            Err(SecretError::NotText { .. })
        ));
        let missing = Source::File("/nonexistent/passphrase".into());
        assert!(matches!(
            passphrase(&missing, ""),
            Err(SecretError::Unreadable { .. })
        ));
        assert!(matches!(
            passphrase(&Source::Descriptor(987), ""),
            Err(SecretError::Unreadable { .. })
        ));
        let open = file(b"correct horse", 0o644);
        let refused = passphrase(&Source::File(open.to_path_buf()), "").unwrap_err();
        assert!(refused.to_string().contains("chmod 600"), "{refused}");
    }

    #[test]
    fn a_new_passphrase_must_not_be_short() {
        let path = file(b"1234567", 0o600);
        let refused =
            new_passphrase(&Source::File(path.to_path_buf()), "--passphrase", "").unwrap_err();
        assert!(matches!(refused, SecretError::TooShort(7)));
    }

    #[test]
    fn debug_prints_a_length() {
        assert_eq!(
            format!("{:?}", Secret::new("correct".into())),
            "Secret(7 bytes)"
        );
    }
}
