//! Whatever happens in whatever order: nothing panics, and no saved account is ever lost.

use std::collections::BTreeMap;

use holdfast_model::ports::memory::DiskTrouble;
use holdfast_model::scan::FoundText;
use holdfast_model::screen::{HandForm, HandKind, Page};
use holdfast_model::vault::{EntryId, Passphrase, Vault};
use holdfast_model::{CameraError, Effect, Msg};
use holdfast_otp::Algorithm;
use proptest::prelude::*;

use super::app::{App, PASSPHRASE, RFC_SECRET, uri};

/// One thing that happens.
#[derive(Clone, Debug)]
enum Event {
    Tell(Told),
    /// The message is given, and what it asks for is done only later.
    TellSlowly(Told),
    /// What waits is done now, at this place of the queue first.
    Answer(prop::sample::Index),
    Disk(Option<DiskTrouble>),
    Wait(u8),
    /// The clock is set.
    Clock(u64),
    /// Another instance adds or deletes an account.
    OtherAdds(u8),
    OtherDeletes(prop::sample::Index),
}

/// A message whose accounts are named by their place in the vault.
#[derive(Clone, Debug)]
enum Told {
    Plain(u8),
    Text(String),
    Scanned(String),
    Unlock(bool),
    Copy(prop::sample::Index),
    Next(prop::sample::Index),
    Open(prop::sample::Index),
    Rename(prop::sample::Index, String, String),
    Delete(prop::sample::Index),
    Replace(prop::sample::Index),
    Choose(u8),
    SaveDraft(String, String),
    SaveAsRead,
    Form(HandForm),
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => (0..4_u8, 0..3_u8, 0..3_u8).prop_map(|(byte, issuer, account)| uri(
            &format!("Issuer{issuer}"),
            &format!("account{account}"),
            byte
        )),
        2 => (0..4_u8, 0..4_u8).prop_map(|(a, b)| format!("{}\n{}", uri("A", "a", a), uri("B", "b", b))),
        1 => Just(format!("otpauth://hotp/Bank:eve?secret={RFC_SECRET}&counter=3")),
        1 => Just(format!("otpauth://steam/Steam:gabe?secret={RFC_SECRET}")),
        1 => Just(RFC_SECRET.to_owned()),
        1 => "\\PC{0,40}",
        1 => "otpauth://\\PC{0,40}",
    ]
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[ab]{0,2}", 1 => "\\PC{0,20}", 1 => Just("n".repeat(2000))]
}

fn form() -> impl Strategy<Value = HandForm> {
    let key = prop_oneof![Just(RFC_SECRET.to_owned()), "[A-Z2-7]{0,40}", "\\PC{0,20}"];
    let kind = prop_oneof![Just(HandKind::Time), Just(HandKind::Counter), Just(HandKind::Steam)];
    let number = || prop_oneof![Just("6".to_owned()), "[0-9]{0,25}", "\\PC{0,5}"];
    (name(), name(), key, kind, number(), number(), number()).prop_map(
        |(issuer, account, key, kind, digits, period, counter)| HandForm {
            issuer,
            account,
            key: key.into(),
            kind,
            algorithm: Algorithm::Sha512,
            digits,
            period,
            counter,
        },
    )
}

fn told() -> impl Strategy<Value = Told> {
    use Told::*;
    let place = any::<prop::sample::Index>;
    prop_oneof![
        6 => (0..PLAIN).prop_map(Plain),
        4 => text().prop_map(Text),
        2 => text().prop_map(Scanned),
        3 => prop::bool::weighted(0.9).prop_map(Unlock),
        1 => place().prop_map(Copy),
        2 => place().prop_map(Next),
        1 => place().prop_map(Open),
        2 => (place(), name(), name()).prop_map(|(id, issuer, account)| Rename(id, issuer, account)),
        2 => place().prop_map(Delete),
        3 => place().prop_map(Replace),
        1 => (0..3_u8).prop_map(Choose),
        1 => (name(), name()).prop_map(|(issuer, account)| SaveDraft(issuer, account)),
        6 => Just(SaveAsRead),
        2 => form().prop_map(Form),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    let trouble = prop_oneof![
        Just(None),
        Just(None),
        Just(Some(DiskTrouble::Room(0))),
        Just(Some(DiskTrouble::ReadOnly)),
        Just(Some(DiskTrouble::Taken)),
        Just(Some(DiskTrouble::Denied)),
    ];
    prop_oneof![
        20 => told().prop_map(Event::Tell),
        6 => told().prop_map(Event::TellSlowly),
        6 => any::<prop::sample::Index>().prop_map(Event::Answer),
        3 => trouble.prop_map(Event::Disk),
        1 => any::<u8>().prop_map(Event::Wait),
        1 => prop_oneof![Just(0), any::<u64>(), Just(1_111_111_109)].prop_map(Event::Clock),
        2 => (0..4_u8).prop_map(Event::OtherAdds),
        1 => any::<prop::sample::Index>().prop_map(Event::OtherDeletes),
    ]
}

/// How many messages need nothing chosen.
const PLAIN: u8 = 18;

fn plain(which: u8) -> Msg {
    match which {
        0 => Msg::Tick,
        1 => Msg::Active,
        2 => Msg::Hidden,
        3 => Msg::Suspended,
        4 => Msg::Lock,
        5 => Msg::Retry,
        6 => Msg::Back,
        7 => Msg::Undo,
        8 => Msg::DismissNotice,
        9 => Msg::Add,
        10 => Msg::PickPicture,
        11 => Msg::ReadClipboard,
        12 => Msg::OpenCamera,
        13 => Msg::OpenByHand,
        14 => Msg::KeepBoth,
        15 => Msg::CameraFailed(CameraError::Busy),
        16 => Msg::Search("a".into()),
        _ => Msg::Search(String::new()),
    }
}

/// The accounts on the disk and their codes at one time, which tell their secrets apart.
type Saved = BTreeMap<EntryId, (String, String, String)>;

struct World {
    app: App,
    /// Reads what is on the disk, without the price of the passphrase.
    reader: Vault,
    waiting: Vec<Effect>,
    other: App,
}

impl World {
    fn new() -> Self {
        let app = App::open();
        let file = app.ports.storage.file().unwrap();
        let reader = Vault::open(&file, &Passphrase::new(PASSPHRASE)).unwrap();
        let other = App::open_on(app.ports.storage.clone());
        Self { app, reader, waiting: Vec::new(), other }
    }

    fn saved(&self) -> Saved {
        let file = self.app.ports.storage.file().expect("the vault is there");
        let vault = self.reader.reopen(&file).expect("what is on the disk can be opened");
        vault
            .entries()
            .iter()
            .map(|entry| {
                let secret = vault.secret(entry.id).unwrap().to_base32().to_string();
                let issuer = entry.issuer.clone().unwrap_or_default();
                (entry.id, (issuer, entry.account.clone(), secret))
            })
            .collect()
    }

    fn msg(&self, told: Told) -> Msg {
        let saved = self.saved();
        let ids: Vec<EntryId> = saved.into_keys().collect();
        let id = |place: prop::sample::Index| {
            let unknown = EntryId::parse(&"0".repeat(32)).unwrap();
            if ids.is_empty() { unknown } else { ids[place.index(ids.len())] }
        };
        match told {
            Told::Plain(which) => plain(which),
            Told::Text(text) => Msg::TextGiven(text.into()),
            Told::Scanned(text) => Msg::Scanned(vec![FoundText::new(text)]),
            Told::Unlock(true) => Msg::Unlock(PASSPHRASE.into()),
            Told::Unlock(false) => Msg::Unlock("something else".into()),
            Told::Copy(place) => Msg::Copy(id(place)),
            Told::Next(place) => Msg::NextCode(id(place)),
            Told::Open(place) => Msg::OpenEntry(id(place)),
            Told::Rename(place, issuer, account) => Msg::Rename { id: id(place), issuer, account },
            Told::Delete(place) => Msg::Delete(id(place)),
            Told::Replace(place) => match self.app.see().page {
                Page::Clash(page) if !page.entries.is_empty() => {
                    Msg::Replace(page.entries[place.index(page.entries.len())].id)
                }
                _ => Msg::Replace(id(place)),
            },
            Told::Choose(place) => Msg::Choose(place.into()),
            Told::SaveDraft(issuer, account) => Msg::SaveDraft { issuer, account },
            Told::SaveAsRead => match self.app.see().page {
                Page::Confirm(page) => {
                    Msg::SaveDraft { issuer: page.issuer, account: page.account }
                }
                _ => Msg::SaveDraft { issuer: "I".into(), account: "a".into() },
            },
            Told::Form(form) => Msg::ByHandDone(form),
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Tell(told) => {
                let msg = self.msg(told);
                self.app.tell(msg);
            }
            Event::TellSlowly(told) => {
                let msg = self.msg(told);
                let effects = self.app.give(msg);
                self.waiting.extend(effects);
            }
            Event::Answer(place) if !self.waiting.is_empty() => {
                let effect = self.waiting.remove(place.index(self.waiting.len()));
                self.app.perform_all(vec![effect]);
            }
            Event::Answer(_) => {}
            Event::Disk(trouble) => self.app.ports.storage.trouble(trouble),
            Event::Wait(seconds) => self.app.wait(seconds.into()),
            Event::Clock(now) => self.app.ports.clock.set(holdfast_otp::UnixTime(now / 2)),
            Event::OtherAdds(byte) => {
                self.other.tell(Msg::TextGiven(uri("Other", "window", byte).into()));
                self.other.tell(Msg::SaveDraft { issuer: "Other".into(), account: "w".into() });
                self.other.tell(Msg::KeepBoth);
                for _ in 0..4 {
                    self.other.tell(Msg::Back);
                }
            }
            Event::OtherDeletes(place) => {
                let rows = self.other.codes().rows;
                if !rows.is_empty() {
                    self.other.tell(Msg::Delete(rows[place.index(rows.len())].id));
                }
            }
        }
    }
}

/// Whether an event may take an account off the disk or change its secret: only what a person
/// ordered to be deleted, replaced or undone, or the late answer to that.
fn may_remove(event: &Event) -> bool {
    let told = |told: &Told| matches!(told, Told::Delete(_) | Told::Replace(_) | Told::Plain(7));
    match event {
        Event::Tell(given) => told(given),
        Event::Answer(_) | Event::OtherDeletes(_) => true,
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn no_order_of_events_loses_an_account(events in prop::collection::vec(event(), 1..60)) {
        let mut world = World::new();
        let mut before = world.saved();
        for event in events {
            let removes = may_remove(&event);
            let shown = format!("{event:?}");
            world.happen(event);
            let _ = world.app.see();
            let after = world.saved();
            let gone: Vec<_> = before
                .iter()
                .filter(|(id, (_, _, secret))| after.get(id).is_none_or(|(_, _, s)| s != secret))
                .collect();
            prop_assert!(gone.len() <= usize::from(removes), "{shown} took {gone:?}");
            before = after;
        }
        // In the end everything that is on the disk is what a fresh start shows.
        world.app.ports.storage.trouble(None);
        let fresh = App::open_on(world.app.ports.storage.clone());
        let mut shown: Vec<EntryId> = fresh.codes().rows.iter().map(|row| row.id).collect();
        shown.sort();
        prop_assert_eq!(shown, before.into_keys().collect::<Vec<_>>());
    }
}
