//! Headless Chromium behind ChromeDriver, driven as a person would: open, find, type, click, look.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::webdriver::Session;
use crate::{Process, installed};

/// How long an element is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// How the driver's answer begins about an element of a page that is gone (W3C WebDriver, section 6.6).
const STALE: &str = "stale element reference";

/// The tabulator, for [`Browser::type_keys`].
pub const TAB: &str = "\u{e004}";
/// The enter key, for [`Browser::type_keys`].
pub const ENTER: &str = "\u{e007}";

/// How the browser behaves; the default is a light desktop window with JavaScript on.
#[derive(Debug, Clone)]
pub struct BrowserOptions {
    /// Whether pages may run JavaScript.
    pub javascript: bool,
    /// Whether pages are told that the person prefers dark colours.
    pub dark: bool,
    /// Width and height of the page in CSS pixels.
    pub size: (u32, u32),
    /// Device pixels per CSS pixel.
    pub scale: f64,
}

impl Default for BrowserOptions {
    fn default() -> Self {
        Self { javascript: true, dark: false, size: (1280, 900), scale: 1.0 }
    }
}

/// A running browser with one page; browser, driver and profile are gone when it is dropped.
#[derive(Debug)]
pub struct Browser {
    session: Session,
    profile: TempDir,
    _driver: Process,
}

impl Browser {
    /// Starts a browser with the default options.
    ///
    /// # Errors
    /// A sentence to print when Chromium or ChromeDriver is not installed and the test skips.
    #[track_caller]
    pub fn start() -> Result<Self, String> {
        Self::start_with(&BrowserOptions::default())
    }

    /// Starts a browser.
    ///
    /// # Errors
    /// As [`Browser::start`].
    ///
    /// # Panics
    /// When they are installed and do not start.
    #[track_caller]
    pub fn start_with(options: &BrowserOptions) -> Result<Self, String> {
        let chromium = installed("chromium")?;
        let (driver, port) = start_driver(&installed("chromedriver")?);
        let profile = TempDir::with_prefix("holdfast-browser-").expect("a temporary folder");
        let capabilities = capabilities(&chromium, profile.path(), options);
        let session = Session::open(&format!("http://127.0.0.1:{port}"), capabilities)
            .unwrap_or_else(|error| panic!("Chromium did not start: {error}"));
        let browser = Self { session, profile, _driver: driver };
        browser.dress(options);
        Ok(browser)
    }

    /// Opens an address and waits until the page is loaded.
    #[track_caller]
    pub fn open(&self, url: &str) {
        expect(self.session.post("/url", &json!({ "url": url })));
    }

    /// One page back, as the browser's own button does it.
    #[track_caller]
    pub fn back(&self) {
        expect(self.session.post("/back", &json!({})));
    }

    /// The address of the page that is shown.
    #[track_caller]
    pub fn url(&self) -> String {
        text(expect(self.session.get("/url")))
    }

    /// The page's title.
    #[track_caller]
    pub fn title(&self) -> String {
        text(expect(self.session.get("/title")))
    }

    /// The page's source as it is now.
    #[track_caller]
    pub fn source(&self) -> String {
        text(expect(self.session.get("/source")))
    }

    /// The text of the page as a person reads it.
    #[track_caller]
    pub fn text(&self) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            // Another page may take the place of this one between the two questions.
            match self.find("body").get("/text") {
                Err(error) if error.starts_with(STALE) && Instant::now() < deadline => {}
                answer => return text(expect(answer)),
            }
        }
    }

    /// The first element that matches a CSS selector, waited for up to ten seconds.
    ///
    /// # Panics
    /// When there is none: the message holds the page's address and text.
    #[track_caller]
    pub fn find(&self, css: &str) -> Element<'_> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(element) = self.find_now(css) {
                return Element { sought: Some(css.to_owned()), ..element };
            }
            if Instant::now() > deadline {
                let shown = self.find_now("body").map(|body| body.text()).unwrap_or_default();
                panic!("no element `{css}` on {}, which says:\n{shown}", self.url());
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// The first element that matches a CSS selector, if it is there at once.
    #[track_caller]
    pub fn find_now(&self, css: &str) -> Option<Element<'_>> {
        self.find_all(css).into_iter().next()
    }

    /// All elements that match a CSS selector, in the order of the page.
    #[track_caller]
    pub fn find_all(&self, css: &str) -> Vec<Element<'_>> {
        let found = expect(self.session.find_all("", css));
        found.into_iter().map(|id| Element { session: &self.session, id, sought: None }).collect()
    }

    /// The first button or link whose text is exactly `label`, waited for up to ten seconds.
    #[track_caller]
    pub fn find_labelled(&self, label: &str) -> Element<'_> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let all = self.find_all("button, a, summary, input[type=submit]");
            if let Some(one) = all.into_iter().find(|one| one.text().trim() == label) {
                return one;
            }
            assert!(Instant::now() < deadline, "nothing labelled `{label}` on {}", self.url());
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits until the page's address ends with `path`.
    #[track_caller]
    pub fn wait_for_path(&self, path: &str) {
        let deadline = Instant::now() + PATIENCE;
        while !self.url().ends_with(path) {
            if Instant::now() > deadline {
                panic!("the page is {} and not {path}; it says:\n{}", self.url(), self.text());
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits until the first element that matches says this: for a moment it may be that of the page before.
    #[track_caller]
    pub fn wait_for_text(&self, css: &str, expected: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let said = self.find(css).get("/text");
            match said {
                Ok(Value::String(said)) if said == expected => return,
                Err(error) if !error.starts_with(STALE) => panic!("the browser refused: {error}"),
                said => assert!(Instant::now() < deadline, "{css} says {said:?}, not {expected:?}"),
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// A picture (PNG) of what the window shows.
    #[track_caller]
    pub fn screenshot(&self) -> Vec<u8> {
        png(expect(self.session.get("/screenshot")))
    }

    /// A picture (PNG) of the whole page, however long.
    #[track_caller]
    pub fn screenshot_of_page(&self) -> Vec<u8> {
        let shot = json!({ "format": "png", "captureBeyondViewport": true });
        png(expect(self.session.devtools("Page.captureScreenshot", shot))["data"].clone())
    }

    /// Runs JavaScript in the page and returns its value.
    #[track_caller]
    pub fn run_script(&self, script: &str) -> Value {
        expect(self.session.post("/execute/sync", &json!({ "script": script, "args": [] })))
    }

    /// Types on the keyboard, to whatever has the focus: letters, or a key by its WebDriver code point
    /// (W3C WebDriver, section 17.4.2), such as [`TAB`] or [`ENTER`].
    #[track_caller]
    pub fn type_keys(&self, keys: &str) {
        let presses: Vec<_> = keys
            .chars()
            .flat_map(|key| {
                ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": key.to_string() }))
            })
            .collect();
        let keyboard = json!({ "type": "key", "id": "keyboard", "actions": presses });
        expect(self.session.post("/actions", &json!({ "actions": [keyboard] })));
    }

    /// Sends a command of the Chrome DevTools Protocol, for what WebDriver does not offer.
    #[track_caller]
    pub fn devtools(&self, command: &str, params: Value) -> Value {
        expect(self.session.devtools(command, params))
    }

    /// Forgets all cookies, as a person does who comes from another browser.
    #[track_caller]
    pub fn forget_cookies(&self) {
        expect(self.session.delete("/cookie"));
    }

    /// The folder of this browser's own profile.
    pub fn profile_path(&self) -> &Path {
        self.profile.path()
    }

    /// Window, colours and scripting as asked.
    #[track_caller]
    fn dress(&self, options: &BrowserOptions) {
        let (width, height) = options.size;
        let scheme = if options.dark { "dark" } else { "light" };
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": width, "height": height, "deviceScaleFactor": options.scale, "mobile": false }),
        );
        self.devtools(
            "Emulation.setEmulatedMedia",
            json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] }),
        );
        if !options.javascript {
            self.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": true }));
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Ends Chromium in good order; what is left of it is ended below.
        self.session.delete("").ok();
        kill_users_of(self.profile.path());
    }
}

/// An element of the page that is shown.
#[derive(Debug)]
pub struct Element<'a> {
    session: &'a Session,
    id: String,
    /// What it was the first one of, where it was looked for so.
    sought: Option<String>,
}

impl Element<'_> {
    /// Clicks it, scrolling to it first.
    #[track_caller]
    pub fn click(&self) {
        expect(self.post("/click", json!({})));
    }

    /// Types into it, key by key.
    #[track_caller]
    pub fn type_text(&self, text: &str) {
        expect(self.post("/value", json!({ "text": text })));
    }

    /// Empties a field.
    #[track_caller]
    pub fn clear(&self) {
        expect(self.post("/clear", json!({})));
    }

    /// The text a person reads in it; if another page has taken its place since it was found, that in the one of that
    /// page.
    #[track_caller]
    pub fn text(&self) -> String {
        let deadline = Instant::now() + PATIENCE;
        let mut answer = self.get("/text");
        while let (Err(error), Some(css)) = (&answer, &self.sought)
            && error.starts_with(STALE)
            && Instant::now() < deadline
        {
            thread::sleep(Duration::from_millis(50));
            let now = expect(self.session.find_all("", css)).into_iter().next();
            let now = now.map(|id| Element { session: self.session, id, sought: None });
            answer = now.map_or(answer, |element| element.get("/text"));
        }
        text(expect(answer))
    }

    /// An attribute's value.
    #[track_caller]
    pub fn attribute(&self, name: &str) -> Option<String> {
        expect(self.get(&format!("/attribute/{name}"))).as_str().map(str::to_owned)
    }

    /// A style property as computed, such as `color`.
    #[track_caller]
    pub fn style(&self, property: &str) -> String {
        text(expect(self.get(&format!("/css/{property}"))))
    }

    /// Its role for assistive technology, as the browser computes it.
    #[track_caller]
    pub fn role(&self) -> String {
        text(expect(self.get("/computedrole")))
    }

    /// Its name for assistive technology, as the browser computes it.
    #[track_caller]
    pub fn accessible_name(&self) -> String {
        text(expect(self.get("/computedlabel")))
    }

    /// Whether a person sees it.
    #[track_caller]
    pub fn is_shown(&self) -> bool {
        expect(self.get("/displayed")).as_bool().unwrap_or(false)
    }

    /// A picture (PNG) of it alone.
    #[track_caller]
    pub fn screenshot(&self) -> Vec<u8> {
        png(expect(self.get("/screenshot")))
    }

    fn get(&self, path: &str) -> Result<Value, String> {
        self.session.get(&format!("/element/{}{path}", self.id))
    }

    fn post(&self, path: &str, body: Value) -> Result<Value, String> {
        self.session.post(&format!("/element/{}{path}", self.id), &body)
    }
}

/// Starts the browser's driver on a port of its choice. It takes one that is free for IPv6 and then
/// wants the same for IPv4; where somebody has that, it ends, and another try finds another.
#[track_caller]
fn start_driver(program: &Path) -> (Process, u16) {
    const TRIES: usize = 5;
    for _ in 0..TRIES {
        let mut command = Command::new(program);
        command.arg("--port=0");
        let mut driver = Process::start(command);
        let port = driver.wait_for(Duration::from_secs(30), |line| {
            if line.contains("bind() failed: Address already in use") {
                return Some(None);
            }
            let port = line.split_once("started successfully on port ")?.1;
            port.trim_end_matches('.').parse().ok().map(Some)
        });
        if let Some(port) = port {
            return (driver, port);
        }
    }
    panic!("{} found no free port {TRIES} times", program.display())
}

fn capabilities(chromium: &Path, profile: &Path, options: &BrowserOptions) -> Value {
    let (width, height) = options.size;
    let mut args = vec![
        "--headless=new".to_owned(),
        format!("--user-data-dir={}", profile.display()),
        format!("--window-size={width},{height}"),
    ];
    // Without a sandbox because tests run as root in a container; the pages are our own. The rest
    // keeps a browser without a network quiet.
    args.extend(
        [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            "--lang=en-US",
        ]
        .map(str::to_owned),
    );
    json!({
        "browserName": "chrome",
        "goog:chromeOptions": { "binary": chromium, "args": args },
    })
}

/// Kills every process that was started with this browser profile, which is ours alone.
fn kill_users_of(profile: &Path) {
    let mark = format!("--user-data-dir={}", profile.display());
    let Ok(processes) = fs::read_dir("/proc") else { return };
    for process in processes.flatten() {
        let name = process.file_name();
        let Some(id) = name.to_str().filter(|name| name.bytes().all(|b| b.is_ascii_digit())) else {
            continue;
        };
        let arguments = fs::read(process.path().join("cmdline")).unwrap_or_default();
        if arguments.split(|byte| *byte == 0).any(|one| one == mark.as_bytes()) {
            Command::new("kill").args(["-9", id]).status().ok();
        }
    }
}

#[track_caller]
fn expect<T>(answer: Result<T, String>) -> T {
    answer.unwrap_or_else(|error| panic!("the browser refused: {error}"))
}

#[track_caller]
fn text(value: Value) -> String {
    value.as_str().expect("the driver answers with a text").to_owned()
}

#[track_caller]
fn png(value: Value) -> Vec<u8> {
    base64::engine::general_purpose::STANDARD
        .decode(text(value))
        .expect("a screenshot is valid base64")
}
