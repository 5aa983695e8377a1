//! Searches the memory of this process (requirement 41): for the stories, and for the vault's own
//! tests, which include this file.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use zeroize::Zeroize;

/// What is searched for, each byte inverted, so that the search does not find itself.
#[derive(Default)]
pub struct Wanted(Vec<(&'static str, Vec<u8>)>);

impl Wanted {
    /// Each half is looked for alone: an allocator writes its own marks into what is freed.
    pub fn add(&mut self, name: &'static str, bytes: &[u8]) {
        for half in bytes.chunks(bytes.len().div_ceil(2)) {
            self.0.push((name, half.iter().map(|byte| !byte).collect()));
        }
    }

    /// The names of what is found in the writable memory of this process, and where.
    pub fn found(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut memory = open("/proc/self/mem");
        let mut maps = String::new();
        open("/proc/self/maps").read_to_string(&mut maps).unwrap();
        let mut page = vec![0; 1 << 16];
        for line in maps.lines().filter(|line| line.split(' ').nth(1).unwrap().starts_with("rw")) {
            let (start, end) = line.split(' ').next().unwrap().split_once('-').unwrap();
            let address = |hex| u64::from_str_radix(hex, 16).unwrap();
            let (mut at, end) = (address(start), address(end));
            while at < end {
                let length = page.len().min((end - at) as usize);
                memory.seek(SeekFrom::Start(at)).unwrap();
                if memory.read_exact(&mut page[..length]).is_ok() {
                    self.search(&page[..length], line, at, &mut found);
                }
                // Pieces overlap, so that nothing hides across an edge.
                at += if length < page.len() { length } else { length - 64 } as u64;
            }
        }
        page.zeroize();
        found
    }

    fn search(&self, page: &[u8], line: &str, at: u64, found: &mut Vec<String>) {
        for (name, inverted) in &self.0 {
            let same = |window: &[u8]| window.iter().zip(inverted).all(|(a, b)| *a == !*b);
            if let Some(offset) = page.windows(inverted.len()).position(same) {
                found.push(format!("{name} at {:x} of {line}", at + offset as u64));
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the test reads the memory of its own process")]
fn open(path: &str) -> File {
    File::open(path).unwrap()
}
