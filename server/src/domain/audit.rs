//! What happened to whom, from where and by which factor, as the audit log keeps it, and the chain
//! that shows when somebody has changed it (requirement 36).
//!
//! Each entry's mark is an HMAC over the mark before it, its number and its fields, under a key that
//! is not in the database: whoever can write the database can neither change, remove nor insert an
//! entry, nor cut the log's end off, without the verifier noticing.

use hmac::{Hmac, KeyInit, Mac};
use holdfast_otp::UnixTime;
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::ids::AccountId;
use super::unseen::is_unseen;

/// Most characters of a free text in an entry.
const MOST_NOTE: usize = 200;

/// An entry's mark.
pub type Mark = [u8; 32];

/// What stands before the first entry.
pub const START: Mark = [0; 32];

/// One thing that happened. Everything in it but the note is of a closed set.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Event {
    /// When, by the server's clock.
    pub at: UnixTime,
    /// What.
    pub what: What,
    /// To whose account; `None` where there is no such account, or it concerns all.
    pub account: Option<AccountId>,
    /// From which address, or by whom on the server's host.
    pub source: String,
    /// By which factor.
    pub factor: Option<Factor>,
    /// What the operator or the person said of it, in one line.
    pub note: String,
}

/// An entry as it stands in the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recorded {
    /// Its number, from 1 without gaps.
    pub seq: u64,
    /// What happened.
    pub event: Event,
    /// Its mark.
    pub mark: Mark,
}

macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum $name { $($(#[$doc])* $variant,)* }

        impl $name {
            /// The word that stands in the log.
            pub const fn word(self) -> &'static str {
                match self { $($name::$variant => $word,)* }
            }

            /// The one of that word.
            pub fn of(word: &str) -> Option<$name> {
                match word { $($word => Some($name::$variant),)* _ => None }
            }
        }
    };
}

words! {
    /// What can happen.
    What {
        /// An account was made.
        Registered = "registered",
        /// The right password, with a code still to come.
        PasswordRight = "password_right",
        /// A wrong password, or no such person.
        PasswordWrong = "password_wrong",
        /// Somebody came in.
        SignedIn = "signed_in",
        /// A session was ended by its holder.
        SignedOut = "signed_out",
        /// A session was ended from another one.
        SessionEnded = "session_ended",
        /// A wrong code after the right password.
        CodeWrong = "code_wrong",
        /// A right code that opened nothing by itself.
        CodeRight = "code_right",
        /// A code that had been used.
        CodeReplayed = "code_replayed",
        /// Codes were switched off after too many wrong ones.
        CodesSwitchedOff = "codes_switched_off",
        /// A wrong recovery code after the right password.
        RecoveryWrong = "recovery_wrong",
        /// A recovery code that had been used.
        RecoveryReplayed = "recovery_replayed",
        /// The recovery codes were looked at.
        RecoveryViewed = "recovery_viewed",
        /// New recovery codes were made.
        RecoveryMade = "recovery_made",
        /// The person showed that the recovery codes are stored.
        RecoveryStored = "recovery_stored",
        /// A code was sent by SMS to somebody who logs in.
        SmsSent = "sms_sent",
        /// A number for SMS was validated.
        NumberSet = "number_set",
        /// The number for SMS was removed.
        NumberGone = "number_gone",
        /// The address was changed.
        AddressChanged = "address_changed",
        /// The password was reset by a mail.
        PasswordReset = "password_reset",
        /// The account was deleted.
        Deleted = "deleted",
        /// A barcode was shown.
        EnrolmentBegun = "enrolment_begun",
        /// A barcode was given up.
        EnrolmentCancelled = "enrolment_cancelled",
        /// The second factor was switched on.
        TwoFactorOn = "two_factor_on",
        /// The second factor was switched off.
        TwoFactorOff = "two_factor_off",
        /// A new phone's barcode was shown, after what stood for the old phone.
        HandoverBegun = "phone_change_begun",
        /// A new phone was proved, and takes over later.
        HandoverWaits = "phone_change_waits",
        /// A change of phone was given up.
        HandoverCancelled = "phone_change_cancelled",
        /// A new phone took the old one's place.
        PhoneChanged = "phone_changed",
        /// Somebody said "that was not me", by a mail's link and the password.
        Barred = "not_me",
        /// An API key was made, or replaced.
        ApiKeyMade = "api_key_made",
        /// The password was changed.
        PasswordChanged = "password_changed",
        /// A server began to serve.
        Started = "started",
        /// A public key for SSH was added.
        SshKeyAdded = "ssh_key_added",
        /// A public key for SSH was removed.
        SshKeyRemoved = "ssh_key_removed",
        /// A program was given a token and rights.
        ServiceTrusted = "service_trusted",
        /// A program's token was made void.
        ServiceRemoved = "service_removed",
        /// The server's key was replaced.
        KeyRotated = "key_rotated",
        /// The operator switched the second factor off.
        OperatorTwoFactorOff = "operator_two_factor_off",
        /// The operator ended all sessions of an account.
        OperatorSessionsEnded = "operator_sessions_ended",
        /// The operator made an account.
        OperatorRegistered = "operator_registered",
    }
}

words! {
    /// By what a person showed who she is.
    Factor {
        /// The password.
        Password = "password",
        /// A code of the app.
        App = "app",
        /// A code that was sent by mail.
        Mail = "mail",
        /// A code that was sent by SMS.
        Sms = "sms",
        /// A recovery code.
        Recovery = "recovery",
    }
}

impl Event {
    /// Something that happened, with nothing said of it.
    pub fn new(at: UnixTime, what: What, account: Option<AccountId>, source: &str) -> Event {
        Event { at, what, account, source: line(source), factor: None, note: String::new() }
    }

    /// By a factor.
    pub fn by(self, factor: Factor) -> Event {
        Event { factor: Some(factor), ..self }
    }

    /// With what was said of it, made one line of what can be seen.
    pub fn saying(self, note: &str) -> Event {
        Event { note: line(note), ..self }
    }

    /// Its fields, each with its length before it, so that no two entries read alike.
    fn to_bytes(&self) -> Vec<u8> {
        let account = self.account.as_ref().map_or(&[][..], |id| &id.as_bytes()[..]);
        let factor = self.factor.map_or("", Factor::word);
        let mut bytes = self.at.0.to_be_bytes().to_vec();
        for field in [
            self.what.word().as_bytes(),
            account,
            self.source.as_bytes(),
            factor.as_bytes(),
            self.note.as_bytes(),
        ] {
            bytes.extend_from_slice(&(field.len() as u64).to_be_bytes());
            bytes.extend_from_slice(field);
        }
        bytes
    }
}

/// One line: what steers a terminal or breaks a line is a space.
fn line(text: &str) -> String {
    text.trim().chars().map(|c| if is_unseen(c) { ' ' } else { c }).take(MOST_NOTE).collect()
}

/// The key of the chain. Erased when dropped.
#[derive(Clone)]
pub struct ChainKey(Zeroizing<[u8; 32]>);

impl ChainKey {
    /// The key in these bytes.
    pub fn new(bytes: Zeroizing<[u8; 32]>) -> ChainKey {
        ChainKey(bytes)
    }

    /// The mark of the entry of that number after the one marked `before`.
    pub fn mark(&self, before: &Mark, seq: u64, event: &Event) -> Mark {
        self.mac(b"entry", before, seq, &event.to_bytes())
    }

    /// What is kept beside the log to show that the entry of this number is its last.
    pub fn end(&self, seq: u64, last: &Mark) -> Mark {
        self.mac(b"end", last, seq, &[])
    }

    fn mac(&self, kind: &[u8], before: &Mark, seq: u64, bytes: &[u8]) -> Mark {
        // HMAC takes keys of every length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.0.as_ref()) else { return START };
        mac.update(kind);
        mac.update(&[0]);
        mac.update(before);
        mac.update(&seq.to_be_bytes());
        mac.update(bytes);
        mac.finalize().into_bytes().into()
    }
}

/// The log is not what was written.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Broken {
    /// An entry is missing.
    #[error("entry {0} is missing")]
    Missing(u64),
    /// An entry was changed, or one before it was.
    #[error("entry {0} was changed, or the one before it was")]
    Changed(u64),
    /// The end is not where it was.
    #[error("entries after {0} are missing, or were added by somebody else")]
    End(u64),
}

/// Follows the chain from its start.
pub struct Verifier {
    key: ChainKey,
    seq: u64,
    last: Mark,
}

impl Verifier {
    /// Before the first entry.
    pub fn new(key: ChainKey) -> Verifier {
        Verifier { key, seq: 0, last: START }
    }

    /// Takes the next entry.
    pub fn take(&mut self, next: &Recorded) -> Result<(), Broken> {
        let seq = self.seq + 1;
        if next.seq != seq {
            return Err(Broken::Missing(seq));
        }
        let mark = self.key.mark(&self.last, seq, &next.event);
        if !bool::from(mark.ct_eq(&next.mark)) {
            return Err(Broken::Changed(seq));
        }
        (self.seq, self.last) = (seq, mark);
        Ok(())
    }

    /// After the last entry: `end` is what is kept beside the log. Every server writes that it has
    /// started, so a log without an end was emptied. Returns how many entries there are, and the
    /// last one's mark.
    pub fn finish(self, end: Option<&Mark>) -> Result<(u64, Mark), Broken> {
        let ours = self.key.end(self.seq, &self.last);
        if end.is_some_and(|end| ours.ct_eq(end).into()) {
            Ok((self.seq, self.last))
        } else {
            Err(Broken::End(self.seq))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> ChainKey {
        ChainKey::new(Zeroizing::new([7; 32]))
    }

    fn log() -> Vec<Recorded> {
        let mut before = START;
        (1..=4)
            .map(|seq| {
                let event = Event::new(UnixTime(1_800_000_000 + seq), What::SignedIn, None, "here")
                    .by(Factor::App)
                    .saying(&format!("note {seq}"));
                let mark = key().mark(&before, seq, &event);
                before = mark;
                Recorded { seq, event, mark }
            })
            .collect()
    }

    fn verify(log: &[Recorded], end: Option<&Mark>) -> Result<u64, Broken> {
        let mut verifier = Verifier::new(key());
        log.iter().try_for_each(|entry| verifier.take(entry))?;
        verifier.finish(end).map(|(count, _)| count)
    }

    #[test]
    fn row_36_every_change_of_the_log_shows() {
        let whole = log();
        let end = key().end(4, &whole[3].mark);
        assert_eq!(verify(&whole, Some(&end)), Ok(4));
        assert_eq!(verify(&[], None), Err(Broken::End(0)));

        let mut changed = whole.clone();
        changed[1].event.at.0 += 1;
        assert_eq!(verify(&changed, Some(&end)), Err(Broken::Changed(2)));
        let mut other = whole.clone();
        other[2].event.factor = None;
        assert_eq!(verify(&other, Some(&end)), Err(Broken::Changed(3)));
        let mut moved = whole.clone();
        moved[0].event.source = "her".to_owned();
        moved[0].event.note = "enote 1".to_owned();
        assert_eq!(verify(&moved, Some(&end)), Err(Broken::Changed(1)));

        let mut gap = whole.clone();
        gap.remove(2);
        assert_eq!(verify(&gap, Some(&end)), Err(Broken::Missing(3)));
        let mut renumbered = gap;
        renumbered[2].seq = 3;
        assert_eq!(verify(&renumbered, Some(&end)), Err(Broken::Changed(3)));

        assert_eq!(verify(&whole[..3], Some(&end)), Err(Broken::End(3)));
        assert_eq!(verify(&whole, None), Err(Broken::End(4)));
        assert_eq!(verify(&[], Some(&end)), Err(Broken::End(0)));
    }

    #[test]
    fn row_36_what_is_said_is_one_line_of_visible_text() {
        let event = Event::new(UnixTime(0), What::SignedIn, None, "a\nb");
        assert_eq!(event.source, "a b");
        let said = event.saying("passport seen\r\n1970 signed_in \u{1b}[2J\u{202e}kcab").note;
        assert_eq!(said, "passport seen  1970 signed_in  [2J kcab");
        let long = Event::new(UnixTime(0), What::SignedIn, None, "").saying(&"x".repeat(999));
        assert_eq!(long.note.len(), MOST_NOTE);
    }

    #[test]
    fn every_word_is_read_back() {
        for what in [What::Registered, What::CodesSwitchedOff, What::OperatorTwoFactorOff] {
            assert_eq!(What::of(what.word()), Some(what));
        }
        assert_eq!(Factor::of("app"), Some(Factor::App));
        assert_eq!(Factor::of("nothing"), None);
    }
}
