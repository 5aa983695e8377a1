//! How an account that could be added stands to what the vault holds: new, the same, or a question
//! for the person.

use holdfast_otp::{Kind, Parameters};

use super::Draft;
use crate::moving::{Awaited, awaited};
use crate::vault::{Entry, EntryId, Vault};

/// How a draft stands to what the vault holds already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Neither its secret nor its names are there.
    New,
    /// An entry makes the same codes: there is nothing to add.
    AlreadyHere {
        /// The entry; of several, the one that bears the draft's names too.
        id: EntryId,
        /// Its counter is past the draft's. It stays there, since the codes before it may have been
        /// used.
        further_on: bool,
    },
    /// These entries hold the same secret and make other codes from it: another kind, algorithm,
    /// number of digits or period, or a counter that is behind the draft's. Whether the service
    /// changed that, or the other device went on counting, only the person knows.
    SameSecret(Vec<EntryId>),
    /// This account waits for re-enrolment, and it is surely its new barcode: the same service, the
    /// same account.
    Awaited(EntryId),
    /// It may be the new barcode of one of these waiting accounts, or of none: the person decides.
    PerhapsAwaited(Vec<EntryId>),
    /// These entries bear the same names and hold other secrets: the person decides whether one of
    /// them is replaced or both are kept.
    SameNames(Vec<EntryId>),
}

/// Compares a draft with the vault. Whoever adds asks this first and heeds the answer: nothing is
/// ever overwritten in silence.
pub fn standing(vault: &Vault, draft: &Draft) -> Standing {
    let same_names = vault.find_same_names(Some(&draft.issuer), &draft.account);
    let mut same_secret = vault.find_same_secret(&draft.secret);
    same_secret.sort_by_key(|id| !same_names.contains(id));
    let held = |id: &EntryId| vault.entry(*id).map(|entry| entry.parameters);
    let here = same_secret.iter().copied().find_map(|id| {
        let further_on = further_on(&held(&id)?, &draft.parameters)?;
        Some(Standing::AlreadyHere { id, further_on })
    });
    match here {
        Some(here) => here,
        None if !same_secret.is_empty() => Standing::SameSecret(same_secret),
        // Beside one that holds another secret, a waiting one is not the only candidate.
        None if same_names.iter().any(|id| vault.entry(*id).is_some_and(Entry::has_secret)) => {
            Standing::SameNames(same_names)
        }
        None => match awaited(vault, &draft.issuer, &draft.account) {
            Awaited::Sure(id) => Standing::Awaited(id),
            Awaited::Perhaps(ids) => Standing::PerhapsAwaited(ids),
            Awaited::None => Standing::New,
        },
    }
}

/// In what the codes of the same secret differ, as part of a sentence: "6 digits where this one says
/// 8 digits"; empty where they do not.
pub fn difference(held: &Parameters, new: &Parameters) -> String {
    let (mut held, mut new) = (facts(held), facts(new));
    if held.first() != new.first() {
        // Another kind: what else differs follows from it.
        held.truncate(1);
        new.truncate(1);
    }
    let differing = held.into_iter().zip(new).filter(|(held, new)| held != new);
    let (held, new): (Vec<_>, Vec<_>) = differing.unzip();
    if held.is_empty() {
        return String::new();
    }
    format!("{} where this one says {}", listed(held), listed(new))
}

/// Whether the held parameters make the codes of the new ones (`None` if not), and if so, whether
/// their counter is past the new one.
fn further_on(held: &Parameters, new: &Parameters) -> Option<bool> {
    let same_length_and_hash = (held.digits, held.algorithm) == (new.digits, new.algorithm);
    match (held.kind, new.kind) {
        // Steam's length and hash are fixed; what stands there is not used.
        (Kind::Steam, Kind::Steam) => Some(false),
        (Kind::Totp { period }, Kind::Totp { period: wanted })
            if same_length_and_hash && period == wanted =>
        {
            Some(false)
        }
        (Kind::Hotp { counter }, Kind::Hotp { counter: wanted })
            if same_length_and_hash && counter >= wanted =>
        {
            Some(counter > wanted)
        }
        _ => None,
    }
}

/// Kind, what moves it on, digits and algorithm, each as one names it.
fn facts(parameters: &Parameters) -> Vec<String> {
    let (kind, pace) = match parameters.kind {
        Kind::Steam => return vec!["Steam Guard codes".to_owned()],
        Kind::Totp { period } => ("codes by time", format!("a period of {} s", period.seconds())),
        Kind::Hotp { counter } => ("codes by counter", format!("its counter at {counter}")),
    };
    let digits = format!("{} digits", parameters.digits.count());
    vec![kind.to_owned(), digits, parameters.algorithm.to_string(), pace]
}

fn listed(mut facts: Vec<String>) -> String {
    let last = facts.pop().unwrap_or_default();
    if facts.is_empty() { last } else { format!("{} and {last}", facts.join(", ")) }
}
