//! What was measured, a line each, beside what it should be.

use std::fmt;

/// The lines so far.
#[derive(Default)]
pub struct Table {
    lines: Vec<Line>,
    /// Codes a second on PostgreSQL, with so many connections: what a peer is held against.
    pub codes: Vec<(usize, f64)>,
}

struct Line {
    what: String,
    figure: String,
    target: String,
    holds: Option<bool>,
}

impl Table {
    /// A figure that has no target, or none in this run.
    pub fn note(&mut self, what: impl Into<String>, figure: impl Into<String>) {
        self.line(what.into(), figure.into(), String::new(), None);
    }

    /// A figure with its target, and whether it is met.
    pub fn hold(
        &mut self,
        what: impl Into<String>,
        figure: impl Into<String>,
        target: impl Into<String>,
        holds: bool,
    ) {
        self.line(what.into(), figure.into(), target.into(), Some(holds));
    }

    /// Whether no target is missed.
    pub fn is_met(&self) -> bool {
        self.lines.iter().all(|line| line.holds != Some(false))
    }

    fn line(&mut self, what: String, figure: String, target: String, holds: Option<bool>) {
        println!("  {what}: {figure}");
        self.lines.push(Line { what, figure, target, holds });
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| what | measured | target | |\n|---|---|---|---|")?;
        for Line { what, figure, target, holds } in &self.lines {
            let verdict = match holds {
                None => "",
                Some(true) => "met",
                Some(false) => "MISSED",
            };
            writeln!(f, "| {what} | {figure} | {target} | {verdict} |")?;
        }
        Ok(())
    }
}
