//! The app as its tests drive it: update, perform and screen in a loop, with the machine in memory.

use std::sync::Arc;

use holdfast_model::ports::Ports;
use holdfast_model::ports::memory::{MemoryMemos, MemoryPorts, MemorySettings, MemoryStorage};
use holdfast_model::screen::{Codes, ConfirmPage, Page, Row, Screen, Tide};
use holdfast_model::vault::{Cost, EntryId};
use holdfast_model::{Config, Effect, Msg, State, perform, screen, update};
use holdfast_otp::UnixTime;

/// The passphrase of every vault here.
pub const PASSPHRASE: &str = "kelp holds to its rock";

/// The secret of RFC 6238 Appendix B for SHA-1, in base32.
pub const RFC_SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

/// A time of RFC 6238 Appendix B: the last second of its time step.
pub const RFC_TIME: u64 = 1_111_111_109;

/// One running app.
pub struct App {
    pub state: State,
    pub ports: MemoryPorts,
    /// Whether the camera runs.
    pub camera: bool,
    /// Effects that wait, and until when.
    delayed: Vec<(UnixTime, Effect)>,
}

impl App {
    /// The app started on a machine with an empty disk.
    pub fn start() -> Self {
        Self::start_on(Arc::default())
    }

    /// The app started on a disk that another instance may use too.
    pub fn start_on(storage: Arc<MemoryStorage>) -> Self {
        Self::start_with(storage, Arc::default())
    }

    /// The app started once more on the disk of this one, with its settings.
    pub fn start_beside(other: &Self) -> Self {
        let ports = &other.ports;
        Self::start_on_all(
            ports.storage.clone(),
            ports.memos.clone(),
            ports.settings.clone(),
            false,
        )
    }

    /// The app started on a disk, and on a machine that remembers what an earlier run was told.
    pub fn start_with(storage: Arc<MemoryStorage>, memos: Arc<MemoryMemos>) -> Self {
        Self::start_on_all(storage, memos, Arc::default(), false)
    }

    /// The app started on a phone: its lock guards keys, and its keyboards have plain letters alone.
    pub fn start_on_phone() -> Self {
        Self::start_on_all(Arc::default(), Arc::default(), Arc::default(), true)
    }

    /// The app with an open, empty vault, on a phone.
    pub fn open_with_device() -> Self {
        let mut app = Self::start_on_phone();
        app.tell(Msg::Create { passphrase: PASSPHRASE.into(), again: PASSPHRASE.into() });
        assert_eq!(app.see().page, Page::Codes);
        app
    }

    fn start_on_all(
        storage: Arc<MemoryStorage>,
        memos: Arc<MemoryMemos>,
        settings: Arc<MemorySettings>,
        phone: bool,
    ) -> Self {
        // Every machine draws from seeds of its own.
        static MACHINES: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
        let machine = MACHINES.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let seeds = (machine * 1_000_000).into();
        let ports = MemoryPorts { storage, memos, settings, seeds, ..MemoryPorts::default() };
        ports.clock.set(UnixTime(RFC_TIME));
        let config = Config {
            cost: Cost::FLOOR,
            built: UnixTime(1_000_000_000),
            another_window: false,
            reads_screens: true,
            device_lock: phone,
            plain_keys: phone,
            clears_in_front: phone,
        };
        let (state, effects) =
            State::start(config, ports.settings().load(), ports.rng(), UnixTime(RFC_TIME));
        let mut app = Self { state, ports, camera: false, delayed: Vec::new() };
        app.perform_all(effects);
        app
    }

    /// The app with an open, empty vault.
    pub fn open() -> Self {
        Self::open_on(Arc::default())
    }

    /// The app with an open vault on a disk that another instance may use too.
    pub fn open_on(storage: Arc<MemoryStorage>) -> Self {
        let mut app = Self::start_on(storage);
        match app.see().page {
            Page::FirstStart(_) => {
                app.tell(Msg::Create { passphrase: PASSPHRASE.into(), again: PASSPHRASE.into() })
            }
            _ => app.tell(Msg::Unlock(PASSPHRASE.into())),
        }
        assert_eq!(app.see().page, Page::Codes);
        app
    }

    pub fn now(&self) -> UnixTime {
        self.ports.clock().now()
    }

    /// What is to be seen now.
    pub fn see(&self) -> Screen {
        screen(&self.state, self.now())
    }

    /// Gives a message and does everything that follows from it.
    pub fn tell(&mut self, msg: Msg) {
        let effects = self.give(msg);
        self.perform_all(effects);
    }

    /// Gives a message and does nothing of what it asks for.
    pub fn give(&mut self, msg: Msg) -> Vec<Effect> {
        let now = self.now();
        update(&mut self.state, msg, now)
    }

    /// Does these effects, and all that follow from their answers, in order.
    pub fn perform_all(&mut self, effects: Vec<Effect>) {
        let mut queue = std::collections::VecDeque::from(effects);
        while let Some(effect) = queue.pop_front() {
            match effect {
                Effect::StartCamera { .. } => self.camera = true,
                Effect::StopCamera => self.camera = false,
                Effect::ClearClipboardNow => {
                    for (_, effect) in self.delayed.drain(..) {
                        perform(effect, &self.ports);
                    }
                }
                Effect::SetTorch(_) | Effect::FocusAt(..) => assert!(self.camera),
                effect if !effect.delay().is_zero() => {
                    let due = UnixTime(self.now().0 + effect.delay().as_secs());
                    self.delayed.push((due, effect));
                }
                effect => {
                    if let Some(answer) = perform(effect, &self.ports) {
                        queue.extend(self.give(answer));
                    }
                }
            }
        }
    }

    /// Lets time pass, second by second, as the timer of a visible window does.
    pub fn wait(&mut self, seconds: u64) {
        for _ in 0..seconds {
            self.ports.clock.advance(1);
            let now = self.now();
            for (_, effect) in self.delayed.extract_if(.., |(due, _)| *due <= now) {
                perform(effect, &self.ports);
            }
            self.tell(Msg::Tick);
        }
    }

    /// The list, which must be visible.
    pub fn codes(&self) -> Codes {
        self.see().codes.expect("the list is visible")
    }

    /// The one row of this name.
    pub fn row(&self, title: &str, subtitle: &str) -> Row {
        let rows = self.codes().rows;
        let mut same = rows.into_iter().filter(|r| r.title == title && r.subtitle == subtitle);
        let row = same.next().unwrap_or_else(|| panic!("no row {title}, {subtitle}"));
        assert!(same.next().is_none(), "two rows {title}, {subtitle}");
        row
    }

    /// The time that the code of the one row of this name has left.
    pub fn tide(&self, title: &str, subtitle: &str) -> Tide {
        let (id, codes) = (self.id(title, subtitle), self.codes());
        let place = codes.rows.iter().position(|row| row.id == id);
        codes.tides[place.expect("its row is there")].clone()
    }

    pub fn id(&self, title: &str, subtitle: &str) -> EntryId {
        self.row(title, subtitle).id
    }

    /// Title and subtitle of every row, in order.
    pub fn names(&self) -> Vec<(String, String)> {
        self.codes().rows.into_iter().map(|row| (row.title, row.subtitle)).collect()
    }

    /// The confirm page, which must be in front.
    pub fn confirm(&self) -> ConfirmPage {
        match self.see().page {
            Page::Confirm(page) => page,
            other => panic!("not the confirm page but {other:?}"),
        }
    }

    /// Saves what is on the confirm page as it was read.
    pub fn save_as_read(&mut self) {
        let ConfirmPage { issuer, account, .. } = self.confirm();
        self.tell(Msg::SaveDraft { issuer, account });
    }

    /// Adds an account from a key URI, under the names it bears.
    pub fn add(&mut self, uri: &str) {
        self.add_text(uri);
        assert_eq!(self.see().page, Page::Codes);
    }

    /// Tries to add an account, whatever comes of it.
    pub fn add_text(&mut self, uri: &str) {
        self.tell(Msg::Add);
        self.tell(Msg::TextGiven(uri.into()));
        self.save_as_read();
    }

    pub fn notice(&self) -> String {
        self.see().notice.map(|notice| notice.sentence).unwrap_or_default()
    }

    pub fn clipboard(&self) -> Option<String> {
        self.ports.clipboard().text().unwrap().map(|text| text.as_str().to_owned())
    }

    /// Why the last try to add gave nothing.
    pub fn add_error(&self) -> String {
        match self.see().page {
            Page::Add(page) => page.error.unwrap_or_default(),
            other => panic!("not the page with the ways to add but {other:?}"),
        }
    }
}

/// A key URI of this issuer and account, with the secret that these bytes repeat.
pub fn uri(issuer: &str, account: &str, byte: u8) -> String {
    let secret = holdfast_otp::Secret::from_bytes(&[byte; 20]).unwrap();
    let uri = holdfast_otp::KeyUri {
        issuer: Some(issuer.to_owned()),
        account: account.to_owned(),
        parameters: holdfast_otp::Parameters::default(),
        secret,
    };
    uri.to_uri().to_string()
}

/// A picture file of barcodes side by side.
pub fn picture(texts: &[&str]) -> Vec<u8> {
    let (width, height, pixels) = pixels(texts);
    let mut file = std::io::Cursor::new(Vec::new());
    image::write_buffer_with_format(
        &mut file,
        &pixels,
        width,
        height,
        image::ExtendedColorType::Rgba8,
        image::ImageFormat::Png,
    )
    .unwrap();
    file.into_inner()
}

/// The same as pixels: red, green, blue, alpha.
pub fn pixels(texts: &[&str]) -> (u32, u32, Vec<u8>) {
    const MODULE: usize = 4;
    const TILE: usize = 480;
    let mut pixels = vec![255; 4 * TILE * TILE * texts.len().max(1)];
    let width = TILE * texts.len().max(1);
    for (place, text) in texts.iter().enumerate() {
        let code = qrcode::QrCode::new(text).unwrap();
        let dark = code.to_colors();
        for (module, _) in dark.iter().enumerate().filter(|(_, c)| **c == qrcode::Color::Dark) {
            let (column, line) = (module % code.width(), module / code.width());
            let (left, top) = (place * TILE + 40 + column * MODULE, 40 + line * MODULE);
            for y in top..top + MODULE {
                for x in left..left + MODULE {
                    pixels[4 * (y * width + x)..][..3].fill(0);
                }
            }
        }
    }
    (width as u32, TILE as u32, pixels)
}
