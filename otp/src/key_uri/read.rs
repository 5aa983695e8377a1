//! Reading a key URI: scheme, type, label, parameters, in this order.

use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

use super::name::{self, Name};
use super::{KeyUri, KeyUriError, MAX_NAME_CHARS, MAX_URI_BYTES, Parsed, Remark};
use crate::{Algorithm, Digits, Kind, ParameterError, Parameters, Period, Secret};

const SCHEME: &str = "otpauth://";
/// What password managers (Bitwarden among them) write for a Steam account: nothing but the key follows.
const STEAM_SCHEME: &str = "steam://";

pub(super) fn read(text: &str) -> Result<Parsed, KeyUriError> {
    let text = text.trim();
    if let Some(key) = after_scheme(text, STEAM_SCHEME) {
        return steam(key);
    }
    let rest = after_scheme(text, SCHEME).ok_or(KeyUriError::WrongScheme)?;
    if text.len() > MAX_URI_BYTES {
        return Err(KeyUriError::TooLong);
    }
    if text.chars().any(name::is_hidden) {
        return Err(KeyUriError::HiddenCharacter);
    }
    let (head, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (kind, label) = head.split_once('/').unwrap_or((head, ""));
    let kind = Type::of(kind).ok_or(KeyUriError::UnknownType)?;
    let query = Query::read(query)?;
    let mut remarks = Vec::new();
    let (issuer, account) = names(label, query.issuer, &mut remarks)?;
    if issuer.iter().chain([&account]).any(|name| name.chars().count() > MAX_NAME_CHARS) {
        return Err(KeyUriError::NameTooLong);
    }
    let secret = secret(query.secret.ok_or(KeyUriError::MissingSecret)?)?;
    remarks.extend(Remark::of_length(&secret));
    let parameters = parameters(kind, &query, issuer.as_deref(), &mut remarks)?;
    remarks.extend(query.unknown.into_iter().map(|name| Remark::UnknownParameter { name }));
    Ok(Parsed { uri: KeyUri { issuer, account, parameters, secret }, remarks })
}

fn after_scheme<'a>(text: &'a str, expected: &str) -> Option<&'a str> {
    let (scheme, rest) = text.split_at_checked(expected.len())?;
    scheme.eq_ignore_ascii_case(expected).then_some(rest)
}

/// A Steam account without a name of its own. Steam's client has links of this scheme too
/// (`steam://run/440`), so only what can be a whole key counts.
fn steam(key: &str) -> Result<Parsed, KeyUriError> {
    let secret = Secret::from_base32(key).map_err(|_| KeyUriError::WrongScheme)?;
    if secret.is_cut() {
        return Err(KeyUriError::WrongScheme);
    }
    let remarks = Remark::of_length(&secret).into_iter().collect();
    let parameters = Parameters { kind: Kind::Steam, ..Parameters::default() };
    let issuer = Some("Steam".to_owned());
    Ok(Parsed { uri: KeyUri { issuer, account: String::new(), parameters, secret }, remarks })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Type {
    Totp,
    Hotp,
    Steam,
}

impl Type {
    fn of(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "totp" => Some(Self::Totp),
            "hotp" => Some(Self::Hotp),
            "steam" => Some(Self::Steam),
            _ => None,
        }
    }
}

/// The parameters as written, still escaped. An empty one counts as absent.
#[derive(Default)]
struct Query<'a> {
    secret: Option<&'a str>,
    issuer: Option<&'a str>,
    algorithm: Option<&'a str>,
    digits: Option<&'a str>,
    period: Option<&'a str>,
    counter: Option<&'a str>,
    encoder: Option<&'a str>,
    unknown: Vec<String>,
}

impl<'a> Query<'a> {
    fn read(text: &'a str) -> Result<Self, KeyUriError> {
        let mut query = Self::default();
        let mut secrets = 0;
        for pair in text.split('&') {
            // A page that escaped the whole address for HTML leaves `&amp;` between parameters.
            let pair = pair.strip_prefix("amp;").unwrap_or(pair);
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (known, slot) = match name.to_ascii_lowercase().as_str() {
                "" => continue,
                "secret" => {
                    secrets += 1;
                    if secrets > 1 {
                        return Err(KeyUriError::RepeatedSecret);
                    }
                    ("secret", &mut query.secret)
                }
                "issuer" => ("issuer", &mut query.issuer),
                "algorithm" => ("algorithm", &mut query.algorithm),
                "digits" => ("digits", &mut query.digits),
                "period" => ("period", &mut query.period),
                "counter" => ("counter", &mut query.counter),
                "encoder" => ("encoder", &mut query.encoder),
                _ => {
                    query.unknown.push(name.to_owned());
                    continue;
                }
            };
            match *slot {
                _ if value.is_empty() => {}
                Some(earlier) if earlier != value => {
                    return Err(KeyUriError::Contradiction { parameter: known });
                }
                _ => *slot = Some(value),
            }
        }
        Ok(query)
    }
}

/// Issuer and account from the label and the `issuer` parameter, which wins where they differ.
fn names(
    label: &str,
    parameter: Option<&str>,
    remarks: &mut Vec<Remark>,
) -> Result<(Option<String>, String), KeyUriError> {
    let label = Name::read_label(label.trim_start_matches('/'))?;
    let parameter = parameter.map(Name::read).transpose()?;
    let read = || parameter.iter().chain([&label]);
    if read().any(|name| name.double_encoded) {
        remarks.push(Remark::DoubleEncoded);
    }
    if read().any(|name| name.repaired) {
        remarks.push(Remark::NotUtf8);
    }
    let label = label.text;
    let issuer = parameter.map(|name| name.text).filter(|text| !text.is_empty());
    let Some(issuer) = issuer else {
        return Ok(match label.split_once(':') {
            Some((prefix, account)) => (non_empty(prefix), account.trim().to_owned()),
            None => (None, label),
        });
    };
    // The parameter tells where the issuer ends, even where it has a colon itself.
    if let Some(account) = label.strip_prefix(&issuer).and_then(|rest| rest.strip_prefix(':')) {
        let account = account.trim().to_owned();
        return Ok((Some(issuer), account));
    }
    let account = match label.split_once(':') {
        Some((prefix, account)) => {
            if let Some(prefix) = non_empty(prefix)
                && prefix.to_lowercase() != issuer.to_lowercase()
            {
                let parameter = issuer.clone();
                remarks.push(Remark::IssuerMismatch { label: prefix, parameter });
            }
            account.trim().to_owned()
        }
        None => label,
    };
    Ok((Some(issuer), account))
}

fn non_empty(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn secret(raw: &str) -> Result<Secret, KeyUriError> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(raw.len()));
    bytes.extend(percent_decode_str(raw));
    let text = std::str::from_utf8(&bytes).map_err(|_| KeyUriError::HiddenCharacter)?;
    if text.chars().any(name::is_hidden) {
        return Err(KeyUriError::HiddenCharacter);
    }
    // `+` is a space here, as in every form; base32 has no plus.
    let mut spaced = Zeroizing::new(String::with_capacity(text.len()));
    spaced.extend(text.chars().map(|character| if character == '+' { ' ' } else { character }));
    match Secret::from_base32(&spaced) {
        Err(crate::SecretError::Empty) => Err(KeyUriError::MissingSecret),
        other => Ok(other?),
    }
}

fn parameters(
    kind: Type,
    query: &Query,
    issuer: Option<&str>,
    remarks: &mut Vec<Remark>,
) -> Result<Parameters, KeyUriError> {
    if is_steam(kind, query, issuer) {
        return Ok(Parameters { kind: Kind::Steam, ..Parameters::default() });
    }
    let algorithm = query.algorithm.map(algorithm).transpose()?.unwrap_or_default();
    let digits = number("digits", query.digits)?
        .map(|digits| u8::try_from(digits).map_or(Err(ParameterError::Digits), Digits::new))
        .transpose()?
        .unwrap_or_default();
    let kind = if kind == Type::Hotp {
        let counter = number("counter", query.counter)?;
        if counter.is_none() {
            remarks.push(Remark::CounterMissing);
        }
        Kind::Hotp { counter: counter.unwrap_or(0) }
    } else {
        let period = number("period", query.period)?
            .map(|period| u32::try_from(period).map_or(Err(ParameterError::Period), Period::new))
            .transpose()?
            .unwrap_or_default();
        Kind::Totp { period }
    };
    Ok(Parameters { kind, algorithm, digits })
}

/// Steam is said in three ways: as the type, as `encoder=steam`, or only by the issuer's name,
/// which counts unless the parameters ask for what Steam never had.
fn is_steam(kind: Type, query: &Query, issuer: Option<&str>) -> bool {
    let says_steam = |text: Option<&str>| text.is_some_and(|t| t.eq_ignore_ascii_case("steam"));
    let usual = |value: Option<&str>, expected: &str| value.is_none_or(|value| value == expected);
    kind == Type::Steam
        || kind == Type::Totp
            && (says_steam(query.encoder)
                || says_steam(issuer)
                    && usual(query.digits, "5")
                    && usual(query.period, "30")
                    && query.algorithm.is_none_or(|name| {
                        algorithm(name).is_ok_and(|algorithm| algorithm == Algorithm::Sha1)
                    }))
}

fn algorithm(raw: &str) -> Result<Algorithm, KeyUriError> {
    let name = percent_decode_str(raw).decode_utf8_lossy();
    Algorithm::from_name(&name).ok_or(KeyUriError::UnknownAlgorithm)
}

fn number(parameter: &'static str, raw: Option<&str>) -> Result<Option<u64>, KeyUriError> {
    let Some(raw) = raw else { return Ok(None) };
    let digits = raw.trim();
    // `parse` alone would take a sign.
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(KeyUriError::NotANumber { parameter });
    }
    digits.parse().map(Some).map_err(|_| KeyUriError::NotANumber { parameter })
}
