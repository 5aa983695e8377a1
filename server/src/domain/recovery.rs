//! Recovery codes: ten for the day on which the phone is gone, each good once (R4 to R6).

use std::fmt;

use holdfast_otp::UnixTime;
use rand_core::CryptoRng;
use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroizing;

use super::enrolment::Verified;
use super::throttle::Charge;

/// How many codes a set has (requirement 19).
pub const CODES: usize = 10;
/// 80 bits (requirement 19).
const BYTES: usize = 10;
/// Characters of a code: 5 bits each.
const SYMBOLS: usize = 16;
/// Characters of a group when written.
const GROUP: usize = 4;
/// Crockford's base 32: no letter in it looks like another, or like a digit.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// One code. Erased when dropped, printed by nothing but [`RecoveryCode::to_text`].
#[derive(Clone)]
pub struct RecoveryCode(Zeroizing<[u8; BYTES]>);

impl RecoveryCode {
    /// A new one.
    pub fn random(rng: &mut dyn CryptoRng) -> RecoveryCode {
        let mut bytes = Zeroizing::new([0; BYTES]);
        rng.fill_bytes(bytes.as_mut());
        RecoveryCode(bytes)
    }

    /// Reads what a person typed: in groups or not, in either case, and `O` for `0`, `I` or `L` for
    /// `1`, as hands and eyes mistake them (requirement 13). `None` if it has not 16 such characters.
    pub fn parse(text: &str) -> Option<RecoveryCode> {
        let mut bytes = Zeroizing::new([0; BYTES]);
        let mut read = 0;
        for c in text.chars().filter(|c| !super::code::is_spacing(*c)) {
            if read == SYMBOLS {
                return None;
            }
            let value = value_of(c)?;
            for bit in 0..5 {
                let place = read * 5 + bit;
                bytes[place / 8] |= ((value >> (4 - bit)) & 1) << (7 - place % 8);
            }
            read += 1;
        }
        (read == SYMBOLS).then_some(RecoveryCode(bytes))
    }

    /// A code by its 10 bytes, as a sealed copy holds it.
    pub fn from_bytes(bytes: &[u8]) -> Option<RecoveryCode> {
        bytes.try_into().ok().map(|bytes| RecoveryCode(Zeroizing::new(bytes)))
    }

    /// The 10 bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_ref()
    }

    /// The code as it is read and typed: `K7M2-9QTD-4XWB-0HJR`.
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(SYMBOLS + SYMBOLS / GROUP));
        for symbol in 0..SYMBOLS {
            if symbol > 0 && symbol % GROUP == 0 {
                text.push('-');
            }
            let value = (0..5).fold(0_usize, |value, bit| {
                let place = symbol * 5 + bit;
                value << 1 | usize::from(self.0[place / 8] >> (7 - place % 8) & 1)
            });
            text.push(char::from(ALPHABET[value]));
        }
        text
    }
}

impl PartialEq for RecoveryCode {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&*other.0).into()
    }
}

impl Eq for RecoveryCode {}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(..)")
    }
}

/// What is kept in a code's place: Argon2id of it, with the salt of its set.
#[derive(Clone, Copy)]
pub struct RecoveryDigest(pub [u8; 32]);

impl fmt::Debug for RecoveryDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryDigest(..)")
    }
}

/// One person's codes, as they are kept.
#[derive(Clone, Debug)]
pub struct RecoverySet {
    /// One salt for all of them, and the set's name: no other set has it.
    pub salt: [u8; 16],
    /// Their digests, in the order in which they were shown.
    pub digests: [RecoveryDigest; CODES],
    /// Which ones are spent: bit `n` for the code at `n`.
    pub used: u16,
    /// When it was made.
    pub made: UnixTime,
    /// When the person showed that they are stored, by typing one of them.
    pub stored: Option<UnixTime>,
    /// The codes themselves, sealed to the account's key pair (requirement 20).
    pub copy: Option<Vec<u8>>,
    /// When they were last shown to a session that had begun with an SMS; see
    /// [`RecoverySet::is_like_sms`].
    pub shown_by_sms: Option<UnixTime>,
}

/// How a recovery code came out.
#[derive(Debug)]
pub enum Recovered {
    /// Right, now spent.
    Accepted(Box<RecoverySet>, Verified),
    /// Right once; not counted as a failure.
    Used,
    /// None of this set.
    Wrong,
}

impl RecoverySet {
    /// How many are left.
    pub fn left(&self) -> usize {
        (0..CODES).filter(|code| !self.is_used(*code)).count()
    }

    /// Whether the code at this place is spent.
    pub fn is_used(&self, place: usize) -> bool {
        self.used >> place & 1 == 1
    }

    /// Whether its codes are worth no more than an SMS: they were shown to somebody for whom an SMS had
    /// stood, and would else be the way round the wait of a change of phone (requirement 25). No time
    /// mends that; a set that such a session has not seen does.
    pub fn is_like_sms(&self) -> bool {
        self.shown_by_sms.is_some()
    }

    /// Compares a code that has been paid for, by its digest under this set's salt.
    pub fn consume(mut self, _: &Charge, digest: &RecoveryDigest, now: UnixTime) -> Recovered {
        match self.place_of(digest) {
            None => Recovered::Wrong,
            Some(place) if self.is_used(place) => Recovered::Used,
            Some(place) => {
                self.used |= 1 << place;
                let proof = match self.is_like_sms() {
                    true => Verified::by_sms(now),
                    false => Verified::at_moment(now),
                };
                Recovered::Accepted(Box::new(self), proof)
            }
        }
    }

    /// Whether it is one of the codes left: typed to show that they are stored, and not spent by it.
    pub fn holds(&self, _: &Charge, digest: &RecoveryDigest) -> bool {
        self.place_of(digest).is_some_and(|place| !self.is_used(place))
    }

    /// All are compared, in constant time.
    fn place_of(&self, digest: &RecoveryDigest) -> Option<usize> {
        let same: Vec<Choice> = self.digests.iter().map(|own| own.0.ct_eq(&digest.0)).collect();
        same.into_iter().position(bool::from)
    }
}

fn value_of(c: char) -> Option<u8> {
    let c = match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        c => c,
    };
    let place = ALPHABET.iter().position(|symbol| char::from(*symbol) == c)?;
    u8::try_from(place).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn row_19_a_code_has_80_bits_and_no_two_letters_that_look_alike() {
        let code = RecoveryCode::from_bytes(&[0xff; BYTES]).expect("10 bytes");
        assert_eq!(code.to_text().as_str(), "ZZZZ-ZZZZ-ZZZZ-ZZZZ");
        let code = RecoveryCode::from_bytes(b"\x00\x44\x32\x14\xc7\x42\x54\xb6\x35\xcf");
        assert_eq!(code.expect("10 bytes").to_text().as_str(), "0123-4567-89AB-CDEF");
        for alike in ["IL", "O", "U"] {
            assert!(!alike.bytes().any(|letter| ALPHABET.contains(&letter)), "{alike}");
        }
    }

    #[test]
    fn row_19_a_new_code_has_all_its_80_bits_from_the_generator() {
        let rng = &mut crate::random::system_random();
        let (mut ones, mut zeros) = ([0_u8; BYTES], [0_u8; BYTES]);
        // That a bit stays the same 256 times by chance happens once in 2^255.
        for _ in 0..256 {
            let code = RecoveryCode::random(rng);
            for (at, byte) in code.as_bytes().iter().enumerate() {
                ones[at] |= byte;
                zeros[at] |= !byte;
            }
        }
        assert_eq!((ones, zeros), ([0xff; BYTES], [0xff; BYTES]));
    }

    #[test]
    fn row_13_every_way_to_write_a_code_is_that_code() {
        let code = RecoveryCode::parse("0123-4567-89AB-CDEF").expect("a code");
        for text in ["0123456789abcdef", " o l23 4567 89ab cdef ", "OI23‐4567‐89AB‐CDEF"] {
            assert_eq!(RecoveryCode::parse(text).as_ref(), Some(&code), "{text}");
        }
        for text in ["", "0123-4567-89AB-CDE", "0123-4567-89AB-CDEF-0", "U123-4567-89AB-CDEF"] {
            assert_eq!(RecoveryCode::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(bytes in any::<[u8; BYTES]>()) {
            let code = RecoveryCode::from_bytes(&bytes).expect("10 bytes");
            let read = RecoveryCode::parse(&code.to_text());
            prop_assert_eq!(read, Some(code));
        }
    }
}
