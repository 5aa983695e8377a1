//! Certificates that no authority vouches for: looked at before anything is sent, and trusted by
//! their fingerprint alone.
#![expect(clippy::disallowed_methods, reason = "this is where the client meets the network")]

use std::io;
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use data_encoding::HEXLOWER_PERMISSIVE;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme};
use sha2::{Digest, Sha256};
use ureq::http::Uri;

use super::address::Address;
use super::failure::Failure;

/// How long to wait for the certificate.
const LONGEST: Duration = Duration::from_secs(15);
const KIND: &str = "sha256:";

/// SHA-256 of a certificate, written `sha256:` and 64 hexadecimal digits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pin([u8; 32]);

/// A text that is no pin.
#[derive(Debug, thiserror::Error)]
#[error("That is not a pin; give sha256: and the 64 hexadecimal digits of the fingerprint.")]
pub struct PinError;

impl Pin {
    /// Reads one; colons between digits, as other programs write them, are taken too.
    pub fn parse(text: &str) -> Result<Pin, PinError> {
        let text = text.trim();
        let digits = text.get(..KIND.len()).filter(|kind| kind.eq_ignore_ascii_case(KIND));
        let digits = digits.map(|_| text[KIND.len()..].replace(':', "")).ok_or(PinError)?;
        let bytes = HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).map_err(|_| PinError)?;
        bytes.try_into().map(Pin).map_err(|_| PinError)
    }

    fn of(certificate: &[u8]) -> Pin {
        Pin(Sha256::digest(certificate).into())
    }
}

impl std::fmt::Display for Pin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{KIND}{}", HEXLOWER_PERMISSIVE.encode(&self.0))
    }
}

/// The certificate that the server shows, and its pin. Nothing is sent to it but the handshake.
pub fn shown_by(server: &Address) -> Result<(Vec<u8>, Pin), Failure> {
    let certificate = shake_hands(server).map_err(|error| Failure::Unreachable {
        server: server.clone(),
        reason: super::voice::printable(&error.to_string()),
    })?;
    let pin = Pin::of(&certificate);
    Ok((certificate, pin))
}

/// The certificate of the server, if it is the pinned one.
pub fn pinned(server: &Address, pin: &Pin) -> Result<Vec<u8>, Failure> {
    let (certificate, shown) = shown_by(server)?;
    if shown == *pin {
        return Ok(certificate);
    }
    let reason = format!("its certificate is {shown}, and the pinned one is another");
    Err(Failure::Unproven { server: server.clone(), reason })
}

fn shake_hands(server: &Address) -> io::Result<Vec<u8>> {
    let other = |error: &dyn std::fmt::Display| io::Error::other(error.to_string());
    let uri: Uri =
        server.as_str().parse().map_err(|error: ureq::http::uri::InvalidUri| other(&error))?;
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let place = (host.as_str(), uri.port_u16().unwrap_or(443));
    let address =
        place.to_socket_addrs()?.next().ok_or_else(|| other(&"no machine has this name"))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let seen = Arc::new(Seen { provider: Arc::clone(&provider), certificate: Mutex::default() });
    let verifier: Arc<dyn ServerCertVerifier> = seen.clone();
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| other(&error))?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    let name = ServerName::try_from(host).map_err(|error| other(&error))?;
    let mut connection =
        ClientConnection::new(Arc::new(config), name).map_err(|error| other(&error))?;
    let mut stream = TcpStream::connect_timeout(&address, LONGEST)?;
    stream.set_read_timeout(Some(LONGEST))?;
    stream.set_write_timeout(Some(LONGEST))?;
    while connection.is_handshaking() {
        connection.complete_io(&mut stream)?;
    }
    let certificate = seen.certificate.lock().unwrap_or_else(PoisonError::into_inner).take();
    certificate.ok_or_else(|| other(&"it shows no certificate"))
}

/// Looks at a certificate without believing it. That the server has its key is checked all the same.
#[derive(Debug)]
struct Seen {
    provider: Arc<CryptoProvider>,
    certificate: Mutex<Option<Vec<u8>>>,
}

impl ServerCertVerifier for Seen {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let mut seen = self.certificate.lock().unwrap_or_else(PoisonError::into_inner);
        *seen = Some(end_entity.to_vec());
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let schemes = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, schemes)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let schemes = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, schemes)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::Pin;

    #[test]
    fn a_pin_is_a_fingerprint_however_it_is_written() {
        let digits = "ab".repeat(32);
        let pin = Pin::parse(&format!("sha256:{digits}")).expect("a pin");
        assert_eq!(pin.to_string(), format!("sha256:{digits}"));
        let colons = vec!["AB"; 32].join(":");
        assert_eq!(Pin::parse(&format!(" SHA256:{colons} ")).expect("a pin"), pin);
        for text in ["", "sha256:", &digits, "sha256:abcd", &format!("sha1:{digits}"), "ſ"] {
            assert!(Pin::parse(text).is_err(), "{text}");
        }
    }
}
