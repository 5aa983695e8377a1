//! The device: the one place that knows which system this is, and the only one with `unsafe`.

#[cfg(target_os = "android")]
pub mod android;
pub mod camera;
#[cfg(not(target_os = "android"))]
pub mod desktop;
pub mod enlarged;
pub mod posix;
mod zeroing_alloc;

pub use zeroing_alloc::ZeroingAllocator;

/// Every binary linked with the app erases what it frees: window, terminal and tests alike.
#[global_allocator]
static ALLOCATOR: ZeroingAllocator = ZeroingAllocator;
