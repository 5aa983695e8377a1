//! Two phones, one server, and three people's accounts with it.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use holdfast_otp::Secret;
use holdfast_testkit::{
    Answer, App, Ran, Server, ServerOptions, Visitor, png_of_svg, pngs_of_blocks,
};
use serde_json::json;
use tempfile::TempDir;

pub const OURS: [&str; 3] = ["mara@example.org", "mara.work@example.org", "club@example.org"];
pub const PASSWORD: &str = "quiet otter mends lanterns";
const PASSPHRASE: &str = "seven grey herons wade home";
pub const CHANGE: &str = "/account/two-factor/change";
pub const SCAN: &str = "/account/two-factor/change/scan";

/// Which of the two phones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phone {
    Old,
    New,
}

/// An account with our server, and its owner's browser.
pub struct Owner {
    pub number: usize,
    pub email: &'static str,
    pub browser: Visitor,
    recovery: Vec<String>,
    /// The page with the barcode that was shown last.
    pub shown: Option<Answer>,
}

pub struct World {
    pub dir: TempDir,
    start: Box<dyn Fn(i64) -> Server>,
    pub server: Server,
    /// How far every clock here is ahead of the machine's, in seconds.
    ahead: i64,
    pub old: App,
    new: App,
    pub owners: Vec<Owner>,
    /// Every secret that was ever in one of the phones.
    secrets: Vec<Secret>,
}

impl World {
    pub fn new() -> Self {
        Self::on(ServerOptions::default())
    }

    /// With a server that is started so.
    pub fn on(options: ServerOptions) -> Self {
        let dir = TempDir::new().expect("a temporary folder");
        let start = Box::new(Server::on_one_disk_with(options));
        let server = start(0);
        let [old, new] = ["old", "new"].map(|name| {
            let app = App::new(&dir.path().join(name).join("vault"), PASSPHRASE);
            assert_done(&app.run(["new"]));
            app
        });
        let (owners, secrets) = (Vec::new(), Vec::new());
        Self { dir, start, server, ahead: 0, old, new, owners, secrets }
    }

    /// Makes an account and enrols the old phone.
    pub fn register(&mut self, email: &'static str) {
        let browser = Visitor::new(self.server.url());
        let page = browser.open("/register").expect("the page");
        let who = [("email", email), ("password", PASSWORD)];
        let made = browser.submit(&page, &who).expect("an account");
        if made.path == "/register/code" {
            let code = self.mailed_code(email, "make your account");
            let made = browser.submit(&made, &[("code", &code)]).expect("an account");
            assert_eq!(made.path, "/account", "{}", made.is_unexpected("the account"));
        } else {
            assert_eq!(made.path, "/account", "{}", made.is_unexpected("the account"));
        }
        let enable = browser.open("/account/two-factor/enable").expect("the page");
        let scan = browser.submit(&enable, &[("password", PASSWORD)]).expect("a barcode");
        self.keep_secret(&scan);
        let picture = self.picture(&scan);
        assert_done(&self.old.run(["add".as_ref(), picture.as_os_str()]));
        let code = self.old.code(email).expect("a code");
        let on = browser.submit(&scan, &[("code", &code)]).expect("an answer");
        assert_eq!(on.text("h1").as_deref(), Some("Two-factor authentication is on"));
        let codes = browser.open("/account/two-factor/codes").expect("the codes");
        let shown =
            codes.body.split("<code>").skip(1).filter_map(|rest| rest.split_once("</code>"));
        let recovery: Vec<_> = shown.map(|(code, _)| code.to_owned()).collect();
        assert_eq!(recovery.len(), 10);
        let number = self.owners.len();
        self.owners.push(Owner { number, email, browser, recovery, shown: None });
    }

    /// Adds an account with another service, whose secret is made of this byte; what the app says.
    pub fn adds_other(&mut self, to: Phone, uri: &str, byte: u8, choice: &[&str]) -> String {
        let secret = Secret::from_bytes(&[byte; 20]).expect("twenty bytes");
        let uri = format!("otpauth://totp/{uri}{}", *secret.to_base32());
        self.secrets.push(secret);
        let arguments: Vec<&str> = ["add", uri.as_str()].iter().chain(choice).copied().collect();
        self.says(to, &arguments)
    }

    /// What a phone answers.
    #[track_caller]
    pub fn says(&self, phone: Phone, arguments: &[&str]) -> String {
        let ran = self.phone(phone).run(arguments);
        assert_done(&ran);
        ran.out
    }

    /// The codes of this phone, and of no other, log each owner in; the server has been killed and is
    /// started again first.
    #[track_caller]
    pub fn one_phone_logs_in(&mut self, when: &str, phone: impl Fn(&Owner) -> Phone) {
        // Far enough that no code was used yet.
        self.passes(90);
        let emails: Vec<&str> = self.owners.iter().map(|owner| owner.email).collect();
        let (old, new) = (&self.old, &self.new);
        // Both phones at once, since every code takes the time of an unlocking.
        let shown: [Vec<Option<String>>; 2] = thread::scope(|scope| {
            let emails = &emails;
            let all = |app: &App| emails.iter().map(|email| code_of(app, email)).collect();
            let [old, new] = [old, new].map(|app| scope.spawn(move || all(app)));
            [old, new].map(|codes| codes.join().expect("codes"))
        });
        let [old, new] = shown;
        for (owner, (old, new)) in self.owners.iter().zip(old.into_iter().zip(new)) {
            let (email, works) = (owner.email, phone(owner));
            let (good, void) = if works == Phone::Old { (old, new) } else { (new, old) };
            if let Some(code) = void {
                let status = self.log_in(owner, &code);
                assert_eq!(status, 401, "{when}, {email}: not only {works:?} logs in");
            }
            let code = good.unwrap_or_else(|| panic!("{when}, {email}: {works:?} has no code"));
            assert_eq!(self.log_in(owner, &code), 201, "{when}, {email}: {works:?} does not");
        }
    }

    /// Time passes, over which the server is killed and started again.
    pub fn passes(&mut self, seconds: i64) {
        self.server.process().kill();
        self.ahead += seconds;
        self.server = (self.start)(self.ahead);
        for owner in &mut self.owners {
            owner.browser.moved_to(self.server.url());
        }
        self.old = self.old.with_clock(self.ahead);
        self.new = self.new.with_clock(self.ahead);
    }

    /// The old phone shows its list, part by part, and the new one reads the parts out of order.
    pub fn shows_list(&mut self) {
        let mut parts = self.photos(Phone::Old, &["move", "show"]);
        parts.reverse();
        let said = self.reads(Phone::New, &parts);
        assert!(said.starts_with("12 accounts now wait for re-enrolment.\n"), "{said}");
        let text = self.says(Phone::Old, &["move", "list"]);
        let page = self.says(Phone::Old, &["move", "list", "--page"]);
        for secret in &self.secrets {
            for list in [&text, &page] {
                assert!(!holds(list.as_bytes(), secret), "a secret is in the list");
            }
        }
    }

    /// The new phone's progress goes back over barcodes.
    #[track_caller]
    pub fn reads_progress(&self, expected: &str) {
        let parts = self.photos(Phone::New, &["move", "show", "--progress"]);
        assert_eq!(self.reads(Phone::Old, &parts), expected);
    }

    /// The same with the old phone killed while it saves, and once more.
    pub fn reads_progress_and_is_killed(&self) {
        let parts = self.photos(Phone::New, &["move", "show", "--progress"]);
        let before = self.says(Phone::Old, &["move", "status"]);
        assert!(self.old.run_killed(reading(&parts)), "it is killed");
        let killed = self.says(Phone::Old, &["move", "status"]);
        assert!(
            killed == before || killed.contains("12 accounts: 12 confirmed."),
            "half of it is there: {killed}"
        );
        self.reads(Phone::Old, &parts);
    }

    /// Begins a change of phone with a code of the old phone, or a recovery code.
    #[track_caller]
    pub fn begins(&mut self, number: usize, with_recovery: bool) {
        self.passes(90);
        let owner = &self.owners[number];
        let code = if with_recovery {
            owner.recovery[0].clone()
        } else {
            self.old.code(owner.email).expect("a code")
        };
        // A session may have ended with the server that was killed while it answered.
        let page = owner.browser.open(CHANGE).expect("the page");
        let scan = owner.browser.submit(&page, &[("password", PASSWORD), ("code", &code)]);
        let scan = scan.expect("a barcode");
        assert_eq!(scan.path, SCAN, "{}", scan.is_unexpected("a barcode"));
        self.keep_secret(&scan);
        self.owners[number].shown = Some(scan);
    }

    /// The new phone takes the barcode that is shown.
    #[track_caller]
    pub fn scans(&self, number: usize, choice: &[&str], expected: &str) {
        let ran = self.new.run(self.adding(number, choice));
        assert_done(&ran);
        assert!(ran.out.starts_with(expected), "{ran:?}");
    }

    /// It is killed in the middle of that, and takes it once more: as one that it waited for, or as one
    /// that is here already.
    pub fn scans_and_is_killed(&self, number: usize) {
        assert!(self.new.run_killed(self.adding(number, &[])), "it is killed");
        let accounts = self.says(Phone::New, &["list"]).lines().count();
        assert_eq!(accounts, 12, "none is lost and none is there twice");
        assert_done(&self.new.run(self.adding(number, &[])));
        assert_eq!(self.says(Phone::New, &["list"]).lines().count(), 12);
    }

    /// Another secret under the same names is a question, which a script does not answer by itself.
    pub fn does_not_replace_unasked(&self, number: usize) {
        let email = self.owners[number].email;
        let before = self.says(Phone::New, &["--json", "list"]);
        let asked = self.new.run(self.adding(number, &[]));
        assert_eq!(asked.code, Some(7), "{asked:?}");
        assert!(asked.err.contains("--replace"), "{asked:?}");
        assert_eq!(self.says(Phone::New, &["--json", "list"]), before);
        assert!(code_of(&self.new, email).is_some());
    }

    /// The first code of the new phone is entered, and the old one gives way.
    #[track_caller]
    pub fn confirms(&mut self, number: usize) {
        self.passes(60);
        let answer = self.enters_first_code(number);
        let done = answer.text("h1");
        assert_eq!(done.as_deref(), Some("Your new phone is in use"), "{}", answer.body);
    }

    pub fn enters_first_code(&self, number: usize) -> Answer {
        let owner = &self.owners[number];
        let code = self.new.code(owner.email).expect("a code");
        let shown = owner.shown.as_ref().expect("a barcode was shown");
        owner.browser.submit(shown, &[("code", &code)]).expect("an answer")
    }

    /// The first code is entered, and the server killed as soon as it writes. Whose account it is then.
    pub fn confirms_and_server_is_killed(&mut self, number: usize) -> Phone {
        self.passes(60);
        let owner = &self.owners[number];
        let (tab, shown) = (owner.browser.clone(), owner.shown.clone().expect("a barcode"));
        let code = self.new.code(owner.email).expect("a code");
        let wal = self.server.data_dir().join("holdfast.db-wal");
        let before = written(&wal);
        thread::scope(|scope| {
            // Killed in the middle it gets no answer.
            scope.spawn(move || tab.submit(&shown, &[("code", &code)]).ok());
            let until = Instant::now() + Duration::from_secs(20);
            while written(&wal) == before && Instant::now() < until {
                thread::sleep(Duration::from_micros(200));
            }
            self.server.process().kill();
        });
        self.passes(90);
        let owner = &self.owners[number];
        let old = code_of(&self.old, owner.email).expect("a code");
        if self.log_in(owner, &old) == 201 { Phone::Old } else { Phone::New }
    }

    /// Every account of the new phone is marked as one whose codes log in.
    pub fn confirms_all(&self) {
        let listed = self.says(Phone::New, &["--json", "list"]);
        let listed: serde_json::Value = serde_json::from_str(&listed).expect("JSON");
        let ids: Vec<&str> = listed
            .as_array()
            .expect("accounts")
            .iter()
            .filter_map(|account| account["id"].as_str())
            .collect();
        assert_eq!(ids.len(), 12, "{listed}");
        for id in ids {
            self.says(Phone::New, &["move", "mark", id, "confirmed"]);
        }
    }

    /// No file of either phone holds a secret that can be read.
    pub fn holds_no_readable_secret(&self) {
        for name in ["old", "new"] {
            let files = files_under(&self.dir.path().join(name));
            assert!(!files.is_empty());
            for file in files {
                self.assert_no_secret(&file);
            }
        }
    }

    /// Nothing is left of the old phone but a note that its vault was destroyed, of which the receipt told:
    /// 16 bytes, and so no secret, no name and no key.
    pub fn old_folder_is_empty(&self, receipt: &str) {
        let left = files_under(&self.dir.path().join("old"));
        left.iter().for_each(|file| self.assert_no_secret(file));
        let [note] = &left[..] else { panic!("{left:?}") };
        let bytes = fs::read(note).expect("the note");
        assert!(bytes.starts_with(b"retired\0") && bytes.len() == 16, "{bytes:?}");
        assert!(receipt.contains(&note.display().to_string()), "{receipt}");
    }

    fn assert_no_secret(&self, file: &Path) {
        let bytes = fs::read(file).expect("a file");
        for secret in &self.secrets {
            assert!(!holds(&bytes, secret), "a secret can be read in {}", file.display());
        }
    }

    fn phone(&self, phone: Phone) -> &App {
        match phone {
            Phone::Old => &self.old,
            Phone::New => &self.new,
        }
    }

    /// The status of a log-in over the API: the password, then the code.
    fn log_in(&self, owner: &Owner, code: &str) -> u16 {
        let api = Visitor::new(self.server.url());
        let who = json!({ "email": owner.email, "password": PASSWORD, "device_name": "a test" });
        let half = api.api("/sessions", None, &who).expect("an answer");
        assert_eq!(half.status, 200, "{}", half.body);
        let proof = json!({ "challenge": half.json()["challenge"], "code": code });
        api.api("/sessions/second-factor", None, &proof).expect("an answer").status
    }

    /// The pictures that a camera takes of the barcodes that this command shows.
    fn photos(&self, phone: Phone, arguments: &[&str]) -> Vec<PathBuf> {
        let shown = self.says(phone, arguments);
        let pictures = pngs_of_blocks(&shown).expect("barcodes");
        (1..)
            .zip(pictures)
            .map(|(part, picture)| self.kept(&format!("part-{part}"), &picture))
            .collect()
    }

    pub fn reads(&self, phone: Phone, parts: &[PathBuf]) -> String {
        let ran = self.phone(phone).run(reading(parts));
        assert_done(&ran);
        ran.out
    }

    /// A photo of the page's barcode.
    fn picture(&self, page: &Answer) -> PathBuf {
        let svg = page.svg("barcode").unwrap_or_else(|| panic!("{}", page.is_unexpected("it")));
        self.kept("barcode", &png_of_svg(svg, 480).expect("an SVG"))
    }

    fn kept(&self, name: &str, picture: &[u8]) -> PathBuf {
        let path = self.dir.path().join(name).with_extension("png");
        fs::write(&path, picture).expect("a file");
        path
    }

    fn adding(&self, number: usize, choice: &[&str]) -> Vec<PathBuf> {
        let shown = self.owners[number].shown.as_ref().expect("a barcode was shown");
        let picture = self.picture(shown);
        ["add".into(), picture].into_iter().chain(choice.iter().map(PathBuf::from)).collect()
    }

    pub fn keep_secret(&mut self, page: &Answer) {
        let key = page.text("#key").expect("the key");
        self.secrets.push(Secret::from_base32(&key).expect("a key"));
    }
}

/// A phone's code, where the phone is there and has one.
#[track_caller]
fn code_of(phone: &App, email: &str) -> Option<String> {
    match phone.code(email) {
        Ok(code) => Some(code),
        Err(why) => {
            let known = ["waiting for", "no vault at", "No account"];
            assert!(known.iter().any(|known| why.contains(known)), "{why}");
            None
        }
    }
}

fn reading(parts: &[PathBuf]) -> Vec<PathBuf> {
    ["move", "read", "--yes"].map(PathBuf::from).into_iter().chain(parts.to_vec()).collect()
}

#[track_caller]
fn assert_done(ran: &Ran) {
    assert!(ran.ok(), "exit code {:?}: {}{}", ran.code, ran.out, ran.err);
}

/// Whether a secret stands in these bytes, as it is or as people type it.
fn holds(bytes: &[u8], secret: &Secret) -> bool {
    let text = secret.to_base32();
    [secret.expose(), text.as_bytes()]
        .iter()
        .any(|readable| bytes.windows(readable.len()).any(|part| part == *readable))
}

fn files_under(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.flat_map(|path| if path.is_dir() { files_under(&path) } else { vec![path] }).collect()
}

/// What shows that the database was written to.
fn written(wal: &Path) -> Option<(u64, SystemTime)> {
    let about = fs::metadata(wal).ok()?;
    Some((about.len(), about.modified().ok()?))
}
