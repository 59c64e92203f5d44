//! Output that nobody reads on, as in `qloak-node key inspect | head`.

use crate::common::{binary, text, write};
use std::process::Stdio;

#[test]
fn keys_that_are_printed_into_a_closed_pipe_are_no_panic() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    write(&file, "//Alice\n", 0o600);
    for arguments in [&["key", "inspect"][..], &["key", "inspect", "--json"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = binary()
            .args(arguments)
            .args(["--secret-file", text(&file)])
            .stdout(writer)
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {errors}");
        assert!(!errors.contains("panicked"), "{arguments:?}: {errors}");
    }
}
