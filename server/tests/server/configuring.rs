//! What the operator says wrongly: one sentence says which of it and what to do, and nothing is made.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use holdfast_testkit::{Ran, Server, ServerOptions, program, run};

use crate::client::Client;

/// A folder with files in it, and where the data would be.
struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Desk {
        Desk(tempfile::tempdir().expect("a folder"))
    }

    fn data(&self) -> PathBuf {
        self.0.path().join("data")
    }

    /// A file of that mode; its path.
    fn file(&self, name: &str, text: &str, mode: u32) -> String {
        let path = self.0.path().join(name);
        fs::write(&path, text).expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("its mode");
        path.display().to_string()
    }

    /// Starts with these arguments; where it starts against expectation it is ended.
    fn start(&self, envs: &[(&str, &str)], args: &[&str]) -> Ran {
        let (server, data) = (program("holdfast-server").into_os_string(), self.data());
        let serve = ["serve", "--listen", "127.0.0.1:0", "--data-dir"].map(Into::into);
        let args = args.iter().map(Into::into);
        let all = ["3".into(), server].into_iter().chain(serve).chain([data.into()]).chain(args);
        let envs: Vec<_> = envs.iter().map(|(name, value)| (*name, value.as_ref())).collect();
        run("timeout", all, &envs, b"")
    }

    #[track_caller]
    fn refuses(&self, args: &[&str], says: &str) {
        let ran = self.start(&[], args);
        assert!(matches!(ran.code, Some(1 | 2)), "{args:?}: {ran:?}");
        assert!(ran.err.contains(says), "{args:?} must say {says:?}: {ran:?}");
        assert!(!ran.err.contains("panicked"), "{ran:?}");
        assert!(!self.data().exists(), "{args:?}: something was made");
    }
}

#[test]
fn options_that_contradict_each_other_are_said() {
    let desk = Desk::new();
    let kelp = desk.file("password", "kelp\n", 0o600);
    let kannel = "http://127.0.0.1:1/cgi-bin/sendsms";
    for (args, says) in [
        (&["--mail-from", "id@example.org"][..], "--mail-from needs --mail too."),
        (&["--mail", "smtp://127.0.0.1", "--mail-user", "x"], "--mail-user needs --mail-password-"),
        (&["--mail", "smtp://127.0.0.1", "--mail-password-file", &kelp], "needs --mail-user too."),
        (&["--sms-user", "x", "--sms-password-file", &kelp], "--sms-user needs --sms too."),
        (&["--sms-report-url", "http://127.0.0.1:1"], "--sms-report-url needs --sms too."),
        (&["--sms", kannel, "--sms-user", "x"], "--sms-user needs --sms-password-file too."),
        (&["--sms", "/bin/true", "--sms-user", "x", "--sms-password-file", &kelp], "is for Kannel"),
        (&["--sms", "/bin/true", "--sms-report-url", "http://127.0.0.1:1"], "is for Kannel"),
        (&["--tls-key", "/none"], "A key is of no use without its --tls-certificate."),
        (
            &["--tls-certificate", "/none", "--tls-key", "/none", "--tls-self-signed", "localhost"],
            "Leave one of them out.",
        ),
        (&["--metrics-listen", "127.0.0.1:9"], "Give two."),
    ] {
        let listen = if says == "Give two." { &["--listen", "127.0.0.1:9"][..] } else { &[] };
        let ran = listen.is_empty();
        if ran {
            desk.refuses(args, says);
        } else {
            let (server, data) = (program("holdfast-server"), desk.data());
            let all = ["serve", "--data-dir", data.to_str().expect("text")];
            let ran = run(server, all.iter().chain(args).chain(listen), &[], b"");
            assert!(ran.err.contains(says) && !data.exists(), "{ran:?}");
        }
    }
}

#[test]
fn values_that_lead_nowhere_are_said_at_the_start() {
    let desk = Desk::new();
    let flat = desk.file("send", "#!/bin/sh\n", 0o600);
    let folder = desk.0.path().display().to_string();
    let other = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = other.local_addr().expect("its address").to_string();
    for (args, says) in [
        (
            &["--sms", "/none/send"][..],
            "/none/send given with --sms cannot be run: there is no such",
        ),
        (&["--sms", "no-such-program-here"], "there is no such file"),
        (&["--sms", &flat], "it is not executable"),
        (&["--sms", &folder], "it is no file"),
        (
            &["--public-url", "javascript:alert(1)"],
            "--public-url javascript:alert(1) is no address",
        ),
        (&["--public-url", "id.example.org"], "is no address such as https://"),
        (&["--public-url", "https://id.example.org/?x"], "is no address"),
        (&["--public-url", "https://ann@example.org"], "is no address"),
        (&["--public-url", "https://"], "is no address"),
        (&["--host", "https://id.example.org"], "--host https://id.example.org is no name."),
        (&["--host", "id.example.org:443"], "is no name"),
        (&["--host", "id.example.org,"], "is no name"),
        (&["--sms-a-day=-1"], "--sms-a-day"),
        (&["--issuer", "a:b"], "--issuer"),
        (&["--mail", "smtp://127.0.0.1:1"], "--mail-from"),
        (&["--mail", "carrier-pigeon://x", "--mail-from", "id@example.org"], "carrier-pigeon"),
        (
            &["--mail", "smtp://ann:hunter2@127.0.0.1", "--mail-from", "id@example.org"],
            "--mail-password-file",
        ),
        (&["--sms", "http://127.0.0.1:1/cgi-bin/sendsms"], "--sms-user"),
        (&["--tls-certificate", "/none/a.pem", "--tls-key", "/none/a.key"], "/none/a.pem"),
        (&["--metrics-listen", &taken], "--metrics-listen"),
    ] {
        desk.refuses(args, says);
    }
}

#[test]
fn a_secret_that_others_may_read_is_not_used() {
    let desk = Desk::new();
    let open = desk.file("open", "kelp\n", 0o644);
    let (empty, line) = (desk.file("empty", "", 0o600), desk.file("line", "\n", 0o600));
    let folder = desk.0.path().display().to_string();
    let refused = |file: &str, says: &str| {
        let mail = ["--mail", "smtp://127.0.0.1", "--mail-from", "id@example.org"];
        let mail = mail.into_iter().chain(["--mail-user", "x", "--mail-password-file", file]);
        let sms = ["--sms", "http://127.0.0.1:1/x", "--sms-user", "x", "--sms-password-file", file];
        for args in [mail.collect::<Vec<_>>(), sms.to_vec()] {
            let ran = desk.start(&[], &args);
            assert!(ran.code == Some(1) && ran.err.contains(says), "{ran:?}");
            assert!(!ran.err.contains("kelp"), "{ran:?}");
        }
    };
    refused(&open, "everybody on this machine may read it (mode 644); make it 0600");
    refused(&empty, "it is empty");
    refused(&line, "it holds no password");
    refused("/none", "No such file");
    refused(&folder, "it is a folder");
    refused("/dev/zero", "may read it");

    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("made");
    let crt = desk.file("crt", &made.cert.pem(), 0o644);
    let key = desk.file("key", &made.signing_key.serialize_pem(), 0o644);
    let args = ["--tls-certificate", &crt, "--tls-key", &key];
    let ran = desk.start(&[], &args);
    assert!(ran.code == Some(1), "{ran:?}");
    assert!(ran.err.contains("The private key") && ran.err.contains("(mode 644)"), "{ran:?}");
    // One that a group reads is how many systems keep it.
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).expect("its mode");
    assert!(desk.start(&[], &args).out.contains("listening on https://"));
}

#[test]
fn a_configuration_file_that_is_none_is_said_with_its_line() {
    let desk = Desk::new();
    for (text, says) in [
        (&b"\xff\xfe"[..], "cannot be read"),
        (b"listen = [\"127.0.0.1:0\", \"127.0.0.1:1\"]\n", "`listen` takes one value"),
        (b"\nlisten = []\n", "Line 2 of the configuration file"),
        (b"dev = \"perhaps\"\n", "Line 1 of the configuration file: invalid value 'perhaps'"),
        (b"issuer = \"Kelp\nlisten = \"x\"\n", "Line 1 of the configuration file"),
        (b"mail = { url = \"x\" }\n", "is a text, a number"),
        (b"[serve]\nlisten = \"x\"\n", "there is no setting `serve`"),
        (b"server_key = \"x\"\n", "there is no setting `server_key`"),
    ] {
        let file = desk.0.path().join("server.toml");
        fs::write(&file, text).expect("a file");
        desk.refuses(&["--config", file.to_str().expect("text")], says);
    }
    desk.refuses(&["--config", "/none.toml"], "cannot be read");
    desk.refuses(&["--config", desk.0.path().to_str().expect("text")], "cannot be read");
    desk.refuses(&["--config", "/dev/zero"], "it is too large for settings");
}

/// The reader of the command line took a file's setting for one that was not given, and refused what
/// needs it.
#[test]
fn settings_that_belong_together_may_come_from_different_places() {
    let desk = Desk::new();
    let kelp = desk.file("password", "kelp\n", 0o600);
    let text = format!(
        "mail = \"smtp://127.0.0.1:1\"\nmail-password-file = \"{kelp}\"\n\
         sms = \"http://127.0.0.1:1/x\"\nsms-user = \"holdfast\"\n"
    );
    let config = desk.file("server.toml", &text, 0o644);
    let envs = [("HOLDFAST_MAIL_FROM", "id@example.org"), ("HOLDFAST_SMS_PASSWORD_FILE", &kelp)];
    let args = ["--config", &config, "--mail-user", "holdfast"];
    let ran = desk.start(&envs, &args);
    assert!(ran.out.contains("listening on http://"), "{ran:?}");
    // And what the file lacks is asked for.
    let ran = desk.start(&[], &["--config", &config]);
    assert!(ran.err.contains("--mail-password-file needs --mail-user too."), "{ran:?}");
}

#[test]
fn row_14_a_wrong_key_stops_every_command_and_changes_nothing() {
    let server = Server::start();
    Client::registered(&server).enable();
    let copy = crate::operator::copy_of(server.data_dir());
    let key = copy.path().join("server.key");
    let right = fs::read(&key).expect("the key");
    let entries = || crate::operator::done(copy.path(), &["audit"], "").lines().count();
    let before = entries();
    for (bytes, says) in [
        (vec![7; 32], "The key does not belong to the database"),
        (vec![7; 64], "The key does not belong to the database"),
        (vec![7; 31], "it holds 31 bytes where a key has 32"),
        (vec![], "it holds 0 bytes where a key has 32"),
    ] {
        fs::write(&key, &bytes).expect("another key");
        for args in [
            &["check"][..],
            &["key", "rotate"],
            &["user", "list"],
            &["audit"],
            &["2fa", "reset", crate::client::EMAIL, "--verified", "passport"],
            &["token", "add", "door", "--right", "verify"],
        ] {
            let ran = crate::operator::operate(copy.path(), args, "");
            assert!(ran.code == Some(1) && ran.err.contains(says), "{args:?}: {ran:?}");
            assert!(ran.out.is_empty(), "{args:?}: {ran:?}");
        }
        assert_eq!(
            fs::read(&key).expect("it"),
            bytes,
            "nothing is written into a foreign key's file"
        );
    }
    fs::write(&key, right).expect("put back");
    assert_eq!(entries(), before, "nothing was done");
    crate::operator::done(copy.path(), &["check"], "");
}

/// A key that is put in its place while the server serves changes nothing for it.
#[test]
fn row_14_a_wrong_key_that_is_put_in_place_while_it_serves_opens_and_seals_nothing() {
    let server = Server::start_with(ServerOptions::default());
    let mut ann = Client::registered(&server);
    ann.enable();
    let codes = ann.recovery_codes();
    let key = server.data_dir().join("server.key");
    let right = fs::read(&key).expect("the key");
    fs::write(&key, [7; 32]).expect("another one");
    let mut other = Client::of(&server);
    other.log_in();
    assert_eq!(other.enter_code(&codes[0]).location(), "/account/done");
    fs::write(&key, right).expect("put back");
    let said = crate::operator::done(server.data_dir(), &["check"], "");
    assert!(said.contains("seals: whole"), "{said}");
}
