//! Whether a file with a secret in it is its owner's alone.

use std::fs::Metadata;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// A secret that other users of the machine can read or replace.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path} is open to other users (mode {mode:04o}). Its secret may be known to them already. To use it: chmod {} {}", private_mode(*.directory), shell_quoted(.path))]
pub struct TooOpen {
    /// The file.
    pub path: String,
    /// Its permission bits.
    pub mode: u32,
    /// Whether it is a folder.
    pub directory: bool,
}

/// Refuses a file that its group or others may read, write or execute.
///
/// # Errors
/// [`TooOpen`], whose message has the command that repairs it.
pub fn check(metadata: &Metadata, path: &Path) -> Result<(), TooOpen> {
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(TooOpen {
        path: path.display().to_string(),
        mode,
        directory: metadata.is_dir(),
    })
}

fn private_mode(directory: bool) -> &'static str {
    if directory {
        "700"
    } else {
        "600"
    }
}

/// So that the printed command can be pasted whatever the path holds.
fn shell_quoted(path: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@%".contains(c);
    if !path.is_empty() && path.chars().all(plain) {
        return path.into();
    }
    format!("'{}'", path.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_has_the_command() {
        let refused = TooOpen {
            path: "/tmp/it's mine.json".into(),
            mode: 0o644,
            directory: false,
        };
        assert!(
            refused
                .to_string()
                .ends_with(r"chmod 600 '/tmp/it'\''s mine.json'"),
            "{refused}"
        );
        assert!(refused.to_string().contains("mode 0644"), "{refused}");
    }
}
