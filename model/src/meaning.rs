//! What the text of a barcode is, so that the app can say so before anything is done with it.

use data_encoding::BASE64;
use holdfast_otp::KeyUri;
use zeroize::Zeroizing;

use crate::move_list;

/// What a decoded text is. It holds nothing secret: the text itself stays where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// An enrolment code: a key URI (`otpauth://`, or `steam://` with a key). Whether it is a good one is
    /// for its parser.
    KeyUri,
    /// One part of an export from Google Authenticator (`otpauth-migration://`).
    MigrationPart(MigrationPart),
    /// A text that begins like such an export and cannot be read as one.
    DamagedMigration,
    /// A service's time (`HOLDFAST-TIME:`).
    TimeBarcode,
    /// A part of a move list (`HOLDFAST-MOVE:`).
    MoveList,
    /// A link to an app in an app store: services show it beside the enrolment code.
    AppStoreLink,
    /// A link to a web page.
    WebLink,
    /// The name and password of a Wi-Fi network.
    Wifi,
    /// Anything else.
    Other,
}

/// Which part of an export this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MigrationPart {
    /// This part, from 1.
    pub part: u32,
    /// How many parts the export has.
    pub parts: u32,
    /// The number that all parts of one export share.
    pub batch: u32,
}

impl Meaning {
    /// What `text` is, told from its scheme and its host alone.
    pub fn of(text: &str) -> Self {
        let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        if let Some(rest) = after_scheme(text, "otpauth-migration://") {
            return migration_part(rest).map_or(Self::DamagedMigration, Self::MigrationPart);
        }
        if after_scheme(text, "otpauth://").is_some() {
            return Self::KeyUri;
        }
        // Steam's client has other links of this scheme.
        if after_scheme(text, "steam://").is_some() && KeyUri::parse(text).is_ok() {
            return Self::KeyUri;
        }
        if holdfast_otp::time_barcode::is_one(text) {
            return Self::TimeBarcode;
        }
        if text.starts_with(move_list::PREFIX) {
            return Self::MoveList;
        }
        if after_scheme(text, "wifi:").is_some() {
            return Self::Wifi;
        }
        if ["market:", "itms-apps:", "itms-appss:", "itms:"]
            .iter()
            .any(|scheme| after_scheme(text, scheme).is_some())
        {
            return Self::AppStoreLink;
        }
        let web = after_scheme(text, "https://").or_else(|| after_scheme(text, "http://"));
        match web {
            Some(rest) if is_app_store(rest) => Self::AppStoreLink,
            Some(_) => Self::WebLink,
            None if text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("www.")) => {
                Self::WebLink
            }
            None => Self::Other,
        }
    }
}

/// The text after `scheme`, whose case does not count (RFC 3986 section 3.1).
fn after_scheme<'t>(text: &'t str, scheme: &str) -> Option<&'t str> {
    let start = text.get(..scheme.len())?;
    start.eq_ignore_ascii_case(scheme).then(|| &text[scheme.len()..])
}

/// Whether the part of a web link after `https://` leads to an app in a store.
fn is_app_store(rest: &str) -> bool {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let path = rest[authority.len()..].to_ascii_lowercase();
    match host.as_str() {
        "play.google.com" => path.starts_with("/store"),
        "apps.apple.com" | "itunes.apple.com" | "appgallery.huawei.com" | "f-droid.org" => true,
        "apps.microsoft.com" | "galaxystore.samsung.com" | "galaxy.store" => true,
        _ => false,
    }
}

/// Reads the batch numbers of `offline?data=…`: a protocol-buffer message (fields 3, 4 and 5 are
/// the number of parts, the index of this one from 0 and the batch) in base64, percent-encoded.
fn migration_part(rest: &str) -> Option<MigrationPart> {
    let query = rest.split_once('?')?.1.split('#').next()?;
    let data = query.split('&').find_map(|pair| pair.strip_prefix("data="))?;
    let message = base64(data)?;
    let (mut parts, mut index, mut batch, mut accounts) = (1, 0, 0, 0);
    let mut rest = message.as_slice();
    while !rest.is_empty() {
        let key = varint(&mut rest)?;
        match key & 7 {
            0 => {
                // Numbers of 32 bits; a negative batch comes sign-extended to 64.
                let value = varint(&mut rest)? as u32;
                match key >> 3 {
                    3 => parts = value,
                    4 => index = value,
                    5 => batch = value,
                    _ => {}
                }
            }
            1 => rest = rest.get(8..)?,
            2 => {
                let length = usize::try_from(varint(&mut rest)?).ok()?;
                rest = rest.get(length..)?;
                accounts += u32::from(key >> 3 == 1);
            }
            5 => rest = rest.get(4..)?,
            _ => return None,
        }
    }
    let parts = parts.max(1);
    (accounts > 0 && index < parts).then(|| MigrationPart { part: index + 1, parts, batch })
}

/// Base64 as it stands in a link: percent-encoded or not, either alphabet, with padding or without,
/// and with a `+` that a form decoder has turned into a space.
fn base64(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut letters = Zeroizing::new(Vec::with_capacity(text.len() + 3));
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let letter = match byte {
            b'%' => hex(bytes.next()?)? << 4 | hex(bytes.next()?)?,
            other => other,
        };
        match letter {
            b'-' | b' ' => letters.push(b'+'),
            b'_' => letters.push(b'/'),
            b'=' => {}
            other => letters.push(other),
        }
    }
    while letters.len() % 4 != 0 {
        letters.push(b'=');
    }
    BASE64.decode(&letters).ok().map(Zeroizing::new)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// Takes one base-128 number (at most 64 bits) off the front.
fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}
