//! The main journey: first start, add, read, roll, copy, rename, delete, undo, lock, unlock.

use holdfast_otp::{KeyUri, Parameters, Secret};
use slint::platform::Key;

use super::kit::Kit;

const PASSPHRASE: &str = "brackish lantern otter violin";
const URI: &str =
    "otpauth://totp/Directory:mara?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Directory";

/// The code that the shared arithmetic gives for `URI` now, in groups and letter by letter as the
/// window shows and speaks it.
fn code(kit: &Kit, after: u64) -> String {
    let parsed = KeyUri::parse(URI).expect("a key URI").uri;
    let now = holdfast_otp::UnixTime(kit.now().0 + after);
    parsed.parameters.code(&parsed.secret, now).as_str().to_owned()
}

/// The label of the first row, which speaks the code digit by digit.
fn row(kit: &Kit, code: &str) -> Option<String> {
    let spoken: String = code.chars().map(|digit| format!("{digit} ")).collect();
    kit.labels().iter().map(ToString::to_string).find(|label| label.contains(spoken.trim_end()))
}

#[test]
fn from_the_first_start_to_a_code_that_rolls() {
    let kit = Kit::new();
    kit.make_vault(PASSPHRASE);
    kit.add_by_paste(URI);

    let first = code(&kit, 0);
    assert!(
        row(&kit, &first).is_some_and(|label| label.contains("Directory")),
        "{:?}",
        kit.labels()
    );

    kit.pass(29);
    assert_eq!(code(&kit, 0), first, "29 seconds are within the step");
    assert!(row(&kit, &first).is_some());

    kit.pass(1);
    let second = code(&kit, 0);
    assert_ne!(second, first);
    assert!(row(&kit, &second).is_some(), "{:?}", kit.labels());
    assert!(row(&kit, &first).is_none(), "the old code is still shown");
}

#[test]
fn a_tap_copies_the_code_and_the_clipboard_is_cleared_later() {
    let kit = Kit::new();
    kit.make_vault(PASSPHRASE);
    kit.add_by_paste(URI);
    let code = code(&kit, 0);
    kit.press(&row(&kit, &code).expect("a row"));
    kit.wait_until("the code on the clipboard", || {
        (kit.clipboard().as_deref() == Some(code.as_str())).then_some(())
    });
    kit.pass(25);
    assert_eq!(kit.clipboard().as_deref(), Some(code.as_str()), "cleared too early");
    kit.pass(10);
    kit.wait_until("a clipboard that is empty", || kit.clipboard().is_none().then_some(()));
}

#[test]
fn what_was_copied_since_is_left_alone() {
    let kit = Kit::new();
    kit.make_vault(PASSPHRASE);
    kit.add_by_paste(URI);
    let code = code(&kit, 0);
    kit.press(&row(&kit, &code).expect("a row"));
    kit.wait_until("the code on the clipboard", || {
        (kit.clipboard().as_deref() == Some(code.as_str())).then_some(())
    });
    kit.put_on_clipboard("a shopping list");
    kit.pass(40);
    assert_eq!(kit.clipboard().as_deref(), Some("a shopping list"));
}

#[test]
fn renamed_deleted_brought_back_locked_and_opened_again() {
    let kit = Kit::new();
    kit.make_vault(PASSPHRASE);
    kit.add_by_paste(URI);

    kit.press("Details of Directory, mara");
    kit.fill("Website or company", "Harbour");
    kit.press("Save the names");
    kit.wait_until("the new name on the entry page", || {
        kit.find("Details of Harbour, mara").or_else(|| {
            kit.key(Key::Escape, None);
            None
        })
    });

    kit.press("Details of Harbour, mara");
    kit.press("Delete this account");
    kit.wait_for("Harbour (mara) was deleted.");
    kit.press("Undo");
    kit.wait_for("Details of Harbour, mara");

    kit.press("Lock");
    kit.wait_for("Unlock");
    let labels = kit.labels();
    assert!(!labels.iter().any(|label| label.contains("Harbour")), "seen when locked: {labels:?}");

    kit.fill("Passphrase", PASSPHRASE);
    kit.press("Unlock");
    kit.wait_for("Details of Harbour, mara");
    assert!(row(&kit, &code(&kit, 0)).is_some(), "the code survived: {:?}", kit.labels());
}

#[test]
fn the_vault_file_outlives_the_app() {
    let kit = Kit::new();
    kit.make_vault(PASSPHRASE);
    kit.add_by_paste(URI);
    let kit = kit.restart();
    kit.wait_for("Unlock");
    kit.fill("Passphrase", PASSPHRASE);
    kit.key(Key::Return, None);
    kit.wait_for("Details of Directory, mara");
    assert!(row(&kit, &code(&kit, 0)).is_some());
}

#[test]
fn a_key_typed_by_hand() {
    let kit = Kit::new();
    kit.make_vault(PASSPHRASE);
    kit.press("Add an account");
    kit.press("Type the key");
    kit.fill("Website or company", "Old Harbour");
    kit.fill("Your name or e-mail there", "warehouse");
    kit.fill("Key", "gezd gnbv gy3t qojq gezd gnbv gy3t qojq");
    kit.press("Unusual settings");
    kit.press("Algorithm: SHA-256");
    kit.fill("Digits", "8");
    kit.press("Continue");
    kit.press("Save");
    kit.wait_for("Details of Old Harbour, warehouse");

    let secret = Secret::from_base32("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").expect("a secret");
    let parameters = Parameters {
        algorithm: holdfast_otp::Algorithm::Sha256,
        digits: holdfast_otp::Digits::new(8).expect("8 digits"),
        ..Parameters::default()
    };
    let code = parameters.code(&secret, kit.now()).as_str().to_owned();
    assert!(row(&kit, &code).is_some(), "{code} is not among {:?}", kit.labels());
}

#[test]
fn the_same_barcode_twice_is_already_here_and_new_keys_ask() {
    let kit = Kit::new();
    kit.make_vault(PASSPHRASE);
    kit.add_by_paste(URI);

    kit.put_on_clipboard(URI);
    kit.press("Add an account");
    kit.press("Paste");
    kit.wait_for("Already here");
    kit.press("Done");

    kit.put_on_clipboard(&URI.replace("JBSWY3DP", "MFRGGZDF"));
    kit.wait_for("Add an account");
    kit.press("Add an account");
    kit.press("Paste");
    kit.press("Save");
    kit.wait_for("Replace or keep both?");
    kit.press("Keep both");
    // Of one name and of one day: a number tells them apart, on the glass and for a screen reader.
    kit.wait_for("Details of Directory, mara, 1 of 2");
    kit.wait_for("Details of Directory, mara, 2 of 2");
}

#[test]
fn enter_answers_that_an_account_is_already_here() {
    let kit = Kit::new();
    kit.make_vault(PASSPHRASE);
    kit.add_by_paste(URI);
    kit.put_on_clipboard(URI);
    kit.press("Add an account");
    kit.press("Paste");
    kit.wait_for("Already here");
    kit.key(Key::Return, None);
    kit.wait_for("Website or company");
}

#[test]
fn searching_narrows_the_list_and_escape_widens_it() {
    let kit = Kit::new();
    kit.make_vault(PASSPHRASE);
    kit.add_by_paste(URI);
    kit.add_by_paste("otpauth://totp/Aurora:mara?secret=MFRGGZDFMZTWQ2LKMFRGGZDFMZTWQ2LK");
    kit.key(Key::Control, Some('f'));
    kit.type_text("direc");
    kit.wait_until("only one account", || {
        (kit.find("Details of Aurora, mara").is_none()
            && kit.find("Details of Directory, mara").is_some())
        .then_some(())
    });
    kit.key(Key::Escape, None);
    kit.wait_for("Details of Aurora, mara");
}

#[test]
fn nobody_there_for_two_minutes_locks() {
    let kit = Kit::new();
    kit.make_vault(PASSPHRASE);
    kit.add_by_paste(URI);
    kit.pass(118);
    assert!(kit.find("Lock").is_some());
    kit.pass(4);
    kit.wait_for("Unlock");
}

#[test]
fn what_was_typed_on_an_accounts_page_is_kept_on_the_way_back() {
    let kit = Kit::new();
    kit.make_vault(PASSPHRASE);
    kit.add_by_paste(URI);
    let details = "Details of Directory, mara";
    kit.press(details);
    kit.fill("Note (never a recovery code)", "asked at the harbour office");
    kit.press("Back");
    kit.wait_until("that it is saved", || {
        kit.told().iter().any(|said| said.starts_with("The note on Directory")).then_some(())
    });
    kit.fill("Your name there", "tide");
    kit.press("Back");
    kit.wait_for("Renamed to Directory (tide).");
    // What is refused does not hold anybody.
    for field in ["Website or company", "Your name there"] {
        kit.fill(field, "");
        kit.key(Key::Backspace, None);
    }
    kit.press("Back");
    kit.wait_until("a reason", || kit.find("Save the names"));
    kit.press("Back");
    kit.wait_for("Details of Directory, tide");
}
