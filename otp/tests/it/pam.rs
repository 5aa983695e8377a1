//! The two verifiers for PAM that Debian ships let the app's codes in, once each, and no others.
//!
//! `pam_wrapper` reads the services of a folder in place of `/etc/pam.d`; all else is as on a machine
//! that people log in to: the modules, their files, a conversation at a prompt.
#![expect(clippy::disallowed_methods, reason = "the modules go by the machine's clock and files")]
#![expect(clippy::print_stdout, reason = "a test says why it skips")]

use std::env;
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use holdfast_otp::{Kind, Parameters, Period, Secret, UnixTime};
use holdfast_testkit::{installed, run};
use tempfile::TempDir;

const MODULES: [&str; 2] = ["pam_google_authenticator.so", "pam_oath.so"];

#[test]
fn libpam_google_authenticator_accepts_the_apps_codes() {
    let Some(machine) = Machine::with(MODULES[0]) else { return };
    for kind in [Kind::Totp { period: Period::THIRTY }, Kind::Hotp { counter: 1 }] {
        let secret = Secret::generate(&mut rand::rng());
        let way = match kind {
            Kind::Hotp { counter } => format!("\" HOTP_COUNTER {counter}\n"),
            _ => "\" TOTP_AUTH\n\" DISALLOW_REUSE\n".to_owned(),
        };
        // As its own `google-authenticator` writes it.
        let base32 = secret.to_base32();
        let kept = machine.file("secret", &format!("{}\n\" WINDOW_SIZE 3\n{way}", *base32));
        let user = &machine.user;
        machine.service(&format!("secret={} no_strict_owner user={user}", kept.display()));
        machine.lets_in_once(kind, &secret);
    }
}

#[test]
fn libpam_oath_accepts_the_apps_codes() {
    let Some(machine) = Machine::with(MODULES[1]) else { return };
    for kind in [Kind::Totp { period: Period::THIRTY }, Kind::Hotp { counter: 0 }] {
        let secret = Secret::generate(&mut rand::rng());
        let word = match kind {
            Kind::Hotp { .. } => "HOTP",
            _ => "HOTP/T30/6",
        };
        let hex: String = secret.expose().iter().map(|byte| format!("{byte:02x}")).collect();
        let kept = machine.file("users.oath", &format!("{word}\t{}\t-\t{hex}\n", machine.user));
        machine.service(&format!("usersfile={} window=2 digits=6", kept.display()));
        machine.lets_in_once(kind, &secret);
    }
}

/// Where somebody logs in through one of the modules.
struct Machine {
    folder: TempDir,
    module: &'static str,
    user: String,
    /// `pam_wrapper` has one place for all processes of a machine, and two at once mix up in it.
    _alone: File,
}

impl Machine {
    /// `None`, with a word on it, where the module is not installed (in CI that fails).
    fn with(module: &'static str) -> Option<Machine> {
        let pamtester = installed("pamtester").map_err(|sentence| println!("skipped: {sentence}"));
        pamtester.ok()?;
        let user = run("id", ["-un"], &[], b"").out.trim().to_owned();
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("services")).unwrap();
        let alone = lock_of_all(&env::temp_dir().join("holdfast-pam-wrapper.lock"));
        alone.lock().unwrap();
        Some(Machine { folder, module, user, _alone: alone })
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        // Google's module leaves one that its owner may only read.
        let _ = fs::remove_file(&path);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    fn service(&self, options: &str) {
        self.file("services/door", &format!("auth required {} {options}\n", self.module));
    }

    /// The app's code and its next one, each once, and no other.
    fn lets_in_once(&self, kind: Kind, secret: &Secret) {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        let code = |later: u64| {
            let (kind, at) = match kind {
                Kind::Hotp { counter } => (Kind::Hotp { counter: counter + later }, now),
                kind => (kind, now + 30 * later),
            };
            let parameters = Parameters { kind, ..Parameters::default() };
            parameters.code(secret, UnixTime(at)).as_str().to_owned()
        };
        let near: Vec<String> = (0..10).map(code).collect();
        let wrong = (0..).map(|n| format!("{n:06}")).find(|code| !near.contains(code)).unwrap();
        let far = code(40);
        let (right, next) = (code(0), code(1));
        assert!(self.lets_in(&right), "{}: {kind:?}: the app's code", self.module);
        assert!(self.lets_in(&next), "{}: {kind:?}: the next one", self.module);
        // Afterwards, for Google's module moves a counter on at each failure.
        for (refused, why) in [(right, "again"), (next, "again"), (wrong, "wrong"), (far, "far")] {
            assert!(!self.lets_in(&refused), "{}: {kind:?}: {why}", self.module);
        }
    }

    fn lets_in(&self, code: &str) -> bool {
        let services = self.folder.path().join("services");
        let envs = [
            ("LD_PRELOAD", "libpam_wrapper.so".as_ref()),
            ("PAM_WRAPPER", "1".as_ref()),
            ("PAM_WRAPPER_SERVICE_DIR", services.as_os_str()),
        ];
        let args = ["door", self.user.as_str(), "authenticate"];
        let ran = run("pamtester", args, &envs, format!("{code}\n").as_bytes());
        let said = ran.out.contains("successfully authenticated");
        let refused = ran.err.contains("Authentication failure");
        assert!(said != refused, "neither in nor refused: {ran:?}");
        assert_eq!(said, ran.ok(), "{ran:?}");
        let used = Path::new(self.module).file_stem().unwrap().to_str().unwrap();
        assert!(!ran.err.contains("unable to dlopen"), "{used} is not installed: {ran:?}");
        said
    }
}

/// A file that all users of the machine can lock: the first one makes it, and the others need only
/// read it.
fn lock_of_all(path: &Path) -> File {
    let made = File::create_new(path)
        .and_then(|file| file.set_permissions(fs::Permissions::from_mode(0o644)).map(|()| file));
    made.or_else(|_| File::open(path)).unwrap()
}
