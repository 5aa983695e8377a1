//! What the server promises, without a clock, a socket or a file: states, proofs and limits.
//!
//! Time and randomness are arguments everywhere in here, so that each rule can be tested at any
//! moment of any year.

pub mod account;
pub mod audit;
pub mod calendar;
pub mod clock;
pub mod code;
pub mod email;
pub mod enrolment;
pub mod handover;
pub mod ids;
pub mod issuer;
pub mod letter;
pub mod number;
pub mod odds;
pub mod password;
pub mod recovery;
pub mod sent;
pub mod service;
pub mod session;
mod shown_time;
pub mod ssh;
pub mod throttle;
mod unseen;
