//! The scanner explains itself: one sentence when something has been so for two seconds, and never
//! one that flickers.

use std::time::Duration;

use holdfast_model::Msg;
use holdfast_model::scan::{FoundText, Sight, Split};
use holdfast_model::screen::Page;

use super::app::{App, uri};

const AIM: &str = "Hold the camera over the barcode.";

/// A viewfinder and its camera's clock.
struct Finder {
    app: App,
    at: Duration,
}

impl Finder {
    fn new(mut app: App) -> Self {
        app.tell(Msg::OpenCamera);
        Self { app, at: Duration::ZERO }
    }

    fn sentence(&self) -> String {
        match self.app.see().page {
            Page::Camera(page) => page.sentence,
            other => panic!("not the viewfinder but {other:?}"),
        }
    }

    /// A frame a fifteenth of a second later, and the sentence after it.
    fn frame(&mut self, frame: &Frame) -> String {
        self.at += Duration::from_millis(66);
        let at = self.at;
        self.app.tell(match frame {
            Frame::Text(text) => Msg::Scanned { texts: vec![FoundText::new((*text).into())], at },
            Frame::Sight(sight) => Msg::Sighted { sight: Some(*sight), at },
            Frame::Late => Msg::Sighted { sight: None, at },
        });
        self.sentence()
    }

    /// So many milliseconds of the same frame, and the last sentence.
    fn show(&mut self, frame: &Frame, millis: u64) -> String {
        let until = self.at + Duration::from_millis(millis);
        while self.at < until {
            self.frame(frame);
        }
        self.sentence()
    }
}

enum Frame<'t> {
    Text(&'t str),
    Sight(Sight),
    /// Not read to its end in its time.
    Late,
}

const EMPTY: Frame<'static> = Frame::Sight(Sight { brightest: 200, module: None, split: None });
const DARK: Frame<'static> = Frame::Sight(Sight { brightest: 30, module: None, split: None });
const PART: Frame<'static> = Frame::Sight(Sight {
    brightest: 200,
    module: Some(5.0),
    split: Some(Split { part: 2, parts: 3 }),
});
const SMALL: Frame<'static> =
    Frame::Sight(Sight { brightest: 200, module: Some(1.8), split: None });
const LARGE: Frame<'static> =
    Frame::Sight(Sight { brightest: 200, module: Some(5.0), split: None });
/// Part 2 of 4 of an export, with one account.
const EXPORT: &str = "otpauth-migration://offline?data=CgcKBWhlbGxvEAEYBCABKAc%3D";

#[test]
fn each_thing_is_told_after_two_seconds_and_not_before() {
    let known = uri("GitHub", "alice", 1);
    let told = [
        (&EMPTY, "No barcode can be made out"),
        (&DARK, "too dark"),
        (&Frame::Late, "too busy"),
        (&PART, "part 2 of 3 of a barcode that was split"),
        (&SMALL, "come closer"),
        (&LARGE, "hold still"),
        (&Frame::Text("https://example.org/help"), "a link to a web page"),
        (&Frame::Text("https://apps.apple.com/app/id1"), "a link to an app store"),
        (&Frame::Text("WIFI:S:cafe;P:latte;;"), "a Wi-Fi network"),
        (&Frame::Text(EXPORT), "part 2 of 4 of an export"),
        (&Frame::Text("otpauth-migration://offline?data=%"), "a damaged one"),
        (&Frame::Text("hello"), "neither a two-factor barcode nor a key"),
        (&Frame::Text("otpauth://totp/A:b?secret=1"), "Character 1 of the key"),
        (&Frame::Text(&known), "already here, as GitHub (alice)"),
    ];
    for (frame, words) in told {
        let mut app = App::open();
        app.add(&known);
        let mut finder = Finder::new(app);
        assert_eq!(finder.sentence(), AIM);
        assert_eq!(finder.show(frame, 1_900), AIM, "{words}: told too early");
        let sentence = finder.show(frame, 300);
        assert!(sentence.contains(words), "{words}: {sentence}");
        assert!(sentence.ends_with('.') && !sentence.contains('!'), "{sentence}");
        assert_eq!(finder.show(frame, 10_000), sentence, "it stays");
        // And gives way once it is over.
        let after = finder.show(&Frame::Text("WIFI:S:home;;"), 3_000);
        assert!(after.contains("Wi-Fi"), "{after}");
    }
}

#[test]
fn an_account_is_taken_at_once_whatever_was_said() {
    let mut finder = Finder::new(App::open());
    finder.show(&EMPTY, 5_000);
    let text = uri("GitHub", "alice", 1);
    let at = finder.at;
    finder.app.tell(Msg::Scanned { texts: vec![FoundText::new(text)], at });
    assert_eq!(finder.app.confirm().issuer, "GitHub");
}

#[test]
fn frames_that_take_turns_change_nothing() {
    let mut finder = Finder::new(App::open());
    for turn in 0..200 {
        let frame = if turn % 2 == 0 { EMPTY } else { DARK };
        assert_eq!(finder.frame(&frame), AIM);
    }
    // Nor do they take away what is said.
    let said = finder.show(&EMPTY, 2_500);
    for turn in 0..200 {
        let frame = if turn % 2 == 0 { EMPTY } else { DARK };
        assert_eq!(finder.frame(&frame), said);
    }
}

#[test]
fn of_two_barcodes_that_enrol_nothing_one_is_told() {
    let mut finder = Finder::new(App::open());
    let (web, net) = (Frame::Text("https://example.org/help"), Frame::Text("WIFI:S:cafe;;"));
    let turns = |finder: &mut Finder| {
        for _ in 0..20 {
            finder.frame(&web);
            finder.frame(&net);
        }
        finder.sentence()
    };
    let said = turns(&mut finder);
    assert!(said.contains("a link to a web page") || said.contains("a Wi-Fi network"), "{said}");
    assert_eq!(turns(&mut finder), said, "it does not change while both are there");
    // Once only the other one is left, that is told.
    let (other, words) = if said.contains("Wi-Fi") { (&web, "web page") } else { (&net, "Wi-Fi") };
    let after = finder.show(other, 3_000);
    assert!(after.contains(words), "{after}");
}

#[test]
fn what_is_read_only_now_and_then_is_told_all_the_same() {
    // The stages take turns, so a code may be read in one frame of six.
    let mut finder = Finder::new(App::open());
    for turn in 0..60 {
        match turn % 6 {
            0 => finder.frame(&Frame::Text("WIFI:S:cafe;;")),
            3 => finder.frame(&EMPTY),
            _ => finder.frame(&LARGE),
        };
    }
    assert!(finder.sentence().contains("Wi-Fi"), "{}", finder.sentence());
}

#[test]
fn whatever_comes_no_sentence_is_shorter_than_two_seconds() {
    for seed in 1..=40_u64 {
        let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut draw = |below: u64| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random % below
        };
        let mut finder = Finder::new(App::open());
        let mut since = Duration::ZERO;
        let mut said = finder.sentence();
        let mut changes = 0;
        for _ in 0..60 {
            // A while of frames that are mostly of one kind.
            let mostly = draw(5);
            for _ in 0..draw(80) {
                let frame = match if draw(10) == 0 { draw(5) } else { mostly } {
                    0 => EMPTY,
                    1 => DARK,
                    2 => SMALL,
                    3 => Frame::Text("WIFI:S:cafe;;"),
                    _ => Frame::Sight(Sight {
                        brightest: 200,
                        module: Some(2.0 + draw(20) as f32 / 10.0),
                        split: None,
                    }),
                };
                let now = finder.frame(&frame);
                if now != said {
                    let stood = finder.at - since;
                    assert!(stood >= Duration::from_secs(2), "{said:?} stood for {stood:?}");
                    (said, since) = (now, finder.at);
                    changes += 1;
                }
            }
        }
        assert!(changes > 3, "only {changes} changes, seed {seed}");
    }
}

#[test]
fn a_barcode_of_our_own_that_is_damaged_is_told_as_that() {
    for text in ["HOLDFAST-MOVE:GARBAGE.", "HOLDFAST-TIME:GARBAGE"] {
        let mut finder = Finder::new(App::open());
        let said = finder.show(&Frame::Text(text), 2_500);
        assert!(said.contains("was not read right"), "{text}: {said}");
        // Another barcode is told of in its turn.
        let said = finder.show(&Frame::Text("https://example.org/2fa"), 4_500);
        assert!(said.contains("a link to a web page"), "{text}: {said}");
    }
}

#[test]
fn a_size_at_the_border_does_not_swing() {
    let mut finder = Finder::new(App::open());
    let of = |module| Frame::Sight(Sight { brightest: 200, module: Some(module), split: None });
    let small = finder.show(&of(2.3), 2_500);
    assert!(small.contains("closer"));
    // A little more is not yet enough, half a pixel is.
    assert_eq!(finder.show(&of(2.6), 10_000), small);
    assert!(finder.show(&of(3.0), 4_500).contains("hold still"));
    assert!(finder.show(&of(2.6), 10_000).contains("hold still"));
}

#[test]
fn a_camera_that_stood_still_begins_anew() {
    let mut finder = Finder::new(App::open());
    finder.show(&EMPTY, 1_500);
    finder.at += Duration::from_secs(60);
    assert_eq!(finder.frame(&EMPTY), AIM, "a minute without frames says nothing");
    // Even one whose clock goes backwards.
    finder.at = Duration::ZERO;
    assert_eq!(finder.show(&EMPTY, 1_900), AIM);
    assert!(finder.show(&EMPTY, 300).contains("No barcode"));
}
