//! What letters say: short, plain, with what happened, when, from where, and what to do.

use holdfast_otp::UnixTime;

use crate::domain::account::{BARRED, NOT_BARRED};
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
    /// A recovery code has stood for the old phone where a new one is set up.
    RecoveryUsedForPhone {
        /// How many are left.
        left: usize,
    },
    /// A code by SMS has logged in.
    InBySms,
    /// The recovery codes were shown to somebody who had logged in by SMS.
    RecoverySeenBySms,
    /// New recovery codes were made.
    RecoveryMade,
    /// A new phone has taken the old one's place.
    PhoneChanged {
        /// Whether there was an API key, which is replaced.
        key: bool,
    },
    /// A new phone was set up with an SMS in the old one's place, and takes over later.
    PhoneWaits {
        /// When.
        due: UnixTime,
    },
    /// Its time has come.
    PhoneTookOver,
    /// The change was cancelled.
    PhoneKept,
    /// Somebody with the mail's link and the password said "that was not me".
    Barred {
        /// Until when no factor is changed.
        until: UnixTime,
    },
    /// The right password was followed by wrong codes.
    WrongCodes,
    /// It was followed by so many that codes are switched off.
    CodesOff,
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
    /// The page for "that was not me", where that is known.
    pub link: Option<&'a str>,
}

impl Notice<'_> {
    /// Subject and text of the mail.
    pub fn mail(self, about: &Circumstances<'_>) -> (String, String) {
        let (what, then) = self.words();
        let url = about.url.map_or_else(String::new, |url| format!(" at {url}/account"));
        let (email, issuer) = (about.email, about.issuer);
        let mut text = format!(
            "{what}\n\nAccount: {email} at {issuer}\nWhen: {}\nFrom: {}, {}\n\nIf that was you, \
             there is nothing to do{then}. ",
            when(about.at),
            about.source,
            about.device,
        );
        text.push_str(&match about.link.filter(|_| self.has_link()) {
            Some(link) => format!(
                "If it was not, open this page. It cancels a change of phone, or logs everybody out \
                 and stops changes for 24 hours, once you press its button:\n\n{link}\n\nIt is \
                 good for 7 days. Then log in{url} and change your password.\n"
            ),
            None if self == Notice::Deleted => format!(
                "If it was not: nobody can bring it back. Change the password of this mailbox if somebody else \
                 could have read it, and ask whoever runs {issuer} who it was.\n"
            ),
            None => format!(
                "If it was not: log in{url}, change your password, and end the sessions that you do \
                 not know.\n"
            ),
        });
        let subject = what.trim_end_matches('.').split(". ").next().unwrap_or(issuer);
        (format!("{issuer}: {subject}"), text)
    }

    /// Whether the page for "that was not me" could do anything about it.
    fn has_link(self) -> bool {
        !matches!(self, Notice::Deleted | Notice::Barred { .. })
    }

    fn words(self) -> (String, &'static str) {
        let text = match self {
            Notice::PhoneChanged { key } => {
                let (and, key) = match key {
                    true => (",", ", and your API key was replaced"),
                    false => (" and", ""),
                };
                return (
                    format!(
                        "A new phone gives your codes now. The old phone's codes are void{and} you \
                         were logged out everywhere but where it was done{key}."
                    ),
                    " but to delete the account in the old phone's app",
                );
            }
            Notice::PhoneWaits { due } => {
                return (
                    format!(
                        "A change of phone was begun by way of an SMS. A code by SMS stood for the old one, or \
                         a recovery code that was shown after a log-in by SMS. The new phone takes over on {} at the earliest. Until then the phone that you have gives your codes, and it can be \
                         cancelled on every page of your account.",
                        when(due)
                    ),
                    " but to wait",
                );
            }
            Notice::PhoneTookOver => {
                return (
                    "A new phone gives your codes now. It was set up by way of an SMS a day ago. The old phone's codes are void, you were logged out everywhere, and your API \
                     key, if you had one, is void."
                        .to_owned(),
                    " but to log in with the new phone",
                );
            }
            Notice::Barred { until } => {
                return (
                    format!(
                        "Somebody with a mail of ours and your password said that something was \
                         not you. Everybody is logged out, and your API key is void. Until {}, \
                         {BARRED}. {NOT_BARRED}",
                        when(until)
                    ),
                    " but to change your password now",
                );
            }
            Notice::RecoveryUsedForPhone { left } => {
                return (
                    format!(
                        "A recovery code was used to set up a new phone. {left} of 10 are left."
                    ),
                    "",
                );
            }
            Notice::PhoneKept => {
                "The change of phone was cancelled. The phone that you had gives your codes"
            }
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
            Notice::InBySms => {
                return (
                    "A code by SMS was used to log in.".to_owned(),
                    " but to set up two-factor authentication anew if your phone is gone",
                );
            }
            Notice::RecoverySeenBySms => {
                return (
                    "Your recovery codes were shown after a log-in by SMS. With one of them a new phone takes \
                     over after 24 hours; with new ones, made after a log-in with your app, at once."
                        .to_owned(),
                    "",
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
            Notice::CodesOff => {
                return (
                    "Codes are switched off after too many wrong ones. Neither your app's nor one by SMS \
                     logs in now. Log in with a recovery code and change the phone, which may be the one \
                     that you have: with its new barcode codes work again. Somebody may know your password."
                        .to_owned(),
                    " but that",
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
            link: None,
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
        let link = Some("https://id.example.org/not-me/x");
        let (_, text) = Notice::SwitchedOff.mail(&Circumstances { link, ..about });
        for said in
            ["\n\nhttps://id.example.org/not-me/x\n\n", "for 24 hours", "/account and change"]
        {
            assert!(text.contains(said), "{said:?} is not in\n{text}");
        }
        let (_, text) = Notice::Deleted.mail(&Circumstances { link, ..about });
        assert!(!text.contains("not-me"), "there is nothing that the page could do");
        assert!(!text.contains("log in"), "there is no account to log in to");
        assert!(text.contains("ask whoever runs Holdfast"), "{text}");
    }
}
