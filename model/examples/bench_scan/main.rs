//! Measures how many barcodes are read, beside other decoders on the same pictures in the same run.
//!
//! `cargo run --release -p holdfast-model --example bench_scan -- [--misses] [--stages] DIR…`
//! `cargo run --release -p holdfast-model --example bench_scan -- --synthetic=SEED [--each=COUNT]`
//! `cargo run --release -p holdfast-model --example bench_scan -- --world=SEED [--each=COUNT]`
//!
//! Each picture may have its expected text beside it (`name.txt` or `name.consensus.txt`); a folder
//! called `falsepositives`, at any depth, holds pictures without a code.
#![expect(clippy::disallowed_methods, reason = "a bench reads files and clocks")]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a bench prints its table")]

mod chance;
mod folder;
mod nothing;
mod optics;
mod peers;
mod scene;
mod synthetic;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;

use holdfast_model::scan::{self, Luma, Picture, stages};

use folder::Case;
use peers::Peer;
use table::Table;

/// A grey plane without padding.
pub struct Plane {
    /// Pixels in a row.
    pub width: usize,
    /// Number of rows.
    pub height: usize,
    /// Row after row.
    pub pixels: Vec<u8>,
}

impl Plane {
    /// The picture laid over white.
    pub fn of(picture: &Picture) -> Self {
        let pixels = picture.luma_over(255);
        Self { width: picture.width() as usize, height: picture.height() as usize, pixels }
    }

    /// Saves the plane for looking at it.
    pub fn save(&self, path: &str) {
        let header = format!("P5 {} {} 255\n", self.width, self.height);
        if let Err(error) = std::fs::write(path, [header.as_bytes(), &self.pixels].concat()) {
            eprintln!("{path}: {error}");
        }
    }

    /// The plane as the readers take it.
    pub fn luma(&self) -> Luma<'_> {
        match Luma::new(self.width, self.height, self.width, &self.pixels) {
            Ok(luma) => luma,
            Err(error) => unreachable!("a plane of a picture has its shape: {error}"),
        }
    }
}

/// Runs `work`, and says how many milliseconds this thread was on the processor for it.
pub fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = on_processor();
    let result = work();
    (result, on_processor() - start)
}

/// Milliseconds this thread has been on a processor, which other work on the machine leaves alone.
fn on_processor() -> f64 {
    let spent = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    spent.tv_sec as f64 * 1e3 + spent.tv_nsec as f64 / 1e6
}

fn main() -> ExitCode {
    let (options, folders): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|argument| argument.starts_with("--"));
    let wants = |option: &str| options.iter().any(|given| given == option);
    let mut peers = if wants("--no-peers") { Vec::new() } else { Peer::installed() };
    let number = |option: &str| -> Option<u64> {
        options.iter().find_map(|given| given.strip_prefix(option)?.parse().ok())
    };
    for (option, world) in [("--synthetic=", false), ("--world=", true)] {
        let Some(seed) = number(option) else { continue };
        let each = number("--each=").unwrap_or(synthetic::EACH);
        let (misses, by_stage) = (wants("--misses"), wants("--stages"));
        synthetic::run(&synthetic::Wanted { seed, world, each, misses, by_stage }, &mut peers);
        if folders.is_empty() {
            return ExitCode::SUCCESS;
        }
    }
    if folders.is_empty() {
        eprintln!("usage: bench_scan [--misses] [--stages] DIR…");
        return ExitCode::from(2);
    }
    let mut cases = Vec::new();
    for folder in &folders {
        match folder::cases(&PathBuf::from(folder)) {
            Ok(more) => cases.extend(more),
            Err(error) => {
                eprintln!("{folder}: {error}");
                return ExitCode::FAILURE;
            }
        }
    }
    if wants("--stages") {
        by_stage(&cases);
    }
    let mut table = Table::new(&peers);
    for case in &cases {
        measure(case, &mut peers, &mut table, wants("--misses"));
    }
    let empty = synthetic::empty_frames(1);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for (turn, plane) in empty.iter().enumerate() {
        let ((found, _), ms) = timed(|| scan::look_at_frame(&plane.luma(), turn));
        table.invented += found.texts.len();
        table.caught += found.broken;
        ours.push(ms);
        if let Some(answer) = peers.first_mut().and_then(|peer| peer.read(plane)) {
            theirs.push(answer.ms);
        }
    }
    let own = [table::percentile(&mut ours, 50), table::percentile(&mut ours, 95)];
    println!("empty 720p frame: median {:.1} ms, p95 {:.1} ms", own[0], own[1]);
    if let Some(peer) = peers.first() {
        let times = [table::percentile(&mut theirs, 50), table::percentile(&mut theirs, 95)];
        println!("  {}: median {:.1} ms, p95 {:.1} ms", peer.name, times[0], times[1]);
    }
    let nothing = nothing::pictures(1, 6);
    let mut made_up = vec![0; 1 + peers.len()];
    for (kind, plane) in &nothing {
        let found = scan::read_still_plane(&plane.luma());
        made_up[0] += found.texts.len();
        table.caught += found.broken;
        for text in &found.texts {
            println!("read in a picture of {kind}: {}", text.as_str());
        }
        for (count, peer) in made_up[1..].iter_mut().zip(&mut peers) {
            *count += peer.read(plane).map_or(0, |answer| answer.texts.len());
        }
    }
    table.invented += made_up[0];
    println!("texts in {} drawn pictures without a code: {made_up:?}", nothing.len());
    table.print(own[1]);
    ExitCode::SUCCESS
}

fn measure(case: &Case, peers: &mut [Peer], table: &mut Table, misses: bool) {
    let Some(picture) = &case.picture else { return table.refuse(case) };
    let plane = Plane::of(picture);
    let (found, ms) = timed(|| scan::read_still(picture));
    table.caught += found.broken;
    let ours: Vec<&str> = found.texts.iter().map(|text| text.as_str()).collect();
    if misses
        && (case.has_content() && !case.is_read_by(ours.iter().copied())
            || case.is_empty() && !ours.is_empty())
    {
        println!("missed {} {}x{} {ours:?}", case.path.display(), plane.width, plane.height);
    }
    table.note(0, case, ms, &ours);
    for (column, name) in [(1, "quick"), (2, "rqrr")] {
        let (found, ms) = timed(|| match name {
            "rqrr" => scan::read_with(&stages::LAST[0], &plane.luma()),
            _ => scan::read(&plane.luma()),
        });
        // Of a decoder alone it is the decoder's own affair.
        table.caught += if name == "quick" { found.broken } else { 0 };
        table.note(
            column,
            case,
            ms,
            &found.texts.iter().map(|text| text.as_str()).collect::<Vec<_>>(),
        );
    }
    for (index, peer) in peers.iter_mut().enumerate() {
        if let Some(answer) = peer.read(&plane) {
            table.note(
                3 + index,
                case,
                answer.ms,
                &answer.texts.iter().map(String::as_str).collect::<Vec<_>>(),
            );
        }
    }
}

/// What each stage reads alone, and what it adds to those before it.
fn by_stage(cases: &[Case]) {
    let with_content: Vec<&Case> = cases.iter().filter(|case| case.has_content()).collect();
    let mut read = vec![false; with_content.len()];
    let empty = synthetic::empty_frames(1);
    println!(
        "{:<26} {:>6} {:>6} {:>9} {:>9} {:>9}",
        "stage", "alone", "adds", "median ms", "empty ms", "p95"
    );
    for stage in stages::all() {
        let (mut alone, mut adds, mut times) = (0, 0, Vec::new());
        for (case, read) in with_content.iter().zip(&mut read) {
            let Some(picture) = &case.picture else { continue };
            let plane = Plane::of(picture);
            let (found, ms) = timed(|| scan::read_with(stage, &plane.luma()));
            times.push(ms);
            if case.is_read_by(found.texts.iter().map(|text| text.as_str())) {
                alone += 1;
                adds += i32::from(!*read);
                *read = true;
            }
        }
        let on_empty = |plane: &Plane| timed(|| scan::read_with(stage, &plane.luma())).1;
        let mut empty: Vec<f64> = empty.iter().map(on_empty).collect();
        let median = table::percentile(&mut times, 50);
        let (usual, seldom) =
            (table::percentile(&mut empty, 50), table::percentile(&mut empty, 95));
        println!(
            "{:<26} {alone:>6} {adds:>6} {median:>9.1} {usual:>9.1} {seldom:>9.1}",
            stage.name
        );
    }
}
