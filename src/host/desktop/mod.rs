//! The desktop's side of every port: files, clipboard, camera, clock and randomness.

pub mod storage;
