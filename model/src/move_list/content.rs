//! What a list says, as deflated JSON.

use holdfast_otp::{Algorithm, Digits, Kind, Parameters, Period, UnixTime};
use miniz_oxide::{deflate, inflate};
use serde::{Deserialize, Serialize};

use super::error::{ReadListError, WriteListError};
use super::{ListId, ListKind, Listed, MAX_ACCOUNTS, Mark, MoveList, Step};
use crate::naming;
use crate::vault::MAX_NAME_LEN;

/// The most that a list unpacks to, in bytes; what would grow beyond is not unpacked further.
const MAX_LEN: usize = 8 * 1024 * 1024;
/// How hard the deflater tries, of 10.
const EFFORT: u8 = 9;

#[derive(Serialize, Deserialize)]
struct Content {
    kind: String,
    made: u64,
    accounts: Vec<Record>,
}

/// An account. What most services use is left out; what this version does not know is passed over.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Record {
    mark: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    issuer: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    account: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    period: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    digits: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    algorithm: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<String>,
}

/// The list in as few bytes as it takes.
pub(super) fn pack(list: &MoveList) -> Result<Vec<u8>, WriteListError> {
    if list.accounts.is_empty() {
        return Err(WriteListError::Empty);
    }
    if list.accounts.len() > MAX_ACCOUNTS {
        return Err(WriteListError::TooLarge);
    }
    let kind = match list.kind {
        ListKind::Accounts => "accounts",
        ListKind::Progress => "progress",
    };
    let content = Content {
        kind: kind.to_owned(),
        made: list.made_at.0,
        accounts: list.accounts.iter().map(record).collect(),
    };
    let json = serde_json::to_vec(&content).map_err(|_| WriteListError::TooLarge)?;
    if json.len() > MAX_LEN {
        return Err(WriteListError::TooLarge);
    }
    Ok(deflate::compress_to_vec_zlib(&json, EFFORT))
}

/// Reads what [`pack`] wrote, of this version or a later one that adds to it.
pub(super) fn unpack(id: ListId, packed: &[u8]) -> Result<MoveList, ReadListError> {
    let json =
        inflate::decompress_to_vec_zlib_with_limit(packed, MAX_LEN).map_err(|error| match error
            .status
        {
            inflate::TINFLStatus::HasMoreOutput => ReadListError::TooLarge,
            _ => ReadListError::Damaged,
        })?;
    let content: Content = serde_json::from_slice(&json).map_err(|_| ReadListError::Damaged)?;
    let kind = match content.kind.as_str() {
        "accounts" => ListKind::Accounts,
        "progress" => ListKind::Progress,
        _ => return Err(ReadListError::Newer),
    };
    match content.accounts.len() {
        0 => return Err(ReadListError::Empty),
        count if count > MAX_ACCOUNTS => return Err(ReadListError::TooLarge),
        _ => {}
    }
    let accounts = content.accounts.into_iter().map(listed).collect::<Option<_>>();
    let accounts = accounts.ok_or(ReadListError::Damaged)?;
    Ok(MoveList { id, kind, made_at: UnixTime(content.made), accounts })
}

fn record(listed: &Listed) -> Record {
    let Parameters { kind, algorithm, digits } = listed.parameters;
    let common = Parameters::default();
    let (kind, period) = match kind {
        Kind::Totp { period } if Kind::Totp { period } == common.kind => (None, None),
        Kind::Totp { period } => (None, Some(period.seconds())),
        Kind::Hotp { .. } => (Some("hotp"), None),
        Kind::Steam => (Some("steam"), None),
    };
    Record {
        mark: format!("{:08x}", u32::from_be_bytes(listed.mark.0)),
        issuer: listed.issuer.clone(),
        account: listed.account.clone(),
        kind: kind.map(str::to_owned),
        period,
        digits: (digits != common.digits).then(|| digits.count()),
        algorithm: (algorithm != common.algorithm).then(|| algorithm.as_str().to_owned()),
        step: (listed.step != Step::ToDo).then(|| word(listed.step).to_owned()),
    }
}

fn listed(record: Record) -> Option<Listed> {
    let hex = record.mark.len() == 8 && record.mark.bytes().all(|byte| byte.is_ascii_hexdigit());
    let mark = hex.then(|| u32::from_str_radix(&record.mark, 16).ok());
    Some(Listed {
        mark: Mark(mark.flatten()?.to_be_bytes()),
        parameters: parameters(&record),
        step: step(record.step.as_deref()),
        issuer: name(record.issuer)?,
        account: name(record.account)?,
    })
}

/// A name of a length that a vault takes.
fn name(text: String) -> Option<String> {
    let name = naming::plain(&text);
    (name.len() <= MAX_NAME_LEN).then_some(name)
}

/// They only say what to expect, for the new barcode brings its own: what cannot be made out counts
/// as what most services use.
fn parameters(record: &Record) -> Parameters {
    let common = Parameters::default();
    let period = record.period.and_then(|period| Period::new(period).ok());
    let kind = match record.kind.as_deref() {
        Some("hotp") => Kind::Hotp { counter: 0 },
        Some("steam") => Kind::Steam,
        _ => period.map_or(common.kind, |period| Kind::Totp { period }),
    };
    let algorithm = match record.algorithm.as_deref() {
        Some("SHA256") => Algorithm::Sha256,
        Some("SHA512") => Algorithm::Sha512,
        _ => common.algorithm,
    };
    let digits = record.digits.and_then(|digits| Digits::new(digits).ok());
    Parameters { kind, algorithm, digits: digits.unwrap_or(common.digits) }
}

fn word(step: Step) -> &'static str {
    match step {
        Step::ToDo => "to-do",
        Step::ReEnrolled => "re-enrolled",
        Step::Confirmed => "confirmed",
        Step::Retired => "retired",
    }
}

fn step(word: Option<&str>) -> Step {
    match word {
        Some("re-enrolled") => Step::ReEnrolled,
        Some("confirmed") => Step::Confirmed,
        Some("retired") => Step::Retired,
        _ => Step::ToDo,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: ListId = ListId([1; 8]);

    fn unpacked(json: &str) -> Result<MoveList, ReadListError> {
        unpack(ID, &deflate::compress_to_vec_zlib(json.as_bytes(), EFFORT))
    }

    #[test]
    fn what_a_later_version_adds_is_passed_over() {
        let list = unpacked(
            r#"{"kind":"accounts","made":5,"more":[{}],"accounts":[{"mark":"00000001","account":"a",
            "kind":"later","digits":77,"algorithm":"SHA3","step":"dreamt of","colour":"blue"}]}"#,
        )
        .unwrap();
        let [only] = list.accounts.as_slice() else { panic!("{list:?}") };
        assert_eq!(only.parameters, Parameters::default());
        assert_eq!((only.account.as_str(), only.step), ("a", Step::ToDo));
    }

    #[test]
    fn what_is_no_list_is_told_in_its_own_way() {
        let one = r#"{"mark":"00000001","account":"a"}"#;
        let of =
            |accounts: &str| format!(r#"{{"kind":"accounts","made":5,"accounts":[{accounts}]}}"#);
        assert!(unpacked(&of(one)).is_ok());
        assert_eq!(unpacked(&of("")), Err(ReadListError::Empty));
        assert_eq!(unpacked(&of(r#"{"account":"a"}"#)), Err(ReadListError::Damaged));
        assert_eq!(unpacked(&of(r#"{"mark":"+0000001"}"#)), Err(ReadListError::Damaged));
        let long = format!(r#"{{"mark":"00000001","account":"{}"}}"#, "x".repeat(MAX_NAME_LEN + 1));
        assert_eq!(unpacked(&of(&long)), Err(ReadListError::Damaged));
        assert_eq!(unpacked("[]"), Err(ReadListError::Damaged));
        assert_eq!(
            unpacked(&of(one).replace("accounts\",", "secrets\",")),
            Err(ReadListError::Newer)
        );
        assert_eq!(unpack(ID, b"not deflated"), Err(ReadListError::Damaged));
        let many = vec![one; MAX_ACCOUNTS];
        assert_eq!(unpacked(&of(&many.join(","))).unwrap().accounts.len(), MAX_ACCOUNTS);
        let more = vec![one; MAX_ACCOUNTS + 1];
        assert_eq!(unpacked(&of(&more.join(","))), Err(ReadListError::TooLarge));
    }

    #[test]
    fn a_bomb_is_not_unpacked() {
        let bomb = deflate::compress_to_vec_zlib(&vec![b' '; 4 * MAX_LEN], EFFORT);
        assert!(bomb.len() < 64 * 1024, "{}", bomb.len());
        assert_eq!(unpack(ID, &bomb), Err(ReadListError::TooLarge));
    }

    #[test]
    fn names_bring_no_hidden_letters_along() {
        let json = r#"{"kind":"accounts","made":5,"accounts":[{"mark":"00000001",
            "issuer":" Git\u202eHub\u001b[31m ","account":"a\nb"}]}"#;
        let list = unpacked(json).unwrap();
        assert_eq!(list.accounts[0].issuer, "GitHub[31m");
        assert_eq!(list.accounts[0].account, "ab");
    }
}
