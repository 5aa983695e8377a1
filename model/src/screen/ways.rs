//! The ways into a vault, and which of them go when its passphrase is changed or one is taken away, said
//! before it is done.

use crate::naming::shown;
use crate::vault::{Header, Method, Slot};

/// Which ways to open this vault a change of the passphrase takes away, beside the passphrase that is
/// changed; `None` where there is no other. A new data key is made, and only what opens a slot could wrap
/// it again.
pub fn ways_that_go(header: &Header) -> Option<String> {
    let named = header.slots().iter().filter(|slot| is_device(slot)).map(way_named);
    said(named.collect(), header)
}

/// The same where the way of this device is taken away, which is one of the devices.
pub(super) fn ways_that_go_with_device(header: &Header) -> Option<String> {
    let devices = header.slots().iter().filter(|slot| is_device(slot)).count();
    said(counted(devices.saturating_sub(1), "another device", "other devices").collect(), header)
}

/// A way to open the vault, in a few words.
pub fn way_named(slot: &Slot) -> String {
    match slot.method() {
        Method::Passphrase { .. } => "a passphrase".to_owned(),
        Method::Device { name: "", .. } => "a device".to_owned(),
        Method::Device { name, .. } => format!("the device “{}”", shown(name)),
        Method::Unknown => "a way of a newer Holdfast".to_owned(),
    }
}

fn is_device(slot: &Slot) -> bool {
    matches!(slot.method(), Method::Device { .. })
}

/// Of passphrases one stays, or is the one that is changed.
fn said(mut named: Vec<String>, header: &Header) -> Option<String> {
    let count = |is: fn(&Method<'_>) -> bool| {
        header.slots().iter().filter(|slot| is(&slot.method())).count()
    };
    let passphrases = count(|method| matches!(method, Method::Passphrase { .. }));
    let unknown = count(|method| matches!(method, Method::Unknown));
    let others = passphrases.saturating_sub(1);
    named.extend(counted(others, "another passphrase", "other passphrases"));
    named.extend(counted(unknown, "a way of a newer Holdfast", "ways of a newer Holdfast"));
    let last = named.pop()?;
    let all = if named.is_empty() { last } else { format!("{} and {last}", named.join(", ")) };
    Some(format!(
        "It takes away every other way to open this vault too: {all}. Set up again afterwards what is to \
         stay."
    ))
}

fn counted(number: usize, one: &str, more: &str) -> std::option::IntoIter<String> {
    let said = match number {
        0 => None,
        1 => Some(one.to_owned()),
        _ => Some(format!("{number} {more}")),
    };
    said.into_iter()
}
