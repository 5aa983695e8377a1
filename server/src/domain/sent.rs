//! A code that was sent to an address, to be typed where it was asked for: proof that whoever asks
//! reads what arrives there.
//!
//! It belongs to one holder (the browser or the half log-in that asked), lives minutes, works once,
//! and asking again makes a new one (requirements 23 and 24). No link carries it: it is typed.

use std::fmt;

use holdfast_otp::UnixTime;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::ids::{AccountId, TokenDigest};
use super::letter::LetterId;

const MINUTE: u64 = 60;
/// Tries of one code of a mail or of a number that is being validated.
pub const MOST_TRIES: u32 = 5;

/// What a sent code is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// Logging in with an SMS in place of the app's code.
    LogIn,
    /// Standing for the old phone where a new one is set up.
    Handover,
    /// Validating a phone number.
    Number,
    /// Validating the address of somebody who registers.
    Register,
    /// Choosing a new password.
    Reset,
    /// Validating a new address of an account.
    Address,
}

impl Purpose {
    /// The word that is stored.
    pub const fn word(self) -> &'static str {
        match self {
            Purpose::LogIn => "log_in",
            Purpose::Handover => "handover",
            Purpose::Number => "number",
            Purpose::Register => "register",
            Purpose::Reset => "reset",
            Purpose::Address => "address",
        }
    }

    /// The one of that word.
    pub fn of(word: &str) -> Option<Purpose> {
        [
            Purpose::LogIn,
            Purpose::Handover,
            Purpose::Number,
            Purpose::Register,
            Purpose::Reset,
            Purpose::Address,
        ]
        .into_iter()
        .find(|one| one.word() == word)
    }

    /// Seconds for which its code is good.
    pub const fn seconds(self) -> u64 {
        match self {
            Purpose::LogIn | Purpose::Handover | Purpose::Number => 10 * MINUTE,
            Purpose::Register | Purpose::Reset | Purpose::Address => 30 * MINUTE,
        }
    }
}

/// A code that was sent, as it is kept.
#[derive(Clone)]
pub struct SentCode {
    /// Who asked for it: the digest of a token that only the asking browser has.
    pub holder: TokenDigest,
    /// What for.
    pub purpose: Purpose,
    /// Whose account it concerns; for somebody who registers, the account that will be.
    pub account: AccountId,
    /// A keyed digest of the code.
    pub mac: [u8; 32],
    /// Where it was sent to.
    pub to: Zeroizing<String>,
    /// What else waits for it: the password's hash of somebody who registers.
    pub besides: Zeroizing<String>,
    /// When.
    pub made: UnixTime,
    /// How often it was tried, this time included.
    pub tries: u32,
    /// The letter it went out in; `None` where none was sent.
    pub letter: Option<LetterId>,
}

impl SentCode {
    /// Whether it is too old, by a clock that may have been set back too.
    pub fn is_over(&self, now: UnixTime) -> bool {
        now.0.abs_diff(self.made.0) >= self.purpose.seconds()
    }
}

impl fmt::Debug for SentCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SentCode").field("purpose", &self.purpose).finish()
    }
}

/// Six digits, evenly drawn.
pub fn six_digits(rng: &mut dyn CryptoRng) -> Zeroizing<String> {
    const MOST: u32 = u32::MAX - u32::MAX % 1_000_000;
    loop {
        let drawn = rng.next_u32();
        if drawn < MOST {
            return Zeroizing::new(format!("{:06}", drawn % 1_000_000));
        }
    }
}

/// Eight characters without look-alikes, 40 bits, as they are typed off a mail: `K7M2-9QTD`.
pub fn eight_characters(rng: &mut dyn CryptoRng) -> Zeroizing<String> {
    let mut bytes = Zeroizing::new([0; 10]);
    rng.fill_bytes(bytes.as_mut());
    let code = super::recovery::RecoveryCode::from_bytes(bytes.as_ref());
    Zeroizing::new(code.map_or_else(String::new, |code| code.to_text()[..9].to_owned()))
}

/// What was typed in the place of such a code, in the one way in which it is compared.
pub fn normal(typed: &str) -> Zeroizing<String> {
    let mut bare = Zeroizing::new(String::with_capacity(32));
    for c in typed.chars().filter(|c| !super::code::is_spacing(*c)).take(16) {
        bare.push(match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            c => c,
        });
    }
    bare
}
