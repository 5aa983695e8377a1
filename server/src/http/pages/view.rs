//! What each page shows, and how times are written on it.

use askama::Template;
use zeroize::Zeroizing;

use super::who::Who;
pub use crate::domain::calendar::when;
use crate::domain::letter::{Progress, Way};
use crate::domain::recovery::RecoverySet;
use crate::domain::sent::SentCode;
use crate::flows::Server;
use crate::http::gate::Web;

/// What every page may show: who is signed in, and what went wrong with the form before.
#[derive(Template)]
#[template(path = "problem.html")]
pub struct Problem<'a> {
    pub signed_in: Option<Who<'a>>,
    pub problem: Option<String>,
    pub sentence: &'a str,
}

/// In the place of a form that changes what guards the account, while changes are stopped.
#[derive(Template)]
#[template(path = "stopped.html")]
pub struct Stopped<'a> {
    pub signed_in: Option<Who<'a>>,
    pub problem: Option<String>,
    pub until: String,
}

#[derive(Template)]
#[template(path = "register.html")]
pub struct Register<'a> {
    pub signed_in: Option<Who<'a>>,
    pub problem: Option<String>,
    pub email: &'a str,
    /// Which field the problem is with.
    pub wrong: &'a str,
}

#[derive(Template)]
#[template(path = "login.html")]
pub struct Login<'a> {
    pub signed_in: Option<Who<'a>>,
    pub problem: Option<String>,
    pub email: &'a str,
    /// Whether a forgotten password can be reset by a mail.
    pub mail: bool,
}

#[derive(Template)]
#[template(path = "code.html")]
pub struct EnterCode<'a> {
    pub signed_in: Option<Who<'a>>,
    pub problem: Option<String>,
    /// Whether the field is for a recovery code.
    pub letters: bool,
    /// Whether codes are switched off.
    pub off: bool,
    /// When a new phone takes over, if one waits.
    pub due: Option<String>,
    /// The number to which a code can be sent, as its owner recognises it.
    pub number: Option<String>,
    /// The SMS that was sent for this log-in.
    pub texted: Option<Texted>,
    pub outbox: Outbox,
    /// The page that shows the server's time as a barcode; its image is beside it.
    pub clock: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "clock-page.html")]
pub struct ClockPage<'a> {
    pub signed_in: Option<Who<'a>>,
    pub problem: Option<String>,
    /// The barcode, as SVG.
    pub svg: String,
    /// The page itself.
    pub clock: &'static str,
    /// Where the person came from.
    pub back: &'static str,
}

/// An SMS and how it fares.
pub struct Texted {
    pub hint: String,
    pub progress: &'static str,
}

/// Where letters are written as files, on a server that is only being tried out.
pub struct Outbox {
    pub folder: Option<String>,
}

impl Outbox {
    pub fn of(server: &Server, way: Way) -> Outbox {
        Outbox { folder: server.post.folder(way).map(|folder| folder.display().to_string()) }
    }
}

#[derive(Template)]
#[template(path = "lost.html")]
pub struct Lost<'a> {
    pub signed_in: Option<Who<'a>>,
    pub problem: Option<String>,
    pub codes_left: usize,
    pub number: Option<String>,
    /// From when on a new number can be used.
    pub number_from: Option<String>,
    pub browsers: Vec<String>,
    pub command_lines: Vec<String>,
}

/// Where a mail with a code went, and how far it has come.
pub struct OnItsWay {
    pub to: Zeroizing<String>,
    pub progress: Progress,
}

impl OnItsWay {
    /// Of what is kept; of nothing where the code is not good any more.
    pub fn of(sent: Option<(SentCode, Progress)>) -> OnItsWay {
        let (to, progress) =
            sent.map_or_else(|| (Zeroizing::default(), Progress::Sent), |(sent, p)| (sent.to, p));
        OnItsWay { to, progress }
    }
}

#[derive(Template)]
#[template(path = "sent.html")]
pub struct Sent<'a> {
    pub signed_in: Option<Who<'a>>,
    pub problem: Option<String>,
    pub title: &'a str,
    pub to: &'a str,
    pub action: &'a str,
    pub button: &'a str,
    pub back: &'a str,
    /// How the mail fares.
    pub progress: &'static str,
    pub outbox: Outbox,
}

impl<'a> Sent<'a> {
    pub fn registering(problem: Option<String>, sent: &'a OnItsWay, outbox: Outbox) -> Sent<'a> {
        Sent {
            signed_in: None,
            problem,
            title: "Is this your address?",
            to: &sent.to,
            action: "/register/code",
            button: "Make the account",
            back: "/register",
            progress: sent.progress.word(),
            outbox,
        }
    }

    pub fn address(
        web: &'a Web,
        problem: Option<String>,
        sent: &'a OnItsWay,
        outbox: Outbox,
    ) -> Sent<'a> {
        Sent {
            signed_in: web.who(),
            problem,
            title: "Is this your new address?",
            to: &sent.to,
            action: "/account/email/code",
            button: "Use this address",
            back: "/account/email",
            progress: sent.progress.word(),
            outbox,
        }
    }
}

#[derive(Template)]
#[template(path = "reset.html")]
pub struct Reset<'a> {
    pub signed_in: Option<Who<'a>>,
    pub problem: Option<String>,
    pub email: &'a str,
}

#[derive(Template)]
#[template(path = "reset-code.html")]
pub struct ResetCode<'a> {
    pub signed_in: Option<Who<'a>>,
    pub problem: Option<String>,
    pub wrong: &'a str,
    pub to: &'a str,
    pub done: bool,
    pub outbox: Outbox,
}

impl<'a> ResetCode<'a> {
    pub fn new(
        problem: Option<String>,
        wrong: &'a str,
        to: &'a str,
        outbox: Outbox,
    ) -> ResetCode<'a> {
        ResetCode { signed_in: None, problem, wrong, to, done: false, outbox }
    }
}

#[derive(Template)]
#[template(path = "email.html")]
pub struct ChangeEmail<'a> {
    pub signed_in: Option<Who<'a>>,
    pub problem: Option<String>,
    pub email: &'a str,
    pub wrong: &'a str,
}

#[derive(Template)]
#[template(path = "delete.html")]
pub struct DeleteAccount<'a> {
    pub signed_in: Option<Who<'a>>,
    pub problem: Option<String>,
    pub done: bool,
}

#[derive(Template)]
#[template(path = "phone.html")]
pub struct PhonePage<'a> {
    pub signed_in: Option<Who<'a>>,
    pub problem: Option<String>,
    /// The number there is, as its owner recognises it.
    pub hint: Option<String>,
    /// From when on it works, where that is later.
    pub from: Option<String>,
    /// Whether there was one before, and is none now.
    pub one_was_before: bool,
    /// What was typed.
    pub number: &'a str,
    pub wrong: &'a str,
    pub outbox: Outbox,
}

#[derive(Template)]
#[template(path = "phone-code.html")]
pub struct PhoneCode<'a> {
    pub signed_in: Option<Who<'a>>,
    pub problem: Option<String>,
    pub hint: String,
    pub progress: &'static str,
    pub outbox: Outbox,
}

#[derive(Template)]
#[template(path = "account.html")]
pub struct AccountPage<'a> {
    pub signed_in: Option<Who<'a>>,
    pub problem: Option<String>,
    pub two_factor_since: Option<String>,
    /// Whether its codes are switched off.
    pub off: bool,
    /// The recovery codes, where two-factor authentication is on.
    pub codes: CodesLeft,
    /// Whether SMS can be sent, and to which number, as its owner recognises it.
    pub sms: bool,
    pub number: Option<String>,
    /// Whether mail can be sent.
    pub mail: bool,
    pub api_key_since: Option<String>,
    /// As on [`EnterCode`].
    pub clock: Option<&'static str>,
}

/// How a person stands with recovery codes.
#[derive(Clone, Copy)]
pub struct CodesLeft {
    /// How many are left; none where there is no set.
    pub left: usize,
    /// Whether one of them was typed to show that they are kept.
    pub stored: bool,
}

impl CodesLeft {
    pub fn of(set: Option<&RecoverySet>) -> CodesLeft {
        CodesLeft {
            left: set.map_or(0, RecoverySet::left),
            stored: set.is_some_and(|set| set.stored.is_some()),
        }
    }
}

#[derive(Template)]
#[template(path = "codes.html")]
pub struct CodesPage<'a> {
    pub signed_in: Option<Who<'a>>,
    pub problem: Option<String>,
    pub issuer: &'a str,
    pub codes: &'a [(usize, Zeroizing<String>)],
    pub made: String,
    pub stored: bool,
}

#[derive(Template)]
#[template(path = "codes-ask.html")]
pub struct CodesAsk<'a> {
    pub signed_in: Option<Who<'a>>,
    pub problem: Option<String>,
    /// Whether new ones are asked for, instead of a look at those there are.
    pub new: bool,
    pub left: usize,
    /// The set that it speaks of.
    pub set: String,
}

#[derive(Template)]
#[template(path = "codes.txt", escape = "none")]
pub struct CodesFile<'a> {
    pub email: &'a str,
    pub issuer: &'a str,
    pub codes: &'a [(usize, Zeroizing<String>)],
    pub made: String,
}

#[derive(Template)]
#[template(path = "arrived.html")]
pub struct ArrivedPage<'a> {
    pub signed_in: Option<Who<'a>>,
    pub problem: Option<String>,
    /// Where a recovery code has logged in: how many are left.
    pub left: Option<usize>,
    /// How far the phone's clock is off, where codes were refused for that: `about 330 seconds ahead`.
    pub clock: Option<String>,
    /// Whether codes are switched off.
    pub off: bool,
}

#[derive(Template)]
#[template(path = "enable.html")]
pub struct Enable<'a> {
    pub signed_in: Option<Who<'a>>,
    pub problem: Option<String>,
}

#[derive(Template)]
#[template(path = "scan.html")]
pub struct Scan<'a> {
    pub signed_in: Option<Who<'a>>,
    pub problem: Option<String>,
    pub barcode: &'a str,
    /// Which barcode it is, told again with its first code.
    pub mark: &'a str,
    pub key: &'a str,
    /// The key URI, for an app on the device that shows the page.
    pub uri: &'a str,
    /// How long the barcode is good for.
    pub minutes: u64,
    pub issuer: &'a str,
    /// Where the steps are: the form's address without its last word.
    pub path: &'a str,
    pub button: &'a str,
    /// Whether there is a phone, which guards until the first code is entered.
    pub changes: bool,
}

#[derive(Template)]
#[template(path = "change.html")]
pub struct ChangePhone<'a> {
    pub signed_in: Option<Who<'a>>,
    pub problem: Option<String>,
    /// Which field the problem is with.
    pub wrong: &'a str,
    /// The number to which a code can be sent, as its owner recognises it.
    pub number: Option<String>,
    /// The SMS that was sent for this.
    pub texted: Option<Texted>,
    /// Whether codes are switched off.
    pub off: bool,
    /// Whether a recovery code is worth no more than an SMS.
    pub like_sms: bool,
    /// Whether mail can tell of a new phone that waits.
    pub told: bool,
    pub outbox: Outbox,
}

#[derive(Template)]
#[template(path = "changed.html")]
pub struct PhoneChanged<'a> {
    pub signed_in: Option<Who<'a>>,
    pub problem: Option<String>,
    pub when: String,
    pub api_key: Option<&'a str>,
    /// From which address it was done.
    pub source: &'a str,
    pub codes: CodesLeft,
}

#[derive(Template)]
#[template(path = "not-me.html")]
pub struct NotMe<'a> {
    pub signed_in: Option<Who<'a>>,
    pub problem: Option<String>,
    /// Which form the problem is with.
    pub wrong: &'a str,
    /// Until when changes are stopped, where they have just been.
    pub until: Option<String>,
    /// Whether a change of phone has just been cancelled.
    pub kept: bool,
    /// Whether a new password can be chosen by a mail.
    pub mail: bool,
}

#[derive(Template)]
#[template(path = "switched.html")]
pub struct SwitchedPage<'a> {
    pub signed_in: Option<Who<'a>>,
    pub problem: Option<String>,
    pub on: bool,
    pub when: String,
    pub api_key: Option<&'a str>,
    /// Whether a number for SMS is asked for next.
    pub sms: bool,
    /// From which address it was done.
    pub source: &'a str,
}

#[derive(Template)]
#[template(path = "disable.html")]
pub struct Disable<'a> {
    pub signed_in: Option<Who<'a>>,
    pub problem: Option<String>,
}

#[derive(Template)]
#[template(path = "api-key.html")]
pub struct ApiKeyPage<'a> {
    pub signed_in: Option<Who<'a>>,
    pub problem: Option<String>,
    /// The key, just made.
    pub key: Option<&'a str>,
    /// Whether there is one that would be replaced.
    pub replaces: bool,
}

#[derive(Template)]
#[template(path = "sessions.html")]
pub struct Sessions<'a> {
    pub signed_in: Option<Who<'a>>,
    pub problem: Option<String>,
    pub sessions: Vec<Line>,
}

/// One line of the list of sessions.
pub struct Line {
    pub device: String,
    pub cli: bool,
    pub began: String,
    pub seen: String,
    pub current: bool,
    pub name: String,
}

#[derive(Template)]
#[template(path = "password.html")]
pub struct ChangePassword<'a> {
    pub signed_in: Option<Who<'a>>,
    pub problem: Option<String>,
    pub wrong: &'a str,
    pub done: bool,
}

/// A wait as people say it: `30 seconds`, `2 minutes`.
pub fn span(seconds: u64) -> String {
    match seconds {
        1 => "1 second".to_owned(),
        0..=90 => format!("{seconds} seconds"),
        5401.. => format!("{} hours", seconds.div_ceil(3600)),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_said_in_the_unit_that_fits() {
        assert_eq!(span(1), "1 second");
        assert_eq!(span(30), "30 seconds");
        assert_eq!(span(91), "2 minutes");
        assert_eq!(span(3600), "60 minutes");
        assert_eq!(span(40_000), "12 hours");
    }
}
