//! What tells accounts of one name apart: how their codes are made, when they were added, or else a
//! number.

use std::collections::BTreeSet;

use holdfast_otp::{Kind, Parameters, UnixTime};

use crate::dates;
use crate::naming::{self, SortName};
use crate::vault::{Entry, Vault};

/// One of several accounts that bear the same name.
#[derive(Clone, Copy, Debug)]
pub struct Namesake {
    /// How its codes are made.
    pub parameters: Parameters,
    /// When it was added; `None` for one that is not in the vault yet.
    pub added_at: Option<UnixTime>,
}

/// A few words for each of them, all different: "8 digits", "added 2026-11-25", or "2 of 3" in the
/// order in which they are given. Empty for one that is alone.
pub fn apart(namesakes: &[Namesake]) -> Vec<String> {
    if namesakes.len() < 2 {
        return vec![String::new(); namesakes.len()];
    }
    let count = namesakes.len();
    let days = namesakes.iter().map(|one| one.added_at.map(dates::day));
    let days = days.map(|day| day.map(|day| format!("added {day}")).unwrap_or_default());
    [differences(namesakes), days.collect()]
        .into_iter()
        .find(|words| all_different(words))
        .unwrap_or_else(|| (1..=count).map(|number| format!("{number} of {count}")).collect())
}

/// An entry beside the others of its vault.
#[derive(Clone, Debug)]
pub struct Named<'a> {
    /// What it is sorted by.
    pub key: (SortName, SortName),
    /// The entry.
    pub entry: &'a Entry,
    /// What tells it from others of its name, as of [`apart`].
    pub apart: String,
}

/// All entries, by issuer, then account, case aside and numbers as numbers; those of one name in the
/// order in which they were added.
pub fn told_apart(vault: &Vault) -> Vec<Named<'_>> {
    let named = |entry| Named { key: key(entry), entry, apart: String::new() };
    let mut all: Vec<Named<'_>> = vault.entries().iter().map(named).collect();
    all.sort_by(|a, b| a.key.cmp(&b.key).then(a.entry.added_at.cmp(&b.entry.added_at)));
    for namesakes in all.chunk_by_mut(|a, b| a.key == b.key).filter(|same| same.len() > 1) {
        let facts: Vec<Namesake> = namesakes.iter().map(|named| namesake(named.entry)).collect();
        for (named, apart) in namesakes.iter_mut().zip(apart(&facts)) {
            named.apart = apart;
        }
    }
    all
}

/// What tells an entry from others of its name.
pub fn apart_of(vault: &Vault, entry: &Entry) -> String {
    told_apart(vault)
        .into_iter()
        .find(|named| named.entry.id == entry.id)
        .map(|named| named.apart)
        .unwrap_or_default()
}

fn key(entry: &Entry) -> (SortName, SortName) {
    naming::sort_key(entry.issuer.as_deref().unwrap_or_default(), &entry.account)
}

fn namesake(entry: &Entry) -> Namesake {
    Namesake { parameters: entry.parameters, added_at: Some(entry.added_at) }
}

fn all_different(words: &[String]) -> bool {
    let different: BTreeSet<_> = words.iter().filter(|words| !words.is_empty()).collect();
    different.len() == words.len()
}

/// Of each, what is not the same for all of them.
fn differences(namesakes: &[Namesake]) -> Vec<String> {
    let facts: Vec<_> = namesakes.iter().map(|one| facts(&one.parameters)).collect();
    let differs = |place: usize| facts.iter().any(|these| these[place] != facts[0][place]);
    // Where the kinds differ, the rest follows from it and would only be noise.
    let places: Vec<usize> =
        if differs(0) { vec![0] } else { (1..4).filter(|p| differs(*p)).collect() };
    let words = |these: &[String; 4]| {
        places.iter().map(|place| these[*place].as_str()).collect::<Vec<_>>().join(", ")
    };
    facts.iter().map(words).collect()
}

/// Kind, digits, period and algorithm. A counter's place is left out: it moves on with each code.
fn facts(parameters: &Parameters) -> [String; 4] {
    let (kind, period) = match parameters.kind {
        Kind::Steam => ("Steam Guard", String::new()),
        Kind::Totp { period } => ("by time", format!("every {} s", period.seconds())),
        Kind::Hotp { .. } => ("by counter", String::new()),
    };
    let digits = format!("{} digits", parameters.digits.count());
    [kind.to_owned(), digits, period, parameters.algorithm.to_string()]
}

#[cfg(test)]
mod tests {
    use holdfast_otp::{Digits, Period};

    use super::*;

    const DAY: u64 = 86_400;

    fn added(day: u64) -> Namesake {
        Namesake { parameters: Parameters::default(), added_at: Some(UnixTime(day * DAY)) }
    }

    fn making(kind: Kind, digits: u8) -> Namesake {
        let digits = Digits::new(digits).expect("so many digits");
        Namesake { parameters: Parameters { kind, digits, ..Parameters::default() }, ..added(0) }
    }

    #[test]
    fn one_alone_needs_no_words() {
        assert_eq!(apart(&[added(1)]), [""]);
        assert!(apart(&[]).is_empty());
    }

    #[test]
    fn how_the_codes_are_made_comes_before_the_day() {
        let period = |seconds| Kind::Totp { period: Period::new(seconds).expect("a period") };
        let words = |namesakes: &[Namesake]| apart(namesakes).join("; ");
        assert_eq!(words(&[making(period(30), 6), making(period(30), 8)]), "6 digits; 8 digits");
        assert_eq!(
            words(&[making(period(30), 6), making(period(60), 8)]),
            "6 digits, every 30 s; 8 digits, every 60 s"
        );
        assert_eq!(
            words(&[
                making(period(30), 6),
                making(Kind::Hotp { counter: 7 }, 8),
                making(Kind::Steam, 6)
            ]),
            "by time; by counter; Steam Guard"
        );
    }

    #[test]
    fn a_counter_that_moves_on_is_no_name() {
        let counter = |counter| making(Kind::Hotp { counter }, 6);
        assert_eq!(apart(&[counter(1), counter(2)]), ["1 of 2", "2 of 2"]);
    }

    #[test]
    fn the_day_tells_where_nothing_else_does_and_a_number_where_not_even_that() {
        assert_eq!(apart(&[added(0), added(1)]), ["added 1970-01-01", "added 1970-01-02"]);
        assert_eq!(apart(&[added(0), added(0), added(1)]), ["1 of 3", "2 of 3", "3 of 3"]);
        let new = Namesake { added_at: None, ..added(0) };
        assert_eq!(apart(&[new, new]), ["1 of 2", "2 of 2"]);
    }
}
