//! What a desktop and a phone have in common: files, locks, the clock, randomness, guarded memory.

pub(super) mod locked;
pub mod memos;
pub mod picture;
pub mod settings;
pub mod storage;
pub mod system;
pub mod text_file;
