//! A few pages that are never written to swap nor to a core file, for keys.

#![expect(unsafe_code, reason = "pages are asked of the system, and handed out as raw blocks")]

use std::alloc::Layout;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU8, AtomicU64, Ordering};

use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mlock, mmap_anonymous, munmap};

/// A key says by its alignment that it wants such a place; nothing else is aligned so.
const CELL: Layout = match Layout::from_size_align(64, 64) {
    Ok(layout) => layout,
    Err(_) => Layout::new::<u64>(),
};
const WORDS: usize = 4;
const CELLS: usize = WORDS * u64::BITS as usize;
/// 16 KiB: little beside the 8 MiB, or in old systems 64 KiB, that a process may lock.
const LENGTH: usize = CELLS * 64;

const UNASKED: u8 = 0;
const ASKING: u8 = 1;
const READY: u8 = 2;
const REFUSED: u8 = 3;

/// The locked pages, cut into cells.
pub(in crate::host) struct LockedPages {
    state: AtomicU8,
    start: AtomicPtr<u8>,
    /// A bit for each cell that is taken.
    taken: [AtomicU64; WORDS],
}

impl LockedPages {
    pub(in crate::host) const fn new() -> Self {
        Self {
            state: AtomicU8::new(UNASKED),
            start: AtomicPtr::new(ptr::null_mut()),
            taken: [const { AtomicU64::new(0) }; WORDS],
        }
    }

    /// A cell, if the layout is a key's and there is one; else it is for the usual allocator.
    pub(in crate::host) fn take(&self, layout: Layout) -> Option<*mut u8> {
        if layout != CELL {
            return None;
        }
        let start = self.start()?;
        for (place, word) in self.taken.iter().enumerate() {
            let mut seen = word.load(Ordering::Relaxed);
            while seen != u64::MAX {
                let bit = seen.trailing_ones() as usize;
                let with = seen | 1 << bit;
                match word.compare_exchange_weak(seen, with, Ordering::Acquire, Ordering::Relaxed) {
                    Ok(_) => {
                        let cell = place * u64::BITS as usize + bit;
                        // SAFETY: `cell < CELLS`, so the offset is inside the pages.
                        return Some(unsafe { start.add(cell * CELL.size()) });
                    }
                    Err(now) => seen = now,
                }
            }
        }
        None
    }

    /// Takes a cell back, already erased; says whether the block was one.
    pub(in crate::host) fn give_back(&self, block: *mut u8) -> bool {
        let start = self.start.load(Ordering::Acquire);
        let offset = block.addr().wrapping_sub(start.addr());
        if start.is_null() || offset >= LENGTH {
            return false;
        }
        let cell = offset / CELL.size();
        let (word, bit) = (cell / u64::BITS as usize, cell % u64::BITS as usize);
        self.taken[word].fetch_and(!(1 << bit), Ordering::Release);
        true
    }

    /// The pages, asked for once; whoever comes while that is done goes without.
    fn start(&self) -> Option<*mut u8> {
        match self.state.compare_exchange(UNASKED, ASKING, Ordering::Acquire, Ordering::Acquire) {
            Ok(_) => {
                let start = locked_pages();
                self.start.store(start.unwrap_or(ptr::null_mut()), Ordering::Release);
                self.state.store(start.map_or(REFUSED, |_| READY), Ordering::Release);
                start
            }
            Err(READY) => Some(self.start.load(Ordering::Acquire)),
            Err(_) => None,
        }
    }
}

/// Fresh pages that the system keeps in memory and out of core files; `None` where it does not.
fn locked_pages() -> Option<*mut u8> {
    let rights = ProtFlags::READ | ProtFlags::WRITE;
    // SAFETY: no address is asked for, so no mapping of this process is touched.
    let pages =
        unsafe { mmap_anonymous(ptr::null_mut(), LENGTH, rights, MapFlags::PRIVATE) }.ok()?;
    // SAFETY: the range is the mapping made above, whole.
    let kept = unsafe {
        mlock(pages, LENGTH).and_then(|()| madvise(pages, LENGTH, Advice::LinuxDontDump))
    };
    if kept.is_err() {
        // SAFETY: as above, and nobody was given its address.
        let _ = unsafe { munmap(pages, LENGTH) };
        return None;
    }
    Some(pages.cast())
}
