//! Public keys for SSH, as a person pastes them and as an SSH daemon takes them (E5).

use data_encoding::{BASE64, BASE64_NOPAD, HEXLOWER};
use holdfast_otp::UnixTime;
use sha2::{Digest, Sha256};

use super::unseen::is_unseen;

/// Kinds that are taken: what OpenSSH takes by itself today (no DSA, no bare RSA of old).
const KINDS: [&str; 7] = [
    "ssh-ed25519",
    "ssh-rsa",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
];
/// Fewest bytes of an RSA modulus: 2,048 bits.
const LEAST_RSA: usize = 256;
/// Most characters of a pasted key; an RSA key of 16,384 bits has 2,800.
const MOST: usize = 4096;
/// Most characters of a name.
const MOST_NAME: usize = 60;

/// A public key without options and without a comment of its own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SshKey {
    /// `ssh-ed25519 AAAA…`
    text: String,
    digest: [u8; 32],
}

/// A person's key.
#[derive(Clone, Debug)]
pub struct NamedKey {
    /// The key.
    pub key: SshKey,
    /// What the person calls it.
    pub name: String,
    /// When it was added.
    pub added: UnixTime,
}

/// Why a text is no key.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SshKeyError {
    /// It is the other half.
    #[error("That is a private key. Keep it to yourself, and paste the one that ends in .pub.")]
    Private,
    /// None that is known.
    #[error(
        "That is not a public SSH key. Paste one line as it stands in a file such as \
         id_ed25519.pub, from ssh-ed25519 on."
    )]
    NotAKey,
    /// Too short to be safe.
    #[error("That RSA key is too short. Make a new one with: ssh-keygen -t ed25519")]
    Weak,
}

impl SshKey {
    /// Reads a pasted line; what stands behind the key is its comment, returned beside it.
    pub fn parse(text: &str) -> Result<(SshKey, String), SshKeyError> {
        let text = text.trim();
        if text.contains("PRIVATE KEY") {
            return Err(SshKeyError::Private);
        }
        if text.len() > MOST || text.lines().count() != 1 {
            return Err(SshKeyError::NotAKey);
        }
        let mut words = text.split_ascii_whitespace();
        let (Some(kind), Some(base64)) = (words.next(), words.next()) else {
            return Err(SshKeyError::NotAKey);
        };
        let bytes = BASE64.decode(base64.as_bytes()).map_err(|_| SshKeyError::NotAKey)?;
        let mut fields = Fields(&bytes);
        let inner = fields.next().ok_or(SshKeyError::NotAKey)?;
        if !KINDS.contains(&kind) || inner != kind.as_bytes() {
            return Err(SshKeyError::NotAKey);
        }
        let rest = fields.by_ref().collect::<Vec<_>>();
        if rest.is_empty() || !fields.0.is_empty() {
            return Err(SshKeyError::NotAKey);
        }
        let modulus =
            rest.get(1).map_or(0, |modulus| modulus.strip_prefix(&[0]).unwrap_or(modulus).len());
        if kind == "ssh-rsa" && modulus < LEAST_RSA {
            return Err(SshKeyError::Weak);
        }
        let comment = words.collect::<Vec<_>>().join(" ");
        let digest = Sha256::digest(&bytes).into();
        Ok((SshKey { text: format!("{kind} {base64}"), digest }, key_name(&comment)))
    }

    /// The line for an SSH daemon.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// As `ssh-keygen -l` shows it: `SHA256:…`.
    pub fn fingerprint(&self) -> String {
        format!("SHA256:{}", BASE64_NOPAD.encode(&self.digest))
    }

    /// Names it in an address or a form.
    pub fn id(&self) -> String {
        HEXLOWER.encode(&self.digest)
    }

    /// Its kind: `ssh-ed25519`.
    pub fn kind(&self) -> &str {
        self.text.split(' ').next().unwrap_or_default()
    }
}

/// A name as a person gave it, made one line.
pub fn key_name(text: &str) -> String {
    text.trim().chars().map(|c| if is_unseen(c) { ' ' } else { c }).take(MOST_NAME).collect()
}

/// Length-prefixed fields (RFC 4251 section 5, `string`); it ends where one does not fit.
struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let (length, rest) = self.0.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (field, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ED25519: &str = "ssh-ed25519 \
        AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";

    #[test]
    fn a_pasted_line_is_a_key_with_its_comment() {
        let (key, comment) = SshKey::parse(&format!("  {ED25519} ann@laptop \n")).expect("a key");
        assert_eq!((key.as_str(), comment.as_str()), (ED25519, "ann@laptop"));
        assert_eq!(key.kind(), "ssh-ed25519");
        assert!(key.fingerprint().starts_with("SHA256:"));
    }

    #[test]
    fn what_would_do_more_than_let_in_or_less_is_refused() {
        let private =
            "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----";
        assert_eq!(SshKey::parse(private), Err(SshKeyError::Private));
        let two = format!("{ED25519}\ncommand=\"sh\" {ED25519}");
        let option = format!("command=\"sh\" {ED25519}");
        let other = ED25519.replacen("ssh-ed25519", "ssh-rsa", 1);
        let cut = &ED25519[..ED25519.len() - 4];
        for text in
            ["", "ssh-ed25519", "ssh-ed25519 AAAA", "ssh-dss AAAA", &two, &option, &other, cut]
        {
            assert_eq!(SshKey::parse(text), Err(SshKeyError::NotAKey), "{text}");
        }
    }

    proptest! {
        #[test]
        fn anything_pasted_is_one_safe_line_or_nothing(text in "(ssh-ed25519 )?\\PC*") {
            if let Ok((key, comment)) = SshKey::parse(&text) {
                prop_assert_eq!(key.as_str().split(' ').count(), 2);
                prop_assert!(!key.as_str().contains(['\n', '"', ',']) && !comment.contains('\n'));
            }
        }
    }
}
