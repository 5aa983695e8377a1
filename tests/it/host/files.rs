//! Files: read within bounds, kept over nothing, and chosen where the desktop has a dialog for it.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use holdfast::host::desktop::files::DesktopFiles;
use holdfast_model::ports::{FileError, Files, KeepError, PICTURE_LIMIT};

use super::twin;

#[test]
fn a_picture_is_read_whole_and_what_is_none_is_told() {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name);
    fs::write(at("picture"), "bytes").unwrap();
    assert_eq!(DesktopFiles.read_picture(&at("picture")).unwrap(), b"bytes");
    assert_eq!(DesktopFiles.read_picture(&at("none")), Err(FileError::Missing));
    assert_eq!(DesktopFiles.read_picture(&at("picture/x")), Err(FileError::Missing));
    let error = DesktopFiles.read_picture(home.path()).unwrap_err().to_string();
    assert!(error.contains("it is a folder"), "{error}");
    File::create(at("large")).unwrap().set_len(PICTURE_LIMIT as u64 + 1).unwrap();
    assert_eq!(DesktopFiles.read_picture(&at("large")), Err(FileError::TooLarge));
    assert!(Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
    let error = DesktopFiles.read_picture(&at("pipe")).unwrap_err().to_string();
    assert!(error.contains("not a regular file"), "{error}");
    let endless = DesktopFiles.read_picture(Path::new("/dev/zero"));
    assert!(matches!(endless, Err(FileError::Other(_))), "{endless:?}");
}

#[test]
fn a_text_is_kept_in_a_new_file_for_the_owner_and_over_nothing() {
    use std::os::unix::fs::PermissionsExt;

    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name);
    DesktopFiles.write_text(&at("list"), "a list").unwrap();
    assert_eq!(fs::read_to_string(at("list")).unwrap(), "a list");
    assert_eq!(fs::metadata(at("list")).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(DesktopFiles.write_text(&at("list"), "another"), Err(KeepError::Taken));
    assert_eq!(fs::read_to_string(at("list")).unwrap(), "a list");
    assert_eq!(DesktopFiles.write_text(&at("none/list"), "x"), Err(KeepError::NoFolder));
    assert_eq!(DesktopFiles.write_text(&at("list/list"), "x"), Err(KeepError::NoFolder));
    let error = DesktopFiles.write_text(home.path(), "x").unwrap_err().to_string();
    assert!(error.contains("it is a folder"), "{error}");
    let left = fs::read_dir(home.path()).unwrap().count();
    assert_eq!(left, 1, "nothing else is left behind");
}

#[test]
fn without_a_portal_the_dialog_gives_way_to_one_sentence() {
    const TEST: &str = "host::files::without_a_portal_the_dialog_gives_way_to_one_sentence";
    if twin::task().is_some() {
        assert_eq!(DesktopFiles.pick_picture(), Err(FileError::NoDialog));
        assert_eq!(DesktopFiles.save_text("list.txt", "a list"), Err(KeepError::NoDialog));
        return;
    }
    // No session bus at all, and one that nobody offers a dialog on.
    let lone = twin::of(TEST, "pick")
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
        .output()
        .unwrap();
    assert!(lone.status.success(), "{}", String::from_utf8_lossy(&lone.stdout));
    let arguments = ["--config-file", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/bus.conf")];
    let arguments = [&arguments[..], &["--"]].concat();
    match twin::under("dbus-run-session", &arguments, TEST, "pick").output() {
        Ok(with_bus) => {
            assert!(with_bus.status.success(), "{}", String::from_utf8_lossy(&with_bus.stdout));
        }
        Err(_) => println!("skipped: there is no dbus-run-session to try an empty bus with"),
    }
}
