//! Bad input: one clear sentence each, nothing lost, and a way on.

use holdfast_model::ports::memory::DiskTrouble;
use holdfast_model::screen::Page;
use holdfast_model::{Msg, intake};

use super::app::{App, PASSPHRASE, RFC_SECRET, picture, uri};

/// One sentence: it starts with a capital, ends with one full stop, blames nobody.
fn is_one_sentence(text: &str) {
    assert!(text.starts_with(|c: char| c.is_uppercase() || c == '“'), "{text}");
    assert!(text.ends_with('.'), "{text}");
    assert_eq!(text.matches(". ").count(), 0, "{text}");
    assert!(!text.contains('!') && !text.contains("Oops"), "{text}");
    assert!(text.len() < 200, "{text}");
}

#[test]
fn what_is_read_and_is_no_account() {
    let cases = [
        ("", "There is no text;"),
        (" \n ", "There is no text;"),
        ("\0", "There is no text;"),
        ("https://apps.apple.com/app/id1", "This is a link to an app store,"),
        ("market://details?id=x", "This is a link to an app store,"),
        ("https://example.org/2fa", "This is a link to a web page,"),
        ("WIFI:S:cafe;T:WPA;P:latte;;", "This barcode is for joining a Wi-Fi network;"),
        ("otpauth-migration://offline?data=!!", "This is an export from Google Authenticator, and"),
        ("otpauth://totp/A?secret=", ""),
        ("otpauth://totp/A", ""),
        ("otpauth://hotp/A?secret=GEZDGNBV&counter=x", ""),
        ("otpauth://totp/A?secret=GEZDGNBV&digits=3", ""),
        ("otpauth://push/A?secret=GEZDGNBV", ""),
        ("hello", "This is neither a two-factor barcode nor a key;"),
        ("BEGIN:VCARD\nFN:Alice\nEND:VCARD", "This is neither a two-factor barcode nor a key;"),
    ];
    let mut app = App::open();
    for (text, beginning) in cases {
        app.tell(Msg::Add);
        app.tell(Msg::TextGiven(text.into()));
        let sentence = app.add_error();
        assert!(sentence.starts_with(beginning), "{text}: {sentence}");
        is_one_sentence(&sentence);
    }
    assert!(app.ports.storage.file().is_some());
}

#[test]
fn a_nul_behind_a_link_is_no_part_of_it() {
    let link = uri("GitHub", "alice", 1);
    assert_eq!(intake::read(&format!("{link}\0")), intake::read(&link));
    assert!(intake::read(&link).is_ok());
}

#[test]
fn a_part_of_an_export_says_which_it_is() {
    // A protocol-buffer message of one account (field 1, here empty), 3 parts, index 1, batch 7.
    let mut app = App::open();
    app.tell(Msg::TextGiven("otpauth-migration://offline?data=CgAYAyABKAc%3D".into()));
    let sentence = app.add_error();
    assert!(sentence.starts_with("This is part 2 of 3 of an export from Google Authenticator"));
    is_one_sentence(&sentence);
}

#[test]
fn pictures_that_give_nothing() {
    let blank = {
        let mut file = std::io::Cursor::new(Vec::new());
        image::GrayImage::from_pixel(64, 64, image::Luma([255]))
            .write_to(&mut file, image::ImageFormat::Png)
            .unwrap();
        file.into_inner()
    };
    let whole = picture(&[&uri("A", "a", 1)]);
    let mut app = App::open();
    for (name, bytes, beginning) in [
        ("letter.txt", b"Dear Alice,".to_vec(), "This file is not a picture."),
        ("empty.png", Vec::new(), "This file is not a picture."),
        ("cut.png", whole[..whole.len() / 2].to_vec(), "This picture is damaged or incomplete."),
        ("blank.png", blank, "No barcode was found in this picture;"),
        (
            "store.png",
            picture(&["https://apps.apple.com/app/id1"]),
            "This is a link to an app store",
        ),
    ] {
        app.ports.files.put(name, bytes);
        app.ports.files.choose(Some(name));
        app.tell(Msg::PickPicture);
        let sentence = app.add_error();
        assert!(sentence.starts_with(beginning), "{name}: {sentence}");
    }
    app.tell(Msg::PicturesAt(vec!["gone.png".into()]));
    assert!(app.add_error().starts_with("There is no such file;"));
    app.ports.files.put("huge.png", vec![0; 64 * 1024 * 1024 + 1]);
    app.tell(Msg::PicturesAt(vec!["huge.png".into()]));
    assert!(app.add_error().starts_with("The file is larger than 64 MiB;"));
    // Closing the dialog is no trouble at all.
    app.ports.files.choose(None);
    app.tell(Msg::PickPicture);
    assert_eq!(app.add_error(), "");
}

#[test]
fn an_empty_clipboard_says_so() {
    let mut app = App::open();
    app.tell(Msg::ReadClipboard);
    assert!(app.add_error().starts_with("The clipboard holds neither text nor a picture;"));
    app.ports.clipboard.put_text("  ");
    app.tell(Msg::ReadClipboard);
    assert!(app.add_error().starts_with("The clipboard holds neither text nor a picture;"));
    let whole = picture(&[&uri("GitHub", "alice", 1)]);
    app.ports.clipboard.put_picture_file(whole[..whole.len() / 2].to_vec());
    app.tell(Msg::ReadClipboard);
    assert!(app.add_error().starts_with("This picture is damaged or incomplete."));
}

#[test]
fn new_passphrases_that_are_not_taken() {
    let mut app = App::start();
    for (passphrase, again, beginning) in [
        ("", "", "There is no passphrase yet;"),
        ("seven77", "seven77", "The passphrase has fewer than 8 characters;"),
        ("password", "password", "This passphrase is among the first"),
        (PASSPHRASE, "kelp holds to its rocks", "The two passphrases differ;"),
        (PASSPHRASE, "", "The two passphrases differ;"),
    ] {
        app.tell(Msg::Create { passphrase: passphrase.into(), again: again.into() });
        let Page::FirstStart(page) = app.see().page else { panic!("{passphrase}") };
        let sentence = page.error.unwrap();
        assert!(sentence.starts_with(beginning), "{sentence}");
        is_one_sentence(&sentence);
        assert_eq!(app.ports.storage.file(), None);
    }
}

#[test]
fn any_script_and_any_length_makes_a_passphrase() {
    let long = "kelp and rock and tide, ".repeat(200);
    for passphrase in ["пароль из моря", "海の底の岩に根を張る", &long, "🐚🌊🪨🦀🐙🐠🐡🦑"]
    {
        let mut app = App::start();
        app.tell(Msg::PassphraseTyped(passphrase.into()));
        app.tell(Msg::Create { passphrase: passphrase.into(), again: passphrase.into() });
        if let Page::FirstStart(page) = app.see().page {
            panic!("{passphrase}: {:?}", page.error);
        }
        app.tell(Msg::Lock);
        app.tell(Msg::Unlock(passphrase.into()));
        assert_eq!(app.see().page, Page::Codes);
    }
}

#[test]
fn a_vault_file_that_cannot_be_used_stays_as_it_is_and_can_be_tried_again() {
    let mut app = App::open();
    app.add(&format!("otpauth://totp/A:a?secret={RFC_SECRET}"));
    let disk = app.ports.storage.clone();
    let good = disk.file().unwrap();
    let mut flipped = good.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let bad_files = [
        ("empty", Vec::new()),
        ("text", b"not a vault, but longer than any header might be, I hope".repeat(9)),
        ("cut", good[..good.len() - 7].to_vec()),
        ("cut in the header", good[..40].to_vec()),
        ("flipped", flipped),
        ("added to", [good.as_slice(), b"more"].concat()),
    ];
    for (what, bad) in bad_files {
        disk.put(Some(bad.clone()));
        let mut app = App::start_on(disk.clone());
        // What can be told only with the passphrase is told then.
        app.tell(Msg::Unlock(PASSPHRASE.into()));
        let Page::Blocked(page) = app.see().page else { panic!("{what}: {:?}", app.see().page) };
        is_one_sentence(&page.sentence);
        assert_eq!(disk.file(), Some(bad), "{what}");
        // The person puts a good copy in its place.
        disk.put(Some(good.clone()));
        app.tell(Msg::Retry);
        app.tell(Msg::Unlock(PASSPHRASE.into()));
        assert_eq!(app.names(), [("A".into(), "a".into())], "{what}");
    }
}

#[test]
fn a_vault_file_that_may_not_be_read_or_is_gone() {
    let mut app = App::open();
    let disk = app.ports.storage.clone();
    let file = disk.file();
    app.tell(Msg::Lock);
    disk.trouble(Some(DiskTrouble::Denied));
    app.tell(Msg::Unlock(PASSPHRASE.into()));
    let Page::Blocked(page) = app.see().page else { panic!() };
    is_one_sentence(&page.sentence);
    disk.trouble(None);
    app.tell(Msg::Retry);
    disk.put(None);
    app.tell(Msg::Unlock(PASSPHRASE.into()));
    let Page::Blocked(page) = app.see().page else { panic!() };
    assert!(page.sentence.starts_with("The vault file is no longer there;"));
    disk.put(file);
    app.tell(Msg::Retry);
    app.tell(Msg::Unlock(PASSPHRASE.into()));
    assert_eq!(app.see().page, Page::Codes);
}

#[test]
fn a_first_start_never_overwrites_a_vault_that_came_meanwhile() {
    let mut app = App::start();
    let creating =
        app.give(Msg::Create { passphrase: PASSPHRASE.into(), again: PASSPHRASE.into() });
    assert_eq!(app.see().busy.as_deref(), Some("Making the vault…"));
    let mut other = App::open_on(app.ports.storage.clone());
    other.add(&uri("A", "a", 1));
    let file = app.ports.storage.file();
    app.perform_all(creating);
    assert_eq!(app.ports.storage.file(), file);
    let Page::Unlock(page) = app.see().page else { panic!("{:?}", app.see().page) };
    assert!(page.error.unwrap().starts_with("Another window of Holdfast made a vault"));
    app.tell(Msg::Unlock(PASSPHRASE.into()));
    assert_eq!(app.names().len(), 1);
}

#[test]
fn a_full_disk_at_the_first_start_can_be_tried_again() {
    let mut app = App::start();
    app.ports.storage.trouble(Some(DiskTrouble::Room(10)));
    app.tell(Msg::Create { passphrase: PASSPHRASE.into(), again: PASSPHRASE.into() });
    let visit = app.see().visit;
    let Page::FirstStart(page) = app.see().page else { panic!() };
    assert_eq!(
        page.error.as_deref(),
        Some("The disk is full, so this was not saved; free some space, then try again.")
    );
    app.ports.storage.trouble(None);
    app.tell(Msg::Create { passphrase: PASSPHRASE.into(), again: PASSPHRASE.into() });
    assert_eq!(app.see().page, Page::Codes);
    assert_eq!(app.see().visit, visit + 1);
}

#[test]
fn a_copy_is_spoken_of_only_where_there_is_one() {
    let app = App::open();
    let mut damaged = app.ports.storage.file().unwrap();
    damaged.truncate(damaged.len() / 2);
    app.ports.storage.put(Some(damaged));
    for (copy, words) in [
        (None, "put a whole copy in its place, or move it away and enrol every account anew."),
        (
            Some("/home/ann/vault.previous"),
            "copy from before the last change, /home/ann/vault.previous, in",
        ),
    ] {
        app.ports.storage.keep_copy(copy);
        let again = App::start_on(app.ports.storage.clone());
        let Page::Blocked(sentence) = again.see().page else { panic!("{:?}", again.see().page) };
        let sentence = format!("{sentence:?}");
        assert!(sentence.contains(words), "{sentence}");
        assert_eq!(sentence.contains("before the last change"), copy.is_some(), "{sentence}");
    }
}

#[test]
fn a_famous_example_is_never_called_good() {
    let mut app = App::start();
    let mut hint = |typed: &str| {
        app.tell(Msg::PassphraseTyped(typed.into()));
        let Page::FirstStart(page) = app.see().page else { panic!() };
        page.strength.unwrap()
    };
    for famous in [
        "correct horse battery staple",
        "Correct-Horse-Battery-Staple!",
        "to be or not to be that is",
        "the quick brown fox jumps",
    ] {
        let said = hint(famous);
        assert!(said.score <= 1, "{famous}: {said:?}");
        assert!(said.sentence.starts_with("Well known:"), "{famous}: {said:?}");
    }
    let own = hint("correct horse battery staple plus a dozen green umbrellas");
    assert_eq!(own.score, 4, "with more of one's own it is none of them: {own:?}");
    assert!(!own.sentence.contains("nobody"));
}
