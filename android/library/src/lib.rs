//! What Android loads: the app's own crate as a shared library, with nothing added. Elsewhere it is empty.
//!
//! Android calls `ANativeActivity_onCreate` of `android-activity`, and that the app's `android_main`, which is in
//! `src/host/android/entry.rs`.

#[cfg(target_os = "android")]
use holdfast as _;
