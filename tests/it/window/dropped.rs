//! A picture dragged from another program onto the window: the program itself on a real X server, and
//! the drag-and-drop protocol of X (XDND, version 5) spoken to it.

#![expect(clippy::disallowed_methods, reason = "the test gives up after real seconds")]

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, ClientMessageData, ClientMessageEvent, ConnectionExt, CreateWindowAux, EventMask,
    PropMode, SELECTION_NOTIFY_EVENT, SelectionNotifyEvent, SelectionRequestEvent, Window,
    WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use crate::host::xserver::XServer;
use crate::terminal::program::{GITHUB, Home, PASSPHRASE};

const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn a_picture_dropped_on_the_window_becomes_an_account() {
    let Some(server) = XServer::start() else { return };
    let home = Home::new();
    let picture = home.picture("dropped here.png", &[GITHUB]);
    let _app = App::start(&home, &server.display);
    let window = xdotool(&server.display, &["search", "--sync", "--name", "^Holdfast$"]);
    let window = window.lines().last().expect("a window").to_owned();
    let hand = |arguments: &[&str]| xdotool(&server.display, arguments);
    std::thread::sleep(Duration::from_secs(1));
    hand(&["windowfocus", "--sync", &window]);
    hand(&["type", "--delay", "20", PASSPHRASE]);
    hand(&["key", "Return"]);
    // A drop on a vault that is still closed opens nothing; so it is dropped again until it is taken.
    let began = Instant::now();
    while home.opened().entries().is_empty() {
        assert!(began.elapsed() < PATIENCE, "the picture became no account");
        Drag::new(&server.display).drop_on(window.parse().expect("a number"), &picture);
        std::thread::sleep(Duration::from_secs(2));
        hand(&["windowfocus", &window]);
        hand(&["key", "Return"]);
        std::thread::sleep(Duration::from_secs(1));
    }
    let vault = home.opened();
    assert_eq!(vault.entries()[0].issuer.as_deref(), Some("GitHub"));
    assert_eq!(vault.entries().len(), 1);
}

/// The program, ended with the test.
struct App(Child);

impl App {
    fn start(home: &Home, display: &str) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_holdfast"))
            .arg("--vault")
            .arg(home.vault())
            .env("DISPLAY", display)
            .env("XDG_CONFIG_HOME", home.path("config"))
            .env_remove("WAYLAND_DISPLAY")
            .stdout(Stdio::null())
            .spawn();
        Self(child.expect("the program starts"))
    }
}

impl Drop for App {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn xdotool(display: &str, arguments: &[&str]) -> String {
    let output = Command::new("xdotool").args(arguments).env("DISPLAY", display).output();
    let output = output.expect("xdotool, which `./dev test` installs");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Another program, from which something is dragged.
struct Drag {
    x: RustConnection,
    own: Window,
}

impl Drag {
    fn new(display: &str) -> Self {
        let (x, screen) = x11rb::connect(Some(display)).expect("a display");
        let root = x.setup().roots[screen].root;
        let own = x.generate_id().expect("an id");
        let (kind, none) = (WindowClass::INPUT_OUTPUT, CreateWindowAux::new());
        x.create_window(0, own, root, 0, 0, 1, 1, 0, kind, 0, &none).expect("a window");
        Self { x, own }
    }

    fn atom(&self, name: &str) -> Atom {
        self.x.intern_atom(false, name.as_bytes()).expect("sent").reply().expect("an atom").atom
    }

    /// Enters the window, moves over its middle and lets go; waits until it has taken the file.
    fn drop_on(&self, target: Window, file: &Path) {
        let list = self.atom("text/uri-list");
        let selection = self.atom("XdndSelection");
        self.x.set_selection_owner(self.own, selection, 0_u32).expect("sent");
        self.tell(target, "XdndEnter", [self.own, 5 << 24, list, 0, 0]);
        let copy = self.atom("XdndActionCopy");
        self.tell(target, "XdndPosition", [self.own, 0, 200 << 16 | 200, 0, copy]);
        self.answer_until("XdndStatus", file);
        self.tell(target, "XdndDrop", [self.own, 0, 0, 0, 0]);
        self.answer_until("XdndFinished", file);
    }

    fn tell(&self, target: Window, what: &str, data: [u32; 5]) {
        let data = ClientMessageData::from(data);
        let message = ClientMessageEvent::new(32, target, self.atom(what), data);
        self.x.send_event(false, target, EventMask::NO_EVENT, message).expect("sent");
        self.x.flush().expect("sent");
    }

    /// Hands the file's name over as often as it is asked for, until the other side says this.
    fn answer_until(&self, what: &str, file: &Path) {
        let wanted = self.atom(what);
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            match self.x.poll_for_event().expect("the display") {
                Some(Event::ClientMessage(message)) if message.type_ == wanted => return,
                Some(Event::SelectionRequest(asked)) => self.hand_over(&asked, file),
                Some(_) => {}
                None => std::thread::sleep(Duration::from_millis(5)),
            }
        }
        panic!("the window never said {what}");
    }

    fn hand_over(&self, asked: &SelectionRequestEvent, file: &Path) {
        let name = file.to_str().expect("a name").replace(' ', "%20");
        let list = format!("file://{name}\r\n");
        let (to, property) = (asked.requestor, asked.property);
        self.x
            .change_property8(PropMode::REPLACE, to, property, asked.target, list.as_bytes())
            .expect("sent");
        let told = SelectionNotifyEvent {
            response_type: SELECTION_NOTIFY_EVENT,
            sequence: 0,
            time: asked.time,
            requestor: to,
            selection: asked.selection,
            target: asked.target,
            property,
        };
        self.x.send_event(false, to, EventMask::NO_EVENT, told).expect("sent");
        self.x.flush().expect("sent");
    }
}
