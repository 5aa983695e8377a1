//! How the operator says which ways letters can take.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::kannel::{Kannel, Proof};
use super::smtp::Smtp;
use super::{MailWay, Post, SmsWay};
use crate::domain::issuer::Issuer;
use crate::keyring::Keyring;

/// Where letters go under `--dev` when nothing else is said.
const FOLDER: &str = "outbox";

/// Mail and SMS. Passwords come from files: others on the machine can read arguments.
#[derive(Args, Default)]
pub struct PostArgs {
    /// The mail server, such as smtps://mail.example.org, or smtp://127.0.0.1:25; `none` for no mail
    /// under --dev.
    #[arg(long, value_name = "URL", env = "HOLDFAST_MAIL")]
    mail: Option<String>,
    /// The address that mails come from.
    #[arg(long, value_name = "ADDRESS", env = "HOLDFAST_MAIL_FROM", requires = "mail")]
    mail_from: Option<String>,
    /// The name to log in with at the mail server.
    #[arg(long, value_name = "NAME", env = "HOLDFAST_MAIL_USER", requires = "mail_password_file")]
    mail_user: Option<String>,
    /// The file with the password for the mail server.
    #[arg(long, value_name = "FILE", env = "HOLDFAST_MAIL_PASSWORD_FILE", requires = "mail_user")]
    mail_password_file: Option<PathBuf>,
    /// The SMS gateway: the address of Kannel's sendsms, such as
    /// http://127.0.0.1:13013/cgi-bin/sendsms, or the path of a program that gets each SMS as JSON;
    /// `none` for no SMS under --dev.
    #[arg(long, value_name = "URL|PROGRAM", env = "HOLDFAST_SMS")]
    sms: Option<String>,
    /// The number or name that SMS come from.
    #[arg(long, value_name = "SENDER", env = "HOLDFAST_SMS_FROM", default_value = "Holdfast")]
    sms_from: String,
    /// The name to log in with at Kannel.
    #[arg(long, value_name = "NAME", env = "HOLDFAST_SMS_USER", requires = "sms_password_file")]
    sms_user: Option<String>,
    /// The file with the password for Kannel.
    #[arg(long, value_name = "FILE", env = "HOLDFAST_SMS_PASSWORD_FILE", requires = "sms_user")]
    sms_password_file: Option<PathBuf>,
    /// This server's address as Kannel reaches it, for its delivery reports.
    #[arg(long, value_name = "URL", env = "HOLDFAST_SMS_REPORT_URL")]
    sms_report_url: Option<String>,
    /// Most SMS that are sent in one day, whoever asks.
    #[arg(long, value_name = "COUNT", env = "HOLDFAST_SMS_A_DAY", default_value_t = 1000)]
    sms_a_day: u32,
    /// The address under which people reach the pages, written in mails.
    #[arg(long, value_name = "URL", env = "HOLDFAST_PUBLIC_URL")]
    public_url: Option<String>,
}

/// What was said does not lead anywhere.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// A value cannot be used.
    #[error("Mail or SMS cannot be set up: {0}.")]
    Unusable(String),
    /// Something is missing.
    #[error("{0} needs {1} too.")]
    Missing(&'static str, &'static str),
    /// A password's file cannot be read.
    #[error("The password file {path} cannot be read: {reason}.")]
    Password {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: std::io::Error,
    },
}

impl PostArgs {
    /// The ways that were said; where none was, letters become files under `--dev`, and without it
    /// there are none.
    pub fn open(
        &self,
        dev: bool,
        data_dir: &Path,
        issuer: &Issuer,
        keyring: &Arc<Keyring>,
    ) -> Result<Post, PostError> {
        let folder = || dev.then(|| data_dir.join(FOLDER));
        let mail = match self.mail.as_deref() {
            None => folder().map(MailWay::Files),
            Some("none") => None,
            Some(url) => Some(MailWay::Smtp(Box::new(self.smtp(url, issuer)?))),
        };
        let sms = match self.sms.as_deref() {
            None => folder().map(SmsWay::Files),
            Some("none") => None,
            Some(url) if url.contains("://") => {
                Some(SmsWay::Kannel(Box::new(self.kannel(url, keyring)?)))
            }
            Some(program) => Some(SmsWay::Command(PathBuf::from(program))),
        };
        let public_url = self.public_url.as_deref().map(|url| url.trim_end_matches('/').to_owned());
        Ok(Post { mail, sms, public_url, sms_a_day: self.sms_a_day })
    }

    fn smtp(&self, url: &str, issuer: &Issuer) -> Result<Smtp, PostError> {
        let from = self.mail_from.as_deref().ok_or(PostError::Missing("--mail", "--mail-from"))?;
        let login = login(self.mail_user.as_deref(), self.mail_password_file.as_deref())?;
        Smtp::new(url, login, from, issuer).map_err(PostError::Unusable)
    }

    fn kannel(&self, url: &str, keyring: &Arc<Keyring>) -> Result<Kannel, PostError> {
        let login = login(self.sms_user.as_deref(), self.sms_password_file.as_deref())?;
        let login = login.ok_or(PostError::Missing("--sms with Kannel", "--sms-user"))?;
        let keyring = Arc::clone(keyring);
        let proof: Proof = Box::new(move |letter| report_proof(&keyring, letter));
        let report_to = self.sms_report_url.as_deref().map(|url| url.trim_end_matches('/'));
        Kannel::new(url, login, &self.sms_from, report_to, proof).map_err(PostError::Unusable)
    }
}

/// The word by which a delivery report shows that it is of the letter that it names.
pub fn report_proof(keyring: &Keyring, letter: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&keyring.throttle_key("delivery report", letter)[..16])
}

#[expect(clippy::disallowed_methods, reason = "the operator's files are read at the start")]
fn login(
    user: Option<&str>,
    password_file: Option<&Path>,
) -> Result<Option<(String, String)>, PostError> {
    let (Some(user), Some(path)) = (user, password_file) else { return Ok(None) };
    let password = std::fs::read_to_string(path)
        .map_err(|reason| PostError::Password { path: path.to_owned(), reason })?;
    Ok(Some((user.to_owned(), password.trim_end_matches(['\r', '\n']).to_owned())))
}
