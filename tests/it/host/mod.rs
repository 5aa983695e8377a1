//! The desktop's side of the ports, on real files, a real display and in processes that are killed.

mod camera;
mod clipboard;
mod disk;
mod files;
mod memory;
mod storage;
mod twin;
