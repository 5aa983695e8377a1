//! A machine whose clock is off, for one program on it: through the library of `faketime`.
//!
//! Not under the program of that name: it starts the other one as its child, so that a kill would end
//! `faketime` alone and leave the server or the app running.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use crate::installed;

/// The command for a program whose clock is off by so many seconds; 0 leaves it alone.
#[track_caller]
pub(crate) fn command(program: &Path, offset: i64) -> Command {
    let mut command = Command::new(program);
    if offset != 0 {
        command.env("LD_PRELOAD", library()).env("FAKETIME", format!("{offset:+}s"));
        // The monotonic clock stays real: timers and waits of the runtime must go on as they are.
        command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    }
    command
}

/// Removes what programs left that were killed. The library names its shared memory by the process and
/// refuses to start where one of that name is left: numbers come round again.
pub(crate) fn clean_up() {
    let Ok(left) = std::fs::read_dir("/dev/shm") else { return };
    for left in left.flatten() {
        let name = left.file_name().to_string_lossy().into_owned();
        let process = ["faketime_shm_", "sem.faketime_sem_"]
            .iter()
            .find_map(|prefix| name.strip_prefix(prefix)?.parse::<u32>().ok());
        if process.is_some_and(|process| !Path::new("/proc").join(process.to_string()).exists()) {
            std::fs::remove_file(left.path()).ok();
        }
    }
}

/// What `faketime` has the loader put before a program.
#[track_caller]
fn library() -> &'static OsString {
    static LIBRARY: OnceLock<OsString> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let faketime = installed("faketime").unwrap_or_else(|sentence| panic!("{sentence}"));
        let said = Command::new(faketime).args(["-f", "+0s", "printenv", "LD_PRELOAD"]).output();
        let said = said.expect("faketime starts");
        let path = String::from_utf8(said.stdout).expect("a path").trim().to_owned();
        assert!(!path.is_empty(), "faketime names no library");
        path.into()
    })
}
