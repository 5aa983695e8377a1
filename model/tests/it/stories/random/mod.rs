//! Whatever happens in whatever order: nothing panics, and no saved account is ever lost.

mod events;

use std::collections::BTreeMap;
use std::time::Duration;

use holdfast_model::scan::FoundText;
use holdfast_model::screen::Page;
use holdfast_model::vault::{EntryId, Passphrase, Vault};
use holdfast_model::{Effect, Msg, naming};
use proptest::prelude::*;

use super::app::{App, PASSPHRASE, uri};
use events::{Event, Told, event, plain};

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

    /// Whether the list shows exactly what is on the disk; `None` where it shows nothing to go by:
    /// no list, a part of it, or a change that is on its way.
    fn in_step(&self, saved: &Saved) -> Option<bool> {
        let seen = self.app.see();
        let codes = seen.codes.filter(|codes| seen.busy.is_none() && codes.search.is_empty())?;
        let mut shown: Vec<_> =
            codes.rows.into_iter().map(|row| (row.id, (row.title, row.subtitle))).collect();
        shown.sort();
        let saved =
            saved.iter().map(|(id, (issuer, account, _))| (*id, naming::lines(issuer, account)));
        Some(shown.into_iter().eq(saved))
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
            Told::Text(text) | Told::Added(text) => Msg::TextGiven(text.into()),
            Told::Scanned(text) => {
                Msg::Scanned { texts: vec![FoundText::new(text)], at: Duration::ZERO }
            }
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
            Event::Tell(Told::Added(text)) => {
                self.app.tell(Msg::TextGiven(text.into()));
                let save = self.msg(Told::SaveAsRead);
                self.app.tell(save);
            }
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
            Event::Break(place) if !self.waiting.is_empty() => {
                self.waiting.remove(place.index(self.waiting.len()));
                self.app.tell(Msg::Broken);
            }
            Event::Answer(_) | Event::Break(_) => {}
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
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn no_order_of_events_loses_an_account(events in prop::collection::vec(event(), 1..60)) {
        let mut world = World::new();
        let mut before = world.saved();
        // The file that the app was last seen to know.
        let mut file_in_step = None;
        for event in events {
            let removes = may_remove(&event);
            let shown = format!("{event:?}");
            world.happen(event);
            let after = world.saved();
            let gone: Vec<_> = before
                .iter()
                .filter(|(id, (_, _, secret))| after.get(id).is_none_or(|(_, _, s)| s != secret))
                .collect();
            prop_assert!(gone.len() <= usize::from(removes), "{shown} took {gone:?}");
            let in_step = world.in_step(&after);
            let file = world.app.ports.storage.file();
            prop_assert!(in_step != Some(false) || file != file_in_step, "{shown}: not as saved");
            if in_step == Some(true) {
                file_in_step = file;
            }
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
