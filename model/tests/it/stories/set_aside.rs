//! The end of a vault beside which a copy of it was set aside: what only that copy holds is named first.

use holdfast_model::ports::{Ports, Storage};
use holdfast_model::screen::{Page, RetirePage};
use holdfast_model::vault::{Cost, NewEntry, NewSlot, Passphrase, Vault};
use holdfast_model::{Effect, MoveMsg, Msg};
use holdfast_otp::Secret;

use super::app::{App, PASSPHRASE, uri};
use super::moving::{tell, with};

/// An old device on its way out, with one account.
fn old() -> App {
    let mut old = with(&[("GitHub", "alice")]);
    tell(&mut old, MoveMsg::Open);
    tell(&mut old, MoveMsg::Begin);
    old
}

/// Its vault as another instance went on with it: with these accounts more, and perhaps another key.
fn copy(of: &App, more: &[(&str, u8)], rekeyed: bool) -> Vec<u8> {
    let file = of.ports.storage.file().expect("a vault");
    let mut rng = of.ports.rng();
    let mut vault = Vault::open(&file, &Passphrase::new(PASSPHRASE)).expect("it opens");
    for (issuer, byte) in more {
        let entry = NewEntry {
            issuer: Some((*issuer).into()),
            account: "al".into(),
            parameters: Default::default(),
        };
        let secret = Secret::from_bytes(&[*byte; 20]).expect("a secret");
        vault.add(entry, &secret, of.now(), &mut *rng).expect("added");
    }
    if rekeyed {
        let passphrase = &Passphrase::new(PASSPHRASE);
        let slot = NewSlot::Passphrase { passphrase, cost: Cost::FLOOR };
        vault.rekey(&[slot], &mut *rng).expect("a new key");
    }
    vault.seal(of.now(), &mut *rng).expect("sealed")
}

fn retire(app: &mut App) -> RetirePage {
    tell(app, MoveMsg::OpenRetire);
    page(app)
}

fn page(app: &App) -> RetirePage {
    let Page::Retire(page) = app.see().page else { panic!("{:?}", app.see().page) };
    page
}

#[test]
fn what_only_a_copy_holds_is_named_before_the_passphrase_and_on_the_receipt() {
    let mut old = old();
    let harmless = copy(&old, &[], false);
    let other = App::open().ports.storage.file().expect("another vault");
    for bytes in [&harmless, &other] {
        old.ports.storage.keep_beside(bytes).expect("kept");
    }
    let shown = retire(&mut old);
    assert_eq!(
        (shown.aside.as_str(), shown.only_aside),
        ("", vec![]),
        "nothing is lost with those"
    );
    old.tell(Msg::Back);

    let first = copy(&old, &[("Shop", 70)], false);
    let second = copy(&old, &[("Shop", 70), ("Bank", 71)], false);
    for bytes in [&first, &second] {
        old.ports.storage.keep_beside(bytes).expect("kept");
    }
    let shown = retire(&mut old);
    assert_eq!(shown.only_aside, ["Shop (al)", "Bank (al)"], "each once");
    assert_eq!(
        shown.aside,
        "2 accounts are in no vault but a copy that was set aside (vault.set-aside-3, \
         vault.set-aside-4), and are lost with it. A copy that you move to another folder first stays."
    );
    tell(&mut old, MoveMsg::Retire(PASSPHRASE.into()));
    let Page::Retired(receipt) = old.see().page else { panic!("{:?}", old.see().page) };
    assert_eq!(receipt.only_aside, ["Shop (al)", "Bank (al)"]);
    assert_eq!(receipt.gone.iter().filter(|gone| gone.contains("set-aside")).count(), 3);
    assert_eq!(old.ports.storage.aside(), [other]);
}

#[test]
fn a_copy_under_another_key_is_said_to_be_one_that_cannot_be_looked_into() {
    let mut old = old();
    let closed = copy(&old, &[("Shop", 70)], true);
    old.ports.storage.keep_beside(&closed).expect("kept");
    let shown = retire(&mut old);
    assert!(shown.only_aside.is_empty());
    let told = "vault.set-aside-1, a copy that was set aside, does not open with the key of this vault; \
                what only that copy holds cannot be named, and is lost with it.";
    assert!(shown.aside.starts_with(told), "{}", shown.aside);
}

#[test]
fn nothing_goes_that_was_not_seen() {
    let mut old = old();
    // The passphrase is given before the copies are looked at.
    let looks = old.give(Msg::Move(MoveMsg::OpenRetire));
    assert!(matches!(looks.as_slice(), [Effect::LookAside { .. }]), "{looks:?}");
    tell(&mut old, MoveMsg::Retire(PASSPHRASE.into()));
    assert!(page(&old).error.expect("told").contains("try again in a moment"));
    // An answer to the look before is none to this one.
    old.perform_all(looks);

    // A copy that comes while the page is open was never seen.
    let late = copy(&old, &[("Shop", 70)], false);
    old.ports.storage.keep_beside(&late).expect("kept");
    tell(&mut old, MoveMsg::Retire(PASSPHRASE.into()));
    let shown = page(&old);
    assert!(shown.error.expect("told").contains("nothing was destroyed; look at it once more"));
    assert_eq!(shown.only_aside, ["Shop (al)"], "and now it is seen");
    assert!(old.ports.storage.file().is_some());
    tell(&mut old, MoveMsg::Retire(PASSPHRASE.into()));
    assert!(matches!(old.see().page, Page::Retired(_)));
}

/// A copy that was put in the place of the vault, when the person goes on with that, can leave accounts in the
/// trash alone; and what a deletion or an older copy took away may be in the generation before.
#[test]
fn what_only_the_trash_or_the_generation_before_holds_is_named_too() {
    let mut old = old();
    let before = copy(&old, &[("Shop", 70)], false);
    old.ports.storage.keep_before(Some(before));
    let shown = retire(&mut old);
    assert_eq!(shown.only_aside, ["Shop (al)"]);
    assert_eq!(
        shown.aside,
        "1 account is only in the copy before the last change, and is lost with it. A copy that you move to \
         another folder first stays."
    );
    old.tell(Msg::Back);
    old.ports.storage.keep_before(None);

    // The window's own account gives way to a copy that lacks it.
    let fork = copy(&old, &[("Bank", 71)], false);
    tell(&mut old, MoveMsg::Open);
    old.tell(Msg::Back);
    old.add(&uri("Club", "al", 5));
    old.ports.storage.put(Some(fork));
    old.wait(3);
    old.tell(Msg::UseFile);
    let shown = retire(&mut old);
    assert_eq!(shown.only_aside, ["Club (al)"]);
    let told = "1 account is only in the trash, and is lost with it. Bring back first what is still needed, \
                from the settings.";
    assert_eq!(shown.aside, told);
    tell(&mut old, MoveMsg::Retire(PASSPHRASE.into()));
    let Page::Retired(receipt) = old.see().page else { panic!("{:?}", old.see().page) };
    assert_eq!(receipt.only_aside, ["Club (al)"]);
}

#[test]
fn an_earlier_version_of_what_is_there_alarms_nobody() {
    let mut old = old();
    let before = old.ports.storage.file();
    old.tell(Msg::Back);
    let id = old.id("GitHub", "alice");
    // Its former key is in the trash, and in the generation before.
    old.add_text(&uri("GitHub", "alice", 90));
    old.tell(Msg::Replace(id));
    old.ports.storage.keep_before(before.clone());
    let shown = retire(&mut old);
    assert_eq!((shown.aside.as_str(), shown.only_aside), ("", vec![]));
    // Nor where it is nowhere else any more.
    old.tell(Msg::Back);
    let mut vault =
        Vault::open(&old.ports.storage.file().expect("a vault"), &Passphrase::new(PASSPHRASE))
            .expect("it opens");
    vault.empty_trash();
    old.ports.storage.put(Some(vault.seal(old.now(), &mut *old.ports.rng()).expect("sealed")));
    old.wait(3);
    let shown = retire(&mut old);
    assert_eq!((shown.aside.as_str(), shown.only_aside), ("", vec![]));
}
