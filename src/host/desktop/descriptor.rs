//! A file descriptor that whoever started this program left open for it.

#![expect(unsafe_code, reason = "a number from the command line has to become a descriptor")]

use std::fs::File;
use std::io;
use std::os::fd::{BorrowedFd, RawFd};

/// A copy of the open descriptor with this number.
///
/// (`/dev/fd` would do without `unsafe`, but a process that keeps its memory private may not open
/// what lies there.)
///
/// # Errors
/// Whatever the system says; that it is no open descriptor, above all.
pub fn inherited(number: RawFd) -> io::Result<File> {
    if number < 0 {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    // SAFETY: the number is not -1. The borrow lasts for one system call, which copies the
    // descriptor and answers with an error where the number is not an open one.
    let borrowed = unsafe { BorrowedFd::borrow_raw(number) };
    Ok(rustix::io::fcntl_dupfd_cloexec(borrowed, 0)?.into())
}
