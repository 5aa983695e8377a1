//! The ways into a vault that go when its passphrase is changed, said before it is.

use holdfast_otp::is_hidden;

use crate::vault::{Header, Method};

/// Which ways to open this vault a change of the passphrase takes away, beside the passphrase that is
/// changed; `None` where there is no other. A new data key is made, and only what opens a slot could wrap
/// it again.
pub fn ways_that_go(header: &Header) -> Option<String> {
    let (mut named, mut passphrases, mut unknown) = (Vec::new(), 0, 0);
    for slot in header.slots() {
        match slot.method() {
            Method::Passphrase { .. } => passphrases += 1,
            Method::Device { name: "", .. } => named.push("a device".to_owned()),
            Method::Device { name, .. } => named.push(format!("the device “{}”", printable(name))),
            Method::Unknown => unknown += 1,
        }
    }
    named.extend(counted(passphrases - 1, "another passphrase", "other passphrases"));
    named.extend(counted(unknown, "a way of a newer Holdfast", "ways of a newer Holdfast"));
    let last = named.pop()?;
    let all = if named.is_empty() { last } else { format!("{} and {last}", named.join(", ")) };
    Some(format!(
        "It takes away every other way to open this vault too: {all}. Set up again afterwards what is to \
         stay."
    ))
}

fn counted(number: i32, one: &str, more: &str) -> Option<String> {
    match number {
        ..=0 => None,
        1 => Some(one.to_owned()),
        _ => Some(format!("{number} {more}")),
    }
}

/// A device's name is anybody's text.
fn printable(name: &str) -> String {
    name.chars().map(|c| if is_hidden(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}
