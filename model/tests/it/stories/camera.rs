//! The camera: it starts and stops with its page, can be chosen, and says why it gives no picture.

use std::time::Duration;

use holdfast_model::scan::FoundText;
use holdfast_model::screen::{CameraPage, Page};
use holdfast_model::{CameraError, CameraFacts, Effect, Msg};

use super::app::{App, uri};

fn page(app: &App) -> CameraPage {
    match app.see().page {
        Page::Camera(page) => page,
        other => panic!("not the viewfinder but {other:?}"),
    }
}

fn two_cameras(used: usize) -> CameraFacts {
    CameraFacts {
        cameras: vec!["Built in".into(), "On the desk".into()],
        used: Some(used),
        ..CameraFacts::default()
    }
}

fn scanned(text: String) -> Msg {
    Msg::Scanned { texts: vec![FoundText::new(text)], at: Duration::from_secs(1) }
}

#[test]
fn a_new_account_is_read_at_once_and_the_camera_stops() {
    let mut app = App::open();
    app.tell(Msg::Add);
    app.tell(Msg::OpenCamera);
    assert!(app.camera);
    app.tell(scanned(uri("GitHub", "alice", 1)));
    assert!(!app.camera);
    assert_eq!(app.confirm().issuer, "GitHub");
    // A frame that was still on its way changes nothing.
    app.tell(scanned(uri("Other", "bob", 2)));
    assert_eq!(app.confirm().issuer, "GitHub");
}

#[test]
fn a_new_account_beside_one_that_is_here_is_the_one_meant() {
    let mut app = App::open();
    app.add(&uri("GitHub", "alice", 1));
    app.tell(Msg::OpenCamera);
    let texts = [uri("GitHub", "alice", 1), uri("Other", "bob", 2)].map(FoundText::new).to_vec();
    app.tell(Msg::Scanned { texts, at: Duration::ZERO });
    assert_eq!(app.confirm().issuer, "Other");
}

#[test]
fn the_camera_stops_on_the_way_back_at_a_lock_and_for_a_picture() {
    let mut app = App::open();
    for leave in [Msg::Back, Msg::OpenByHand, Msg::PickPicture, Msg::Lock] {
        app.tell(Msg::OpenCamera);
        assert!(app.camera);
        app.tell(leave);
        assert!(!app.camera);
    }
}

#[test]
fn a_camera_that_fails_says_why_and_leaves_the_other_ways() {
    let mut app = App::open();
    for (error, word) in [
        (CameraError::Missing, "No camera was found"),
        (CameraError::Denied, "may not use the camera"),
        (CameraError::Busy, "Another program uses the camera"),
        (CameraError::Unplugged, "was disconnected"),
        (CameraError::Silent, "sends no picture"),
        (CameraError::UnknownFormat("BA81".into()), "cannot read (BA81)"),
        (CameraError::Other("the cable broke".into()), "the cable broke"),
    ] {
        app.tell(Msg::OpenCamera);
        app.tell(Msg::CameraFailed { error, facts: CameraFacts::default() });
        let seen = page(&app);
        assert!(seen.sentence.contains(word), "{}", seen.sentence);
        assert!(seen.failed && !seen.running);
        // What it read before it failed leads nowhere any more.
        app.tell(scanned(uri("GitHub", "alice", 1)));
        assert!(page(&app).failed);
        app.tell(Msg::Back);
        assert_eq!(app.add_error(), "");
    }
}

#[test]
fn a_camera_that_comes_back_is_used_again() {
    let mut app = App::open();
    app.tell(Msg::OpenCamera);
    app.tell(Msg::CameraRuns(two_cameras(0)));
    assert!(page(&app).running);
    let facts = CameraFacts::default();
    app.tell(Msg::CameraFailed { error: CameraError::Unplugged, facts });
    assert!(!page(&app).running);
    app.tell(Msg::CameraRuns(two_cameras(0)));
    assert_eq!(page(&app).sentence, "Hold the camera over the barcode.");
    app.tell(scanned(uri("GitHub", "alice", 1)));
    assert_eq!(app.confirm().issuer, "GitHub");
}

#[test]
fn another_camera_is_chosen_by_name_also_when_the_first_is_busy() {
    let mut app = App::open();
    app.tell(Msg::OpenCamera);
    app.tell(Msg::CameraFailed { error: CameraError::Busy, facts: two_cameras(0) });
    assert_eq!(page(&app).cameras, ["Built in", "On the desk"]);
    let effects = app.give(Msg::UseCamera(1));
    assert!(
        matches!(&effects[..], [Effect::StopCamera, Effect::StartCamera { chosen: Some(name) }]
        if name == "On the desk")
    );
    app.tell(Msg::CameraRuns(two_cameras(1)));
    assert_eq!(page(&app).used, Some(1));
    // There is no third.
    assert!(app.give(Msg::UseCamera(2)).is_empty());
    // Where there is no choice, none is offered.
    app.tell(Msg::CameraRuns(CameraFacts { cameras: vec!["One".into()], ..two_cameras(0) }));
    assert!(page(&app).cameras.is_empty());
}

#[test]
fn lamp_and_focus_are_offered_only_where_the_camera_has_them() {
    let mut app = App::open();
    app.tell(Msg::OpenCamera);
    app.tell(Msg::CameraRuns(two_cameras(0)));
    assert_eq!((page(&app).torch, page(&app).focus), (None, false));
    assert!(app.give(Msg::SetTorch(true)).is_empty());
    assert!(app.give(Msg::FocusAt(0.5, 0.5)).is_empty());
    app.tell(Msg::CameraRuns(CameraFacts { torch: true, focus: true, ..two_cameras(0) }));
    assert_eq!((page(&app).torch, page(&app).focus), (Some(false), true));
    assert!(matches!(app.give(Msg::SetTorch(true))[..], [Effect::SetTorch(true)]));
    assert_eq!(page(&app).torch, Some(true));
    let focus = app.give(Msg::FocusAt(0.25, 7.0));
    assert!(matches!(focus[..], [Effect::FocusAt(across, down)] if across == 0.25 && down == 1.0));
}
