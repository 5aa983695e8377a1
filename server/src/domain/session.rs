//! Who is signed in, how far, and until when (requirement 30).

use holdfast_otp::UnixTime;
use rand_core::CryptoRng;

use super::enrolment::Verified;
use super::ids::{AccountId, Token, TokenDigest};
use super::unseen::is_unseen;

const MINUTE: u64 = 60;
const DAY: u64 = 86_400;

/// How far somebody has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// The password was right; the code is still to come.
    Half,
    /// A browser, signed in.
    Web,
    /// A command line, signed in.
    Cli,
}

/// One row of the session table: a token's digest and what it stands for.
#[derive(Clone, Debug)]
pub struct Session {
    /// The digest of the token its holder has.
    pub digest: TokenDigest,
    /// Whose it is.
    pub account: AccountId,
    /// How far it has come.
    pub stage: Stage,
    /// What the person sees in the list of sessions.
    pub device: String,
    /// When it began; its absolute time-out counts from here.
    pub began: UnixTime,
    /// When it was last used, to within [`TOUCH_EVERY`].
    pub seen: UnixTime,
    /// Whether nothing better than a code by SMS stood for the phone when it began: what it gets to see
    /// stands for the phone no better (requirement 25).
    pub by_sms: bool,
}

/// Seconds between two notes of a session's use.
pub const TOUCH_EVERY: u64 = 5 * MINUTE;

impl Stage {
    /// Seconds without use, and seconds in all, after which a session is over.
    pub(crate) const fn time_outs(self) -> (u64, u64) {
        match self {
            Stage::Half => (10 * MINUTE, 10 * MINUTE),
            Stage::Web => (7 * DAY, 30 * DAY),
            Stage::Cli => (90 * DAY, 365 * DAY),
        }
    }

    /// What stands before the token, so that its finder knows what it is.
    const fn prefix(self) -> &'static str {
        match self {
            Stage::Half => "hf_half_",
            Stage::Web => "hf_web_",
            Stage::Cli => "hf_cli_",
        }
    }
}

/// Where somebody signs in from; what a session becomes once it is whole.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Face {
    /// A browser.
    Web,
    /// A command line.
    Cli,
}

impl Session {
    /// The password was right and no second factor is asked for.
    pub fn whole(
        account: AccountId,
        face: Face,
        device: String,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> (Session, Token) {
        let stage = match face {
            Face::Web => Stage::Web,
            Face::Cli => Stage::Cli,
        };
        Session::new(account, stage, device, now, rng)
    }

    /// The password was right and a code is still asked for.
    pub fn half(
        account: AccountId,
        device: String,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> (Session, Token) {
        Session::new(account, Stage::Half, device, now, rng)
    }

    /// The proof makes a half session whole, under a new token.
    pub fn completed(
        &self,
        proof: &Verified,
        face: Face,
        rng: &mut dyn CryptoRng,
    ) -> (Session, Token) {
        let (next, token) =
            Session::whole(self.account, face, self.device.clone(), proof.at(), rng);
        (Session { by_sms: proof.is_by_sms(), ..next }, token)
    }

    /// The same log-in under a new token, from a step-up on; its absolute time-out counts on.
    pub fn renewed(&self, now: UnixTime, rng: &mut dyn CryptoRng) -> (Session, Token) {
        let (next, token) = Session::new(self.account, self.stage, self.device.clone(), now, rng);
        (Session { began: self.began, by_sms: self.by_sms, ..next }, token)
    }

    /// Whether it is over, by a clock that may have been set back too: that prolongs none by more than
    /// its own time.
    pub fn is_over(&self, now: UnixTime) -> bool {
        let (idle, absolute) = self.stage.time_outs();
        now.0.abs_diff(self.seen.0) >= idle || now.0.abs_diff(self.began.0) >= absolute
    }

    fn new(
        account: AccountId,
        stage: Stage,
        device: String,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> (Session, Token) {
        let token = Token::naming(&account, stage.prefix(), rng);
        let device = device.chars().filter(|c| !is_unseen(*c)).take(80).collect();
        let digest = token.digest();
        let (began, seen, by_sms) = (now, now, false);
        (Session { digest, account, stage, device, began, seen, by_sms }, token)
    }
}
