//! The verification server and its command-line client.

pub mod domain;
pub mod keyring;
pub mod random;
pub mod store;
