//! The device's clock in the window: what a time barcode says, the line that stands for as long as the
//! codes are corrected, and its end (spec P5).

use holdfast::ui::Scheme;
use holdfast_otp::{Parameters, Secret, TimeBarcode, UnixTime};
use i_slint_backend_testing::AccessibleRole;

use super::camera::keep;
use super::kit::Kit;
use super::tour::{ACCOUNTS, PASSPHRASE};

const LINE: &str =
    "This device is 74 seconds slow; its codes are corrected. Open the page of the clock.";

fn secret() -> Secret {
    Secret::from_base32("MFRGGZDFMZTWQ2LKMFRGGZDFMZTWQ2LK").expect("a key")
}

fn show(kit: &Kit, ahead: i64) {
    let time = UnixTime(kit.now().0.saturating_add_signed(ahead));
    let text = TimeBarcode::make(&secret(), time).expect("a long key").to_text();
    kit.put_on_clipboard(&text);
    kit.press("Add an account");
    kit.press("Paste");
}

fn with_accounts() -> Kit {
    let kit = Kit::new();
    kit.make_vault(PASSPHRASE);
    for uri in &ACCOUNTS[..3] {
        kit.add_by_paste(uri);
    }
    kit.press("Dismiss the notice");
    kit
}

/// Keeps a picture where somebody wants one; nothing may be cut at the sides.
fn look(kit: &Kit, name: &str, width: u32) {
    for element in kit.elements() {
        let (at, size) = (element.absolute_position(), element.size());
        let fits = at.x >= -0.5 && at.x + size.width <= width as f32 + 0.5;
        let scrolls = element.accessible_role() == Some(AccessibleRole::TextInput);
        assert!(fits || scrolls, "{:?} on {name} is cut", element.accessible_label());
    }
    keep(name, &kit.picture());
}

#[test]
fn p5_the_clock_is_corrected_told_of_and_ended() {
    for (name, size, scheme) in [
        ("phone-light", (412, 915), Scheme::Light),
        ("small-dark", (320, 568), Scheme::Dark),
        ("desktop-dark", (1280, 800), Scheme::Dark),
    ] {
        let kit = with_accounts();
        kit.size(size.0, size.1);
        kit.scheme(scheme);
        show(&kit, 74);
        kit.wait_for("Correct the codes");
        let said = "This device is 74 seconds slow, says the barcode of Aurora Bank \
                    (mara.lindqvist@example.org).";
        kit.wait_for(said);
        look(&kit, &format!("clock-offer-{name}"), size.0);
        kit.press("Correct the codes");
        kit.wait_for(LINE);
        let code = Parameters::default().code(&secret(), UnixTime(kit.now().0 + 74));
        let spoken: String = code.as_str().chars().flat_map(|digit| [' ', digit]).collect();
        kit.wait_until("the right code", || {
            kit.told().iter().any(|told| told.contains(&format!("code{spoken}"))).then_some(())
        });
        look(&kit, &format!("clock-codes-{name}"), size.0);

        kit.press("Settings");
        kit.wait_for(LINE);
        look(&kit, &format!("clock-settings-{name}"), size.0);
        kit.press(LINE);
        kit.wait_for("End the correction");
        assert!(kit.find(LINE).is_none(), "the page says it already");
        look(&kit, &format!("clock-page-{name}"), size.0);
        kit.press("End the correction");
        kit.wait_for("Undo");
        assert!(kit.find(LINE).is_none());

        kit.press("Settings");
        kit.press("This device's clock");
        kit.wait_for("Scan a time barcode");
        look(&kit, &format!("clock-none-{name}"), size.0);
    }
}

#[test]
fn p5_a_barcode_that_may_be_old_is_not_taken_in_the_window_either() {
    let kit = with_accounts();
    show(&kit, -90);
    kit.wait_until("what to do", || {
        kit.told().iter().any(|told| told.contains("or the barcode is that old")).then_some(())
    });
    assert!(kit.find("Correct the codes").is_none());
    look(&kit, "clock-unsure", 412);
}
