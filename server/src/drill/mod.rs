//! Drills: the operator's own machine shows what the server promises, with real servers on loopback
//! over a data directory that vanishes, and as many clients at once as an attacker would bring.
//!
//! People are made in the store of that directory; what is tried goes over HTTP, to the program as it
//! is shipped.

mod arena;
mod crew;
mod dice;
pub mod guess;
pub mod kill;
pub mod race;
mod volley;

pub use arena::Arena;
pub use crew::{Crew, PASSWORD, Person, Phase};
pub use dice::Dice;
pub use volley::{Answer, Request, Shot, volley};
