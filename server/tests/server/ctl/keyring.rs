//! The log-in in a desktop's keyring: a real one, on a session bus of its own.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use holdfast_testkit::{Server, installed, run};
use serde_json::json;
use tempfile::TempDir;

use super::person::Person;
use crate::client::{Client, EMAIL, PASSWORD};

#[test]
fn c2_the_token_is_in_the_desktops_keyring_where_there_is_one() {
    let Some(mut desktop) = Desktop::start() else { return };
    let server = Server::start();
    Client::registered(&server);
    let mut ann = Person::at(server.url());
    ann.env = desktop.environment();
    let (seen, exit) =
        ann.types(&["login"]).enters("Email: ", EMAIL).enters_hidden("Password: ", PASSWORD).ends();
    assert_eq!(exit, 0, "{seen}");
    assert!(seen.ends_with("Your log-in is kept in this desktop's keyring.\n"), "{seen}");
    let token = desktop.token(server.url());
    assert!(token.starts_with("hf_cli_"), "{token}");
    let file = fs::read_to_string(ann.file()).expect("the file");
    assert!(file.contains(EMAIL) && !file.contains(&token), "{file}");
    assert_eq!(ann.pipes("", &["whoami"]).out, format!("{EMAIL}\n"));

    // Another log-in takes its place, and the one before is ended.
    let (object, exit) = ann.json(&format!("{EMAIL}\n{PASSWORD}\n"), &["login"]);
    assert_eq!((&object["kept_in"], exit), (&json!("keyring"), Some(0)));
    let next = desktop.token(server.url());
    assert_ne!(next, token);
    let mut client = Client::of(&server);
    assert_eq!(client.api_get("/account", &token).status, 401);
    assert_eq!(client.api_get("/account", &next).status, 200);

    // With the desktop gone the token cannot be read, and the next log-in is kept in the file.
    let gone = Person { home: ann.home, server: ann.server, env: Vec::new() };
    let (object, exit) = gone.json("", &["whoami"]);
    assert_eq!((&object["error"]["code"], exit), (&json!("keyring_locked"), Some(4)));
    let back = Person { env: desktop.environment(), ..gone };
    assert_eq!(back.pipes("", &["logout"]).code, Some(0));
    assert_eq!(desktop.token(server.url()), "", "nothing is left in the keyring");
    assert_eq!(client.api_get("/account", &next).status, 401);

    desktop.end();
    let (object, exit) = back.json(&format!("{EMAIL}\n{PASSWORD}\n"), &["login"]);
    assert_eq!((&object["kept_in"], exit), (&json!(back.file()), Some(0)));
    assert_eq!(back.pipes("", &["whoami"]).out, format!("{EMAIL}\n"));
}

/// A session bus and an unlocked keyring on it.
struct Desktop {
    home: TempDir,
    running: Vec<Child>,
}

impl Desktop {
    /// `None`, with a word on it, where the programs are not installed (in CI that fails).
    fn start() -> Option<Desktop> {
        for tool in ["dbus-daemon", "gnome-keyring-daemon", "secret-tool"] {
            if let Err(sentence) = installed(tool) {
                println!("skipped: {sentence}");
                return None;
            }
        }
        let home = TempDir::with_prefix("keyring-").expect("a folder");
        let mut desktop = Desktop { home, running: Vec::new() };
        let config = desktop.home.path().join("bus.conf");
        fs::write(&config, bus_config(&desktop.bus())).expect("written");
        let bus = Command::new("dbus-daemon")
            .arg("--nofork")
            .arg("--config-file")
            .arg(&config)
            .stdout(Stdio::null())
            .spawn()
            .expect("a bus");
        desktop.running.push(bus);
        desktop.wait_until("the bus", |desktop| desktop.bus().exists());
        let mut keyring = Command::new("gnome-keyring-daemon")
            .args(["--unlock", "--foreground", "--components=secrets"])
            .envs(desktop.environment())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a keyring");
        let mut stdin = keyring.stdin.take().expect("its input");
        stdin.write_all(b"the desktop's password").expect("taken");
        drop(stdin);
        desktop.running.push(keyring);
        desktop.wait_until("the keyring", |desktop| {
            let args = ["store", "--label=probe", "probe", "probe"];
            let environment = desktop.environment();
            let mut probe = Command::new("timeout")
                .args(["5", "secret-tool"])
                .args(args)
                .envs(environment)
                .stdin(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .expect("it runs");
            probe.stdin.take().expect("its input").write_all(b"probe").ok();
            probe.wait().expect("it ends").success()
        });
        Some(desktop)
    }

    fn bus(&self) -> PathBuf {
        self.home.path().join("bus")
    }

    fn environment(&self) -> Vec<(String, String)> {
        let home = self.home.path().display().to_string();
        let bus = format!("unix:path={}", self.bus().display());
        [
            ("DBUS_SESSION_BUS_ADDRESS", &bus),
            ("HOME", &home),
            ("XDG_DATA_HOME", &home),
            ("XDG_RUNTIME_DIR", &home),
        ]
        .map(|(name, value)| (name.to_owned(), value.clone()))
        .to_vec()
    }

    /// What another program finds in the keyring for a server; empty if nothing.
    fn token(&self, server: &str) -> String {
        let environment = self.environment();
        let environment: Vec<_> =
            environment.iter().map(|(name, value)| (name.as_str(), value.as_ref())).collect();
        let args = ["lookup", "application", "holdfastctl", "server", server];
        run("secret-tool", args, &environment, b"").out.trim().to_owned()
    }

    fn wait_until(&self, what: &str, is_there: impl Fn(&Desktop) -> bool) {
        let start = Instant::now();
        while !is_there(self) {
            assert!(start.elapsed() < Duration::from_secs(30), "{what} does not come");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn end(&mut self) {
        for child in self.running.iter_mut().rev() {
            child.kill().ok();
            child.wait().ok();
        }
    }
}

/// A session bus that starts no service by itself: asked before the keyring is on it, the ordinary one
/// would start a second keyring, a locked one, in its place.
fn bus_config(socket: &Path) -> String {
    format!(
        r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#,
        socket.display()
    )
}

impl Drop for Desktop {
    fn drop(&mut self) {
        self.end();
    }
}
