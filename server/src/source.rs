//! Where a request comes from, told to whatever it sets going: the peer, or whom a proxy that the
//! operator trusts names as its peer (requirement 38).

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

tokio::task_local! {
    static SOURCE: Source;
}

/// Whoever shares an address, or in IPv6 the 64 bits that one household is given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Source(IpAddr);

impl Source {
    /// `forwarded` is the last `X-Forwarded-For`; it counts only from one of the `proxies`, and only
    /// its right-most hop, which that proxy has written itself.
    pub fn of(peer: IpAddr, forwarded: Option<&str>, proxies: &[IpAddr]) -> Source {
        let peer = peer.to_canonical();
        let trusted = proxies.iter().any(|proxy| proxy.to_canonical() == peer);
        let named = forwarded.filter(|_| trusted).and_then(|hops| hops.rsplit(',').next());
        let named = named.and_then(|hop| address_in(hop.trim()));
        Source(household(named.map_or(peer, |named| named.to_canonical())))
    }

    /// Of the request that is being answered here; nowhere, outside of one.
    pub fn here() -> Option<Source> {
        SOURCE.try_with(|source| *source).ok()
    }

    /// Answers a request that comes from here.
    pub async fn answer<F: Future>(self, answer: F) -> F::Output {
        SOURCE.scope(self, answer).await
    }

    /// As text, to be part of a name.
    pub fn name(self) -> String {
        self.0.to_string()
    }
}

/// The address of a hop, which some proxies write with the port, or in brackets.
fn address_in(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|hop| hop.strip_suffix(']')).unwrap_or(hop);
    let with_port = || hop.parse::<SocketAddr>().ok().map(|address| address.ip());
    bare.parse().ok().or_else(with_port)
}

fn household(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !0 << 64).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(peer: &str, forwarded: Option<&str>, proxies: &[&str]) -> String {
        let address = |text: &str| text.parse().expect("an address");
        let proxies: Vec<IpAddr> = proxies.iter().map(|proxy| address(proxy)).collect();
        Source::of(address(peer), forwarded, &proxies).name()
    }

    #[test]
    fn row_38_only_a_trusted_proxy_is_believed_and_only_its_own_hop() {
        assert_eq!(of("192.0.2.1", None, &[]), "192.0.2.1");
        assert_eq!(of("192.0.2.1", Some("203.0.113.9"), &[]), "192.0.2.1");
        assert_eq!(of("192.0.2.1", Some("203.0.113.9"), &["192.0.2.2"]), "192.0.2.1");
        assert_eq!(
            of("192.0.2.1", Some("198.51.100.7, 203.0.113.9"), &["192.0.2.1"]),
            "203.0.113.9"
        );
        assert_eq!(of("::ffff:192.0.2.1", Some("203.0.113.9"), &["192.0.2.1"]), "203.0.113.9");
        assert_eq!(of("192.0.2.1", Some("no address"), &["192.0.2.1"]), "192.0.2.1");
        for hop in ["203.0.113.9:51234", "[::ffff:203.0.113.9]:443", "[::ffff:203.0.113.9]"] {
            assert_eq!(of("192.0.2.1", Some(hop), &["192.0.2.1"]), "203.0.113.9", "{hop}");
        }
        assert_eq!(of("2001:db8:1:2:3:4:5:6", None, &[]), "2001:db8:1:2::");
    }
}
