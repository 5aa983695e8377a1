//! The verification server and its command-line client.

pub mod copies;
#[cfg(feature = "ctl")]
pub mod ctl;
pub mod domain;
pub mod drill;
pub mod flows;
pub mod http;
pub mod keyring;
pub mod notify;
pub mod operator;
pub mod passwords;
pub mod place;
mod private_file;
pub mod random;
pub mod source;
pub mod store;
