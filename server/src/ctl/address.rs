//! Where a server is: `https` anywhere, plain `http` only on this machine.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use ureq::http::Uri;

/// Scheme, host and port of a server, without a slash at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    url: String,
    loopback: bool,
}

/// Why a text is no server's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Not scheme, host and port alone.
    #[error("That is not a server's address; give one like https://id.example.org.")]
    Malformed,
    /// Plain `http` to another machine.
    #[error("Over http:// others could read your password; give the server's https:// address.")]
    Unprotected,
}

impl Address {
    /// Reads an address; without a scheme, `https` is meant.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        let with_scheme =
            if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        let uri: Uri = with_scheme.parse().map_err(|_| AddressError::Malformed)?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(AddressError::Malformed);
        };
        // Somebody else's host hides well behind `https://id.example.org@`.
        let is_bare =
            uri.path() == "/" && uri.query().is_none() && !authority.as_str().contains('@');
        if !is_bare || authority.host().is_empty() {
            return Err(AddressError::Malformed);
        }
        let loopback = is_loopback(authority.host());
        match scheme {
            "https" => {}
            "http" if loopback => {}
            "http" => return Err(AddressError::Unprotected),
            _ => return Err(AddressError::Malformed),
        }
        Ok(Self { url: format!("{scheme}://{authority}").to_ascii_lowercase(), loopback })
    }

    /// The address as it is written and kept.
    pub fn as_str(&self) -> &str {
        &self.url
    }

    /// Whether it is this machine, which no proxy reaches.
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || bare.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
        || bare.parse::<Ipv6Addr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_is_meant_where_nothing_is_said() {
        for (text, url) in [
            ("id.example.org", "https://id.example.org"),
            (" https://ID.Example.org/ ", "https://id.example.org"),
            ("id.example.org:8443", "https://id.example.org:8443"),
            ("http://127.0.0.1:8480/", "http://127.0.0.1:8480"),
            ("http://127.8.9.1", "http://127.8.9.1"),
            ("http://localhost:8480", "http://localhost:8480"),
            ("http://[::1]:8480", "http://[::1]:8480"),
        ] {
            assert_eq!(Address::parse(text).map(|address| address.url), Ok(url.to_owned()));
        }
    }

    #[test]
    fn plain_http_stays_on_this_machine() {
        for text in [
            "http://id.example.org",
            "http://192.0.2.1:8480",
            "http://127.0.0.1.example.org",
            "http://localhost.example.org",
            "http://[2001:db8::1]",
            "http://0.0.0.0:8480",
        ] {
            assert_eq!(Address::parse(text), Err(AddressError::Unprotected), "{text}");
        }
    }

    #[test]
    fn anything_but_a_bare_address_is_refused() {
        for text in [
            "",
            "https://",
            "ftp://id.example.org",
            "https://id.example.org/login",
            "https://id.example.org/?a=b",
            "https://user@id.example.org",
            "http://127.0.0.1@id.example.org",
            "https://id example.org",
            "https://id.example.org\r\nx: y",
        ] {
            assert_eq!(Address::parse(text), Err(AddressError::Malformed), "{text:?}");
        }
    }
}
