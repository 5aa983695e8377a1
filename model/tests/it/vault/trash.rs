//! Where replaced secrets lie: for 30 days at least, whatever one look at the clock says.

use holdfast_model::vault::{EntryError, MOST_AT_ONCE, TRASH_SECONDS};
use proptest::prelude::*;

use super::*;

const DAY: u64 = 86_400;

fn later(days: u64) -> UnixTime {
    UnixTime(NOW.0 + days * DAY)
}

/// Saves, which is a look at the clock, and opens again.
fn reopened(vault: &mut Vault, now: UnixTime) -> Vault {
    open_by_device(&vault.seal(now, &mut rng(9)).unwrap()).unwrap()
}

/// A vault in which something was thrown away and saved at that time.
fn thrown_at(now: UnixTime) -> Vault {
    let (mut vault, ids) = sample(1);
    vault.exchange_secret(ids[1], Parameters::default(), &secret(9), now, &mut rng(2)).unwrap();
    reopened(&mut vault, now)
}

#[test]
fn a_replaced_secret_lies_in_the_trash_for_thirty_days_and_not_for_ever() {
    let (mut vault, ids) = sample(1);
    let new = secret(9);
    vault.exchange_secret(ids[1], Parameters::default(), &new, NOW, &mut rng(2)).unwrap();
    let mut vault = reopened(&mut vault, later(29));
    let [trashed] = vault.trash() else { panic!("{:?}", vault.trash()) };
    assert_eq!((trashed.thrown_at, trashed.entry.id), (NOW, ids[1]));
    assert_eq!(trashed.entry.parameters, totp(60, Algorithm::Sha512, 8));
    assert_eq!(vault.secret(ids[1]).unwrap(), new);

    let mut brought_back = vault.clone();
    let item = trashed.id;
    assert_eq!(brought_back.recover(item, later(29), &mut rng(3)), Ok(ids[1]));
    let brought_back = reopened(&mut brought_back, later(29));
    assert_eq!(brought_back.secret(ids[1]).unwrap(), secret(1));
    assert_eq!(brought_back.entries()[1].parameters, totp(60, Algorithm::Sha512, 8));
    let [other] = brought_back.trash() else { panic!("one of the two lies in the trash") };
    assert_eq!(other.entry.parameters, Parameters::default());

    assert_eq!((TRASH_SECONDS, MOST_AT_ONCE), (30 * DAY, 15 * DAY));
    vault = reopened(&mut vault, later(44));
    assert_eq!(vault.trash().len(), 1);
    vault = reopened(&mut vault, later(59));
    assert!(vault.trash().is_empty());
    assert_eq!(vault.recover(item, later(59), &mut rng(3)), Err(EntryError::NotFound));
}

#[test]
fn an_account_that_is_gone_comes_back_from_the_trash() {
    let (mut vault, ids) = sample(1);
    vault.exchange_secret(ids[0], Parameters::default(), &secret(9), NOW, &mut rng(2)).unwrap();
    vault.remove(ids[0]).unwrap();
    let mut vault = reopened(&mut vault, NOW);
    let item = vault.trash()[0].id;
    assert_eq!(vault.recover(item, NOW, &mut rng(3)), Ok(ids[0]));
    assert_eq!(vault.secret(ids[0]).unwrap(), secret(0));
    assert!(vault.trash().is_empty());
}

#[test]
fn what_waited_leaves_nothing_in_the_trash() {
    let (mut vault, ids) = sample(1);
    let given = vault.exchange_secret(ids[4], Parameters::default(), &secret(9), NOW, &mut rng(2));
    assert_eq!((given, vault.trash().len()), (Ok(()), 0));
}

#[test]
fn what_a_clock_years_ahead_threw_away_lies_no_shorter_and_no_longer() {
    let vault = &mut thrown_at(later(3_000));
    *vault = reopened(vault, NOW);
    let (since, until) = vault.lies_in_trash(&vault.trash()[0], NOW);
    assert_eq!((since, until), (NOW, later(30)));
    for days in [10, 20, 30, 40] {
        *vault = reopened(vault, later(days));
        assert_eq!(vault.trash().len(), 1, "after {days} days");
    }
    *vault = reopened(vault, later(45));
    assert!(vault.trash().is_empty());
}

#[test]
fn a_clock_that_comes_back_takes_back_what_it_gave() {
    let vault = &mut thrown_at(NOW);
    for jump in 1..10 {
        *vault = reopened(vault, later(1_000 * jump));
        assert_eq!(vault.trash().len(), 1, "{jump} jumps");
        *vault = reopened(vault, NOW);
    }
    assert_eq!(vault.lies_in_trash(&vault.trash()[0], NOW), (NOW, later(30)));
}

#[test]
fn it_is_worth_a_save_only_when_that_counts() {
    let vault = &mut thrown_at(NOW);
    assert!(!vault.trash_is_due(later(14)));
    assert!(vault.trash_is_due(later(15)) && vault.trash_is_due(UnixTime(NOW.0 - 15 * DAY)));
    *vault = reopened(vault, later(15));
    assert!(!vault.trash_is_due(later(29)));
    *vault = reopened(vault, later(30));
    *vault = reopened(vault, later(40));
    assert!(!vault.trash_is_due(later(44)) && vault.trash_is_due(later(45)));
    let (empty, _) = sample(1);
    assert!(!empty.trash_is_due(later(10_000)));
}

/// How the clock and true time go on: days from one save to the next, and in which of them the clock is
/// off by how many days.
#[derive(Debug)]
struct History {
    steps: Vec<u64>,
    off: std::ops::Range<usize>,
    by: i64,
}

impl History {
    /// The true time and the clock at each save.
    fn saves(&self) -> impl Iterator<Item = (u64, UnixTime)> {
        let mut hours = 0;
        self.steps.iter().enumerate().map(move |(number, step)| {
            hours += step;
            let off = if self.off.contains(&number) { self.by * 24 } else { 0 };
            let clock = (NOW.0 + hours * 3_600).checked_add_signed(off * 3_600).unwrap();
            (hours * 3_600, UnixTime(clock))
        })
    }
}

fn history() -> impl Strategy<Value = History> {
    let steps = prop::collection::vec(0..=40 * 24u64, 1..12);
    let by = prop_oneof![-19_000..=4_000i64, -50..=50i64];
    (steps, 0..12usize, 0..6usize, by).prop_map(|(steps, from, long, by)| History {
        steps,
        off: from..from + long,
        by,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn one_jump_there_and_back_takes_nothing_that_lay_less_than_thirty_days(history in history()) {
        let mut saves = history.saves();
        let (begun, clock) = saves.next().unwrap();
        let mut vault = SAMPLE.clone();
        let id = vault.entries()[1].id;
        vault.exchange_secret(id, Parameters::default(), &secret(9), clock, &mut rng(2)).unwrap();
        vault = reopened(&mut vault, clock);
        for (time, clock) in saves {
            vault = reopened(&mut vault, clock);
            prop_assert!(vault.trash().len() == 1 || time - begun >= TRASH_SECONDS);
        }
    }

    #[test]
    fn on_a_clock_that_is_right_nothing_lies_for_ever(steps in prop::collection::vec(1..=40u64, 1..20)) {
        let mut vault = SAMPLE.clone();
        let id = vault.entries()[1].id;
        vault.exchange_secret(id, Parameters::default(), &secret(9), NOW, &mut rng(2)).unwrap();
        let (mut days, mut counted) = (0, 0);
        for step in steps {
            (days, counted) = (days + step, counted + step.min(15));
            vault = reopened(&mut vault, later(days));
            prop_assert_eq!(vault.trash().is_empty(), counted >= 45);
        }
    }
}

static SAMPLE: std::sync::LazyLock<Vault> = std::sync::LazyLock::new(|| sample(1).0);
