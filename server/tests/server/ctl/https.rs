//! The way to another machine: TLS before the real server, as an operator's proxy would put it.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use holdfast_testkit::Server;
use rcgen::{CertificateParams, CertifiedIssuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::person::Person;
use super::responder::is_complete;
use crate::client::{Client, EMAIL, PASSWORD};

/// Takes TLS off and hands each request to the server behind.
struct Front {
    port: u16,
    /// The authority that signed its certificate, as PEM.
    authority: String,
}

impl Front {
    /// `name` is what its certificate is made out to.
    fn before(server: &Server, name: &str) -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &authority).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![CertificateDer::from(certificate)],
                PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            )
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let behind = server.url().trim_start_matches("http://").to_owned();
        let config = Arc::new(config);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
                // A client that does not trust it goes away during the handshake.
                serve(StreamOwned::new(connection, stream), &behind).ok();
            }
        });
        Self { port, authority: authority.pem() }
    }
}

fn serve(mut front: StreamOwned<ServerConnection, TcpStream>, behind: &str) -> std::io::Result<()> {
    let mut request = Vec::new();
    let mut chunk = [0; 4096];
    while !is_complete(&request) {
        let length = front.read(&mut chunk)?;
        if length == 0 {
            return Ok(());
        }
        request.extend_from_slice(&chunk[..length]);
    }
    let head_ends = request.windows(2).position(|pair| pair == b"\r\n").unwrap_or(0) + 2;
    let mut back = TcpStream::connect(behind)?;
    back.write_all(&request[..head_ends])?;
    back.write_all(b"Connection: close\r\n")?;
    back.write_all(&request[head_ends..])?;
    let mut answer = Vec::new();
    back.read_to_end(&mut answer)?;
    front.write_all(&answer)?;
    front.conn.send_close_notify();
    front.flush()
}

fn credentials() -> String {
    format!("{EMAIL}\n{PASSWORD}\n")
}

#[test]
fn over_tls_it_logs_in_where_the_machine_trusts_the_authority() {
    let server = Server::start();
    Client::registered(&server);
    let front = Front::before(&server, "localhost");
    let url = format!("https://localhost:{}", front.port);
    let mut ann = Person::at(&url);
    let file = ann.home.path().join("authority.pem");
    fs::write(&file, &front.authority).unwrap();
    ann.env.push(("SSL_CERT_FILE".to_owned(), file.display().to_string()));
    let ran = ann.pipes(&credentials(), &["login"]);
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (Some(0), "Authentication successful.\n"),
        "{}",
        ran.err
    );
    let (object, exit) = ann.json("", &["whoami"]);
    let expected = serde_json::json!({ "email": EMAIL, "server": url });
    assert_eq!((object, exit), (expected, Some(0)));
}

#[test]
fn over_tls_nothing_is_sent_to_a_server_that_cannot_prove_itself() {
    let server = Server::start();
    Client::registered(&server);
    let unproven = |person: &Person| {
        let ran = person.pipes(&credentials(), &["login"]);
        let start = format!("The server at {} could not prove who it is (", person.server);
        assert!(ran.err.starts_with(&start) && ran.err.lines().count() == 1, "{}", ran.err);
        assert_eq!((ran.code, ran.out.as_str()), (Some(3), ""));
    };
    // An authority that this machine does not trust.
    let front = Front::before(&server, "localhost");
    unproven(&Person::at(&format!("https://localhost:{}", front.port)));

    // A trusted authority, and a certificate made out to somebody else.
    let front = Front::before(&server, "id.example.org");
    let mut ann = Person::at(&format!("https://localhost:{}", front.port));
    let file = ann.home.path().join("authority.pem");
    fs::write(&file, &front.authority).unwrap();
    ann.env.push(("SSL_CERT_FILE".to_owned(), file.display().to_string()));
    unproven(&ann);
}

#[test]
fn what_does_not_speak_tls_is_told() {
    let server = Server::start();
    let ran =
        Person::at(&server.url().replace("http:", "https:")).pipes(&credentials(), &["login"]);
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
}
