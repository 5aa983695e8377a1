//! The functions that unwind the stack of a thread that panics, as a library of their own.

#![no_std]
#![feature(core_intrinsics)]
#![expect(internal_features, reason = "a library without std has no other safe way to abort")]

extern crate unwinding;

/// A fault in the unwinder itself ends the process: there is no stack left to trust.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::intrinsics::abort()
}
