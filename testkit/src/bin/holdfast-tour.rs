//! The whole story in the terminal: enrol by barcode, log in with a code, see it refused when reused.
//!
//! It starts the real server and runs the real app, and prints what they answered. The first answer
//! that is not what the story needs ends it with one sentence and exit code 1.

use std::any::Any;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::panic;
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use holdfast_otp::Secret;
use holdfast_testkit::{Answer, App, Server, Visitor, png_of_svg};
use serde_json::json;
use tempfile::{Builder, TempDir};
use tokio::runtime;
use tokio::signal::unix::{SignalKind, signal};

const EMAIL: &str = "ada@example.org";
const PASSWORD: &str = "quiet otter mends lanterns";
const PASSPHRASE: &str = "seven grey herons wade home";
/// Seconds for which a code is shown (RFC 6238, X).
const PERIOD: u64 = 30;

const HELP: &str = "\
Tells the whole story in the terminal, with the real app and the real server: enrol by barcode, log in
with a code, see the same code refused. It takes no arguments and about half a minute, and leaves nothing
behind.

Exit codes: 0 all went as it should, 1 something did not, 2 wrong usage, 129 to 143 stopped by a signal.";

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    match arguments.as_slice() {
        [] => {}
        [one] if one == "--help" || one == "-h" => {
            say(HELP);
            return ExitCode::SUCCESS;
        }
        [first, ..] => {
            let what = first.to_string_lossy();
            eprintln!("The tour takes no arguments, and was given {what:?}; see --help.");
            return ExitCode::from(2);
        }
    }
    // The test kit panics where a program does not start: here that is one more sentence, below.
    panic::set_hook(Box::new(|_| {}));
    let ended = panic::catch_unwind(|| {
        let tour = Tour { stop: signals().map_err(|error| error.to_string())? };
        // Whatever stops the tour may have ended its programs first, which then look broken.
        tour.go().or_else(|end| tour.pause(Duration::from_millis(200)).and(Err(end)))
    });
    let why = match ended {
        Ok(Ok(())) => return ExitCode::SUCCESS,
        Ok(Err(End::Stopped(code))) => {
            say("\nThe tour was stopped; its server is ended and its folder removed.");
            return ExitCode::from(code);
        }
        Ok(Err(End::Wrong(why))) => why,
        Err(panic) => words_of(&*panic),
    };
    say(&format!("\nThe tour ends here: {why}"));
    ExitCode::FAILURE
}

/// Why the tour ends before its end.
enum End {
    /// An answer that is not what the story needs.
    Wrong(String),
    /// A signal, as the exit code for it.
    Stopped(u8),
}

impl From<String> for End {
    fn from(why: String) -> Self {
        Self::Wrong(why)
    }
}

/// Where a signal that asks the program to end arrives, so that what was started is ended and what
/// was made is removed first.
fn signals() -> io::Result<Receiver<u8>> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let (tell, stop) = channel();
    let within = runtime.enter();
    let (mut hangup, mut interrupt, mut terminate) = (
        signal(SignalKind::hangup())?,
        signal(SignalKind::interrupt())?,
        signal(SignalKind::terminate())?,
    );
    drop(within);
    thread::spawn(move || {
        let code = runtime.block_on(async {
            tokio::select! {
                _ = hangup.recv() => 129,
                _ = interrupt.recv() => 130,
                _ = terminate.recv() => 143,
            }
        });
        // The tour may have ended by itself.
        tell.send(code).ok();
    });
    Ok(stop)
}

fn words_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a program broke off")
        .to_owned()
}

struct Tour {
    stop: Receiver<u8>,
}

impl Tour {
    /// Waits, unless the tour is to end.
    fn pause(&self, time: Duration) -> Result<(), End> {
        match self.stop.recv_timeout(time) {
            Ok(code) => Err(End::Stopped(code)),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Ok(()),
        }
    }

    /// A line of the story, unless it is to end.
    fn tell(&self, what: &str, answer: &str) -> Result<(), End> {
        self.pause(Duration::ZERO)?;
        say(&format!("{what:<38} {answer}"));
        Ok(())
    }

    fn go(&self) -> Result<(), End> {
        say("From barcode to log-in. Each line below is what a running program answered.\n");
        // The barcode in it is a secret for as long as the tour lasts.
        let mine = fs::Permissions::from_mode(0o700);
        let dir = Builder::new().prefix("holdfast-tour-").permissions(mine).tempdir();
        let dir = dir.map_err(|error| error.to_string())?;
        let server = Server::start();
        let ada = Visitor::new(server.url());
        let app = App::new(&dir.path().join("vault"), PASSPHRASE);

        let ready = ada.open("/readyz")?;
        expect(ready.status == 200, || ready.is_unexpected("readiness"))?;
        self.tell("The server starts", &format!("{} is {}", server.url(), ready.body.trim()))?;

        let scan = self.open_barcode(&ada)?;
        let key = scan.text("#key").ok_or_else(|| scan.is_unexpected("the key"))?;
        let key = Secret::from_base32(&key).map_err(|error| error.to_string())?;
        let picture = dir.path().join("barcode.png");
        let svg = scan.svg("barcode").ok_or_else(|| scan.is_unexpected("a barcode"))?;
        let png = png_of_svg(svg, 480)?;
        fs::write(&picture, &png).map_err(|error| error.to_string())?;
        self.tell(
            "Its barcode, drawn as a screen would",
            &format!("a picture of {} bytes", png.len()),
        )?;

        let made = app.run(["new"]);
        expect(made.ok(), || format!("the app made no vault: {}", made.err.trim()))?;
        self.tell("holdfast new", &one_line(&made.out, ""))?;
        let added = app.run(["add".as_ref(), picture.as_os_str()]);
        expect(added.ok(), || format!("the app did not take the barcode: {}", added.err.trim()))?;
        self.tell("holdfast add barcode.png", &one_line(&added.out, &added.err))?;
        let listed = app.run(["list"]);
        expect(listed.ok() && listed.out.contains(EMAIL), || {
            format!("the app does not list the account: {}{}", listed.out, listed.err)
        })?;
        self.tell("holdfast list", &one_line(&listed.out, ""))?;
        self.tell("The vault file", &sealed(&dir, &key)?)?;

        let first = app.code(EMAIL)?;
        self.tell("holdfast code", &first)?;
        let on = ada.submit(&scan, &[("code", &first)])?;
        expect(on.path.ends_with("/two-factor/on") || on.text("h1").is_some_and(is_on), || {
            on.is_unexpected("the switch-on")
        })?;
        self.tell("Entered on the page", &on.text("h1").unwrap_or_default())?;

        let refused = log_in(&ada, &first)?;
        expect(refused.status == 401, || {
            format!("the server took the enrolment's code for a log-in (status {})", refused.status)
        })?;
        self.tell("Log-in with that same code", &heading(&refused))?;

        let wait = PERIOD - now() % PERIOD;
        say(&format!("    (waiting {wait} s until the app shows the next code)"));
        self.pause(Duration::from_secs(wait))?;
        let next = app.code(EMAIL)?;
        expect(next != first, || format!("the app still shows {first}"))?;
        self.tell("holdfast code", &next)?;

        let accepted = log_in(&ada, &next)?;
        expect(accepted.status == 201 && accepted.json()["token"].is_string(), || {
            accepted.is_unexpected("a log-in")
        })?;
        let whose = accepted.json()["email"].as_str().unwrap_or_default().to_owned();
        self.tell("Log-in with that code", &format!("accepted, {whose} is logged in"))?;

        let again = log_in(&ada, &next)?;
        expect(again.status == 401, || {
            format!("the server took the same code twice (status {})", again.status)
        })?;
        self.tell("The same code a second time", &heading(&again))?;
        say("\nThat is the whole of it: a code works once, and the key never left the vault.");
        Ok(())
    }

    /// Registers, asks for two-factor authentication, and gives the page with the barcode.
    fn open_barcode(&self, ada: &Visitor) -> Result<Answer, End> {
        let who = [("email", EMAIL), ("password", PASSWORD)];
        let account = ada.submit(&ada.open("/register")?, &who)?;
        expect(account.path == "/account", || account.is_unexpected("the account"))?;
        self.tell(&format!("{EMAIL} registers"), &account.text("h1").unwrap_or_default())?;

        let enable = ada.open("/account/two-factor/enable")?;
        let scan = ada.submit(&enable, &[("password", PASSWORD)])?;
        expect(scan.svg("barcode").is_some(), || scan.is_unexpected("a barcode"))?;
        self.tell("Asks for two-factor authentication", &scan.text("h1").unwrap_or_default())?;
        Ok(scan)
    }
}

/// Logs in over the API: the password first, then the code that the server asks for.
fn log_in(ada: &Visitor, code: &str) -> Result<Answer, String> {
    let who = json!({ "email": EMAIL, "password": PASSWORD, "device_name": "tour" });
    let half = ada.api("/sessions", None, &who)?;
    let challenge = half.json()["challenge"].clone();
    expect(half.status == 200 && challenge.is_string(), || {
        half.is_unexpected("the question for a code")
    })?;
    let proof = json!({ "challenge": challenge, "code": code });
    ada.api("/sessions/second-factor", None, &proof)
}

/// What the vault's file is, and that the key cannot be read in it.
fn sealed(dir: &TempDir, key: &Secret) -> Result<String, String> {
    let vault = fs::read(dir.path().join("vault")).map_err(|error| error.to_string())?;
    let text = key.to_base32();
    for readable in [key.expose(), text.as_bytes()] {
        let found = vault.windows(readable.len()).any(|part| part == readable);
        expect(!found, || "the key stands readable in the vault's file".to_owned())?;
    }
    Ok(format!("{} bytes; the key cannot be read in it", vault.len()))
}

fn is_on(heading: String) -> bool {
    heading.ends_with(" is on")
}

fn heading(answer: &Answer) -> String {
    format!("refused ({}): {}", answer.status, answer.problem().unwrap_or_default())
}

fn one_line(out: &str, err: &str) -> String {
    let all = format!("{out} {err}");
    all.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Says a line; where nobody listens any more, the tour goes on to its exit code.
fn say(line: &str) {
    writeln!(io::stdout(), "{line}").ok();
}

fn expect(holds: bool, why: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(why()) }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
