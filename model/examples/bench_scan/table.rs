//! The table that the bench prints.

use std::collections::BTreeMap;

use crate::folder::Case;
use crate::peers::Peer;

/// How many of the columns are our own.
const OWN: usize = 3;

/// What was read by whom.
pub struct Table {
    /// Panics in our own stages, all of them caught.
    pub caught: usize,
    /// Texts in frames without a code.
    pub invented: usize,
    /// Pictures with a code that were not opened, and so not read.
    refused: usize,
    columns: Vec<Column>,
    /// Whether the first column's reader, our own, has read the picture that is being noted.
    own_read: bool,
}

struct Column {
    name: String,
    /// Pictures with content that were read, by folder.
    read: BTreeMap<String, usize>,
    /// Pictures with content, by folder.
    of: BTreeMap<String, usize>,
    /// Texts on pictures without a code.
    invented: usize,
    /// Pictures whose code is known and where something else was read.
    misread: usize,
    /// Pictures that were read here, and by the first column's reader not.
    only_here: usize,
    times: Vec<f64>,
}

impl Table {
    pub fn new(peers: &[Peer]) -> Self {
        let own: [&str; OWN] = ["Holdfast, still", "Holdfast, frame", "rqrr alone"];
        let own = own.map(str::to_owned);
        let names = own.into_iter().chain(peers.iter().map(|peer| peer.name.clone()));
        let column = |name| Column {
            name,
            read: BTreeMap::new(),
            of: BTreeMap::new(),
            invented: 0,
            misread: 0,
            only_here: 0,
            times: Vec::new(),
        };
        let columns = names.map(column).collect();
        Self { caught: 0, invented: 0, refused: 0, columns, own_read: false }
    }

    /// Notes a picture that was not opened: none of our own columns has read it. The others are not asked.
    pub fn refuse(&mut self, case: &Case) {
        if case.has_content() {
            self.refused += 1;
            for column in self.columns.iter_mut().take(OWN) {
                *column.of.entry(case.folder.clone()).or_default() += 1;
            }
        }
    }

    pub fn note(&mut self, column: usize, case: &Case, ms: f64, texts: &[&str]) {
        if column == 0 {
            self.own_read = case.is_read_by(texts.iter().copied());
        }
        let own_read = self.own_read;
        let Some(column) = self.columns.get_mut(column) else { return };
        column.times.push(ms);
        if case.is_empty() {
            column.invented += texts.len();
        }
        if case.has_content() {
            let read = case.is_read_by(texts.iter().copied());
            *column.of.entry(case.folder.clone()).or_default() += 1;
            *column.read.entry(case.folder.clone()).or_default() += usize::from(read);
            column.only_here += usize::from(read && !own_read);
            column.misread += usize::from(!read && !texts.is_empty());
        }
    }

    pub fn print(mut self, frame_p95: f64) {
        print!("{:<26}", "pictures read");
        for column in &self.columns {
            print!(" {:>16}", column.name);
        }
        println!();
        let folders: Vec<String> = self.columns[0].of.keys().cloned().collect();
        for folder in &folders {
            print!("{folder:<26}");
            for column in &self.columns {
                let count = |map: &BTreeMap<String, usize>| map.get(folder).copied().unwrap_or(0);
                print!(" {:>16}", format!("{} of {}", count(&column.read), count(&column.of)));
            }
            println!();
        }
        self.line("all, %", |column| format!("{:.1}", column.rate()));
        self.line("read, and by us not", |column| column.only_here.to_string());
        self.line("read as something else", |column| column.misread.to_string());
        self.line("texts where no code is", |column| column.invented.to_string());
        self.line("median ms", |column| format!("{:.1}", percentile(&mut column.times, 50)));
        self.line("p95 ms", |column| format!("{:.1}", percentile(&mut column.times, 95)));
        if self.refused > 0 {
            println!(
                "{} pictures could not be opened: by us not read, the others not asked",
                self.refused
            );
        }
        let ours = &self.columns[0];
        println!(
            "panics in a stage, caught, {}, texts on pictures without a code {}, \
             p95 of an empty 720p frame {frame_p95:.1} ms",
            self.caught,
            ours.invented + self.invented,
        );
        println!("total {:.1} %", ours.rate());
    }

    fn line(&mut self, label: &str, cell: impl Fn(&mut Column) -> String) {
        print!("{label:<26}");
        for column in &mut self.columns {
            print!(" {:>16}", cell(column));
        }
        println!();
    }
}

impl Column {
    /// Percent of the pictures with content that were read.
    fn rate(&self) -> f64 {
        let of: usize = self.of.values().sum();
        100.0 * self.read.values().sum::<usize>() as f64 / of.max(1) as f64
    }
}

/// The value below which `percent` of the values lie.
pub fn percentile(values: &mut [f64], percent: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    values.get(last * percent / 100).copied().unwrap_or_default()
}
