//! The names in a key URI, unescaped as their writer meant it.

use percent_encoding::percent_decode_str;

use super::KeyUriError;

/// A name, and how badly it was written.
pub(super) struct Name {
    pub(super) text: String,
    /// It was escaped twice.
    pub(super) double_encoded: bool,
    /// It was not UTF-8; what could not be read became U+FFFD.
    pub(super) repaired: bool,
}

impl Name {
    /// Unescapes one name.
    pub(super) fn read(raw: &str) -> Result<Self, KeyUriError> {
        Self::unescape(&pluses_as_spaces(raw))
    }

    /// Unescapes a label: two names and a colon.
    pub(super) fn read_label(raw: &str) -> Result<Self, KeyUriError> {
        // A plus in `Some+Service:me+tag@example.com` means a space in one name only.
        let colon = [":", "%3A", "%3a", "%253A", "%253a"]
            .into_iter()
            .filter_map(|colon| raw.find(colon))
            .min()
            .unwrap_or(0);
        let (issuer, account) = raw.split_at(colon);
        let raw = format!("{}{}", pluses_as_spaces(issuer), pluses_as_spaces(account));
        Self::unescape(&raw)
    }

    fn unescape(raw: &str) -> Result<Self, KeyUriError> {
        let once = decoded(raw);
        // What only the second reading spoils was not escaped twice: `%1a` may stand in a name.
        let meant = |text: &String| !is_repaired(text) && !text.chars().any(is_hidden);
        let twice = is_escaped(&once).then(|| decoded(&once)).filter(meant);
        let double_encoded = twice.is_some();
        let text = twice.unwrap_or(once);
        if text.chars().any(is_hidden) {
            return Err(KeyUriError::HiddenCharacter);
        }
        let repaired = is_repaired(&text) && !is_repaired(raw);
        Ok(Self { text: text.trim().to_owned(), double_encoded, repaired })
    }
}

/// Control characters, those that reorder or invisibly label the text around them, and those that
/// leave nothing to be seen: with them `example.com` can be made to look like another name. Joiners and
/// marks of direction are not among them, for names are written with these.
pub fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{202A}'..='\u{202E}' // embeddings and overrides of direction
            | '\u{2066}'..='\u{2069}' // isolates
            | '\u{2028}' | '\u{2029}' // line and paragraph separators
            | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}' // byte order mark, no characters
            | '\u{00AD}' | '\u{034F}' | '\u{180E}' | '\u{200B}' // soft hyphen, joined or nothing
            | '\u{2060}'..='\u{2065}' | '\u{206A}'..='\u{206F}' // word joiner, operators, switches
            | '\u{115F}' | '\u{1160}' | '\u{3164}' | '\u{FFA0}' | '\u{2800}' // fillers
            | '\u{FFF9}'..='\u{FFFB}' // notes between the lines
            | '\u{E0000}'..='\u{E007F}' // tags
        )
}

fn decoded(raw: &str) -> String {
    percent_decode_str(raw).decode_utf8_lossy().into_owned()
}

fn is_repaired(text: &str) -> bool {
    text.contains(char::REPLACEMENT_CHARACTER)
}

/// Whether a text looks like one that still has to be unescaped: it has a percent sign, and each
/// is followed by two hexadecimal digits.
fn is_escaped(text: &str) -> bool {
    let mut parts = text.split('%');
    parts.next();
    let mut escapes = parts.map(|after| {
        matches!(after.as_bytes(), [a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit())
    });
    escapes.next().is_some_and(|first| first) && escapes.all(|escape| escape)
}

/// Turns the `+` of form encoding into spaces, and leaves a real plus alone: in a mail address, at
/// an end (`Disney+`, `C++`), and where the writer has shown that it writes spaces otherwise.
fn pluses_as_spaces(raw: &str) -> String {
    if raw.contains(' ') || raw.contains("%20") || is_address(raw) {
        return raw.to_owned();
    }
    let inner = raw.trim_matches([':', '+']);
    let start = raw.len() - raw.trim_start_matches([':', '+']).len();
    let (before, rest) = raw.split_at(start);
    let (_, after) = rest.split_at(inner.len());
    format!("{before}{}{after}", inner.replace('+', " "))
}

/// One mail address and nothing else, with its `@` escaped or not.
fn is_address(raw: &str) -> bool {
    let raw = raw.trim_start_matches(':').trim_start_matches("%3A").trim_start_matches("%3a");
    let Some((local, domain)) = raw.split_once('@').or_else(|| raw.split_once("%40")) else {
        return false;
    };
    let word = |text: &str, extra: &[u8]| {
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || extra.contains(&byte))
    };
    word(local, b"._+-%") && word(domain, b".-")
}
