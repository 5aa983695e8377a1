//! What another program copied, as the bytes that it offers.
//!
//! arboard gives a picture unfolded, whatever its size, and knows only PNG. Here it comes as the file that it
//! is, and whoever reads it sees to its bounds.

use std::io::Read;
use std::thread;
use std::time::{Duration, Instant};

use holdfast_model::ports::PICTURE_LIMIT;
use wl_clipboard_rs::paste::{ClipboardType, MimeType, Seat, get_contents, get_mime_types};
use x11rb::connection::Connection;
use x11rb::errors::ReplyOrIdError;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ConnectionExt, CreateWindowAux, EventMask, GetPropertyReply, Property, Window,
    WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::{COPY_FROM_PARENT, CURRENT_TIME, NONE};

/// A byte more than a picture may have: enough to know that it is too long.
const MOST: usize = PICTURE_LIMIT + 1;
/// How long the other program may stay silent, and how often it is listened for.
const PATIENCE: Duration = Duration::from_secs(3);
const EVERY: Duration = Duration::from_millis(5);

/// The bytes of the first of these MIME types that are on the clipboard, at most [`PICTURE_LIMIT`] and one
/// more; `None` where there are none, or the desktop does not say.
pub(super) fn first_of(types: &[&str]) -> Option<Vec<u8>> {
    let wayland = std::env::var_os("WAYLAND_DISPLAY").is_some_and(|name| !name.is_empty());
    let offered = if wayland { of_compositor(types) } else { None };
    offered.or_else(|| Requestor::connect().ok()?.first_of(types))
}

fn of_compositor(types: &[&str]) -> Option<Vec<u8>> {
    let offered = get_mime_types(ClipboardType::Regular, Seat::Unspecified).ok()?;
    let wanted = types.iter().find(|wanted| offered.contains(**wanted))?;
    let (pipe, _) =
        get_contents(ClipboardType::Regular, Seat::Unspecified, MimeType::Specific(wanted)).ok()?;
    let mut bytes = Vec::new();
    pipe.take(MOST as u64).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// Who asks under X11 (ICCCM, section 2.4): a window that the answers are put down at.
struct Requestor {
    connection: RustConnection,
    window: Window,
    clipboard: Atom,
    answer: Atom,
    targets: Atom,
    piecemeal: Atom,
}

impl Requestor {
    fn connect() -> Result<Self, ReplyOrIdError> {
        let (connection, screen) = RustConnection::connect(None)
            .map_err(|_| x11rb::errors::ConnectionError::UnknownError)?;
        let root = connection.setup().roots[screen].root;
        let window = connection.generate_id()?;
        let (input_only, told) = (WindowClass::INPUT_ONLY, EventMask::PROPERTY_CHANGE);
        let told = CreateWindowAux::new().event_mask(told);
        connection
            .create_window(0, window, root, 0, 0, 1, 1, 0, input_only, COPY_FROM_PARENT, &told)?
            .check()?;
        let atom = |name: &str| -> Result<Atom, ReplyOrIdError> {
            Ok(connection.intern_atom(false, name.as_bytes())?.reply()?.atom)
        };
        let (clipboard, answer) = (atom("CLIPBOARD")?, atom("HOLDFAST_CLIPBOARD")?);
        let (targets, piecemeal) = (atom("TARGETS")?, atom("INCR")?);
        Ok(Self { connection, window, clipboard, answer, targets, piecemeal })
    }

    fn first_of(&self, types: &[&str]) -> Option<Vec<u8>> {
        let offered = self.ask(self.targets)?;
        let offered: Vec<Atom> =
            offered.as_chunks().0.iter().map(|atom| Atom::from_ne_bytes(*atom)).collect();
        types.iter().find_map(|wanted| {
            let wanted =
                self.connection.intern_atom(true, wanted.as_bytes()).ok()?.reply().ok()?.atom;
            if offered.contains(&wanted) { self.ask(wanted) } else { None }
        })
    }

    /// What the owner of the clipboard answers when it is asked for this.
    fn ask(&self, target: Atom) -> Option<Vec<u8>> {
        self.connection.delete_property(self.window, self.answer).ok()?;
        let asked = self.connection.convert_selection(
            self.window,
            self.clipboard,
            target,
            self.answer,
            CURRENT_TIME,
        );
        asked.ok()?.check().ok()?;
        self.event(|event| match event {
            Event::SelectionNotify(told) if told.target == target => Some(told.property),
            _ => None,
        })
        .filter(|property| *property != NONE)?;
        let first = self.taken()?;
        if first.type_ != self.piecemeal {
            return Some(first.value);
        }
        // Taking away the property asks for the first piece, and so on until an empty one.
        let mut bytes = Vec::new();
        while bytes.len() < MOST {
            self.event(|event| match event {
                Event::PropertyNotify(told)
                    if told.atom == self.answer && told.state == Property::NEW_VALUE =>
                {
                    Some(())
                }
                _ => None,
            })?;
            let piece = self.taken()?.value;
            if piece.is_empty() {
                break;
            }
            bytes.extend(piece);
        }
        bytes.truncate(MOST);
        Some(bytes)
    }

    /// The answer as it was put down, which is taken away.
    fn taken(&self) -> Option<GetPropertyReply> {
        let most = u32::try_from(MOST.div_ceil(4)).ok()?;
        let asked =
            self.connection.get_property(true, self.window, self.answer, AtomEnum::ANY, 0, most);
        asked.ok()?.reply().ok()
    }

    /// Waits for an event of which `wanted` makes something; `None` once the owner has been silent for too long.
    #[expect(clippy::disallowed_methods, reason = "another program is waited for")]
    fn event<T>(&self, wanted: impl Fn(&Event) -> Option<T>) -> Option<T> {
        let began = Instant::now();
        self.connection.flush().ok()?;
        while began.elapsed() < PATIENCE {
            match self.connection.poll_for_event().ok()? {
                Some(event) => {
                    if let Some(made) = wanted(&event) {
                        return Some(made);
                    }
                }
                None => thread::sleep(EVERY),
            }
        }
        None
    }
}
