//! What the machine remembers of a vault, where several programs save at once.

use std::fs;
use std::thread;

use holdfast::host::desktop::memos::StateFolder;
use holdfast::host::desktop::system::os_rng;
use holdfast_model::ports::Memos;
use holdfast_model::vault::{Cost, Passphrase, Vault};
use holdfast_otp::UnixTime;

#[test]
fn many_who_remember_at_once_fail_at_nothing_and_leave_nothing() {
    let home = tempfile::tempdir().unwrap();
    let now = UnixTime(1_790_000_000);
    let vault =
        Vault::create(&Passphrase::new("of many"), Cost::FLOOR, now, &mut *os_rng()).unwrap();
    let memo = vault.seal_memo(&vault.memo(None, now));
    let folder = home.path().join("state");
    let memos = StateFolder::at(folder.clone()).of_vault(&home.path().join("vault"));
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..40 {
                    memos.keep(&memo).unwrap();
                    assert_eq!(memos.recall(memo.vault).as_deref(), Some(&memo.bytes[..]));
                }
            });
        }
    });
    let mut names: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let prefixes: Vec<&str> = names.iter().filter_map(|name| name.get(..6)).collect();
    assert_eq!(prefixes, ["place-", "vault-"], "{names:?}");
    assert!(names.iter().all(|name| !name.contains('.')), "{names:?}");
    // Of a vault that is destroyed a note stays, and nothing else; a copy that is put back ends that.
    let note = memos.end(memo.vault, now).unwrap();
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    assert_eq!(fs::read(note).unwrap(), [&b"retired\0"[..], &now.0.to_be_bytes()].concat());
    assert_eq!(memos.ended(memo.vault), Some(now));
    assert!(vault.memo(memos.recall(memo.vault).as_deref(), UnixTime(5)).ask_at > UnixTime(5));
    memos.keep(&memo).unwrap();
    assert_eq!(memos.ended(memo.vault), None);
}
