//! What was handed over to be added: a picture, a link or standard input becomes an account's draft.

use std::ffi::OsStr;
use std::io::{self, IsTerminal, Read};
use std::path::Path;
use std::time::Duration;

use holdfast_model::intake::{self, Draft, Intake};
use holdfast_model::naming;
use holdfast_model::ports::{FileError, Files, PICTURE_LIMIT};
use holdfast_model::scan::{Desk, FoundText, Picture, PictureError};
use holdfast_model::{ReadError, SecretText};
use holdfast_otp::{Parameters, Remark, Secret};
use serde_json::json;
use zeroize::Zeroizing;

use super::args::{Common, What};
use super::ask;
use super::failure::{Candidate, Exit, Failure};
use crate::host::desktop::files::DesktopFiles;

/// How long a picture is read: longer than behind a window, since a script has nobody who waits.
const DEADLINE: Duration = Duration::from_secs(60);

/// What was handed over, and where.
pub(super) struct Input {
    pub(super) texts: Vec<FoundText>,
    /// As the end of a sentence on how many there are.
    place: &'static str,
}

/// The account to add, under the names it shall have.
pub(super) fn draft(what: &What, common: &Common) -> Result<Draft, Failure> {
    let mut draft = match taken(&read(&what.what)?, what)? {
        Intake::Complete(draft) => draft,
        Intake::BareKey(key) => of_key(&key)?,
    };
    if let Some(issuer) = &what.issuer {
        draft.issuer.clone_from(issuer);
    }
    if let Some(account) = &what.account {
        draft.account.clone_from(account);
    }
    let nameless =
        |draft: &Draft| draft.issuer.trim().is_empty() && draft.account.trim().is_empty();
    if nameless(&draft)
        && let Some(issuer) = ask::line(common, "Website or company:")?
    {
        draft.issuer = issuer;
        draft.account = ask::line(common, "Your name there:")?.unwrap_or_default();
    }
    if nameless(&draft) {
        let sentence = "This account has no name; give it one with --issuer or --account.";
        return Err(Failure::new(Exit::Usage, sentence));
    }
    Ok(draft)
}

/// What is written in a picture file, a link or standard input.
pub(super) fn read(what: &OsStr) -> Result<Input, Failure> {
    let named = what.to_str().unwrap_or_default();
    if named == "-" {
        return of_stdin();
    }
    if is_link(named) {
        return of_text(named, "in this argument");
    }
    let path = Path::new(what);
    let bytes = DesktopFiles.read_picture(path).map_err(|error| match error {
        FileError::Missing if may_be_key(named) => not_it(
            "There is no file of that name; if it is a key, give it on standard input, where nobody \
             else sees it: holdfast add -",
        ),
        error => unread(path, error),
    })?;
    in_picture(&bytes)
}

/// Whether this may be a key that somebody took for an argument: then it is not repeated.
fn may_be_key(text: &str) -> bool {
    let letters = text.chars().filter(char::is_ascii_alphanumeric).count();
    letters >= FEWEST_LETTERS && Secret::from_base32(text).is_ok()
}

/// The letters of a key of 80 bits, the shortest that services give.
const FEWEST_LETTERS: usize = 16;

/// Why the file was not read, as somebody knows it who typed its path.
pub(super) fn unread(path: &Path, error: FileError) -> Failure {
    let shown = naming::shown(&path.display().to_string());
    match error {
        FileError::Missing => not_it(format!("There is no file at {shown}; check the path.")),
        _ if path.is_dir() => {
            not_it(format!("There is a folder at {shown}; name a picture file in it."))
        }
        FileError::Denied => {
            not_it(format!("The file at {shown} may not be read; check its permissions."))
        }
        error => not_it(error),
    }
}

/// Whether this is a link and not the path of a file: it begins with a scheme of two letters or more.
fn is_link(text: &str) -> bool {
    let scheme = text.split_once(':').map(|(scheme, _)| scheme).unwrap_or_default();
    scheme.len() > 1
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
        && !Path::new(text).exists()
}

/// A picture or a text.
fn of_stdin() -> Result<Input, Failure> {
    if io::stdin().is_terminal() {
        return of_text(ask::link_or_key()?.as_str(), "in this line");
    }
    let mut bytes = Zeroizing::new(Vec::new());
    io::stdin().lock().take(PICTURE_LIMIT as u64 + 1).read_to_end(&mut bytes)?;
    match std::str::from_utf8(&bytes) {
        Ok(text) if bytes.len() <= PICTURE_LIMIT => of_text(text, "on standard input"),
        _ => in_picture(&bytes),
    }
}

/// A key, or one link or several, each of which must be a good one: none is passed over unseen.
fn of_text(text: &str, place: &'static str) -> Result<Input, Failure> {
    let links = intake::links(text);
    let bad = |(number, link): (usize, &&str)| {
        let reason = intake::read(link).err()?;
        Some(not_it(format!("Link {number} of {}: {reason}", links.len())))
    };
    if links.len() > 1
        && let Some(failure) = (1..).zip(&links).find_map(bad)
    {
        return Err(failure);
    }
    let texts = links.into_iter().map(|link| FoundText::new(link.to_owned())).collect();
    Ok(Input { texts, place })
}

fn in_picture(bytes: &[u8]) -> Result<Input, Failure> {
    Ok(Input { texts: of_picture(bytes)?, place: "in this picture" })
}

pub(super) fn of_picture(bytes: &[u8]) -> Result<Vec<FoundText>, Failure> {
    let picture = Picture::decode(bytes).map_err(|error: PictureError| not_it(error))?;
    let found = Desk::new().read_still(picture, DEADLINE).map_err(not_it)?;
    if found.is_empty() { Err(not_it(ReadError::of_picture_with(&found))) } else { Ok(found.texts) }
}

/// Of the texts, the one that is an account; where several are, the one that was asked for.
fn taken(input: &Input, what: &What) -> Result<Intake, Failure> {
    let mut accounts = Vec::new();
    let mut refusal = None;
    for text in &input.texts {
        match intake::read(text.as_str()) {
            Ok(intake) => accounts.push(intake),
            Err(error) => refusal = refusal.or(Some(error)),
        }
    }
    match (what.barcode, accounts.len()) {
        (_, 0) => Err(refusal.map_or_else(|| not_it(ReadError::NoBarcode), not_it)),
        (None, 1) => Ok(accounts.remove(0)),
        (Some(number), count) if (1..=count).contains(&number) => Ok(accounts.remove(number - 1)),
        (number, _) => Err(several(&accounts, input.place, number)),
    }
}

fn several(accounts: &[Intake], place: &str, asked: Option<usize>) -> Failure {
    let count = accounts.len();
    let there = match (asked, count) {
        (None, _) => format!("There are {count} accounts"),
        (Some(number), 1) => format!("There is no number {number}, only one account"),
        (Some(number), _) => format!("There is no number {number} among the {count} accounts"),
    };
    let sentence = format!("{there} {place}; say which one with --barcode.");
    let candidates = (1..).zip(accounts).map(|(number, intake)| candidate(number, intake));
    Failure::among(Exit::Usage, sentence, candidates.collect())
}

/// An account in a picture as one that could be meant, by its number.
fn candidate(number: usize, intake: &Intake) -> Candidate {
    let (name, issuer, account) = match intake {
        Intake::Complete(Draft { issuer, account, .. }) => {
            (naming::full(issuer, account), Some(issuer), Some(account))
        }
        Intake::BareKey(_) => ("a key without a name".to_owned(), None, None),
    };
    let json = json!({ "barcode": number, "issuer": issuer, "account": account });
    Candidate { mark: number.to_string(), name, json }
}

fn of_key(key: &SecretText) -> Result<Draft, Failure> {
    let secret = Secret::from_base32(key.as_str()).map_err(not_it)?;
    let (issuer, account) = (String::new(), String::new());
    let remarks = Remark::of_length(&secret).iter().map(ToString::to_string).collect();
    Ok(Draft { issuer, account, parameters: Parameters::default(), secret, remarks })
}

fn not_it(error: impl ToString) -> Failure {
    Failure::new(Exit::NoAccountInIt, error)
}
