//! An account as the terminal knows it: by a name somebody types, and as a line or JSON.

use holdfast_model::apart::apart_of;
use holdfast_model::naming;
use holdfast_model::vault::{Entry, Vault};
use holdfast_otp::{Kind, steam};
use serde_json::{Value, json};

use super::failure::{Candidate, Exit, Failure};

/// The one account that is meant: the one whose id or whole name this is, else the one that has it
/// somewhere in its names.
pub(super) fn find<'a>(vault: &'a Vault, wanted: &str) -> Result<&'a Entry, Failure> {
    find_among(vault, &vault.entries().iter().collect::<Vec<_>>(), wanted)
}

/// The same among these accounts.
pub(super) fn find_among<'a>(
    vault: &Vault,
    accounts: &[&'a Entry],
    wanted: &str,
) -> Result<&'a Entry, Failure> {
    let wanted = wanted.trim().to_lowercase();
    if wanted.is_empty() {
        let sentence = "The name is empty; say a part of the account's name, or see holdfast list.";
        return Err(Failure::new(Exit::Usage, sentence));
    }
    let all = accounts.iter().copied();
    let whole: Vec<_> = all.clone().filter(|entry| is_called(entry, &wanted)).collect();
    let part: Vec<_> =
        all.filter(|entry| names(entry).iter().any(|name| name.contains(&wanted))).collect();
    match (whole.as_slice(), part.as_slice()) {
        ([entry], _) | ([], [entry]) => Ok(entry),
        ([], []) => {
            let sentence = "No account has that name; see holdfast list.";
            Err(Failure::new(Exit::NoSuchAccount, sentence))
        }
        ([], several) | (several, _) => Err(ambiguous(vault, several)),
    }
}

/// The name in one piece, in letters that a terminal shows and does not obey.
pub(super) fn shown(entry: &Entry) -> String {
    naming::full(entry.issuer.as_deref().unwrap_or_default(), &entry.account)
}

/// Everything about an account but its secret and its codes.
pub(super) fn json(entry: &Entry) -> Value {
    let parameters = &entry.parameters;
    let (kind, period, counter) = match parameters.kind {
        Kind::Totp { period } => ("totp", Some(period.seconds()), None),
        Kind::Hotp { counter } => ("hotp", None, Some(counter)),
        Kind::Steam => ("steam", Some(30), None),
    };
    // Those of Steam are five letters, whatever else was said.
    let digits = match parameters.kind {
        Kind::Steam => steam::LENGTH,
        _ => parameters.digits.count().into(),
    };
    json!({
        "id": entry.id.to_string(),
        "issuer": entry.issuer,
        "account": entry.account,
        "kind": kind,
        "algorithm": parameters.algorithm.to_string(),
        "digits": digits,
        "period": period,
        "counter": counter,
        "waiting": !entry.has_secret(),
    })
}

/// An account as one that could be meant, by its id.
pub(super) fn candidate(vault: &Vault, entry: &Entry) -> Candidate {
    Candidate {
        mark: entry.id.to_string(),
        name: naming::beside_others(&shown(entry), &apart_of(vault, entry)),
        json: json!({
            "id": entry.id.to_string(),
            "issuer": entry.issuer,
            "account": entry.account,
        }),
    }
}

fn ambiguous(vault: &Vault, entries: &[&Entry]) -> Failure {
    let sentence = format!(
        "{} accounts have that name; say more of it, or the id of one of these.",
        entries.len()
    );
    let candidates = entries.iter().map(|entry| candidate(vault, entry)).collect();
    Failure::among(Exit::Ambiguous, sentence, candidates)
}

fn is_called(entry: &Entry, wanted: &str) -> bool {
    entry.id.to_string() == wanted || names(entry).iter().any(|name| name == wanted)
}

/// The names an account goes by, in lower case.
fn names(entry: &Entry) -> [String; 4] {
    let issuer = entry.issuer.as_deref().unwrap_or_default();
    let account = &entry.account;
    [
        issuer.to_owned(),
        account.to_owned(),
        format!("{issuer}:{account}"),
        naming::full(issuer, account),
    ]
    .map(|name| name.trim().to_lowercase())
}
