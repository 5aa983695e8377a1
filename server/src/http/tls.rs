//! TLS with the operator's certificate, or with one made here, and how it is replaced while serving.
#![expect(clippy::disallowed_methods, reason = "this is where the server meets its certificate")]

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use sha2::{Digest, Sha256};
use tokio_rustls::TlsAcceptor;

use crate::private_file;

/// Where a certificate and its key are, as PEM.
#[derive(Clone, Debug)]
pub struct CertificateFiles {
    /// The certificate, and those that lead from it to an authority.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// The server cannot prove who it is.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{path} cannot be read as PEM: {reason}. Check --tls-certificate and --tls-key.")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The key is no secret.
    #[error("The private key {path} cannot be used: {reason}. Check --tls-key.")]
    KeyOpen {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Certificate and key do not belong together, or are of no kind that is known.
    #[error(
        "The certificate {path} cannot be used: {reason}. Check --tls-certificate and --tls-key."
    )]
    Unusable {
        /// The certificate.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// No certificate could be made.
    #[error("A certificate for {names} cannot be made: {reason}. Check --tls-self-signed.")]
    NotMade {
        /// For whom.
        names: String,
        /// Why.
        reason: String,
    },
}

/// The certificate in use; clones share it.
#[derive(Clone)]
pub struct Tls {
    files: CertificateFiles,
    now: Arc<RwLock<Loaded>>,
}

#[derive(Clone)]
struct Loaded {
    config: Arc<ServerConfig>,
    fingerprint: String,
}

impl Tls {
    /// With the certificate in these files.
    pub fn load(files: CertificateFiles) -> Result<Tls, TlsError> {
        let now = Arc::new(RwLock::new(read(&files)?));
        Ok(Tls { files, now })
    }

    /// Reads the files again; where they are not good, the certificate in use stays.
    pub fn reload(&self) -> Result<(), TlsError> {
        let next = read(&self.files)?;
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = next;
        Ok(())
    }

    /// What takes the next connection.
    pub fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.loaded().config)
    }

    /// SHA-256 of the certificate in hexadecimal, as `holdfastctl --pin sha256:…` takes it.
    pub fn fingerprint(&self) -> String {
        self.loaded().fingerprint
    }

    fn loaded(&self) -> Loaded {
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A certificate that nobody but its own key signs, made once and kept in `folder`.
pub fn self_signed(folder: &Path, names: &[String]) -> Result<CertificateFiles, TlsError> {
    let files =
        CertificateFiles { certificate: folder.join("tls.crt"), key: folder.join("tls.key") };
    if files.certificate.exists() && files.key.exists() {
        return Ok(files);
    }
    let failed = |reason: String| TlsError::NotMade { names: names.join(", "), reason };
    if let Some(name) = names.iter().find(|name| ServerName::try_from(name.as_str()).is_err()) {
        return Err(failed(format!("{name:?} is no name of a machine")));
    }
    let made =
        rcgen::generate_simple_self_signed(names).map_err(|error| failed(error.to_string()))?;
    // The key first: a certificate is looked for only beside its key.
    write(&files.key, made.signing_key.serialize_pem().as_bytes(), 0o600)
        .and_then(|()| write(&files.certificate, made.cert.pem().as_bytes(), 0o644))
        .map_err(|error| failed(error.to_string()))?;
    Ok(files)
}

fn read(files: &CertificateFiles) -> Result<Loaded, TlsError> {
    let CertificateFiles { certificate, key } = files;
    let unreadable = |path: &Path, reason: rustls::pki_types::pem::Error| TlsError::Unreadable {
        path: path.to_owned(),
        reason: reason.to_string(),
    };
    let unusable = |reason: String| TlsError::Unusable { path: certificate.clone(), reason };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(|certificates| certificates.collect::<Result<Vec<_>, _>>())
        .map_err(|reason| unreadable(certificate, reason))?;
    let first = chain.first().ok_or_else(|| unusable("there is none in the file".to_owned()))?;
    let fingerprint = data_encoding::HEXLOWER.encode(&Sha256::digest(first));
    private_file::is_private(key)
        .map_err(|reason| TlsError::KeyOpen { path: key.clone(), reason })?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(|reason| unreadable(key, reason))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(error.to_string()))?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| unusable(error.to_string()))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Loaded { config: Arc::new(config), fingerprint })
}

fn write(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let beside = path.with_extension("new");
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&beside)?;
    file.write_all(bytes).and_then(|()| file.sync_all())?;
    fs::rename(&beside, path)
}
