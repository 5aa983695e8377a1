//! What letters say: short, plain, with what happened, when, from where, and what to do.

use holdfast_otp::UnixTime;

use crate::domain::calendar::when;

/// Something that its owner is told of (E6, requirement 36).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice<'a> {
    /// Two-factor authentication was switched on.
    SwitchedOn,
    /// It was switched off.
    SwitchedOff,
    /// The operator switched it off, for somebody who had lost every way in (L3).
    SwitchedOffByOperator,
    /// A recovery code has logged in.
    RecoveryUsed {
        /// How many are left.
        left: usize,
    },
    /// New recovery codes were made.
    RecoveryMade,
    /// The right password was followed by wrong codes.
    WrongCodes,
    /// The password was changed.
    PasswordChanged,
    /// The password was reset by e-mail.
    PasswordReset,
    /// A number was added for SMS.
    NumberSet,
    /// The number for SMS was changed.
    NumberChanged,
    /// The number for SMS was taken away.
    NumberGone,
    /// The address of the account was changed; this goes to the old one.
    AddressChanged,
    /// The account was deleted.
    Deleted,
    /// An API key was made, or replaced.
    ApiKeyMade,
    /// A key for SSH of this fingerprint was added.
    SshKeyAdded(&'a str),
    /// A key for SSH of this fingerprint was removed.
    SshKeyRemoved(&'a str),
}

/// Where and when it happened.
pub struct Circumstances<'a> {
    /// The account's address.
    pub email: &'a str,
    /// The service.
    pub issuer: &'a str,
    /// When.
    pub at: UnixTime,
    /// From which address of the network.
    pub source: &'a str,
    /// On which device, in words.
    pub device: &'a str,
    /// Where people reach the pages, where that is known.
    pub url: Option<&'a str>,
}

impl Notice<'_> {
    /// Subject and text of the mail.
    pub fn mail(self, about: &Circumstances<'_>) -> (String, String) {
        let (what, then) = self.words();
        let url = about.url.map_or_else(String::new, |url| format!(" at {url}/account"));
        let (email, issuer) = (about.email, about.issuer);
        let text = format!(
            "{what}\n\nAccount: {email} at {issuer}\nWhen: {}\nFrom: {}, {}\n\nIf that was you, \
             there is nothing to do{then}. If it was not: log in{url}, change your password, and \
             end the sessions that you do not know.\n",
            when(about.at),
            about.source,
            about.device,
        );
        let subject = what.trim_end_matches('.').split(". ").next().unwrap_or(issuer);
        (format!("{issuer}: {subject}"), text)
    }

    fn words(self) -> (String, &'static str) {
        let text = match self {
            Notice::SwitchedOn => {
                return (
                    "Two-factor authentication was switched on.".to_owned(),
                    " but to store your recovery codes, if you have not yet",
                );
            }
            Notice::SwitchedOff => {
                "Two-factor authentication was switched off. Your password \
                                    alone logs in now"
            }
            Notice::SwitchedOffByOperator => {
                return (
                    "Two-factor authentication was switched off by whoever runs this service. \
                     Somebody had asked for that and said that every other way in was lost. Your \
                     password alone logs in now, you are logged out everywhere, and your API key is \
                     void."
                        .to_owned(),
                    " but to set up two-factor authentication anew",
                );
            }
            Notice::SshKeyAdded(fingerprint) => {
                return (
                    format!("A key for SSH was added to your account. It is {fingerprint}."),
                    "",
                );
            }
            Notice::SshKeyRemoved(fingerprint) => {
                let what =
                    format!("A key for SSH was removed from your account. It was {fingerprint}.");
                return (what, "");
            }
            Notice::RecoveryUsed { left } => {
                return (
                    format!("A recovery code was used to log in. {left} of 10 are left."),
                    " but to set up two-factor authentication anew if your phone is gone",
                );
            }
            Notice::RecoveryMade => "New recovery codes were made. The old ones are void",
            Notice::WrongCodes => {
                return (
                    "Somebody entered your right password and then wrong codes. They are not in."
                        .to_owned(),
                    "",
                );
            }
            Notice::PasswordChanged => "Your password was changed",
            Notice::PasswordReset => {
                "Your password was reset by e-mail. Two-factor \
                                      authentication is as it was"
            }
            Notice::NumberSet => "A phone number was added for log-in by SMS",
            Notice::NumberChanged => {
                "The phone number for log-in by SMS was changed. The new one \
                                      works after 24 hours"
            }
            Notice::NumberGone => "The phone number for log-in by SMS was removed",
            Notice::AddressChanged => {
                "The e-mail address of your account was changed. Mails go \
                                       to the new one from now on"
            }
            Notice::Deleted => "Your account was deleted",
            Notice::ApiKeyMade => {
                "A new API key was made for your account. The one before it, \
                                   if there was one, is void"
            }
        };
        (format!("{text}."), "")
    }
}

/// The text of a mail with a code: what it is for, and what to do if it was not asked for.
pub fn code(code: &str, purpose: &str) -> String {
    format!(
        "{code}\n\nEnter this code on the page where you asked for it, to {purpose}. It is good for \
         30 minutes.\n\nIf you did not ask for it, do nothing, and give it to nobody.\n"
    )
}

/// The text for somebody who has an account and asked for another one.
pub fn known() -> String {
    "Somebody, probably you, entered this address for an account. There is one already: log in with \
     it, or choose a new password under 'Forgotten your password?'.\n\nIf that was not you, there is \
     nothing to do.\n"
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e6_a_notice_says_what_when_and_from_where() {
        let about = Circumstances {
            email: "ann@example.org",
            issuer: "Holdfast",
            at: UnixTime(1_795_560_000),
            source: "192.0.2.1",
            device: "Firefox on Android",
            url: Some("https://id.example.org"),
        };
        let (subject, text) = Notice::SwitchedOff.mail(&about);
        assert_eq!(subject, "Holdfast: Two-factor authentication was switched off");
        for said in [
            "switched off. Your password alone logs in now.\n",
            "24 November 2026, 22:40 UTC",
            "From: 192.0.2.1, Firefox on Android",
            "https://id.example.org/account",
        ] {
            assert!(text.contains(said), "{said:?} is not in\n{text}");
        }
    }
}
