//! The commands, one function each.

use serde_json::json;
use zeroize::Zeroizing;

use super::address::Address;
use super::api::{Api, Opened};
use super::args::Command;
use super::ask::{Entry, agrees, ask, is_interactive};
use super::failure::Failure;
use super::kept::{Kept, Login};
use super::pin::{Pin, shown_by};
use super::voice::{Voice, printable};
use crate::domain::moment::rfc3339;

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

    /// Before a first log-in where no authority vouches for the server's certificate, asks whoever
    /// sits at the terminal to compare its fingerprint; nothing is sent before.
    fn meet(&mut self) -> Result<(), Failure> {
        let is_known = self.kept.pin(&self.server).is_some();
        if is_known || !self.server.as_str().starts_with("https:") || !is_interactive() {
            return Ok(());
        }
        match self.api.greet() {
            Err(Failure::Unproven { .. }) => {}
            // What else may be wrong the log-in itself will meet.
            _ => return Ok(()),
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
        Ok(())
    }

    /// Spec C2.
    fn log_in(&mut self) -> Result<(), Failure> {
        self.meet()?;
        let email = ask(Entry::Email)?;
        let password = ask(Entry::Password)?;
        let login = match self.api.open_session(email.trim(), &password, &device_name())? {
            Opened::Whole(login) => login,
            Opened::Challenge(challenge) => self.second_factor(&challenge)?,
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
        let kept_in = self.kept.path().display().to_string();
        self.voice.result(
            "Authentication successful.",
            &json!({ "email": email, "server": self.server.as_str(), "kept_in": kept_in }),
        )?;
        if is_first {
            self.voice.remark(&format!("Your log-in is kept in {kept_in}, readable only by you."));
        }
        Ok(())
    }

    fn second_factor(&self, challenge: &Zeroizing<String>) -> Result<Login, Failure> {
        let mut tries = if is_interactive() { CODE_TRIES } else { 1 };
        loop {
            let code = ask(Entry::Code)?;
            tries -= 1;
            match self.api.second_factor(challenge, code.trim()) {
                Err(Failure::Refused { code, message }) if code == "invalid_code" && tries > 0 => {
                    self.voice.remark(&message);
                }
                outcome => return outcome,
            }
        }
    }

    fn who_am_i(&self) -> Result<(), Failure> {
        let account = self.api.account(self.login()?)?;
        let email = printable(&account.email);
        let object = json!({ "email": email, "server": self.server.as_str() });
        self.voice.result(&email, &object)
    }

    fn log_out(&mut self) -> Result<(), Failure> {
        match self.api.close_session(self.login()?) {
            // Whether it was ended now or before, it is over.
            Ok(()) | Err(Failure::LoginOver(_)) => self.kept.forget(&self.server)?,
            Err(failure) => return Err(failure),
        }
        let object = json!({ "logged_in": false, "server": self.server.as_str() });
        self.voice.result("You are logged out.", &object)
    }

    fn two_factor(&self) -> Result<(), Failure> {
        let two_factor = self.api.account(self.login()?)?.two_factor;
        let sentence = if two_factor.enabled {
            match two_factor.since {
                Some(since) => {
                    format!("Two-factor authentication is on since {}.", rfc3339(since))
                }
                None => "Two-factor authentication is on.".to_owned(),
            }
        } else {
            format!(
                "Two-factor authentication is off; switch it on at {}/account/two-factor/enable.",
                self.server
            )
        };
        let object = json!({ "enabled": two_factor.enabled, "since": two_factor.since });
        self.voice.result(&sentence, &object)
    }

    /// Spec C3.
    fn disable_two_factor(&self) -> Result<(), Failure> {
        let login = self.login()?;
        let password = ask(Entry::Password)?;
        let api_key = self.api.disable_two_factor(login, &password)?;
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

    fn login(&self) -> Result<&Login, Failure> {
        self.kept.login(&self.server).ok_or_else(|| Failure::NotLoggedIn(self.server.clone()))
    }
}

/// What the account page will call this log-in.
fn device_name() -> String {
    let system = rustix::system::uname();
    format!("holdfastctl on {}", printable(&system.nodename().to_string_lossy()))
}
