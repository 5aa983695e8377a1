//! The desktop's side of every port: files, clipboard, camera, clock and randomness.

pub mod camera;
pub mod clipboard;
pub mod files;
pub mod storage;
pub mod system;
