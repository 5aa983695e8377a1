//! A global allocator that erases every block it takes back, so that no copy of a secret outlives
//! its owner: toolkits clone strings freely and none of them zeroizes.

#![expect(unsafe_code, reason = "GlobalAlloc is an unsafe trait; each step says why it holds")]

use std::alloc::{GlobalAlloc, Layout, System};

use super::posix::locked::LockedPages;

/// Where keys lie.
static KEYS: LockedPages = LockedPages::new();

/// The system's allocator, with every block overwritten with zeros before it is given back, and with
/// keys in pages that are never swapped out.
///
/// `realloc` is left at the trait's default (allocate, copy, free), because a block that the system
/// grows or moves by itself would leave its old bytes behind.
#[derive(Debug, Default, Clone, Copy)]
pub struct ZeroingAllocator;

// SAFETY: every call is forwarded to `System` with the layout it came with, and `System` keeps the
// contract of `GlobalAlloc`. The only addition writes inside a block that is still allocated.
unsafe impl GlobalAlloc for ZeroingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if let Some(cell) = KEYS.take(layout) {
            return cell;
        }
        // SAFETY: the caller promises a layout of non-zero size, which is all `System` asks.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if let Some(cell) = KEYS.take(layout) {
            // Zeroed already: fresh pages are, and so is a cell that was given back.
            return cell;
        }
        // SAFETY: as for `alloc`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller promises that `block` is a live block of `layout`, which nothing else
        // uses any more: it may be overwritten, and then given back to the allocator it is from.
        unsafe {
            erase(block, layout.size());
            if KEYS.give_back(block) {
                return;
            }
            System.dealloc(block, layout);
        }
    }
}

/// Overwrites `size` bytes from `start` with zeros, in a way the optimiser must keep: whole words
/// where the block is aligned for them, so that freeing a camera frame stays cheap.
///
/// # Safety
/// `start..start + size` must be one allocated block that nothing else reads or writes.
unsafe fn erase(start: *mut u8, size: usize) {
    const WORD: usize = size_of::<usize>();
    let head = start.align_offset(WORD).min(size);
    let words = (size - head) / WORD;
    let tail = head + words * WORD;
    // SAFETY: `head <= tail <= size`, so every write stays inside the block, and the words start at
    // an offset that `align_offset` found aligned for them (or there are none).
    unsafe {
        for offset in 0..head {
            start.add(offset).write_volatile(0);
        }
        let first = start.add(head).cast::<usize>();
        for index in 0..words {
            first.add(index).write_volatile(0);
        }
        for offset in tail..size {
            start.add(offset).write_volatile(0);
        }
    }
}
