//! The device's clock is off, and a time barcode says by how much (spec P5).

use std::time::Duration;

use holdfast_model::scan::FoundText;
use holdfast_model::screen::{ClockPage, Page};
use holdfast_model::{CameraFacts, ClockMsg, Msg};
use holdfast_otp::{Parameters, Secret, TimeBarcode, UnixTime};

use super::app::{App, PASSPHRASE, RFC_SECRET, RFC_TIME};

/// The service's true time at the start of each story.
const TRUE: u64 = RFC_TIME;

fn secret() -> Secret {
    Secret::from_base32(RFC_SECRET).unwrap()
}

fn barcode(time: u64) -> String {
    TimeBarcode::make(&secret(), UnixTime(time)).unwrap().to_text()
}

/// An app with the account that the barcodes are of, on a device whose clock is off by so much.
fn app(ahead: i64) -> App {
    let mut app = App::open();
    app.add(&format!("otpauth://totp/Example:ann?secret={RFC_SECRET}"));
    // Unlocked anew, lest the leap counts as time without use.
    app.tell(Msg::Lock);
    app.ports.clock.set(UnixTime(TRUE.saturating_add_signed(ahead)));
    app.tell(Msg::Unlock(PASSPHRASE.into()));
    app
}

fn paste(app: &mut App, time: u64) {
    app.tell(Msg::TextGiven(barcode(time).as_str().into()));
}

fn page(app: &App) -> ClockPage {
    match app.see().page {
        Page::Clock(page) => page,
        other => panic!("not the page of the clock but {other:?}"),
    }
}

/// The code that the list shows.
fn shown(app: &App) -> String {
    app.codes().rows[0].code.code.as_str().replace(' ', "")
}

fn right(time: u64) -> String {
    Parameters::default().code(&secret(), UnixTime(time)).as_str().to_owned()
}

fn tell(app: &mut App, msg: ClockMsg) {
    app.tell(Msg::Clock(msg));
}

#[test]
fn p5_a_slow_device_says_so_and_its_codes_are_right_once_that_is_confirmed() {
    let mut app = app(-74);
    assert_ne!(shown(&app), right(TRUE), "else the story tells nothing");
    paste(&mut app, TRUE);
    let seen = page(&app);
    let said = "This device is 74 seconds slow, says the barcode of Example (ann).";
    assert_eq!(
        (seen.sentence.as_str(), seen.correct.as_deref()),
        (said, Some("Correct the codes"))
    );
    assert!(seen.explanation.is_some() && seen.remove.is_none() && seen.error.is_none());
    assert_eq!(app.see().correction, None, "nothing moves before it is confirmed");

    tell(&mut app, ClockMsg::Correct);
    assert_eq!(app.see().page, Page::Codes);
    assert_eq!(app.notice(), "The codes are corrected by 74 seconds forwards.");
    let line = "This device is 74 seconds slow; its codes are corrected.";
    assert_eq!(app.see().correction.as_deref(), Some(line));
    assert_eq!(shown(&app), right(TRUE));
    assert_eq!(app.codes().tides[0].seconds_left, 1, "counted by the true time");
    app.wait(1);
    assert_eq!(shown(&app), right(TRUE + 1), "and it rolls when the true time does");

    // What is copied and what is shown of one account follow too.
    let id = app.codes().rows[0].id;
    app.tell(Msg::Copy(id));
    assert_eq!(app.clipboard().as_deref(), Some(right(TRUE + 1).as_str()));
    app.tell(Msg::OpenEntry(id));
    let Page::Entry(entry) = app.see().page else { panic!("no entry") };
    assert_eq!(entry.row.code.code.as_str().replace(' ', ""), right(TRUE + 1));
    assert_eq!(entry.tide.seconds_left, 30);
    assert_eq!(app.see().correction.as_deref(), Some(line), "told wherever a code is");
}

#[test]
fn p5_it_outlives_the_lock_and_is_ended_by_a_button() {
    let mut app = app(-74);
    paste(&mut app, TRUE);
    tell(&mut app, ClockMsg::Correct);
    app.tell(Msg::Lock);
    assert_eq!(app.see().correction, None, "nothing is told through a lock");
    app.tell(Msg::Unlock(PASSPHRASE.into()));
    assert_eq!(shown(&app), right(TRUE));

    tell(&mut app, ClockMsg::Open);
    let seen = page(&app);
    let said =
        "This device is 74 seconds slow; its codes are corrected. They have been since 2005-03-18.";
    assert_eq!(seen.sentence, said);
    assert_eq!((seen.correct, seen.remove.as_deref()), (None, Some("End the correction")));
    tell(&mut app, ClockMsg::Remove);
    assert_eq!(app.notice(), "The codes follow this device's own clock.");
    assert_eq!((app.see().correction, shown(&app)), (None, right(TRUE - 74)));
    app.tell(Msg::Undo);
    assert_eq!(shown(&app), right(TRUE));

    // Without one there is nothing to end, and the page says what to do.
    tell(&mut app, ClockMsg::Open);
    tell(&mut app, ClockMsg::Remove);
    tell(&mut app, ClockMsg::Open);
    assert!(
        page(&app).sentence.starts_with("The codes follow this device's own clock. If a service")
    );
    assert_eq!((page(&app).remove, page(&app).correct), (None, None));
    tell(&mut app, ClockMsg::Correct);
    assert!(app.see().correction.is_none(), "nothing was offered");
}

#[test]
fn p5_a_clock_that_is_right_is_said_to_be() {
    for off in [-5, 0, 5] {
        let mut app = app(off);
        paste(&mut app, TRUE);
        assert!(
            page(&app).sentence.starts_with("This device's clock is right, to within 5 seconds")
        );
        assert_eq!((page(&app).correct, page(&app).remove), (None, None));
    }
    // And one whose correction fits.
    let mut app = app(-74);
    paste(&mut app, TRUE);
    tell(&mut app, ClockMsg::Correct);
    app.wait(20);
    paste(&mut app, TRUE + 22);
    let said = "This device is 74 seconds slow, and its codes are right, says the barcode of Example (ann).";
    assert_eq!(page(&app).sentence, said);
    assert_eq!(page(&app).correct, None);
}

#[test]
fn p5_a_fast_device_is_believed_only_once_the_barcode_is_seen_to_move() {
    let mut app = app(90);
    paste(&mut app, TRUE);
    let said = "This device is 90 seconds fast, or the barcode is that old; read it once more in some \
                seconds, which will tell.";
    assert_eq!(app.add_error(), said);
    // Too soon to tell; then it has moved on as the device's clock has.
    app.wait(1);
    paste(&mut app, TRUE + 1);
    assert_eq!(app.add_error(), said);
    app.wait(3);
    paste(&mut app, TRUE + 4);
    assert_eq!(
        page(&app).sentence,
        "This device is 90 seconds fast, says the barcode of Example (ann)."
    );
    tell(&mut app, ClockMsg::Correct);
    assert_eq!(app.notice(), "The codes are corrected by 90 seconds backwards.");
    assert_eq!(shown(&app), right(TRUE + 4));
}

#[test]
fn p5_a_picture_of_a_barcode_moves_no_clock_back() {
    // The clock is right; somebody holds up a picture that was taken eight minutes ago.
    let mut app = app(0);
    paste(&mut app, TRUE - 480);
    assert!(
        app.add_error().starts_with("This device is 480 seconds fast, or the barcode is that old")
    );
    app.wait(4);
    paste(&mut app, TRUE - 480);
    assert!(
        app.add_error().starts_with("This device is 480 seconds fast, or"),
        "perhaps a slow page"
    );
    app.wait(6);
    paste(&mut app, TRUE - 480);
    assert!(app.add_error().contains("stands still"), "{}", app.add_error());
    // Nor do two pictures, taken a minute apart.
    paste(&mut app, TRUE - 420);
    assert!(app.add_error().contains("or the barcode is that old"), "{}", app.add_error());
    tell(&mut app, ClockMsg::Correct);
    app.tell(Msg::Back);
    assert_eq!((app.see().correction, shown(&app)), (None, right(TRUE + 10)));
}

#[test]
fn p5_what_was_used_or_is_older_than_that_is_refused() {
    let mut app = app(-74);
    paste(&mut app, TRUE);
    tell(&mut app, ClockMsg::Correct);
    paste(&mut app, TRUE);
    let used = "This time barcode was used already; scan the one that is on the screen now.";
    assert_eq!(app.add_error(), used);
    paste(&mut app, TRUE - 1);
    assert!(
        app.add_error().starts_with("This time barcode is older than one that was used before")
    );
    // Also when the correction was ended, and when that was taken back.
    tell(&mut app, ClockMsg::Remove);
    paste(&mut app, TRUE);
    assert_eq!(app.add_error(), used);
    app.tell(Msg::Undo);
    paste(&mut app, TRUE);
    assert_eq!(app.add_error(), used);
}

#[test]
fn p5_more_than_ten_minutes_are_explained_and_refused() {
    for (off, said) in [
        (-601, "This device is 11 minutes slow, and Holdfast corrects 10 minutes at most"),
        (-86_400 * 400, "This device is 400 days slow, and"),
        (601, "This device is 11 minutes fast, or the barcode is that old, and"),
    ] {
        let mut app = app(off);
        paste(&mut app, TRUE);
        assert!(app.add_error().starts_with(said), "{off}: {}", app.add_error());
        tell(&mut app, ClockMsg::Correct);
        assert_eq!(app.see().correction, None);
    }
    let mut app = app(-600);
    paste(&mut app, TRUE);
    tell(&mut app, ClockMsg::Correct);
    assert_eq!(shown(&app), right(TRUE), "exactly ten are corrected");
    // And not ten more on top of them.
    app.ports.clock.set(UnixTime(TRUE - 601));
    paste(&mut app, TRUE + 1);
    assert!(
        app.add_error().starts_with("This device is 11 minutes slow, and"),
        "{}",
        app.add_error()
    );
}

#[test]
fn p5_a_clock_that_was_set_right_ends_its_correction() {
    let mut app = app(-74);
    paste(&mut app, TRUE);
    tell(&mut app, ClockMsg::Correct);
    app.ports.clock.set(UnixTime(TRUE + 20));
    // Against the corrected time the barcode is behind, so it is looked at twice.
    paste(&mut app, TRUE + 20);
    app.wait(4);
    paste(&mut app, TRUE + 24);
    assert!(page(&app).sentence.starts_with("This device's own clock is right again"));
    assert_eq!(page(&app).correct.as_deref(), Some("End the correction"));
    tell(&mut app, ClockMsg::Correct);
    assert_eq!((app.see().correction, shown(&app)), (None, right(TRUE + 24)));
}

#[test]
fn p5_a_strangers_barcode_and_a_damaged_one_say_what_to_do() {
    let mut app = app(-74);
    let stranger = Secret::from_bytes(&[9; 20]).unwrap();
    let strange = TimeBarcode::make(&stranger, UnixTime(TRUE)).unwrap().to_text();
    let good = barcode(TRUE);
    for (text, said) in [
        (strange.as_str(), "This time barcode belongs to no account on this device"),
        (&good[..good.len() - 1], "This time barcode was not read right"),
        (&good.replace(":AE", ":AI"), "This time barcode is of a newer kind; update Holdfast"),
        ("HOLDFAST-TIME:GARBAGE", "This time barcode was not read right"),
        ("HOLDFAST-TIME:", "This time barcode was not read right"),
        (&good.replace(":AE", ":ZZ"), "This time barcode was not read right"),
        (&good.to_lowercase(), ""),
    ] {
        app.tell(Msg::TextGiven(text.into()));
        match said {
            "" => assert!(page(&app).correct.is_some()),
            said => assert!(app.add_error().starts_with(said), "{}", app.add_error()),
        }
    }
    // A counter's codes follow no clock, so its secret proves none.
    let mut app = App::open();
    app.add(&format!("otpauth://hotp/Token:ann?secret={RFC_SECRET}&counter=1"));
    paste(&mut app, TRUE);
    assert!(app.add_error().starts_with("This time barcode belongs to no account"));
}

#[test]
fn p5_the_viewfinder_looks_on_until_it_is_sure() {
    let mut app = app(90);
    app.tell(Msg::OpenCamera);
    app.tell(Msg::CameraRuns(CameraFacts::default()));
    let frame = |app: &mut App, tenths: u64| {
        let texts = vec![FoundText::new(barcode(TRUE + tenths / 10))];
        app.tell(Msg::Scanned { texts, at: Duration::from_millis(tenths * 100) });
    };
    for tenths in 0..30 {
        app.ports.clock.set(UnixTime(TRUE + 90 + tenths / 10));
        frame(&mut app, tenths);
        assert!(app.camera, "at {tenths} tenths");
    }
    let Page::Camera(seen) = app.see().page else { panic!("no viewfinder") };
    let said = "This device is 90 seconds fast, or the barcode is that old; hold the camera on it for \
                some seconds, which will tell.";
    assert_eq!(seen.sentence, said);
    app.ports.clock.set(UnixTime(TRUE + 93));
    frame(&mut app, 30);
    assert!(!app.camera);
    assert!(page(&app).sentence.starts_with("This device is 90 seconds fast, says"));
}

#[test]
fn p5_a_correction_that_is_not_saved_moves_nothing() {
    let mut app = app(-74);
    paste(&mut app, TRUE);
    app.ports.storage.trouble(Some(holdfast_model::ports::memory::DiskTrouble::ReadOnly));
    tell(&mut app, ClockMsg::Correct);
    assert!(page(&app).error.is_some());
    assert_eq!(page(&app).correct.as_deref(), Some("Correct the codes"), "it can be tried again");
    app.ports.storage.trouble(None);
    app.tell(Msg::Back);
    assert_eq!((app.see().correction, shown(&app)), (None, right(TRUE - 74)));
}
