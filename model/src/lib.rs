//! The app without pixels: vault, scanning, state.
//!
//! Three functions are the whole of its behaviour: [`update`] takes what happened and says what is
//! to be done, [`screen()`] says what is to be seen, [`perform`] does one effect through the ports.
//! Pure but for `perform`: the time and the randomness are arguments.

pub mod apart;
pub mod clock;
pub mod dates;
mod device;
mod effect;
mod hand;
mod handed;
pub mod intake;
pub mod meaning;
pub mod move_list;
mod move_msg;
pub mod moving;
mod msg;
pub mod naming;
mod perform;
pub mod ports;
mod preferences;
mod rekey;
pub mod retire;
pub mod scan;
pub mod screen;
mod secret_text;
pub mod services;
mod set_aside;
mod state;
mod strength;
mod ticket;
mod unlock;
mod update;
pub mod vault;

pub use clock::ClockMsg;
pub use device::{DeviceFailure, DeviceMsg};
pub use effect::{CLIPBOARD_SECONDS, Effect};
pub use hand::HandError;
pub use handed::{HANDED_SECONDS, Handed};
pub use move_msg::{HelpPage, MoveMsg, Way};
pub use msg::{
    AtStart, CameraError, CameraFacts, CreateFailure, Msg, OnDisk, OpenFailure, OpenedBy,
    PassphraseFailure, ReadError,
};
pub use perform::{cost_on, perform};
pub use preferences::{Appearance, IdleTime, Preferences};
pub use screen::screen;
pub use secret_text::SecretText;
pub use set_aside::SetAside;
pub use state::{Config, Over, State};
pub use strength::{
    FEWEST_CHARACTERS, NewPassphraseError, accept as accept_new_passphrase,
    check as check_new_passphrase, of as strength_of,
};
pub use ticket::Ticket;
pub use unlock::Found;
pub use update::update;
