//! Keys, as the toolkit names them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use android_activity::AndroidApp;
use android_activity::input::{KeyCharacterMap, KeyEvent, KeyMapChar, Keycode, MetaState};
use slint::SharedString;
use slint::platform::Key;

/// The modifiers that make a shortcut and no other letter: `META_CTRL_MASK` and `META_META_MASK`.
const SHORTCUTS: u32 = 0x7000 | 0x7_0000;

/// The letters of each keyboard, and an accent that waits for its letter.
#[derive(Default)]
pub(super) struct Keys {
    maps: HashMap<i32, KeyCharacterMap>,
    accent: Option<char>,
}

impl Keys {
    /// What a key types or does; `None` for a key that is the system's, or that types nothing by
    /// itself.
    pub(super) fn text(
        &mut self,
        app: &AndroidApp,
        event: &KeyEvent,
        goes_down: bool,
    ) -> Option<SharedString> {
        if let Some(key) = named(event.key_code(), event.meta_state()) {
            return Some(key.into());
        }
        let map = match self.maps.entry(event.device_id()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                place.insert(app.device_key_character_map(event.device_id()).ok()?)
            }
        };
        let meta = MetaState(event.meta_state().0 & !SHORTCUTS);
        match map.get(event.key_code(), meta).ok()? {
            KeyMapChar::Unicode(letter) => {
                let accent = if goes_down { self.accent.take() } else { None };
                let joined = accent.and_then(|accent| map.get_dead_char(accent, letter).ok()?);
                Some(joined.unwrap_or(letter).into())
            }
            KeyMapChar::CombiningAccent(accent) => {
                if goes_down {
                    self.accent = Some(accent);
                }
                None
            }
            KeyMapChar::None => None,
        }
    }
}

/// The keys that type no letter.
fn named(code: Keycode, meta: MetaState) -> Option<Key> {
    Some(match code {
        Keycode::Del => Key::Backspace,
        Keycode::ForwardDel => Key::Delete,
        Keycode::Enter | Keycode::NumpadEnter => Key::Return,
        Keycode::Tab if meta.shift_on() => Key::Backtab,
        Keycode::Tab => Key::Tab,
        Keycode::Escape => Key::Escape,
        Keycode::DpadUp => Key::UpArrow,
        Keycode::DpadDown => Key::DownArrow,
        Keycode::DpadLeft => Key::LeftArrow,
        Keycode::DpadRight => Key::RightArrow,
        Keycode::MoveHome => Key::Home,
        Keycode::MoveEnd => Key::End,
        Keycode::PageUp => Key::PageUp,
        Keycode::PageDown => Key::PageDown,
        Keycode::ShiftLeft | Keycode::ShiftRight => Key::Shift,
        Keycode::CtrlLeft | Keycode::CtrlRight => Key::Control,
        Keycode::AltLeft | Keycode::AltRight => Key::Alt,
        _ => return None,
    })
}
