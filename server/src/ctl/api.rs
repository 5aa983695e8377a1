//! The server's JSON API, seen from outside: bytes are sent and come back as small types.

use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use ureq::Agent;
use ureq::http::{Method, Request, StatusCode};
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};
use zeroize::Zeroizing;

use super::address::Address;
use super::failure::Failure;
use super::kept::Login;
use super::pin::{Pin, pinned};
use super::voice::printable;

/// Far more than any answer has.
const MAX_ANSWER_BYTES: u64 = 64 * 1024;
/// How long a person waits for an answer before being told that there is none.
const LONGEST: Duration = Duration::from_secs(15);

/// A server that can be asked.
pub struct Api {
    agent: Agent,
    server: Address,
}

/// What a right password gives.
pub enum Opened {
    /// The log-in.
    Whole(Login),
    /// The account has two-factor authentication; this and a code give the log-in.
    Challenge {
        /// What is shown with the code.
        challenge: Zeroizing<String>,
        /// The number to which a code can be sent by SMS, as its owner recognises it.
        sms_to: Option<String>,
    },
}

/// The person's account.
#[derive(Deserialize)]
pub struct Account {
    /// As whom they are logged in.
    pub email: String,
    /// Its two-factor authentication.
    pub two_factor: TwoFactor,
}

/// Whether two-factor authentication is on, and what belongs to it.
#[derive(Deserialize)]
pub struct TwoFactor {
    /// Whether it is on.
    pub enabled: bool,
    /// Since when, in Unix seconds.
    #[serde(default)]
    pub since: Option<u64>,
    /// How many recovery codes are left.
    #[serde(default)]
    pub recovery_codes_left: Option<usize>,
    /// When a new phone takes over, in Unix seconds, where one waits for that.
    #[serde(default)]
    pub new_phone_at: Option<u64>,
    /// Whether codes are switched off after too many wrong ones.
    #[serde(default)]
    pub codes_off: bool,
}

/// A log-in by a code.
#[derive(Deserialize)]
pub struct SecondFactor {
    /// The log-in.
    #[serde(flatten)]
    pub login: Login,
    /// Where a recovery code was spent: how many are left.
    #[serde(default)]
    pub recovery_codes_left: Option<usize>,
    /// Where codes were refused because the phone's clock is off: by how many seconds it is ahead or,
    /// negative, behind.
    #[serde(default)]
    pub phone_clock_ahead: Option<i64>,
}

/// A recovery code and its number in the set.
#[derive(Deserialize)]
pub struct RecoveryCode {
    /// From 1.
    pub number: usize,
    /// The code.
    pub code: Zeroizing<String>,
}

impl Api {
    /// The server, which must show the pinned certificate if there is one, and else one that this
    /// machine trusts.
    pub fn at(server: Address, pin: Option<&Pin>) -> Result<Self, Failure> {
        let pinned = pin.map(|pin| pinned(&server, pin)).transpose()?;
        let config = Agent::config_builder()
            .http_status_as_error(false)
            // A password is meant for the server that was named, and for no other.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(LONGEST))
            .user_agent(concat!("holdfastctl/", env!("CARGO_PKG_VERSION")));
        // The environment's proxy stands between here and other machines only.
        let config = if server.is_loopback() { config.proxy(None) } else { config };
        let config = if server.as_str().starts_with("https:") {
            config.tls_config(tls(pinned))
        } else {
            config
        };
        Ok(Self { agent: config.build().into(), server })
    }

    /// Asks for the description of the API, which everybody may read: whether this server is there,
    /// can prove who it is, answers under this name and is a Holdfast server. It stands under the path
    /// that a log-in needs anyway, while a proxy may keep `/healthz` to itself.
    pub fn greet(&self) -> Result<(), Failure> {
        #[derive(Deserialize)]
        struct Description {
            #[serde(rename = "openapi")]
            _version: String,
        }
        self.ask(Method::GET, "/openapi.json", None, None::<&()>).map(|Description { .. }| ())
    }

    pub fn open_session(
        &self,
        email: &str,
        password: &str,
        device_name: &str,
    ) -> Result<Opened, Failure> {
        #[derive(Serialize)]
        struct Ask<'a> {
            email: &'a str,
            password: &'a str,
            device_name: &'a str,
        }
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Answer {
            Login(Login),
            Challenge {
                challenge: Zeroizing<String>,
                #[serde(default)]
                sms_to: Option<String>,
            },
        }
        let ask = Ask { email, password, device_name };
        match self.ask(Method::POST, "/sessions", None, Some(&ask))? {
            Answer::Login(login) => Ok(Opened::Whole(self.checked(login)?)),
            Answer::Challenge { challenge, sms_to } => {
                let sms_to = sms_to.map(|number| printable(&number));
                Ok(Opened::Challenge { challenge, sms_to })
            }
        }
    }

    pub fn second_factor(&self, challenge: &str, code: &str) -> Result<SecondFactor, Failure> {
        #[derive(Serialize)]
        struct Ask<'a> {
            challenge: &'a str,
            code: &'a str,
        }
        let ask = Ask { challenge, code };
        let done: SecondFactor =
            self.ask(Method::POST, "/sessions/second-factor", None, Some(&ask))?;
        Ok(SecondFactor { login: self.checked(done.login)?, ..done })
    }

    /// Has a code sent by SMS, for this log-in.
    pub fn send_sms(&self, challenge: &str) -> Result<(), Failure> {
        #[derive(Serialize)]
        struct Ask<'a> {
            challenge: &'a str,
        }
        let ask = Ask { challenge };
        self.send(Method::POST, "/sessions/second-factor/sms", None, Some(&ask)).map(drop)
    }

    /// The recovery codes that are left, or new ones in their place.
    pub fn recovery_codes(
        &self,
        login: &Login,
        password: &str,
        new: bool,
    ) -> Result<Vec<RecoveryCode>, Failure> {
        #[derive(Serialize)]
        struct Ask<'a> {
            password: &'a str,
        }
        #[derive(Deserialize)]
        struct Answer {
            recovery_codes: Vec<RecoveryCode>,
        }
        let path =
            if new { "/two-factor/recovery-codes/new" } else { "/two-factor/recovery-codes" };
        let answer: Answer = self.ask(Method::POST, path, Some(login), Some(&Ask { password }))?;
        let printable =
            |one: RecoveryCode| RecoveryCode { code: Zeroizing::new(printable(&one.code)), ..one };
        Ok(answer.recovery_codes.into_iter().map(printable).collect())
    }

    pub fn account(&self, login: &Login) -> Result<Account, Failure> {
        self.ask(Method::GET, "/account", Some(login), None::<&()>)
    }

    pub fn close_session(&self, login: &Login) -> Result<(), Failure> {
        self.send(Method::DELETE, "/sessions/current", Some(login), None::<&()>).map(drop)
    }

    /// Switches it off; the API key that replaces the account's old one, if there was one.
    pub fn disable_two_factor(
        &self,
        login: &Login,
        password: &str,
    ) -> Result<Option<Zeroizing<String>>, Failure> {
        #[derive(Serialize)]
        struct Ask<'a> {
            password: &'a str,
        }
        #[derive(Deserialize)]
        struct Answer {
            api_key: Option<Zeroizing<String>>,
        }
        let ask = Ask { password };
        let answer: Answer =
            self.ask(Method::POST, "/two-factor/disable", Some(login), Some(&ask))?;
        Ok(answer.api_key.map(|key| Zeroizing::new(printable(&key))))
    }

    /// A token goes into a header and a file: nothing but what a token can have.
    fn checked(&self, login: Login) -> Result<Login, Failure> {
        let fits = (16..=512).contains(&login.token.len());
        if fits && login.token.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Login { email: printable(&login.email), ..login })
        } else {
            Err(Failure::NotHoldfast(self.server.clone()))
        }
    }

    fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        login: Option<&Login>,
        body: Option<&impl Serialize>,
    ) -> Result<T, Failure> {
        let answer = self.send(method, path, login, body)?;
        serde_json::from_slice(&answer).map_err(|_| Failure::NotHoldfast(self.server.clone()))
    }

    /// Sends a request; the body of an answer that is a success.
    fn send(
        &self,
        method: Method,
        path: &str,
        login: Option<&Login>,
        body: Option<&impl Serialize>,
    ) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let not_holdfast = || Failure::NotHoldfast(self.server.clone());
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}/api/v1{path}", self.server))
            .header("accept", "application/json");
        if let Some(login) = login {
            let value = Zeroizing::new(format!("Bearer {}", login.token.as_str()));
            request = request.header("authorization", value.as_str());
        }
        let answer = match body {
            Some(body) => {
                let body = Zeroizing::new(serde_json::to_vec(body).map_err(|_| not_holdfast())?);
                request
                    .header("content-type", "application/json")
                    .body(body.as_slice())
                    .map_err(ureq::Error::from)
                    .and_then(|request| self.agent.run(request))
            }
            None => request
                .body(())
                .map_err(ureq::Error::from)
                .and_then(|request| self.agent.run(request)),
        };
        let mut answer = answer.map_err(|error| self.unanswered(&error))?;
        let bytes = answer
            .body_mut()
            .with_config()
            .limit(MAX_ANSWER_BYTES)
            .read_to_vec()
            .map(Zeroizing::new)
            .map_err(|error| self.unanswered(&error))?;
        // In seconds; no server of ours names a date (RFC 9110 section 10.2.3).
        let retry_after = answer.headers().get("retry-after");
        let retry_after = retry_after.and_then(|value| value.to_str().ok()?.trim().parse().ok());
        match answer.status() {
            status if status.is_success() => Ok(bytes),
            status => Err(self.refusal(status, retry_after, &bytes)),
        }
    }

    /// An answer that is no success, told in the server's own words where they can be read.
    fn refusal(&self, status: StatusCode, retry_after: Option<u64>, bytes: &[u8]) -> Failure {
        #[derive(Deserialize)]
        struct Answer {
            error: Error,
        }
        #[derive(Deserialize)]
        struct Error {
            code: String,
            message: String,
        }
        let Ok(Answer { error: Error { code, message } }) = serde_json::from_slice(bytes) else {
            return Failure::NotHoldfast(self.server.clone());
        };
        let (code, message) = (printable(&code), printable(&message));
        if status == StatusCode::UNAUTHORIZED && code == "not_signed_in" {
            Failure::LoginOver(self.server.clone())
        } else if status.is_client_error() {
            Failure::Refused { code, message, retry_after }
        } else {
            Failure::Unavailable { code, message, retry_after }
        }
    }

    /// No answer at all.
    fn unanswered(&self, error: &ureq::Error) -> Failure {
        let server = self.server.clone();
        let reason = match error {
            ureq::Error::Rustls(error) => {
                return Failure::Unproven { server, reason: printable(&error.to_string()) };
            }
            // A failed handshake comes wrapped once more by some paths.
            ureq::Error::Io(error)
                if error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>()) =>
            {
                return Failure::Unproven { server, reason: printable(&error.to_string()) };
            }
            ureq::Error::Protocol(_)
            | ureq::Error::Http(_)
            | ureq::Error::BodyExceedsLimit(_)
            | ureq::Error::LargeResponseHeader(..) => return Failure::NotHoldfast(server),
            ureq::Error::HostNotFound => "no machine has this name".to_owned(),
            ureq::Error::Timeout(_) => format!("no answer within {} seconds", LONGEST.as_secs()),
            ureq::Error::Io(error) => plain(error),
            other => other.to_string(),
        };
        Failure::Unreachable { server, reason: printable(&reason) }
    }
}

/// The system's words without its number: `connection refused`.
fn plain(error: &std::io::Error) -> String {
    let text = error.to_string().to_lowercase();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

/// TLS with the one pinned certificate, or with the certificate authorities that this machine trusts,
/// an organisation's own included.
fn tls(pinned: Option<Vec<u8>>) -> TlsConfig {
    let roots: Vec<_> = match &pinned {
        Some(certificate) => vec![Certificate::from_der(certificate).to_owned()],
        None => {
            let roots = rustls_native_certs::load_native_certs().certs;
            roots.iter().map(|root| Certificate::from_der(root).to_owned()).collect()
        }
    };
    TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .root_certs(RootCerts::Specific(Arc::new(roots)))
        .build()
}
