//! Another program changes the vault while a page with fields is open.

use holdfast::host::desktop::storage::VaultFile;
use holdfast::host::desktop::system::os_rng;
use holdfast_model::ports::Storage;
use holdfast_model::vault::{Passphrase, Vault};

use super::kit::Kit;
use super::tour::{ACCOUNTS, PASSPHRASE};

#[test]
fn names_follow_another_program_until_they_are_typed_into() {
    let kit = Kit::new();
    kit.make_vault(PASSPHRASE);
    kit.add_by_paste(ACCOUNTS[2]);
    kit.press("Details of Directory, mara");
    rename_elsewhere(&kit, "Library", "mara");
    shows(&kit, "Website or company", "Library");

    kit.fill("Your name there", "tide");
    rename_elsewhere(&kit, "Archive", "lindqvist");
    shows(&kit, "Website or company", "Archive");
    shows(&kit, "Your name there", "tide");
}

/// What the terminal does to the first account, on the real file.
#[expect(clippy::disallowed_methods, reason = "the test is the other program")]
fn rename_elsewhere(kit: &Kit, issuer: &str, account: &str) {
    let sealed = VaultFile::at(kit.vault_path()).load().expect("read").expect("a vault");
    let mut vault = Vault::open(&sealed, &Passphrase::new(PASSPHRASE)).expect("opened");
    let id = vault.entries()[0].id;
    vault.rename(id, Some(issuer), account).expect("renamed");
    let sealed = vault.seal(kit.now(), &mut *os_rng()).expect("sealed");
    std::fs::write(kit.vault_path(), sealed).expect("written");
    // The window looks every two seconds.
    kit.pass(3);
}

#[track_caller]
fn shows(kit: &Kit, field: &str, text: &str) {
    kit.wait_until(text, || {
        (kit.wait_for(field).accessible_value().as_deref() == Some(text)).then_some(())
    });
}
