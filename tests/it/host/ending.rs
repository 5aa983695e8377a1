//! The system asks the real window to end, and what it alone held is on the disk.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use holdfast::host::desktop::storage::VaultFile;
use holdfast::host::desktop::system::{SystemClock, os_rng};
use holdfast_model::moving;
use holdfast_model::ports::{Clock, Expected, Storage};
use holdfast_model::vault::{Cost, Passphrase, Vault};
use rustix::process::{Pid, Signal, kill_process};

use super::bus::{Bus, Logind};
use super::xserver::XServer;

const PASSPHRASE: &str = "mussels cling where waves break";

/// A real window with its vault open, to whose file something then happened.
struct Window {
    child: Child,
    display: XServer,
    home: tempfile::TempDir,
    _bus: Bus,
    _logind: Logind,
}

impl Window {
    fn open(happens: impl FnOnce(&Path)) -> Option<Self> {
        let (display, bus) = (XServer::start()?, Bus::start()?);
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("vault");
        let (now, rng) = (SystemClock.now(), &mut *os_rng());
        let mut vault = Vault::create(&Passphrase::new(PASSPHRASE), Cost::FLOOR, now, rng).unwrap();
        moving::begin(&mut vault, now, rng).unwrap();
        VaultFile::at(&path).save(&vault.seal(now, rng).unwrap(), Expected::Nothing).unwrap();
        let logind = Logind::on(&bus);
        let child = Command::new(env!("CARGO_BIN_EXE_holdfast"))
            .arg("--vault")
            .arg(&path)
            .env("DISPLAY", &display.display)
            .env("XDG_STATE_HOME", home.path().join("state"))
            .env("XDG_CONFIG_HOME", home.path().join("config"))
            .env("DBUS_SYSTEM_BUS_ADDRESS", &bus.address)
            .env("DBUS_SESSION_BUS_ADDRESS", &bus.address)
            .env_remove("WAYLAND_DISPLAY")
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let window = Self { child, display, home, _bus: bus, _logind: logind };
        let mut number = String::new();
        wait_for("the window", || {
            number = window.xdotool(&["search", "--onlyvisible", "--name", "^Holdfast$"]);
            !number.is_empty()
        });
        window.xdotool(&["windowfocus", "--sync", number.lines().next().unwrap()]);
        window.xdotool(&["type", "--delay", "20", PASSPHRASE]);
        window.xdotool(&["key", "Return"]);
        // It is remembered when it is open.
        wait_for("the memo", || {
            let folder = fs::read_dir(window.home.path().join("state").join("holdfast"));
            folder.is_ok_and(|mut folder| {
                folder.any(|file| file.unwrap().file_name().to_string_lossy().starts_with("vault-"))
            })
        });
        std::thread::sleep(Duration::from_secs(1));
        happens(&path);
        Some(window)
    }

    fn xdotool(&self, arguments: &[&str]) -> String {
        let mut xdotool = Command::new("xdotool");
        let done = xdotool.args(arguments).env("DISPLAY", &self.display.display).output();
        let done = done.expect("`./dev test` installs xdotool beside Xvfb");
        String::from_utf8(done.stdout).unwrap().trim().to_owned()
    }

    fn ends(&mut self) {
        let status = self.child.wait().unwrap();
        assert_eq!((status.code(), status.signal()), (Some(0), None), "it did not end in order");
    }

    /// What its end leaves under this name.
    fn left(mut self, name: &str) -> Vault {
        self.ends();
        let sealed = VaultFile::at(self.home.path().join(name)).load().unwrap();
        let sealed = sealed.expect("what the window alone held is written");
        Vault::open(&sealed, &Passphrase::new(PASSPHRASE)).unwrap()
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn wait_for(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !done() {
        assert!(Instant::now() < deadline, "{what} does not come");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn asked_to_end_while_its_file_is_gone_the_window_writes_what_it_holds() {
    for signal in [Signal::TERM, Signal::HUP] {
        let Some(window) = Window::open(|path| fs::remove_file(path).unwrap()) else { return };
        let pid = Pid::from_child(&window.child);
        kill_process(pid, signal).unwrap();
        assert_eq!(window.left("vault").generation(), 2);
    }
}

#[test]
fn asked_to_end_while_a_folder_or_a_pipe_is_in_its_place_the_window_writes_beside_it() {
    let things: [fn(&Path); 3] = [
        |path| fs::create_dir(path).unwrap(),
        |path| assert!(Command::new("mkfifo").arg(path).status().unwrap().success()),
        |path| symlink("/nowhere/to/be/found", path).unwrap(),
    ];
    for thing in things {
        let in_its_place = |path: &Path| {
            fs::remove_file(path).unwrap();
            thing(path);
        };
        let Some(window) = Window::open(in_its_place) else { return };
        kill_process(Pid::from_child(&window.child), Signal::TERM).unwrap();
        assert_eq!(window.left("vault.set-aside").generation(), 2);
    }
}

#[test]
fn asked_to_end_after_its_vault_was_retired_in_the_terminal_the_window_writes_nothing() {
    let retire = |path: &Path| {
        let home = path.parent().unwrap();
        let passphrase = home.join("passphrase");
        fs::write(&passphrase, PASSPHRASE).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_holdfast"));
        command.args(["move", "retire", "--yes", "--passphrase-fd", "0", "--vault"]).arg(path);
        command.env("XDG_STATE_HOME", home.join("state"));
        command.env("XDG_CONFIG_HOME", home.join("config"));
        let done = command.stdin(File::open(&passphrase).unwrap()).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        fs::remove_file(&passphrase).unwrap();
    };
    let Some(mut window) = Window::open(retire) else { return };
    kill_process(Pid::from_child(&window.child), Signal::TERM).unwrap();
    window.ends();
    let beside: Vec<_> = fs::read_dir(window.home.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("vault"))
        .collect();
    assert_eq!(beside, [""; 0], "the destroyed vault is back");
}
