//! The rules of `domain/` at any moment: drift, replay, expiry, waits and limits.

use holdfast_otp::{Algorithm, Digits, Secret, TimeStep, UnixTime, totp};
use holdfast_server::domain::code::Code;
use holdfast_server::domain::enrolment::{Active, PENDING_SECONDS, Pending, Unconfirmed, Verdict};
use holdfast_server::domain::ids::{AccountId, TokenDigest};
use holdfast_server::domain::odds;
use holdfast_server::domain::session::{Face, Session};
use holdfast_server::domain::throttle::{Limit, Refused, Throttle};
use holdfast_server::random::system_random;
use proptest::prelude::*;

/// Some day in 2026, at the beginning of a step.
const NOON: u64 = 1_795_521_600;

#[test]
fn row_05_the_current_and_the_previous_step_are_accepted_and_no_other() {
    for (offset, accepted) in [(-2, false), (-1, true), (0, true), (1, false), (2, false)] {
        let phone = Phone::new();
        let active = phone.confirmed_at(NOON, 0);
        let later = NOON + 600;
        let verdict = phone.enter(active, later, offset);
        assert_eq!(matches!(verdict, Verdict::Accepted(..)), accepted, "{offset} steps off");
    }
}

#[test]
fn row_05_the_drift_is_learned_when_the_phone_is_confirmed() {
    for drift in -2..=2 {
        let phone = Phone::new();
        let active = phone.confirmed_at(NOON, drift);
        let later = NOON + 600;
        assert!(matches!(phone.enter(active, later, drift), Verdict::Accepted(..)), "{drift}");
    }
    for far in [-3, 3] {
        let phone = Phone::new();
        let code = phone.code(NOON, far);
        let refused = phone.pending.clone().confirm(&phone.session, &code, UnixTime(NOON));
        assert!(matches!(refused, Err(Unconfirmed::Wrong(..))), "{far} steps are too many");
    }
}

#[test]
fn row_05_the_drift_moves_the_window_and_never_widens_it() {
    for drift in -2..=2 {
        let accepted = (-6..=6)
            .filter(|offset| {
                let phone = Phone::new();
                let active = phone.confirmed_at(NOON, drift);
                matches!(phone.enter(active, NOON + 600, *offset), Verdict::Accepted(..))
            })
            .count();
        assert_eq!(accepted, 2, "learned {drift}");
    }
}

#[test]
fn row_05_a_drift_is_followed_from_two_consecutive_codes_only() {
    let phone = Phone::new();
    let active = phone.confirmed_at(NOON, 0);
    let later = NOON + 600;
    // One code ahead of the window is refused, and its neighbour then shows the drift.
    let Verdict::Wrong(active) = phone.enter(active, later, 1) else { panic!("one is not enough") };
    let Verdict::Accepted(active, _) = phone.enter(active, later + 30, 1) else {
        panic!("two consecutive ones are")
    };
    assert!(matches!(phone.enter(active, later + 300, 1), Verdict::Accepted(..)), "it stays");

    let active = phone.confirmed_at(NOON, 0);
    let Verdict::Wrong(active) = phone.enter(active, later, 1) else { panic!("refused") };
    let verdict = phone.enter(active, later + 60, 1);
    assert!(matches!(verdict, Verdict::Wrong(_)), "two that are not consecutive are not");
}

#[test]
fn row_05_a_code_refused_ahead_of_the_window_stays_refused_when_the_window_comes() {
    let phone = Phone::new();
    let active = phone.confirmed_at(NOON, 0);
    let later = NOON + 600;
    let Verdict::Wrong(active) = phone.enter(active, later, 1) else { panic!("refused") };
    // Whoever watched it being typed has no use for it.
    assert!(matches!(phone.enter(active, later + 30, 0), Verdict::Replayed(..)));
}

#[test]
fn a_code_of_another_time_is_burnt_and_its_tale_kept_for_another_way_in() {
    let phone = Phone::new();
    let active = phone.confirmed_at(NOON, 0);
    let later = NOON + 1200;
    for offset in [-20, -7, 3, 20] {
        let Verdict::Wrong(active) = phone.enter(active.clone(), later, offset) else {
            panic!("{offset} steps off is wrong")
        };
        assert_eq!(active.failures(), 1, "and counted like any other");
        // When its time comes it is refused, and the neighbour is not.
        let due = (later / 30).checked_add_signed(offset).expect("after 1970") * 30;
        if due > later {
            let then = phone.enter(active.clone(), due, 0);
            assert!(matches!(then, Verdict::Replayed(..)), "{offset}: {then:?}");
            assert!(matches!(phone.enter(active.clone(), due + 30, 0), Verdict::Accepted(..)));
        }
        let told = |now: u64| {
            let (active, charge) = active.clone().charge(UnixTime(now)).expect("no wait");
            let (mut active, proof) = active.accept_sent(&charge, UnixTime(now));
            let first = active.clock_to_tell(&proof, UnixTime(now));
            assert_eq!(active.clock_to_tell(&proof, UnixTime(now)), None, "once");
            first
        };
        let ahead = told(later + 60).expect("it is told").ahead;
        assert!((ahead - 30 * offset).abs() <= 30, "{ahead} for {offset} steps");
        assert_eq!(told(later + 86_400), None, "outdated");
    }
    for beyond in [-21, 21] {
        let Verdict::Wrong(mut active) = phone.enter(active.clone(), later, beyond) else {
            panic!("wrong")
        };
        let (next, charge) = active.clone().charge(UnixTime(later)).expect("no wait");
        let (_, proof) = next.accept_sent(&charge, UnixTime(later));
        assert_eq!(active.clock_to_tell(&proof, UnixTime(later)), None, "nobody can tell");
    }
}

#[test]
fn row_06_and_08_a_step_once_accepted_and_every_older_one_is_refused() {
    let phone = Phone::new();
    let active = phone.confirmed_at(NOON, 0);
    let Verdict::Replayed(active, _) = phone.enter(active, NOON, 0) else { panic!("it confirmed") };
    let Verdict::Accepted(active, _) = phone.enter(active, NOON + 60, 0) else { panic!("new") };
    let Verdict::Replayed(active, _) = phone.enter(active, NOON + 60, 0) else { panic!("spent") };
    assert!(matches!(phone.enter(active, NOON + 60, -1), Verdict::Replayed(..)), "older");
}

#[test]
fn row_17_a_pending_phone_is_void_after_15_minutes_and_for_other_sessions() {
    let phone = Phone::new();
    let confirm = |session: &TokenDigest, now: u64| {
        phone.pending.clone().confirm(session, &phone.code(now, 0), UnixTime(now))
    };
    assert!(confirm(&phone.session, NOON + PENDING_SECONDS - 1).is_ok());
    let late = confirm(&phone.session, NOON + PENDING_SECONDS);
    assert!(matches!(late, Err(Unconfirmed::Expired)));
    let other = confirm(&TokenDigest::of("another session"), NOON);
    assert!(matches!(other, Err(Unconfirmed::Expired)));
    assert!(phone.pending.secret_for(&TokenDigest::of("another"), UnixTime(NOON)).is_none());
}

#[test]
fn row_11_waits_grow_from_30_seconds_to_an_hour() {
    let mut throttle = Throttle::default();
    let mut now = NOON;
    let mut waits = vec![];
    for _ in 0..14 {
        if let Err(refused) = throttle.clone().charge(Limit::Off, UnixTime(now)) {
            let wait = refused.retry_after(UnixTime(now)).expect("a wait helps");
            waits.push(wait);
            now += wait - 1;
            assert!(throttle.clone().charge(Limit::Off, UnixTime(now)).is_err(), "a second early");
            now += 1;
        } else {
            waits.push(0);
        }
        throttle.charge(Limit::Off, UnixTime(now)).expect("after the wait");
    }
    assert_eq!(waits, [0, 0, 0, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600]);
}

#[test]
fn row_11_codes_are_off_after_50_failures_in_a_row_and_no_time_resets_it() {
    let mut throttle = Throttle::default();
    let mut now = NOON;
    for failure in 0..50 {
        // A day apart: the window alone would not have ended it.
        assert!(throttle.charge(Limit::Off, UnixTime(now)).is_ok(), "failure {failure}");
        now += 86_400;
    }
    let refused = throttle.charge(Limit::Off, UnixTime(now)).err();
    assert_eq!(refused, Some(Refused::Off));
    assert_eq!(refused.and_then(|refused| refused.retry_after(UnixTime(now))), None);
    now += 10 * 365 * 86_400;
    assert_eq!(throttle.charge(Limit::Off, UnixTime(now)).err(), Some(Refused::Off));
}

#[test]
fn row_11_codes_are_off_after_100_failures_in_30_days_whatever_succeeds_between() {
    let mut throttle = Throttle::default();
    let mut now = NOON;
    let mut failures = 0;
    while failures < 100 {
        for _ in 0..2 {
            throttle.charge(Limit::Off, UnixTime(now)).expect("within the limit");
            failures += 1;
        }
        let charge = throttle.charge(Limit::Off, UnixTime(now));
        if failures < 100 {
            throttle.succeeded(&charge.expect("a right one"));
        }
        now += 6 * 3600;
    }
    assert_eq!(throttle.charge(Limit::Off, UnixTime(now)).err(), Some(Refused::Off));
    now += 10 * 365 * 86_400;
    assert_eq!(throttle.charge(Limit::Off, UnixTime(now)).err(), Some(Refused::Off), "for good");
}

#[test]
fn row_11_failures_older_than_the_window_are_forgotten() {
    let mut throttle = Throttle::default();
    let mut now = NOON;
    for _ in 0..365 {
        throttle.charge(Limit::Off, UnixTime(now)).expect("one failure a day is no attack");
        let charge = throttle.charge(Limit::Off, UnixTime(now)).expect("a right one");
        throttle.succeeded(&charge);
        now += 86_400;
    }
    assert!(throttle.days.len() <= 31);
}

#[test]
fn row_11_a_password_is_slowed_and_never_closed() {
    let mut throttle = Throttle::default();
    let mut now = NOON;
    for _ in 0..500 {
        throttle.charge(Limit::Waits, UnixTime(now)).expect("after an hour it is taken");
        now += 3600;
    }
}

#[test]
fn row_11_a_password_guessed_at_from_everywhere_waits_seconds_and_only_after_many() {
    let mut throttle = Throttle::default();
    for _ in 0..30 {
        throttle.charge(Limit::Breathers, UnixTime(NOON)).expect("no wait yet");
    }
    for more in 0..500 {
        let now = UnixTime(NOON + 5 * more);
        let refused = throttle.charge(Limit::Breathers, now).err();
        assert_eq!(refused.and_then(|refused| refused.retry_after(now)), Some(5));
        throttle.charge(Limit::Breathers, UnixTime(now.0 + 5)).expect("after five seconds");
    }
}

#[test]
fn row_13_a_replay_is_not_counted_and_shortens_no_wait() {
    let mut throttle = Throttle::default();
    for _ in 0..2 {
        throttle.charge(Limit::Off, UnixTime(NOON)).expect("free");
    }
    for _ in 0..100 {
        let charge = throttle.charge(Limit::Off, UnixTime(NOON)).expect("not counted");
        throttle.not_counted(&charge);
    }
    throttle.charge(Limit::Off, UnixTime(NOON)).expect("the third");
    assert!(throttle.charge(Limit::Off, UnixTime(NOON)).is_err());
}

/// Told to wait for 30 seconds, she waited in vain until the clock had come back to where it was.
#[test]
fn a_clock_set_back_makes_no_wait_longer_than_an_hour() {
    for back in [11, 3600, 365 * 86_400] {
        let mut throttle = Throttle::default();
        for _ in 0..3 {
            throttle.charge(Limit::Off, UnixTime(NOON)).expect("free");
        }
        let earlier = NOON - back;
        throttle.charge(Limit::Off, UnixTime(earlier)).expect("how much is over nobody knows");
        let refused = throttle.charge(Limit::Off, UnixTime(earlier)).expect_err("one, not two");
        assert_eq!(refused.retry_after(UnixTime(earlier)), Some(60), "the wait grows on");
        assert!(throttle.charge(Limit::Off, UnixTime(earlier + 59)).is_err());
        throttle.charge(Limit::Off, UnixTime(earlier + 60)).expect("it is over when it says");
    }
    // Clocks of servers on one store differ by seconds: whoever is behind gives no try for nothing.
    let mut throttle = Throttle::default();
    for _ in 0..3 {
        throttle.charge(Limit::Off, UnixTime(NOON)).expect("free");
    }
    let behind = UnixTime(NOON - 10);
    let refused = throttle.charge(Limit::Off, behind).expect_err("a wait");
    assert!(refused.retry_after(behind).is_some_and(|wait| wait <= 30));
}

#[test]
fn row_24_a_clock_set_back_gives_no_sends_for_nothing_and_keeps_none_from_the_next_day() {
    let limit = Limit::Sends { a_day: 10, pause: 0 };
    let mut throttle = Throttle::default();
    let ahead = UnixTime(NOON + 400 * 86_400);
    for _ in 0..10 {
        throttle.charge(limit, ahead).expect("within the day's ten");
    }
    let refused = throttle.charge(limit, UnixTime(NOON)).expect_err("they were today's");
    let wait = refused.retry_after(UnixTime(NOON)).expect("a wait helps");
    assert!(wait <= 86_400, "{wait}");
    let tomorrow = UnixTime(NOON + wait);
    for _ in 0..10 {
        throttle.charge(limit, tomorrow).expect("another day");
    }
    assert!(throttle.charge(limit, tomorrow).is_err());
}

#[test]
fn row_11_failures_counted_by_a_clock_that_was_ahead_are_forgotten_as_all_others() {
    let mut throttle = Throttle::default();
    for _ in 0..3 {
        throttle.charge(Limit::Off, UnixTime(NOON + 400 * 86_400)).expect("free");
    }
    let mut now = NOON;
    for _ in 0..40 {
        let charge = throttle.charge(Limit::Off, UnixTime(now)).expect("a right one");
        throttle.succeeded(&charge);
        now += 86_400;
    }
    assert_eq!(throttle.days.iter().map(|(_, count)| *count).sum::<u32>(), 0, "{throttle:?}");
}

#[test]
fn row_30_no_jump_of_the_clock_prolongs_a_session_by_more_than_its_own_time() {
    const DAY: u64 = 86_400;
    let rng = &mut system_random();
    let ann = AccountId::random(rng);
    let web = Session::whole(ann, Face::Web, String::new(), UnixTime(NOON), rng).0;
    let half = Session::half(ann, String::new(), UnixTime(NOON), rng).0;
    for (session, back, over) in [
        (half.clone(), 60, false),
        (half.clone(), 10 * 60, true),
        (half, 365 * DAY, true),
        (web.clone(), 3600, false),
        (web.clone(), 7 * DAY - 1, false),
        (web.clone(), 7 * DAY, true),
        (web, 365 * DAY, true),
    ] {
        assert_eq!(session.is_over(UnixTime(NOON - back)), over, "{back} seconds back");
    }
}

proptest! {
    #[test]
    fn a_phone_confirmed_at_any_moment_logs_in_later_and_no_code_twice(
        now in 0_u64..1 << 40,
        drift in -2_i64..=2,
        later in 60_u64..1 << 30,
    ) {
        let now = now.max(10_000);
        let phone = Phone::began(now);
        let active = phone.confirmed_at(now, drift);
        let verdict = phone.enter(active, now + later, drift);
        let Verdict::Accepted(active, _) = verdict else { panic!("{verdict:?}") };
        let again = phone.enter(active, now + later, drift);
        prop_assert!(matches!(again, Verdict::Replayed(..)), "{again:?}");
    }

    #[test]
    fn no_order_of_codes_accepts_a_step_twice_or_backwards(
        tries in prop::collection::vec((0_u64..120, -4_i64..=4), 1..60),
    ) {
        let phone = Phone::new();
        let mut active = phone.confirmed_at(NOON, 0);
        let mut now = NOON;
        let mut newest = i64::try_from(NOON / 30).expect("small");
        for (pause, offset) in tries {
            now += pause;
            let Ok((charged, charge)) = active.clone().charge(UnixTime(now)) else { continue };
            let entered = phone.code(now, offset);
            active = match charged.verify(&charge, &entered, UnixTime(now)) {
                Verdict::Accepted(next, _) => {
                    let step = i64::try_from(now / 30).expect("small") + offset;
                    prop_assert!(step > newest, "{step} after {newest}");
                    newest = step;
                    next
                }
                Verdict::Wrong(next) | Verdict::Replayed(next, _) => next,
            };
        }
    }
}

proptest! {
    /// By hours and by years, forth and back: what was accepted once is not accepted again.
    #[test]
    fn row_06_no_jump_of_the_clock_accepts_a_step_twice(
        tries in prop::collection::vec(
            (prop_oneof![-90_i64..90, -90_000_i64..90_000, -400 * 86_400_i64..400 * 86_400], -2_i64..=2),
            1..60,
        ),
        repeats in prop::collection::vec(0_usize..60, 0..60),
    ) {
        let phone = Phone::new();
        let mut active = phone.confirmed_at(NOON, 0);
        let mut now = NOON;
        let mut accepted = vec![NOON / 30];
        let mut typed = Vec::new();
        for (at, (jump, offset)) in tries.into_iter().enumerate() {
            now = now.saturating_add_signed(jump).max(100_000);
            // Now and then it is one that was typed before.
            let step = match repeats.get(at).and_then(|again| typed.get(*again)) {
                Some(step) => *step,
                None => (now / 30).saturating_add_signed(offset),
            };
            typed.push(step);
            let Ok((charged, charge)) = active.clone().charge(UnixTime(now)) else { continue };
            let code = phone.code(step * 30, 0);
            active = match charged.verify(&charge, &code, UnixTime(now)) {
                Verdict::Accepted(next, _) => {
                    prop_assert!(!accepted.contains(&step), "{step} twice");
                    accepted.push(step);
                    next
                }
                Verdict::Wrong(next) | Verdict::Replayed(next, _) => next,
            };
        }
    }
}

/// A phone whose clock may be off by whole steps.
struct Phone {
    pending: Pending,
    session: TokenDigest,
    secret: Secret,
}

impl Phone {
    fn new() -> Phone {
        Phone::began(NOON)
    }

    fn began(now: u64) -> Phone {
        let session = TokenDigest::of("a session");
        let pending = Pending::begin(session, UnixTime(now), &mut system_random());
        let secret = pending.secret_for(&session, UnixTime(now)).expect("fresh").clone();
        Phone { pending, session, secret }
    }

    /// What it shows at `now` when its clock is `offset` steps ahead.
    fn code(&self, now: u64, offset: i64) -> Code {
        let step = (now / 30).checked_add_signed(offset).expect("after 1970");
        let code = totp::code(&self.secret, Algorithm::Sha1, Digits::default(), TimeStep(step));
        Code::parse(code.as_str()).expect("six digits")
    }

    fn confirmed_at(&self, now: u64, offset: i64) -> Active {
        self.pending
            .clone()
            .confirm(&self.session, &self.code(now, offset), UnixTime(now))
            .expect("within two steps")
    }

    fn enter(&self, active: Active, now: u64, offset: i64) -> Verdict {
        let (active, charge) = active.charge(UnixTime(now)).expect("no wait");
        active.verify(&charge, &self.code(now, offset), UnixTime(now))
    }
}

#[test]
fn row_10_11_the_most_tries_within_a_time_follow_the_limits() {
    assert_eq!(odds::most_tries(Limit::Off, 29), 3);
    assert_eq!(odds::most_tries(Limit::Off, 30), 4);
    assert_eq!(odds::most_tries(Limit::Waits, 30 + 60), 5);
    assert_eq!(odds::most_tries(Limit::Breathers, 4), 30);
    assert_eq!(odds::most_tries(Limit::Off, odds::DAYS * 86_400), 50);
}

#[test]
fn row_12_a_month_of_guessing_leads_in_three_times_in_ten_thousand() {
    assert_eq!((odds::most_guesses(), odds::most_right()), (100, 3));
    assert!(odds::chance(odds::most_guesses(), odds::most_right()) <= 0.0003);
    assert!((odds::chance(1_000_000, 1) - (1.0 - (-1.0_f64).exp())).abs() < 1e-6);
}
