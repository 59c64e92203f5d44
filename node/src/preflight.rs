//! What is checked before anything is started.
//!
//! Left to itself the SDK moves a taken RPC port to a random one, carries on without the P2P listener
//! and without metrics, and leaves it to the log to tell. An operator who asked for a port wants that port.
//!
//! The database maps its files into memory. Where the disk is full, writing to such a map ends the process with
//! `SIGBUS` and without a word, so free space is checked before it is opened. While the node runs, the SDK's
//! storage monitor stops it before the disk is full.

use crate::error::Error;
use polkadot_sdk::{
    sc_network::{
        config::{NodeKeyConfig, Secret},
        multiaddr::Protocol,
        Multiaddr,
    },
    sc_service::Configuration,
};
use qloak_keystore::secret_file;
use std::{
    io::ErrorKind,
    net::{IpAddr, SocketAddr, TcpListener},
    path::Path,
};

/// Free space in MiB that commands on a chain need. The node itself has an option for it.
const COMMAND_MEBIBYTES: u64 = 256;
const MEBIBYTE: u64 = 1024 * 1024;

/// Refuses to open a database on a disk with less than `required` MiB free; 0 turns the check off.
pub fn check_space(config: &Configuration, required: u64) -> Result<(), Error> {
    let hint = ", or set another limit with --db-storage-threshold";
    match config.database.path() {
        Some(path) => require_space(path, required, hint),
        None => Ok(()),
    }
}

/// Refuses to open the database of a command on a disk that is nearly full.
pub fn check_command_space(config: &Configuration) -> Result<(), Error> {
    match config.database.path() {
        Some(path) => require_space(path, COMMAND_MEBIBYTES, ""),
        None => Ok(()),
    }
}

fn require_space(path: &Path, required: u64, hint: &'static str) -> Result<(), Error> {
    // A relative path has no ancestor that exists, other than the empty one, so it is made absolute.
    let absolute = match std::path::absolute(path) {
        Ok(absolute) => absolute,
        Err(error) => {
            log::warn!("cannot see how much space {} has: {error}", path.display());
            return Ok(());
        }
    };
    // The folder may have to be made yet: then it will lie on the disk of the nearest one that exists.
    let Some(path) = absolute.ancestors().find(|path| path.exists()) else {
        return Ok(());
    };
    match rustix::fs::statvfs(path) {
        Ok(disk) => {
            let available = disk.f_bavail.saturating_mul(disk.f_frsize) / MEBIBYTE;
            if available < required {
                return Err(Error::DiskFull {
                    path: path.into(),
                    available,
                    required,
                    hint,
                });
            }
        }
        Err(error) => log::warn!("cannot see how much space {} has: {error}", path.display()),
    }
    Ok(())
}

/// Refuses to look at a chain that is not there, instead of making one.
pub fn require_chain(config: &Configuration) -> Result<(), Error> {
    match config.database.path() {
        Some(path) if !path.exists() => Err(Error::NoChain { path: path.into() }),
        _ => Ok(()),
    }
}

/// Refuses a file with the node's network key that others can read.
pub fn check_node_key(config: &Configuration) -> Result<(), Error> {
    match &config.network.node_key {
        NodeKeyConfig::Ed25519(Secret::File(path)) if path.exists() => {
            secret_file::read(path)?;
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Refuses to start on ports that others use.
pub fn check_ports(config: &Configuration) -> Result<(), Error> {
    for endpoint in config
        .rpc
        .addr
        .iter()
        .flatten()
        .filter(|endpoint| !endpoint.is_optional)
    {
        check(endpoint.listen_addr, "RPC", "--rpc-port")?;
    }
    for address in config
        .network
        .listen_addresses
        .iter()
        .filter_map(tcp_address)
    {
        check(address, "P2P", "--port")?;
    }
    if let Some(prometheus) = &config.prometheus_config {
        // Metrics are worth a warning and no more: several nodes on one machine are common.
        if let Err(error) = check(prometheus.port, "Prometheus", "--prometheus-port") {
            log::warn!("{error}. Metrics are off");
        }
    }
    Ok(())
}

/// Binds and lets go again. Port 0 asks for any free port, so it is never taken.
fn check(address: SocketAddr, purpose: &'static str, flag: &'static str) -> Result<(), Error> {
    if address.port() == 0 {
        return Ok(());
    }
    match TcpListener::bind(address) {
        Err(error) if error.kind() == ErrorKind::AddrInUse => Err(Error::PortInUse {
            purpose,
            port: address.port(),
            flag,
        }),
        // Whatever else is wrong with the address, the SDK reports when it uses it.
        _ => Ok(()),
    }
}

fn tcp_address(address: &Multiaddr) -> Option<SocketAddr> {
    let mut parts = address.iter();
    let ip: IpAddr = match parts.next()? {
        Protocol::Ip4(ip) => ip.into(),
        Protocol::Ip6(ip) => ip.into(),
        _ => return None,
    };
    match parts.next()? {
        Protocol::Tcp(port) => Some(SocketAddr::new(ip, port)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "tests fail by panicking"
    )]

    use super::*;

    #[test]
    fn a_taken_port_is_named_with_the_option_that_changes_it() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let error = check(address, "RPC", "--rpc-port").expect_err("the port is taken");
        let text = error.to_string();
        assert!(
            text.contains(&address.port().to_string()) && text.contains("--rpc-port"),
            "{text}"
        );
        drop(listener);
        assert!(check(address, "RPC", "--rpc-port").is_ok());
    }

    #[test]
    fn a_full_disk_is_named_before_the_database_is_opened() {
        let folder = tempfile::tempdir().unwrap();
        let planned = folder.path().join("chains/dev/paritydb");
        assert!(require_space(&planned, 0, "").is_ok());
        let error = require_space(&planned, u64::MAX, ", or look elsewhere").unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains(folder.path().to_str().unwrap()),
            "names the disk: {text}"
        );
        assert!(text.ends_with("or look elsewhere"), "{text}");
        assert!(!planned.exists(), "nothing is made");
    }

    #[test]
    fn a_relative_folder_that_is_not_there_lies_on_the_disk_of_the_working_directory() {
        let planned = Path::new("data-of-nobody/chains/dev/paritydb");
        assert!(!planned.exists());
        assert!(require_space(planned, 0, "").is_ok());
        let error = require_space(planned, u64::MAX, "").unwrap_err();
        let here = std::env::current_dir().unwrap();
        assert!(
            matches!(&error, Error::DiskFull { path, .. } if *path == here),
            "{error}"
        );
    }

    #[test]
    fn any_port_is_never_taken() {
        assert!(check("127.0.0.1:0".parse().unwrap(), "RPC", "--rpc-port").is_ok());
    }

    #[test]
    fn addresses_are_read_from_multiaddresses() {
        let read = |text: &str| tcp_address(&text.parse().unwrap());
        assert_eq!(
            read("/ip4/0.0.0.0/tcp/30333"),
            Some("0.0.0.0:30333".parse().unwrap())
        );
        assert_eq!(
            read("/ip6/::/tcp/30333/ws"),
            Some("[::]:30333".parse().unwrap())
        );
        assert_eq!(read("/dns/example.org/tcp/30333"), None);
        assert_eq!(read("/ip4/127.0.0.1/udp/1"), None);
    }
}
