//! The passphrase changed in the window, and an older copy of the vault told of there.

use super::kit::Kit;

const PASSPHRASE: &str = "brackish lantern otter violin";
const NEW: &str = "crabs walk sideways home";
const URI: &str = "otpauth://totp/GitHub:alice?secret=JBSWY3DPEHPK3PXP&issuer=GitHub";

fn change(kit: &Kit, present: &str, new: &str, again: &str) {
    kit.fill("Present passphrase", present);
    kit.fill("New passphrase", new);
    kit.fill("The new passphrase again", again);
    kit.press("Change it");
}

#[test]
fn the_passphrase_is_changed_and_the_one_before_opens_nothing() {
    let kit = Kit::new();
    kit.make_vault(PASSPHRASE);
    kit.add_by_paste(URI);
    kit.press("Settings");
    kit.press("Change the passphrase");
    change(&kit, PASSPHRASE, NEW, "crabs walk");
    kit.wait_until("that they differ", || says(&kit, "differ"));
    change(&kit, "something else entirely", NEW, NEW);
    kit.wait_until("that the present one is another", || {
        says(&kit, "present passphrase is another")
    });
    change(&kit, PASSPHRASE, NEW, NEW);
    kit.wait_until("that it was changed", || says(&kit, "opens nothing any more"));
    let previous = kit.vault_path().with_extension("previous");
    assert!(!previous.exists(), "the generation that the old passphrase opens");
    kit.press("Lock");
    kit.fill("Passphrase", PASSPHRASE);
    kit.press("Unlock");
    kit.wait_until("a sentence on the passphrase", || says(&kit, "does not open the vault"));
    kit.fill("Passphrase", NEW);
    kit.press("Unlock");
    kit.wait_for("Add an account");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test puts the file back")]
fn an_older_copy_is_told_of_until_it_is_accepted() {
    let kit = Kit::new();
    kit.make_vault(PASSPHRASE);
    let older = std::fs::read(kit.vault_path()).expect("a vault");
    kit.pass(60);
    kit.add_by_paste(URI);
    std::fs::write(kit.vault_path(), older).expect("put back");
    let mut kit = kit.restart();
    for button in ["Lock", "Go on with this copy"] {
        kit.fill("Passphrase", PASSPHRASE);
        kit.press("Unlock");
        kit.wait_for("An older copy of your vault");
        assert!(says(&kit, "written on 2027-01-15 08:00 UTC").is_some(), "{:?}", kit.labels());
        assert!(says(&kit, "seen one of 2027-01-15 08:01 UTC").is_some(), "{:?}", kit.labels());
        kit.press(button);
    }
    kit.wait_for("Add an account");
    kit = kit.restart();
    kit.fill("Passphrase", PASSPHRASE);
    kit.press("Unlock");
    kit.wait_for("Add an account");
}

#[test]
fn a_first_passphrase_that_is_typed_and_not_given_is_gone_after_the_idle_time() {
    let kit = Kit::new();
    kit.wait_for("Choose a passphrase");
    kit.pass(1);
    let fields = ["Passphrase", "The same passphrase again"];
    for field in fields {
        kit.fill(field, PASSPHRASE);
    }
    let filled = || {
        let values = fields.map(|field| kit.wait_for(field).accessible_value());
        values.iter().filter(|value| value.as_ref().is_some_and(|value| !value.is_empty())).count()
    };
    assert_eq!(filled(), 2);
    assert!(says(&kit, "hard to guess").is_some(), "{:?}", kit.labels());
    kit.pass(121);
    assert_eq!(filled(), 0);
    assert!(says(&kit, "hard to guess").is_none(), "{:?}", kit.labels());
    kit.make_vault(PASSPHRASE);
}

fn says(kit: &Kit, words: &str) -> Option<()> {
    kit.labels().iter().any(|label| label.contains(words)).then_some(())
}
