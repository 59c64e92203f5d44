//! Addresses of nodes.

/// A node's address without what may be secret in it: name and password, and what follows a question mark.
pub fn without_secrets(url: &str) -> String {
    let (scheme, rest) = url
        .split_once("://")
        .map_or(("", url), |(scheme, rest)| (scheme, rest));
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let authority = match authority.rsplit_once('@') {
        Some((_, host)) => format!("***@{host}"),
        None => authority.into(),
    };
    let path = match path.split_once(['?', '#']) {
        Some((path, _)) => format!("{path}?***"),
        None => path.into(),
    };
    match scheme {
        "" => format!("{authority}{path}"),
        scheme => format!("{scheme}://{authority}{path}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_an_address_is_not_shown() {
        for (url, shown) in [
            ("ws://127.0.0.1:9944", "ws://127.0.0.1:9944"),
            ("wss://me:secret@node.org/rpc", "wss://***@node.org/rpc"),
            ("wss://me:se@cret@node.org", "wss://***@node.org"),
            ("wss://node.org/rpc?key=secret", "wss://node.org/rpc?***"),
            ("me:secret@node.org", "***@node.org"),
            ("https://me:secret@node.org#x", "https://***@node.org?***"),
        ] {
            assert_eq!(without_secrets(url), shown);
            assert!(!without_secrets(url).contains("secret"));
        }
    }
}
