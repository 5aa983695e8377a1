//! The program under test, with a vault of its own in a folder that vanishes.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use holdfast::host::desktop::storage::VaultFile;
use holdfast::host::desktop::system::{SystemClock, os_rng};
use holdfast_model::ports::{Clock, Expected, Storage};
use holdfast_model::vault::{Cost, Passphrase, Vault};
use image::{GrayImage, Luma};
use qrcode::QrCode;
use tempfile::TempDir;

use crate::canary;

pub const PASSPHRASE: &str = "correct horse battery";
pub const GITHUB: &str = "otpauth://totp/GitHub:alice?secret=JBSWY3DPEHPK3PXP&issuer=GitHub";
/// The same names, another secret.
pub const GITHUB_AGAIN: &str = "otpauth://totp/GitHub:alice?secret=KRSXG5CTMVRXEZLU&issuer=GitHub";

/// A folder with a vault in it, and the program to use it with.
pub struct Home {
    folder: TempDir,
}

/// What the program answered.
#[derive(Debug)]
pub struct Said {
    pub out: String,
    pub err: String,
    pub exit: i32,
}

impl Home {
    /// With no vault yet.
    pub fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// With an empty vault, made at the least cost that there is.
    pub fn new() -> Self {
        let home = Self::empty();
        let (now, mut rng) = (SystemClock.now(), os_rng());
        let passphrase = Passphrase::new(PASSPHRASE);
        let mut vault = Vault::create(&passphrase, Cost::FLOOR, now, &mut *rng).unwrap();
        let sealed = vault.seal(now, &mut *rng).unwrap();
        VaultFile::at(home.vault()).save(&sealed, Expected::Nothing).unwrap();
        home
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn vault(&self) -> PathBuf {
        self.path("vault")
    }

    /// The vault as it is on the disk, opened.
    pub fn opened(&self) -> Vault {
        let sealed = VaultFile::at(self.vault()).load().unwrap().unwrap();
        Vault::open(&sealed, &Passphrase::new(PASSPHRASE)).unwrap()
    }

    /// A picture file with these barcodes side by side.
    pub fn picture(&self, name: &str, texts: &[&str]) -> PathBuf {
        let codes: Vec<GrayImage> = texts
            .iter()
            .map(|text| {
                QrCode::new(text).unwrap().render::<Luma<u8>>().module_dimensions(5, 5).build()
            })
            .collect();
        let width = codes.iter().map(|code| code.width() + 40).sum::<u32>() + 40;
        let height = codes.iter().map(GrayImage::height).max().unwrap_or(200) + 80;
        let mut picture = GrayImage::from_pixel(width, height, Luma([255]));
        let mut left = 40;
        for code in codes {
            image::imageops::replace(&mut picture, &code, left, 40);
            left += i64::from(code.width()) + 40;
        }
        let path = self.path(name);
        picture.save(&path).unwrap();
        path
    }

    /// The program with these arguments, with nothing of this machine's but the vault.
    pub fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_holdfast"));
        command.args(arguments).arg("--vault").arg(self.vault());
        command.env_remove("HOLDFAST_VAULT").current_dir(self.folder.path());
        command.env("XDG_STATE_HOME", self.path("state"));
        command.env("XDG_CONFIG_HOME", self.path("config"));
        command
    }

    /// Runs a command with the right passphrase.
    pub fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Said {
        self.run_with(arguments, PASSPHRASE, &[])
    }

    /// Runs a command with a passphrase (in a file, as descriptor 7) and bytes on standard input.
    pub fn run_with<S: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
        passphrase: &str,
        input: &[u8],
    ) -> Said {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        writeln!(file, "{passphrase}").unwrap();
        let plain = self.command(arguments);
        let mut command = with_descriptor_7(&plain, file.path());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A program that refuses its arguments does not wait for its input.
        let _ = child.stdin.take().unwrap().write_all(input);
        Said::from(child.wait_with_output().unwrap())
    }
}

/// The same command, with `--passphrase-fd 7` and that descriptor open on a file.
fn with_descriptor_7(plain: &Command, file: &Path) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg("exec 7<\"$0\"; exec \"$@\"").arg(file);
    command.arg(plain.get_program()).args(plain.get_args()).args(["--passphrase-fd", "7"]);
    command.env_remove("HOLDFAST_VAULT");
    command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if let Some(folder) = plain.get_current_dir() {
        command.current_dir(folder);
    }
    command
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let (out, err) = (String::from_utf8(output.stdout), String::from_utf8(output.stderr));
        let (out, err) = (out.unwrap(), err.unwrap());
        canary::none_in(&out);
        canary::none_in(&err);
        Self { out, err, exit: output.status.code().expect("it ends by itself") }
    }
}

impl Said {
    /// That it failed with this code, nothing on standard output, and these words.
    #[track_caller]
    pub fn refused(&self, exit: i32, words: &str) {
        assert_eq!((self.exit, self.out.as_str()), (exit, ""), "{self:?}");
        assert!(self.err.contains(words), "{self:?}");
    }

    #[track_caller]
    pub fn done(&self) -> &str {
        assert_eq!(self.exit, 0, "{self:?}");
        &self.out
    }

    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(self.done()).unwrap()
    }
}
