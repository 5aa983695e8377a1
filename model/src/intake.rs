//! What to do with a text that should become an account: the one decision every way of adding
//! shares, in the window and in the terminal.

mod standing;

use holdfast_otp::{KeyUri, KeyUriError, Parameters, Secret};

use crate::SecretText;
use crate::meaning::Meaning;

pub use standing::{Standing, difference, standing};

/// An account that could be added. `Debug` shows no secret.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// Who the account is with; may be empty.
    pub issuer: String,
    /// The account's name there; may be empty.
    pub account: String,
    /// How its codes are made.
    pub parameters: Parameters,
    /// What they are made from.
    pub secret: Secret,
    /// What is worth knowing about it, as sentences.
    pub remarks: Vec<String>,
}

/// What a text is good for.
#[derive(Clone, Debug, PartialEq)]
pub enum Intake {
    /// A key URI: everything that is needed.
    Complete(Draft),
    /// A bare key: the names are still to be asked for.
    BareKey(SecretText),
}

/// Why a text cannot become an account, as the person reads it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nothing but blanks.
    #[error("There is no text; copy the link that begins with otpauth://, or the key.")]
    Empty,
    /// A service's time, where an account is asked for.
    #[error(
        "This barcode tells a service's time and adds no account; read it with holdfast clock read."
    )]
    TimeBarcode,
    /// A part of a move list, where an account is asked for.
    #[error(
        "This is a part of a move list, which names accounts and holds no key; read it with holdfast move \
         read."
    )]
    MoveList,
    /// A link to an app store.
    #[error(
        "This is a link to an app store, not an account; look for a barcode under “authenticator \
         app” or “set up by hand”."
    )]
    AppStoreLink,
    /// A link to a web page.
    #[error(
        "This is a link to a web page, not an account; look for the barcode that the service shows \
         when you switch on two-factor authentication."
    )]
    WebLink,
    /// The credentials of a Wi-Fi network.
    #[error(
        "This barcode is for joining a Wi-Fi network; look for the one that the service shows when \
         you switch on two-factor authentication."
    )]
    Wifi,
    /// A part of Google Authenticator's export.
    #[error(
        "This is part {part} of {parts} of an export from Google Authenticator, which Holdfast \
         cannot take over; set each account up anew at its service."
    )]
    Export {
        /// This part, from 1.
        part: u32,
        /// Of how many.
        parts: u32,
    },
    /// The same, but unreadable.
    #[error(
        "This is an export from Google Authenticator, and a damaged one; set each account up anew \
         at its service."
    )]
    DamagedExport,
    /// It begins like a key URI and is not a usable one.
    #[error(transparent)]
    KeyUri(#[from] KeyUriError),
    /// Anything else.
    #[error(
        "This is neither a two-factor barcode nor a key; look for the barcode or the key that the \
         service shows when you switch on two-factor authentication."
    )]
    Other,
}

/// The shortest bare key that is taken for one, in base32 letters: 80 bits, the shortest that
/// services use. Shorter ones can be typed by hand; any short word would pass for one here.
const BARE_KEY_LETTERS: usize = 16;

/// The links in a text that holds nothing but links, on lines of their own or one behind the other. Of any
/// other text, the text.
pub fn links(text: &str) -> Vec<&str> {
    let whole = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let mut starts = Vec::new();
    let mut between = true;
    for (at, letter) in whole.char_indices() {
        if between && begins_link(&whole[at..]) {
            starts.push(at);
        }
        between = letter.is_whitespace();
    }
    if starts.len() < 2 || starts[0] != 0 {
        return vec![text];
    }
    let ends = starts.iter().skip(1).copied().chain([whole.len()]);
    starts.iter().zip(ends).map(|(start, end)| whole[*start..end].trim_end()).collect()
}

fn begins_link(text: &str) -> bool {
    ["otpauth://", "steam://"]
        .iter()
        .any(|scheme| text.get(..scheme.len()).is_some_and(|s| s.eq_ignore_ascii_case(scheme)))
}

/// Reads a text from a barcode, the clipboard, the keyboard or a pipe.
pub fn read(text: &str) -> Result<Intake, Refusal> {
    // Some programs write the NUL that ends a text in their memory into the barcode.
    let text = text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\0'));
    if text.is_empty() {
        return Err(Refusal::Empty);
    }
    match Meaning::of(text) {
        Meaning::KeyUri => {
            let parsed = KeyUri::parse(text)?;
            Ok(Intake::Complete(Draft {
                issuer: parsed.uri.issuer.unwrap_or_default(),
                account: parsed.uri.account,
                parameters: parsed.uri.parameters,
                secret: parsed.uri.secret,
                remarks: parsed.remarks.iter().map(ToString::to_string).collect(),
            }))
        }
        Meaning::MigrationPart(part) => Err(Refusal::Export { part: part.part, parts: part.parts }),
        Meaning::DamagedMigration => Err(Refusal::DamagedExport),
        Meaning::TimeBarcode => Err(Refusal::TimeBarcode),
        Meaning::MoveList => Err(Refusal::MoveList),
        Meaning::AppStoreLink => Err(Refusal::AppStoreLink),
        Meaning::WebLink => Err(Refusal::WebLink),
        Meaning::Wifi => Err(Refusal::Wifi),
        Meaning::Other if is_bare_key(text) => Ok(Intake::BareKey(text.into())),
        Meaning::Other => Err(Refusal::Other),
    }
}

/// Whether the app can do something with a text, or has something to say of it that no other barcode beside it
/// would change: of links and of texts that are none of its business it has not.
pub fn is_of_use(text: &str) -> bool {
    use Refusal::{AppStoreLink, Empty, Other, WebLink, Wifi};
    !matches!(read(text), Err(AppStoreLink | Empty | Other | WebLink | Wifi))
}

fn is_bare_key(text: &str) -> bool {
    let letters = text.chars().filter(char::is_ascii_alphanumeric).count();
    letters >= BARE_KEY_LETTERS && is_evenly_grouped(text) && Secret::from_base32(text).is_ok()
}

/// Whether a text is in one piece, or in groups of one length with what is left over at its end, as services show
/// keys. The words of a sentence and the parts of a serial number have other lengths.
fn is_evenly_grouped(text: &str) -> bool {
    let groups = text.trim_end_matches('=').split(|c: char| c.is_whitespace() || c == '-');
    let lengths: Vec<usize> = groups.map(str::len).filter(|length| *length > 0).collect();
    let Some((last, before)) = lengths.split_last() else { return false };
    before.iter().all(|length| *length == before[0] && length >= last)
}
