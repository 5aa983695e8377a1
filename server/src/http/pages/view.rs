//! What each page shows, and how times are written on it.

use askama::Template;
use holdfast_otp::UnixTime;

/// What every page may show: who is signed in, and what went wrong with the form before.
#[derive(Template)]
#[template(path = "problem.html")]
pub struct Problem<'a> {
    pub signed_in: Option<&'a str>,
    pub problem: Option<String>,
    pub sentence: &'a str,
}

#[derive(Template)]
#[template(path = "register.html")]
pub struct Register<'a> {
    pub signed_in: Option<&'a str>,
    pub problem: Option<String>,
    pub email: &'a str,
    /// Which field the problem is with.
    pub wrong: &'a str,
}

#[derive(Template)]
#[template(path = "login.html")]
pub struct Login<'a> {
    pub signed_in: Option<&'a str>,
    pub problem: Option<String>,
    pub email: &'a str,
}

#[derive(Template)]
#[template(path = "code.html")]
pub struct EnterCode<'a> {
    pub signed_in: Option<&'a str>,
    pub problem: Option<String>,
}

#[derive(Template)]
#[template(path = "account.html")]
pub struct AccountPage<'a> {
    pub signed_in: Option<&'a str>,
    pub problem: Option<String>,
    pub two_factor_since: Option<String>,
    pub api_key_since: Option<String>,
}

#[derive(Template)]
#[template(path = "enable.html")]
pub struct Enable<'a> {
    pub signed_in: Option<&'a str>,
    pub problem: Option<String>,
}

#[derive(Template)]
#[template(path = "scan.html")]
pub struct Scan<'a> {
    pub signed_in: Option<&'a str>,
    pub problem: Option<String>,
    pub barcode: &'a str,
    pub key: &'a str,
    /// The key URI, for an app on the device that shows the page.
    pub uri: &'a str,
    /// How long the barcode is good for.
    pub minutes: u64,
    pub issuer: &'a str,
}

#[derive(Template)]
#[template(path = "switched.html")]
pub struct SwitchedPage<'a> {
    pub signed_in: Option<&'a str>,
    pub problem: Option<String>,
    pub on: bool,
    pub when: String,
    pub api_key: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "disable.html")]
pub struct Disable<'a> {
    pub signed_in: Option<&'a str>,
    pub problem: Option<String>,
}

#[derive(Template)]
#[template(path = "api-key.html")]
pub struct ApiKeyPage<'a> {
    pub signed_in: Option<&'a str>,
    pub problem: Option<String>,
    /// The key, just made.
    pub key: Option<&'a str>,
    /// Whether there is one that would be replaced.
    pub replaces: bool,
}

#[derive(Template)]
#[template(path = "sessions.html")]
pub struct Sessions<'a> {
    pub signed_in: Option<&'a str>,
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
    pub signed_in: Option<&'a str>,
    pub problem: Option<String>,
    pub wrong: &'a str,
    pub done: bool,
}

/// A moment as people write it, in UTC: `24 November 2026, 22:40 UTC`.
pub fn when(time: UnixTime) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let (mut days, seconds) = (time.0 / 86_400, time.0 % 86_400);
    let mut year = 1970;
    loop {
        let length = if is_leap(year) { 366 } else { 365 };
        if days < length || year > 9999 {
            break;
        }
        days -= length;
        year += 1;
    }
    let mut month = 0;
    for length in month_lengths(year) {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    let name = MONTHS.get(month).unwrap_or(&"");
    format!("{} {name} {year}, {hours:02}:{minutes:02} UTC", days + 1)
}

/// A wait as people say it: `30 seconds`, `2 minutes`.
pub fn span(seconds: u64) -> String {
    match seconds {
        1 => "1 second".to_owned(),
        0..=90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn month_lengths(year: u64) -> [u64; 12] {
    [31, if is_leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_the_calendar_has_them() {
        for (seconds, text) in [
            (0, "1 January 1970, 00:00 UTC"),
            (951_782_399, "28 February 2000, 23:59 UTC"),
            (951_782_400, "29 February 2000, 00:00 UTC"),
            (1_795_560_000, "24 November 2026, 22:40 UTC"),
            (4_102_444_799, "31 December 2099, 23:59 UTC"),
        ] {
            assert_eq!(when(UnixTime(seconds)), text);
        }
    }

    #[test]
    fn waits_are_said_in_the_unit_that_fits() {
        assert_eq!(span(1), "1 second");
        assert_eq!(span(30), "30 seconds");
        assert_eq!(span(91), "2 minutes");
        assert_eq!(span(3600), "60 minutes");
    }
}
