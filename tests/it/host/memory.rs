//! What is left of a secret in the process's memory, and who may look there.

use std::fs::{self, File};
use std::hint::black_box;
use std::io::{Read, Seek, SeekFrom};

use holdfast::host::desktop::system::keep_memory_private;
use rustix::process::{DumpableBehavior, Resource, dumpable_behavior, getrlimit};

use super::twin;

/// The marker, made so that the needle itself lies nowhere in memory in one piece.
const VEILED: [u8; 24] = *b"\x12\x35\x28\x31\x36\x3f\x7a\x1b\x29\x3f\x39\x28\x3f\x2e\x7a\x37\x3b\x28\x31\x3f\x28\x7b\x63\x6d";
const VEIL: u8 = 0x5a;

#[test]
fn a_text_that_was_freed_is_nowhere_in_memory() {
    const TEST: &str = "host::memory::a_text_that_was_freed_is_nowhere_in_memory";
    if twin::task().is_none() {
        // Alone in a process, so that no other test writes the marker.
        let done = twin::of(TEST, "look").output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
        return;
    }
    let mut kept = Vec::new();
    for length in [1, 2, 10, 1_000, 100_000] {
        // Copies of several sizes, grown and cut as toolkits do it; then freed.
        let mut text = String::new();
        for _ in 0..length {
            text.extend(VEILED.iter().map(|byte| char::from(byte ^ VEIL)));
        }
        text.push('x');
        text.shrink_to_fit();
        let copy: Box<str> = text.clone().into();
        kept.push(copy);
        drop(black_box(text));
    }
    assert!(found_in_memory() >= 5, "the search finds what is there");
    drop(black_box(kept));
    assert_eq!(found_in_memory(), 0);
}

/// How often the marker lies in the writable memory of this process.
fn found_in_memory() -> usize {
    let mut memory = File::open("/proc/self/mem").unwrap();
    let mut count = 0;
    for line in fs::read_to_string("/proc/self/maps").unwrap().lines() {
        let mut fields = line.split_whitespace();
        let (range, rights) = (fields.next().unwrap(), fields.next().unwrap());
        if !rights.starts_with("rw") || line.contains("[v") {
            continue;
        }
        let (start, end) = range.split_once('-').unwrap();
        let (start, end) =
            (u64::from_str_radix(start, 16).unwrap(), u64::from_str_radix(end, 16).unwrap());
        let mut bytes = vec![0; (end - start) as usize];
        memory.seek(SeekFrom::Start(start)).unwrap();
        if memory.read_exact(&mut bytes).is_ok() {
            // Veiled at once, so that this copy is not found in the next range.
            bytes.iter_mut().for_each(|byte| *byte ^= VEIL);
            count += bytes.windows(VEILED.len()).filter(|window| *window == VEILED).count();
        }
    }
    count
}

#[test]
fn the_process_leaves_no_core_file_and_cannot_be_looked_at() {
    const TEST: &str = "host::memory::the_process_leaves_no_core_file_and_cannot_be_looked_at";
    if twin::task().is_none() {
        let done = twin::of(TEST, "look").output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
        return;
    }
    assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::Dumpable);
    keep_memory_private().unwrap();
    assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
    assert_eq!(getrlimit(Resource::Core).maximum, Some(0));
}
