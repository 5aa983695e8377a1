//! Codes that follow a counter (RFC 4226).

use zeroize::Zeroizing;

use crate::{Algorithm, Code, Digits, Secret};

/// The code of a counter, padded with zeros to its full length (RFC 4226 section 5.3).
pub fn code(secret: &Secret, algorithm: Algorithm, digits: Digits, counter: u64) -> Code {
    let count = usize::from(digits.count());
    let value = u64::from(truncated(secret, algorithm, counter)) % 10u64.pow(count as u32);
    let mut text = Zeroizing::new(String::with_capacity(count));
    for place in (0..count as u32).rev() {
        text.push((b'0' + (value / 10u64.pow(place) % 10) as u8) as char);
    }
    Code::from_text(text)
}

/// The 31 bits that every kind of code is cut from: dynamic truncation of the HMAC of the counter
/// (RFC 4226 section 5.3).
pub(crate) fn truncated(secret: &Secret, algorithm: Algorithm, counter: u64) -> u32 {
    // A step of one second makes the library's time the counter. `build` would refuse the shorter
    // secrets of real services; what `build_noncompliant` cannot stand, the types here exclude.
    let signer = totp_rs::Builder::new()
        .with_algorithm(match algorithm {
            Algorithm::Sha1 => totp_rs::Algorithm::SHA1,
            Algorithm::Sha256 => totp_rs::Algorithm::SHA256,
            Algorithm::Sha512 => totp_rs::Algorithm::SHA512,
        })
        .with_secret(totp_rs::Secret::new(Box::from(secret.expose())))
        .with_step_duration(1)
        .build_noncompliant();
    let signature = signer.sign(counter);
    let bytes = signature.as_ref();
    let offset = usize::from(bytes.last().copied().unwrap_or(0) & 0xf);
    bytes.iter().skip(offset).take(4).fold(0, |value, byte| (value << 8) | u32::from(*byte))
        & 0x7fff_ffff
}
