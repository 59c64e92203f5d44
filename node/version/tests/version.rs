//! What the macro expands to, here.
#![allow(clippy::expect_used, reason = "tests fail by panicking")]

const VERSION: &str = qloak_version::version!();

#[test]
fn the_version_is_the_package_s_and_the_commit_follows() {
    let rest = VERSION
        .strip_prefix(env!("CARGO_PKG_VERSION"))
        .expect("the package's version comes first");
    if let Some(commit) = option_env!("QLOAK_COMMIT") {
        let expected = match commit.trim() {
            "" => String::new(),
            commit => format!("-{commit}"),
        };
        assert_eq!(rest, expected);
        return;
    }
    // A source archive without git has the version alone.
    let Some(commit) = rest.strip_prefix('-') else {
        return assert_eq!(rest, "");
    };
    assert!(commit.len() >= 11 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()));
}
