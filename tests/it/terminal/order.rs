//! What a save asks of the system, and in which order: traced from outside, since a kill cannot show a
//! sync that is missing. The system keeps for the others what a killed program wrote; only a machine
//! that stops would lose it.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::process::{Command, Stdio};

use holdfast_testkit::installed;

use super::program::{GITHUB, Home, PASSPHRASE};

const OTHER: &str = "otpauth://totp/Forge:bob?secret=KRSXG5CTMVRXEZLU&issuer=Forge";

#[test]
fn a_save_syncs_each_file_before_it_takes_its_name_and_the_folder_last_under_one_lock() {
    let Some(mut strace) = tracer() else { return };
    let home = Home::new();
    home.run(["add", GITHUB]).done();
    fs::write(home.path("passphrase"), PASSPHRASE).unwrap();
    let plain = home.command(["add", OTHER, "--passphrase-fd", "0"]);
    let variables = plain
        .get_envs()
        .filter_map(|(name, value)| Some(format!("-E{}={}", name.to_str()?, value?.to_str()?)));
    let done = strace
        // A file for each thread, so that no call is told in two halves; paths beside descriptors.
        .args(["-ff", "-qq", "-y", "-e", "signal=none", "-o"])
        .arg(home.path("trace"))
        .args(["-e", "trace=openat,write,fsync,fdatasync,rename,flock,unlink,close"])
        .args(variables)
        .arg(plain.get_program())
        .args(plain.get_args())
        .stdin(File::open(home.path("passphrase")).unwrap())
        .stdout(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
    // The test's own folder may be under a link; the program names the files themselves.
    let folder = fs::canonicalize(home.path("")).unwrap();
    let steps = steps(&trace_of_the_save(&home), folder.to_str().unwrap());
    // The unlocking: read under a lock that others may share, once more after the memo, and both once more after
    // the passphrase.
    let reading = ["share vault.lock", "read vault", "release vault.lock"];
    assert_eq!(steps[..12], reading.repeat(4));
    assert_eq!(
        steps[12..],
        [
            // The generation before it dropped, now that this one opened.
            "read vault.previous",
            "hold vault.lock",
            "read vault",
            "remove vault.previous",
            "release vault.lock",
            // The save; whether the folder's names can be put on the disk is known before anything is written.
            "hold vault.lock",
            "read vault",
            "sync the folder",
            "make vault.previous.new for its owner",
            "write vault.previous.new",
            "sync vault.previous.new",
            "vault.previous.new becomes vault.previous",
            "make vault.new for its owner",
            "write vault.new",
            "sync vault.new",
            "vault.new becomes vault",
            "sync the folder",
            "release vault.lock",
        ]
    );
}

/// What traces the program, which keeps its memory even from those who trace it, but for root: root
/// itself, root of a namespace of its own, or root by sudo.
fn tracer() -> Option<Command> {
    let strace = installed("strace").map_err(|why| println!("skipped: {why}")).ok()?;
    if fs::metadata("/proc/self").is_ok_and(|about| about.uid() == 0) {
        return Some(Command::new(strace));
    }
    let can = |way: &[&str]| {
        let tried = Command::new(way[0]).args(&way[1..]).arg("true").output();
        tried.is_ok_and(|output| output.status.success())
    };
    if can(&["unshare", "-Ur"]) {
        let mut command = Command::new("unshare");
        command.arg("-Ur").arg(strace);
        return Some(command);
    }
    let by_sudo = can(&["sudo", "-n"]);
    assert!(by_sudo || std::env::var_os("CI").is_none(), "nobody here may trace the program");
    if !by_sudo {
        println!("skipped: only root may trace the program");
        return None;
    }
    let user = Command::new("id").arg("-un").output().unwrap().stdout;
    let mut command = Command::new("sudo");
    command.arg("-n").arg(strace).args(["-u", String::from_utf8(user).unwrap().trim()]);
    Some(command)
}

/// The calls of the thread that saved, one a line.
fn trace_of_the_save(home: &Home) -> String {
    let traces = fs::read_dir(home.path("")).unwrap().map(|file| file.unwrap().path());
    let traces = traces.filter(|path| path.to_string_lossy().contains("/trace."));
    let saved = |trace: &String| trace.contains("vault.new");
    let found: Vec<_> =
        traces.map(|path| fs::read_to_string(path).unwrap()).filter(saved).collect();
    let [trace] = found.try_into().expect("one thread saves");
    trace
}

/// What was done to the files of this folder, without what failed (a file that is not there).
fn steps(trace: &str, folder: &str) -> Vec<String> {
    let mut steps: Vec<String> =
        trace.lines().filter_map(|line| step(line, &format!("{folder}/"), folder)).collect();
    // Several writes of one file are as good as one.
    steps.dedup();
    steps
}

fn step(line: &str, below: &str, folder: &str) -> Option<String> {
    let (call, arguments) = line.split_once('(')?;
    if line.contains(" = -1 ") {
        return None;
    }
    // The paths, named as arguments or beside a descriptor, that are vault files.
    let mut files = arguments
        .split(['"', '<', '>'])
        .filter_map(|piece| piece.strip_prefix(below))
        .filter(|name| name.starts_with("vault"));
    let of_folder = arguments.contains(&format!("<{folder}>)"));
    let file = files.next();
    Some(match (call, file) {
        ("openat", Some(file)) if arguments.contains("O_CREAT|O_EXCL") => {
            let owner = arguments.contains(", 0600)");
            format!("make {file}{}", if owner { " for its owner" } else { " for anybody" })
        }
        // Opened to be locked; the lock is told by itself.
        ("openat", Some("vault.lock")) => return None,
        ("openat", Some(file)) if arguments.contains("O_RDONLY") => format!("read {file}"),
        ("openat", Some(file)) => format!("open {file} to write"),
        ("write", Some(file)) => format!("write {file}"),
        ("fsync" | "fdatasync", Some(file)) => format!("sync {file}"),
        ("fsync", None) if of_folder => "sync the folder".to_owned(),
        ("rename", Some(from)) => {
            let to = arguments.split('"').nth(3)?.strip_prefix(below)?;
            format!("{from} becomes {to}")
        }
        ("flock", Some(file)) if arguments.contains("LOCK_SH") => format!("share {file}"),
        ("flock", Some(file)) if arguments.contains("LOCK_EX") => format!("hold {file}"),
        ("close", Some("vault.lock")) => "release vault.lock".to_owned(),
        ("unlink", Some(file)) => format!("remove {file}"),
        _ => return None,
    })
}
