//! The one place where the operating system's randomness is opened.

use getrandom::SysRng;
use rand_core::UnwrapErr;

/// The system's CSPRNG. It fails only where the system has none, and then nothing here may go on.
pub fn system_random() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}
