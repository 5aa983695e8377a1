//! Steam Guard codes: TOTP with SHA-1 and 30 seconds, written in an alphabet of 26 characters.

use zeroize::Zeroizing;

use crate::{Algorithm, Code, Period, Secret, TimeStep, hotp};

/// The time step, which Steam never varies.
pub const PERIOD: Period = Period::THIRTY;

/// The length of a code in characters.
pub const LENGTH: usize = 5;

/// Without what is easily mistaken: no 0, 1, A, E, I, L, O, S, U, Z.
const ALPHABET: &[u8; 26] = b"23456789BCDFGHJKMNPQRTVWXY";

/// The code of a time step: five characters, the lowest place first.
pub fn code(secret: &Secret, step: TimeStep) -> Code {
    let mut value = hotp::truncated(secret, Algorithm::Sha1, step.0) as usize;
    let mut text = Zeroizing::new(String::with_capacity(LENGTH));
    for _ in 0..LENGTH {
        text.push(ALPHABET[value % ALPHABET.len()] as char);
        value /= ALPHABET.len();
    }
    Code::from_text(text)
}
