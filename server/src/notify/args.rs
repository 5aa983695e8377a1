//! How the operator says which ways letters can take.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::kannel::{Kannel, Proof};
use super::smtp::Smtp;
use super::{MailWay, Post, SmsWay, command};
use crate::domain::issuer::Issuer;
use crate::keyring::Keyring;
use crate::private_file;

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
    #[arg(long, value_name = "ADDRESS", env = "HOLDFAST_MAIL_FROM")]
    mail_from: Option<String>,
    /// The name to log in with at the mail server.
    #[arg(long, value_name = "NAME", env = "HOLDFAST_MAIL_USER")]
    mail_user: Option<String>,
    /// The file with the password for the mail server.
    #[arg(long, value_name = "FILE", env = "HOLDFAST_MAIL_PASSWORD_FILE")]
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
    #[arg(long, value_name = "NAME", env = "HOLDFAST_SMS_USER")]
    sms_user: Option<String>,
    /// The file with the password for Kannel.
    #[arg(long, value_name = "FILE", env = "HOLDFAST_SMS_PASSWORD_FILE")]
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
    /// One says what the other leaves no room for.
    #[error("{0} is for Kannel, and --sms names a program. Leave one of them out.")]
    ForKannel(&'static str),
    /// An address that no page and no gateway can use.
    #[error("{option} {url} is no address such as https://id.example.org. Write it like that.")]
    NoUrl {
        /// The option.
        option: &'static str,
        /// What was given.
        url: String,
    },
    /// There is no such program.
    #[error("The program {path} given with --sms cannot be run: {reason}.")]
    NoProgram {
        /// The program.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A password's file cannot be read.
    #[error("The password file {path} cannot be used: {reason}.")]
    Password {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

impl PostArgs {
    /// Whether what was given goes together, before anything is made. This is not left to the reader of
    /// the command line: what stands in the configuration file is a default to it, and given none.
    pub fn check(&self, issuer: &Issuer) -> Result<(), PostError> {
        let (user, file) = (self.mail_user.is_some(), self.mail_password_file.is_some());
        check_needs(&[
            (
                self.mail.is_some(),
                "--mail",
                &[
                    (self.mail_from.is_some(), "--mail-from"),
                    (user, "--mail-user"),
                    (file, "--mail-password-file"),
                ],
            ),
            (user, "--mail-user", &[(file, "--mail-password-file")]),
            (file, "--mail-password-file", &[(user, "--mail-user")]),
        ])?;
        let (user, file) = (self.sms_user.is_some(), self.sms_password_file.is_some());
        let for_kannel = [
            (user, "--sms-user"),
            (file, "--sms-password-file"),
            (self.sms_report_url.is_some(), "--sms-report-url"),
        ];
        check_needs(&[
            (self.sms.is_some(), "--sms", &for_kannel),
            (user, "--sms-user", &[(file, "--sms-password-file")]),
            (file, "--sms-password-file", &[(user, "--sms-user")]),
        ])?;
        let program = self.sms.as_deref().filter(|sms| *sms != "none" && !sms.contains("://"));
        if let Some(program) = program {
            if let Some((_, option)) = for_kannel.iter().find(|(is_given, _)| *is_given) {
                return Err(PostError::ForKannel(option));
            }
            command::can_be_run(Path::new(program))
                .map_err(|reason| PostError::NoProgram { path: program.into(), reason })?;
        }
        if let Some(url) = self.mail.as_deref().filter(|mail| *mail != "none") {
            self.smtp(url, issuer)?;
        }
        if self.sms.as_deref().is_some_and(|sms| sms.contains("://")) {
            self.kannel_login()?;
        }
        check_url("--public-url", self.public_url.as_deref())?;
        check_url("--sms-report-url", self.sms_report_url.as_deref())
    }

    /// The ways that were said; where none was, letters become files under `--dev`, and without it
    /// there are none.
    pub fn open(
        &self,
        dev: bool,
        data_dir: &Path,
        issuer: &Issuer,
        keyring: &Arc<Keyring>,
    ) -> Result<Post, PostError> {
        // Whole, since the page that names it is read by somebody who does not know where the server began.
        let whole = std::path::absolute(data_dir).unwrap_or_else(|_| data_dir.to_owned());
        let folder = || dev.then(|| whole.join(FOLDER));
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

    fn kannel_login(&self) -> Result<(String, String), PostError> {
        let login = login(self.sms_user.as_deref(), self.sms_password_file.as_deref())?;
        login.ok_or(PostError::Missing("--sms with Kannel", "--sms-user"))
    }

    fn kannel(&self, url: &str, keyring: &Arc<Keyring>) -> Result<Kannel, PostError> {
        let login = self.kannel_login()?;
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

/// Whether an option was given, and its name.
type Given = (bool, &'static str);

/// Whether nothing was given that needs another option, and that one not.
fn check_needs(all: &[(bool, &'static str, &[Given])]) -> Result<(), PostError> {
    for (is_given, needed, by) in all {
        if let Some((_, option)) = by.iter().find(|(by_given, _)| *by_given && !is_given) {
            return Err(PostError::Missing(option, needed));
        }
    }
    Ok(())
}

/// Whether it is the address of pages: letters take people there, and Kannel its reports.
fn check_url(option: &'static str, url: Option<&str>) -> Result<(), PostError> {
    let Some(url) = url else { return Ok(()) };
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let is_one = rest.is_some_and(|rest| {
        let host = rest.split('/').next().unwrap_or_default();
        let is_plain = |c: char| c.is_ascii_graphic() && !"?#@\"<>\\".contains(c);
        !host.is_empty() && rest.chars().all(is_plain)
    });
    if is_one { Ok(()) } else { Err(PostError::NoUrl { option, url: url.to_owned() }) }
}

fn login(
    user: Option<&str>,
    password_file: Option<&Path>,
) -> Result<Option<(String, String)>, PostError> {
    let (Some(user), Some(path)) = (user, password_file) else { return Ok(None) };
    let password = private_file::read(path)
        .map_err(|reason| PostError::Password { path: path.to_owned(), reason })?;
    let password = password.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        let reason = "it holds no password".to_owned();
        return Err(PostError::Password { path: path.to_owned(), reason });
    }
    Ok(Some((user.to_owned(), password.to_owned())))
}
