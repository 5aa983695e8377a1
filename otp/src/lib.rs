//! One-time passwords and the key URI format: bytes in, values out.
//!
//! Nothing here reads a clock, opens a file or draws randomness: the time and the generator are
//! arguments. The path of a code is [`KeyUri::parse`] (or [`Secret::from_base32`]), then
//! [`Parameters::code`] with the time.

pub mod code;
pub mod date;
pub mod hotp;
pub mod key_uri;
pub mod parameters;
pub mod secret;
pub mod steam;
pub mod time_barcode;
pub mod totp;

pub use code::Code;
pub use date::Date;
pub use key_uri::{KeyUri, KeyUriError, Parsed, Remark, is_hidden};
pub use parameters::{Algorithm, Digits, Kind, ParameterError, Parameters, Period};
pub use secret::{MAX_BYTES as MAX_SECRET_BYTES, Secret, SecretError};
pub use time_barcode::{TimeBarcode, TimeBarcodeError};
pub use totp::{TimeStep, UnixTime};
