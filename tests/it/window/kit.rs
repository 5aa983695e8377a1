//! A window without a display, and the hands and eyes of a test.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use holdfast::host::camera::{Cameras, Opening};
use holdfast::host::desktop::files::DesktopFiles;
use holdfast::host::desktop::memos::StateFolder;
use holdfast::host::desktop::settings::SettingsFile;
use holdfast::host::desktop::storage::VaultFile;
use holdfast::shell::Shell;
use holdfast::ui::{Actions, AppWindow, Scheme};
use holdfast_model::ports::memory::MemoryDevice;
use holdfast_model::ports::{
    Clipboard, ClipboardError, ClipboardPicture, Clock, DeviceLock, FileError, Files, KeepError,
    Memos, Ports, Settings, Storage,
};
use holdfast_model::scan::Desk;
use holdfast_model::vault::Cost;
use holdfast_model::{CameraError, CameraFacts, Config, SecretText};
use holdfast_otp::UnixTime;
use i_slint_backend_testing::{
    AccessibleRole, ElementHandle, ElementRoot, TestingBackend, TestingBackendOptions,
    mock_elapsed_time,
};
use rand_core::CryptoRng;
use slint::platform::{Key, PointerEventButton, WindowEvent};
use slint::{
    ComponentHandle, LogicalPosition, LogicalSize, Rgba8Pixel, SharedPixelBuffer, SharedString,
};

use super::fickle::Fickle;

/// When the stories take place: at the start of a 30-second step.
pub const NOON: u64 = 1_800_000_000;

/// A window with the app behind it.
pub struct Kit {
    pub shell: Shell<Machine>,
    pub outside: Outside,
    folder: tempfile::TempDir,
}

/// What the test holds in its hand: the time of day, the clipboard, the picture to be picked.
#[derive(Clone, Default)]
pub struct Outside {
    now: Arc<AtomicU64>,
    pub clipboard: Arc<Mutex<Option<String>>>,
    pub picture: Arc<Mutex<Option<Vec<u8>>>>,
    /// Whether the system has no dialog to choose a file with.
    pub no_dialog: Arc<AtomicBool>,
    /// The device's own lock, where it has one.
    pub device: Option<Arc<MemoryDevice>>,
    /// Why the disk takes nothing, while it does not.
    pub disk: Arc<Mutex<Option<io::ErrorKind>>>,
}

impl Kit {
    /// The app on a machine that never had it.
    pub fn new() -> Self {
        Self::with_cameras(Arc::new(NoCameras))
    }

    /// The same on a device whose lock guards keys.
    pub fn with_device() -> Self {
        let outside = Outside { device: Some(Arc::default()), ..Outside::default() };
        Self::at(tempfile::tempdir().expect("a folder"), outside, Arc::new(NoCameras))
    }

    /// The same on a machine with these cameras.
    pub fn with_cameras(cameras: Arc<dyn Cameras>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self::at(folder, Outside::default(), cameras)
    }

    /// The same in a folder that the caller named.
    pub fn in_folder(folder: tempfile::TempDir) -> Self {
        Self::at(folder, Outside::default(), Arc::new(NoCameras))
    }

    /// Ends the app and starts it again.
    pub fn restart(self) -> Self {
        let Self { shell, outside, folder } = self;
        drop(shell);
        Self::at(folder, outside, Arc::new(NoCameras))
    }

    fn at(folder: tempfile::TempDir, outside: Outside, cameras: Arc<dyn Cameras>) -> Self {
        let _ =
            slint::platform::set_platform(Box::new(TestingBackend::new(TestingBackendOptions {
                mock_time: true,
                threading: false,
                renderer_name: Some("software".into()),
            })));
        if outside.now.load(Ordering::SeqCst) == 0 {
            outside.now.store(NOON, Ordering::SeqCst);
        }
        let machine = Machine {
            desk: Desk::new(),
            storage: VaultFile::on(
                Fickle(Arc::clone(&outside.disk)),
                folder.path().join("holdfast").join("vault"),
            ),
            settings: SettingsFile::at(Some(folder.path().join("settings"))),
            memos: StateFolder::of(|_| Some(folder.path().join("state").into()))
                .of_vault(&folder.path().join("holdfast").join("vault")),
            outside: outside.clone(),
        };
        let config = Config {
            // The least the format allows: the cost itself has tests of its own.
            cost: Cost::FLOOR,
            built: UnixTime(NOON - 86_400),
            another_window: false,
            reads_screens: true,
            device_lock: outside.device.is_some(),
            plain_keys: false,
            clears_in_front: false,
        };
        let window = AppWindow::new().expect("a window without a display");
        let kit = Self { shell: Shell::start(window, machine, cameras, config), outside, folder };
        kit.size(412, 915);
        kit.shell.window().show().expect("shown");
        kit
    }

    pub fn vault_path(&self) -> PathBuf {
        self.folder.path().join("holdfast").join("vault")
    }

    pub fn size(&self, width: u32, height: u32) {
        self.shell.window().window().set_size(LogicalSize::new(width as f32, height as f32));
    }

    pub fn scheme(&self, scheme: Scheme) {
        self.shell.window().global::<Actions>().invoke_look_like(scheme);
    }

    /// Lets the time of day pass second by second, as the window's timer sees it.
    pub fn pass(&self, seconds: u64) {
        for _ in 0..seconds {
            self.outside.now.fetch_add(1, Ordering::SeqCst);
            mock_elapsed_time(Duration::from_millis(1_010));
            self.shell.poll();
        }
    }

    /// Lets days pass in which the computer sleeps.
    pub fn days_pass(&self, days: u64) {
        self.outside.now.fetch_add(days * 86_400, Ordering::SeqCst);
        self.pass(1);
    }

    /// Lets time pass until so many seconds of the 30-second step are over.
    pub fn at_second(&self, second: u64) {
        self.pass((30 + second - self.now().0 % 30) % 30);
    }

    pub fn now(&self) -> UnixTime {
        self.outside.clock()
    }

    /// Waits until the window shows an element with this label.
    #[track_caller]
    pub fn wait_for(&self, label: &str) -> ElementHandle {
        self.wait_until(label, || self.find(label))
    }

    #[track_caller]
    #[expect(clippy::disallowed_methods, reason = "a test gives up after real seconds")]
    pub fn wait_until<T>(&self, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
        let start = Instant::now();
        loop {
            self.shell.poll();
            mock_elapsed_time(Duration::from_millis(1));
            if let Some(found) = look() {
                return found;
            }
            assert!(
                start.elapsed() < Duration::from_secs(30),
                "{what:?} does not come; seen are {:#?}",
                self.labels()
            );
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// The visible element with this label.
    pub fn find(&self, label: &str) -> Option<ElementHandle> {
        ElementHandle::find_by_accessible_label(self.shell.window(), label)
            .find(|element| self.in_sight(element))
    }

    /// The labels of all that is in sight.
    pub fn labels(&self) -> Vec<SharedString> {
        self.elements().iter().filter_map(ElementHandle::accessible_label).collect()
    }

    /// All elements in sight that a screen reader knows.
    pub fn elements(&self) -> Vec<ElementHandle> {
        let all = self.shell.window().root_element().query_descendants().find_all();
        all.into_iter()
            .filter(|element| {
                element.accessible_label().is_some_and(|label| !label.is_empty())
                    && self.in_sight(element)
            })
            .collect()
    }

    /// Everything that a screen reader is told, in sight or not.
    pub fn told(&self) -> Vec<SharedString> {
        let all = self.shell.window().root_element().query_descendants().find_all();
        all.iter()
            .flat_map(|element| {
                [
                    element.accessible_label(),
                    element.accessible_value(),
                    element.accessible_description(),
                    element.accessible_placeholder_text(),
                ]
            })
            .flatten()
            .collect()
    }

    fn in_sight(&self, element: &ElementHandle) -> bool {
        let size = element.size();
        let told = element.accessible_role().is_some_and(|role| role != AccessibleRole::None);
        told && size.width > 0.0 && size.height > 0.0 && element.computed_opacity() > 0.0
    }

    /// Whether all of the element lies within the window, above what is told at its foot.
    pub fn is_on_glass(&self, element: &ElementHandle) -> bool {
        let (at, size) = (element.absolute_position(), element.size());
        at.y >= 0.0 && at.y + size.height <= self.extent().1 + 0.5
    }

    /// Waits until the window has an element with this label, and scrolls to it where it is out of sight.
    #[track_caller]
    pub fn reach(&self, label: &str) -> ElementHandle {
        // What lies outside the window is not there until one scrolls to it: down, then up again.
        let mut tries = 0;
        self.wait_until(label, || {
            self.find(label).or_else(|| {
                tries += 1;
                // On a wide window in both columns: the list's and the page's.
                for across in [0.3, 0.7] {
                    self.wheel(across, if tries % 60 < 30 { -60.0 } else { 60.0 });
                }
                // On a low one what scrolls may be two things, one above the other.
                if self.extent().1 < 400.0 {
                    self.wheel_at(0.3, 0.85, if tries % 120 < 60 { -60.0 } else { 60.0 });
                }
                None
            })
        })
    }

    /// Presses what has this label, with the pointer.
    #[track_caller]
    pub fn press(&self, label: &str) {
        let element = self.reach(label);
        self.scroll_to(&element);
        element.mock_single_click(PointerEventButton::Left);
        mock_elapsed_time(Duration::from_millis(400));
        self.shell.poll();
    }

    pub fn settings_path(&self) -> PathBuf {
        self.folder.path().join("settings")
    }

    /// Turns the wheel over an element until it is in the window.
    fn scroll_to(&self, element: &ElementHandle) {
        let (width, height) = self.extent();
        // The foot of the list and what is told below it lie outside of what scrolls.
        let window = self.shell.window();
        let stage = ElementHandle::find_by_element_id(window, "AppWindow::stage").next();
        let stage = stage.expect("where the pages are");
        let told = height - stage.absolute_position().y - stage.size().height;
        let list = self.find("Add an account").is_some();
        // A low window has them in one line, and no foot.
        let low = height < 400.0 && width >= 560.0;
        let head = if low { 64.0 } else { 140.0 };
        let covered = 8.0 + told + if list && !low { 80.0 } else { 0.0 };
        for _ in 0..40 {
            let (at, size) = (element.absolute_position(), element.size());
            let turn = match at.y + size.height / 2.0 {
                middle if middle > height - covered => -60.0,
                // Here the head and the search field may lie over it.
                _ if at.y < head => 60.0,
                _ => return,
            };
            self.wheel((at.x + size.width / 2.0) / width, turn);
            if element.absolute_position() == at {
                return;
            }
        }
    }

    /// Turns the wheel at this fraction of the window's width.
    pub fn wheel(&self, across: f32, delta_y: f32) {
        self.wheel_at(across, 0.5, delta_y);
    }

    fn wheel_at(&self, across: f32, down: f32, delta_y: f32) {
        let (width, height) = self.extent();
        let position = LogicalPosition::new(width * across.clamp(0.01, 0.99), height * down);
        let window = self.shell.window().window();
        window.dispatch_event(WindowEvent::PointerScrolled { position, delta_x: 0.0, delta_y });
        mock_elapsed_time(Duration::from_millis(200));
    }

    pub fn extent(&self) -> (f32, f32) {
        let window = self.shell.window().window();
        let size = window.size().to_logical(window.scale_factor());
        (size.width, size.height)
    }

    /// Presses a field and types into it.
    #[track_caller]
    pub fn fill(&self, label: &str, text: &str) {
        self.press(label);
        self.key(Key::Control, Some('a'));
        self.type_text(text);
    }

    pub fn type_text(&self, text: &str) {
        text.chars().for_each(|letter| self.dispatch(letter.into()));
        self.shell.poll();
    }

    /// A key, alone or held while another is pressed.
    pub fn key(&self, key: Key, with: Option<char>) {
        let window = self.shell.window().window();
        let key = SharedString::from(key);
        window.dispatch_event(WindowEvent::KeyPressed { text: key.clone() });
        if let Some(letter) = with {
            self.dispatch(letter.into());
        }
        window.dispatch_event(WindowEvent::KeyReleased { text: key });
        self.shell.poll();
    }

    fn dispatch(&self, text: SharedString) {
        let window = self.shell.window().window();
        window.dispatch_event(WindowEvent::KeyPressed { text: text.clone() });
        window.dispatch_event(WindowEvent::KeyReleased { text });
    }

    pub fn picture(&self) -> SharedPixelBuffer<Rgba8Pixel> {
        mock_elapsed_time(Duration::from_millis(400));
        self.shell.window().window().take_snapshot().expect("pixels")
    }

    pub fn put_on_clipboard(&self, text: &str) {
        *self.outside.clipboard.lock().expect("unpoisoned") = Some(text.to_owned());
    }

    pub fn clipboard(&self) -> Option<String> {
        self.outside.clipboard.lock().expect("unpoisoned").clone()
    }

    /// Goes through the first start.
    pub fn make_vault(&self, passphrase: &str) {
        self.wait_for("Passphrase");
        self.fill("Passphrase", passphrase);
        self.fill("The same passphrase again", passphrase);
        self.press("Make the vault");
        self.wait_for("Add an account");
    }

    /// Adds an account by a key URI on the clipboard.
    pub fn add_by_paste(&self, uri: &str) {
        self.put_on_clipboard(uri);
        self.press("Add an account");
        self.press("Paste");
        self.press("Save");
        self.wait_for("Add an account");
    }
}

impl Outside {
    fn clock(&self) -> UnixTime {
        UnixTime(self.now.load(Ordering::SeqCst))
    }
}

/// A machine without a camera.
struct NoCameras;

impl Cameras for NoCameras {
    fn open(&self, _chosen: Option<&str>) -> Opening {
        Opening { facts: CameraFacts::default(), camera: Err(CameraError::Missing) }
    }
}

/// The machine: the real vault file, and the outside world in the test's hand.
pub struct Machine {
    desk: Desk,
    storage: VaultFile<Fickle>,
    settings: SettingsFile,
    memos: StateFolder,
    outside: Outside,
}

impl Ports for Machine {
    fn desk(&self) -> &Desk {
        &self.desk
    }
    fn storage(&self) -> &dyn Storage {
        &self.storage
    }
    fn settings(&self) -> &dyn Settings {
        &self.settings
    }
    fn memos(&self) -> &dyn Memos {
        &self.memos
    }
    fn clipboard(&self) -> &dyn Clipboard {
        &self.outside
    }
    fn files(&self) -> &dyn Files {
        &self.outside
    }
    fn device_lock(&self) -> Option<&dyn DeviceLock> {
        self.outside.device.as_deref().map(|device| device as &dyn DeviceLock)
    }
    fn clock(&self) -> &dyn Clock {
        &self.outside
    }
    fn rng(&self) -> Box<dyn CryptoRng + Send> {
        holdfast::host::desktop::system::os_rng()
    }
}

impl Clock for Outside {
    fn now(&self) -> UnixTime {
        self.clock()
    }
    fn time(&self, _work: &mut dyn FnMut()) -> Option<Duration> {
        None
    }
}

impl Clipboard for Outside {
    fn text(&self) -> Result<Option<SecretText>, ClipboardError> {
        Ok(self.clipboard.lock().expect("unpoisoned").as_deref().map(SecretText::from))
    }
    fn picture(&self) -> Result<Option<ClipboardPicture>, ClipboardError> {
        Ok(None)
    }
    fn set_text(&self, text: &SecretText, _sensitive: bool) -> Result<(), ClipboardError> {
        *self.clipboard.lock().expect("unpoisoned") = Some(text.as_str().to_owned());
        Ok(())
    }
    fn clear_if_unchanged(&self, text: &SecretText) -> Result<bool, ClipboardError> {
        let mut held = self.clipboard.lock().expect("unpoisoned");
        let same = held.as_deref() == Some(text.as_str());
        if same {
            *held = None;
        }
        Ok(same)
    }
}

impl Files for Outside {
    fn pick_picture(&self) -> Result<Option<Vec<u8>>, FileError> {
        if self.no_dialog.load(Ordering::SeqCst) {
            return Err(FileError::NoDialog);
        }
        Ok(self.picture.lock().expect("unpoisoned").clone())
    }
    fn read_picture(&self, _path: &Path) -> Result<Vec<u8>, FileError> {
        Err(FileError::Missing)
    }
    fn save_text(&self, _name: &str, _text: &str) -> Result<Option<PathBuf>, KeepError> {
        Err(KeepError::NoDialog)
    }
    fn write_text(&self, path: &Path, text: &str) -> Result<(), KeepError> {
        DesktopFiles.write_text(path, text)
    }
}
