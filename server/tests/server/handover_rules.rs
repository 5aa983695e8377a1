//! The rules of a change of phone at any moment and in any order: never both phones, never neither.

use holdfast_otp::{Algorithm, Digits, Secret, TimeStep, UnixTime, totp};
use holdfast_server::domain::audit::Factor;
use holdfast_server::domain::code::Code;
use holdfast_server::domain::enrolment::{Active, Pending, Unconfirmed, Verdict, Verified};
use holdfast_server::domain::handover::{Confirmed, Handover, WAIT_SECONDS};
use holdfast_server::domain::ids::TokenDigest;
use holdfast_server::random::system_random;
use proptest::prelude::*;

/// Some day in 2026, at the beginning of a step.
const NOON: u64 = 1_795_521_600;

/// What a person, a thief or the time may do next.
#[derive(Clone, Debug)]
enum Step {
    Begin { by: Factor, session: u8 },
    Confirm { session: u8, right: bool },
    Cancel,
    Pass(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let by = prop_oneof![Just(Factor::App), Just(Factor::Recovery), Just(Factor::Sms)];
    let step = prop_oneof![
        (by, 0_u8..3).prop_map(|(by, session)| Step::Begin { by, session }),
        (0_u8..3, prop::bool::weighted(0.8))
            .prop_map(|(session, right)| Step::Confirm { session, right }),
        Just(Step::Cancel),
        prop_oneof![0_u64..1000, 80_000_u64..100_000].prop_map(Step::Pass),
    ];
    prop::collection::vec(step, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn in_any_order_one_phone_guards_and_only_its_own_first_code_made_it_so(steps in steps()) {
        let mut now = NOON;
        let (mut guard, mut guards) = first_phone(now);
        let mut handover: Option<Handover> = None;
        // What the test knows of the barcode that is shown: its key, session, time, and by what.
        let mut shown: Option<(Secret, u8, u64, Factor)> = None;
        let mut waits: Option<(Secret, u64)> = None;
        for step in steps {
            if let Some(next) = handover.clone().and_then(|one| one.take_over(UnixTime(now))) {
                let (secret, due) = waits.take().expect("only what waits takes over");
                prop_assert!(now >= due, "{now} before {due}");
                (guard, guards, handover) = (next, secret, None);
            } else if let Some((_, due)) = &waits {
                prop_assert!(now < *due, "its time has come");
            }
            match step {
                Step::Begin { by, session } if waits.is_none() => {
                    let (next, proof) = match by {
                        Factor::Sms => by_sms(guard, now),
                        _ => proof(guard, &guards, now),
                    };
                    guard = next;
                    // A code of the app, or a recovery code, that is worth an SMS waits like one.
                    let stood = if proof.is_by_sms() { Factor::Sms } else { by };
                    prop_assert!(by != Factor::Sms || proof.is_by_sms());
                    let digest = session_of(session);
                    let begun = Handover::begin(&proof, by, digest, UnixTime(now), &mut system_random());
                    let key = begun.secret_for(&digest, UnixTime(now)).expect("fresh").clone();
                    let other = session_of(session + 1);
                    prop_assert!(begun.secret_for(&other, UnixTime(now)).is_none());
                    shown = Some((key, session, now, stood));
                    handover = Some(begun);
                }
                Step::Confirm { session, right } => {
                    let Some(Handover::Shown(one)) = handover.clone() else { continue };
                    let (key, own, began, by) = shown.clone().expect("it is shown");
                    let typed = if right { code(&key, now) } else { code(&guards, now) };
                    let by_chance = is_shown_by(&key, &typed, now);
                    let ours = session == own && now - began < 900;
                    match one.confirm(&session_of(session), &typed, UnixTime(now)) {
                        Ok(Confirmed::Now(next)) => {
                            prop_assert!((right || by_chance) && ours && by != Factor::Sms);
                            (guard, guards, handover, shown) = (next, key, None, None);
                        }
                        Ok(Confirmed::Later(waiting)) => {
                            prop_assert!((right || by_chance) && ours && by == Factor::Sms);
                            prop_assert_eq!(waiting.due().0, now + WAIT_SECONDS);
                            waits = Some((key, now + WAIT_SECONDS));
                            (handover, shown) = (Some(Handover::Waiting(waiting)), None);
                        }
                        Err(Unconfirmed::Expired) => prop_assert!(!ours),
                        Err(Unconfirmed::Wrong(..)) => prop_assert!(ours && !right),
                    }
                }
                Step::Cancel => (handover, shown, waits) = (None, None, None),
                Step::Pass(seconds) => now += seconds,
                Step::Begin { .. } => {}
            }
            // The one that guards logs in, and the one that is yet to guard does not.
            now += 90;
            let yet = shown.as_ref().map(|one| &one.0).or(waits.as_ref().map(|one| &one.0));
            if let Some(yet) = yet {
                let typed = code(yet, now);
                let (charged, charge) = guard.clone().charge(UnixTime(now)).expect("no wait");
                let verdict = charged.verify(&charge, &typed, UnixTime(now));
                let refused = matches!(verdict, Verdict::Wrong(_));
                prop_assert!(refused || is_shown_by(&guards, &typed, now), "{verdict:?}");
            }
            let (next, _) = proof(guard, &guards, now);
            guard = next;
        }
    }
}

#[test]
fn a_phone_that_has_waited_accepts_no_code_that_it_has_shown_before() {
    let (guard, _) = first_phone(NOON);
    let (_, by_sms) = by_sms(guard, NOON + 60);
    let session = session_of(0);
    let now = UnixTime(NOON + 60);
    let begun = Handover::begin(&by_sms, Factor::Sms, session, now, &mut system_random());
    let key = begun.secret_for(&session, now).expect("fresh").clone();
    let Handover::Shown(shown) = begun else { panic!("it is shown") };
    let confirmed = shown.confirm(&session, &code(&key, now.0), now);
    let Ok(Confirmed::Later(waiting)) = confirmed else { panic!("it waits") };
    let due = waiting.due();
    assert_eq!(due.0, now.0 + WAIT_SECONDS);
    let waiting = Handover::Waiting(waiting);
    assert!(waiting.clone().take_over(UnixTime(due.0 - 1)).is_none(), "a second early");
    let next = waiting.take_over(due).expect("its time has come");
    assert_eq!(next.since(), due);
    // With the clock set back to the moment in which it was proved.
    let (charged, charge) = next.charge(now).expect("no wait");
    let verdict = charged.verify(&charge, &code(&key, now.0), now);
    assert!(matches!(verdict, Verdict::Replayed(..)), "{verdict:?}");
}

fn first_phone(now: u64) -> (Active, Secret) {
    let session = session_of(9);
    let pending = Pending::begin(session, UnixTime(now), &mut system_random());
    let secret = pending.secret_for(&session, UnixTime(now)).expect("fresh").clone();
    let active = pending.confirm(&session, &code(&secret, now - 30), UnixTime(now));
    (active.expect("within two steps"), secret)
}

/// The guard shows a code of its own.
fn proof(guard: Active, secret: &Secret, now: u64) -> (Active, Verified) {
    let (charged, charge) = guard.charge(UnixTime(now)).expect("no wait");
    let typed = code(secret, now);
    match charged.verify(&charge, &typed, UnixTime(now)) {
        Verdict::Accepted(next, proof) => (next, proof),
        // Its code of this step was shown already: an SMS will do as well.
        Verdict::Replayed(next, _) => by_sms(next, now),
        Verdict::Wrong(_) => panic!("the phone that guards is refused"),
    }
}

/// An SMS stands for the guard.
fn by_sms(guard: Active, now: u64) -> (Active, Verified) {
    let (guard, charge) = guard.charge(UnixTime(now)).expect("no wait");
    guard.accept_sent(&charge, UnixTime(now))
}

fn session_of(name: u8) -> TokenDigest {
    TokenDigest::of(&format!("session {name}"))
}

/// Whether it is by chance a code of that key as well, about that time: of a run's thousand tries each
/// meets one in a million, three times over.
fn is_shown_by(secret: &Secret, typed: &Code, now: u64) -> bool {
    (now - 90..=now + 90).step_by(30).any(|at| code(secret, at).as_str() == typed.as_str())
}

fn code(secret: &Secret, now: u64) -> Code {
    let code = totp::code(secret, Algorithm::Sha1, Digits::default(), TimeStep(now / 30));
    Code::parse(code.as_str()).expect("six digits")
}
