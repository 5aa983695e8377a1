//! Tests of the model through its public face.

#![expect(clippy::unwrap_used, reason = "a test ends by panicking")]

mod meaning;
mod memory_search;
mod move_list;
mod scan;
mod stories;
mod vault;
