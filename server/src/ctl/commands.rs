//! The commands, one function each.

use holdfast_otp::UnixTime;
use serde_json::json;
use zeroize::Zeroizing;

use super::address::Address;
use super::api::{Api, Opened, RecoveryCode, SecondFactor};
use super::args::Command;
use super::ask::{Entry, agrees, ask, is_interactive};
use super::failure::Failure;
use super::kept::{Kept, Login};
use super::pin::{Pin, shown_by};
use super::voice::{Voice, printable};
use crate::domain::calendar::rfc3339;

/// How often a mistyped code may be entered again before the whole log-in starts over.
const CODE_TRIES: usize = 3;

/// One run: a server, and what is known of it from earlier runs.
pub struct Session<'a> {
    server: Address,
    api: Api,
    kept: Kept,
    voice: &'a Voice,
}

impl<'a> Session<'a> {
    /// Finds out which server is meant: the named one, or that of the last log-in.
    pub fn begin(
        named: Option<&str>,
        pin: Option<&str>,
        voice: &'a Voice,
    ) -> Result<Self, Failure> {
        let mut kept = Kept::read()?;
        if kept.was_open {
            voice.remark(
                "Others on this machine could read your log-in file; it is closed to them now, \
                 and logging out and in again makes what they may have read worthless.",
            );
        }
        let server = named.or(kept.server()).ok_or(Failure::NoServer)?;
        let server = Address::parse(server)?;
        let pin = pin.or(kept.pin(&server)).map(Pin::parse).transpose()?;
        if let Some(pin) = &pin {
            kept.pin_to(&server, pin);
        }
        Ok(Self { api: Api::at(server.clone(), pin.as_ref())?, server, kept, voice })
    }

    pub fn perform(&mut self, command: Command) -> Result<(), Failure> {
        let outcome = match command {
            Command::Login => self.log_in(),
            Command::Whoami => self.who_am_i(),
            Command::Logout => self.log_out(),
            Command::TwoFactor => self.two_factor(),
            Command::RecoveryCodes { new } => self.recovery_codes(new),
            Command::DisableTwoFactor => self.disable_two_factor(),
            // They ask no server, and were answered before.
            Command::Completions { .. } | Command::Man => Ok(()),
        };
        // A token that the server does not know is of no use to anybody.
        if matches!(outcome, Err(Failure::LoginOver(_))) {
            self.kept.forget(&self.server)?;
        }
        outcome
    }

    /// Sees whether the server is there before anybody is asked for a password, and before one is sent.
    /// Before a first log-in where no authority vouches for its certificate, asks whoever sits at the
    /// terminal to compare the fingerprint.
    fn meet(&mut self) -> Result<(), Failure> {
        let is_known = self.kept.pin(&self.server).is_some();
        match self.api.greet() {
            Err(Failure::Unproven { .. }) if !is_known && is_interactive() => {}
            outcome => return outcome,
        }
        let (_, shown) = shown_by(&self.server)?;
        self.voice.remark(&format!(
            "No authority vouches for the server at {}. Its certificate is\n  {shown}\nCompare this \
             with what the server's operator tells you by another way.",
            self.server
        ));
        if !agrees("Is it the same? Type yes to trust it from now on: ")? {
            return Err(Failure::NotTrusted(self.server.clone()));
        }
        self.api = Api::at(self.server.clone(), Some(&shown))?;
        self.kept.pin_to(&self.server, &shown);
        self.api.greet()
    }

    /// Spec C2.
    fn log_in(&mut self) -> Result<(), Failure> {
        self.meet()?;
        let email = ask(Entry::Email)?;
        let password = ask(Entry::Password)?;
        let opened = self.api.open_session(email.trim(), &password, &device_name())?;
        let (login, codes_left, clock_ahead) = match opened {
            Opened::Whole(login) => (login, None, None),
            Opened::Challenge { challenge, sms_to } => {
                let done = self.second_factor(&challenge, sms_to.as_deref())?;
                (done.login, done.recovery_codes_left, done.phone_clock_ahead)
            }
        };
        let (email, token) = (login.email.clone(), login.token.clone());
        let is_first = !self.kept.existed;
        match self.kept.remember(&self.server, login) {
            // The log-in that this one replaces would else stay open on the server, unused.
            Ok(Some(earlier)) => drop(self.api.close_session(&earlier)),
            Ok(None) => {}
            Err(failure) => {
                drop(self.api.close_session(&Login { email, token }));
                return Err(failure);
            }
        }
        let file = self.kept.file_with(&self.server).map(|file| file.display().to_string());
        let kept_in = file.as_deref().unwrap_or("keyring");
        let mut object =
            json!({ "email": email, "server": self.server.as_str(), "kept_in": kept_in });
        if let Some(left) = codes_left {
            object["recovery_codes_left"] = left.into();
        }
        if let Some(ahead) = clock_ahead {
            object["phone_clock_ahead"] = ahead.into();
        }
        self.voice.result("Authentication successful.", &object)?;
        if let Some(ahead) = clock_ahead {
            let side = if ahead < 0 { "behind" } else { "ahead" };
            self.voice.remark(&format!(
                "The clock of your phone is about {} seconds {side}, so its codes were refused. Let \
                 it set its time by itself.",
                ahead.unsigned_abs()
            ));
        }
        if let Some(left) = codes_left {
            self.voice.remark(&format!(
                "You used a recovery code: {left} of 10 are left. Set up two-factor authentication \
                 anew at {}/account, or make new codes with `holdfastctl 2fa:recovery-codes --new`.",
                self.server
            ));
        }
        if is_first {
            self.voice.remark(&match &file {
                Some(file) => format!("Your log-in is kept in {file}, readable only by you."),
                None => "Your log-in is kept in this desktop's keyring.".to_owned(),
            });
        }
        Ok(())
    }

    /// `sms` in the place of a code has one sent, where there is a number (R3).
    fn second_factor(
        &self,
        challenge: &Zeroizing<String>,
        sms_to: Option<&str>,
    ) -> Result<SecondFactor, Failure> {
        let mut tries = if is_interactive() { CODE_TRIES } else { 1 };
        if let Some(number) = sms_to {
            self.voice.remark(&format!("Enter sms in place of a code to get one at {number}."));
        }
        loop {
            let code = ask(Entry::Code)?;
            if let Some(number) = sms_to.filter(|_| code.trim().eq_ignore_ascii_case("sms")) {
                self.api.send_sms(challenge)?;
                self.voice.remark(&format!("A code is on its way to {number}."));
                continue;
            }
            tries -= 1;
            match self.api.second_factor(challenge, code.trim()) {
                Err(Failure::Refused { code, message, .. })
                    if code == "invalid_code" && tries > 0 =>
                {
                    self.voice.remark(&message);
                }
                outcome => return outcome,
            }
        }
    }

    fn who_am_i(&self) -> Result<(), Failure> {
        let account = self.api.account(&self.login()?)?;
        let email = printable(&account.email);
        let object = json!({ "email": email, "server": self.server.as_str() });
        self.voice.result(&email, &object)
    }

    fn log_out(&mut self) -> Result<(), Failure> {
        match self.api.close_session(&self.login()?) {
            // Whether it was ended now or before, it is over.
            Ok(()) | Err(Failure::LoginOver(_)) => self.kept.forget(&self.server)?,
            Err(failure) => return Err(failure),
        }
        let object = json!({ "logged_in": false, "server": self.server.as_str() });
        self.voice.result("You are logged out.", &object)
    }

    fn two_factor(&self) -> Result<(), Failure> {
        let two_factor = self.api.account(&self.login()?)?.two_factor;
        let sentence = if two_factor.enabled {
            let since =
                two_factor.since.map(|since| format!(" since {}", rfc3339(UnixTime(since))));
            let left = two_factor.recovery_codes_left.map(|left| match left {
                1 => "; 1 recovery code is left".to_owned(),
                left => format!("; {left} recovery codes are left"),
            });
            let (since, left) = (since.unwrap_or_default(), left.unwrap_or_default());
            let next = two_factor.new_phone_at.map(|at| {
                let at = rfc3339(UnixTime(at));
                format!(" A new phone takes over on {at}; cancel that at {}/account.", self.server)
            });
            let off = match two_factor.codes_off {
                true => format!(
                    " Codes are switched off after too many wrong ones: only a recovery code logs in, until you \
                     change the phone at {}/account/two-factor/change.",
                    self.server
                ),
                false => String::new(),
            };
            let next = next.unwrap_or_default();
            format!("Two-factor authentication is on{since}{left}.{off}{next}")
        } else {
            format!(
                "Two-factor authentication is off; switch it on at {}/account/two-factor/enable.",
                self.server
            )
        };
        let mut object = json!({ "enabled": two_factor.enabled, "since": two_factor.since });
        if two_factor.codes_off {
            object["codes_off"] = true.into();
        }
        if let Some(at) = two_factor.new_phone_at {
            object["new_phone_at"] = at.into();
        }
        if let Some(left) = two_factor.recovery_codes_left {
            object["recovery_codes_left"] = left.into();
        }
        self.voice.result(&sentence, &object)
    }

    /// Spec C4, R6.
    fn recovery_codes(&self, new: bool) -> Result<(), Failure> {
        let login = self.login()?;
        let password = ask(Entry::Password)?;
        let codes = self.api.recovery_codes(&login, &password, new)?;
        let mut sentence = Zeroizing::new(String::with_capacity(1024));
        sentence.push_str(match (new, codes.len()) {
            (true, _) => "These are your new recovery codes; the old ones are void.",
            (false, 0) => "No recovery code is left; make new ones with --new.",
            (false, _) => "These recovery codes are left. Each works once, in place of a code.",
        });
        for RecoveryCode { number, code } in &codes {
            sentence.push_str(&format!("\n{number:>2}. "));
            sentence.push_str(code);
        }
        let list: Vec<_> = codes
            .iter()
            .map(|one| json!({ "number": one.number, "code": one.code.as_str() }))
            .collect();
        self.voice.result(&sentence, &json!({ "new": new, "recovery_codes": list }))
    }

    /// Spec C3.
    fn disable_two_factor(&self) -> Result<(), Failure> {
        let login = self.login()?;
        let password = ask(Entry::Password)?;
        let api_key = self.api.disable_two_factor(&login, &password)?;
        let mut sentence = Zeroizing::new(
            "Two-factor authentication is off. You are logged out everywhere but here.".to_owned(),
        );
        if let Some(key) = &api_key {
            sentence.push_str("\nYour old API key is void. This is the new one, shown only now:\n");
            sentence.push_str(key);
        }
        let object = json!({
            "enabled": false,
            "other_sessions_ended": true,
            "api_key": api_key.as_ref().map(|key| key.as_str()),
        });
        self.voice.result(&sentence, &object)
    }

    fn login(&self) -> Result<Login, Failure> {
        self.kept.login(&self.server)
    }
}

/// What the account page will call this log-in.
fn device_name() -> String {
    let system = rustix::system::uname();
    format!("holdfastctl on {}", printable(&system.nodename().to_string_lossy()))
}
