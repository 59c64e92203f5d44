//! What is checked before anything is started.
//!
//! Left to itself the SDK moves a taken RPC port to a random one, carries on without the P2P listener
//! and without metrics, and leaves it to the log to tell. An operator who asked for a port wants that port.

use crate::error::Error;
use polkadot_sdk::{
    sc_network::{multiaddr::Protocol, Multiaddr},
    sc_service::Configuration,
};
use std::{
    io::ErrorKind,
    net::{IpAddr, SocketAddr, TcpListener},
};

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
