//! Barcodes drawn in characters, two modules to a character.

use std::io::{self, IsTerminal, Write};

use holdfast_model::move_list::{Barcode, MoveList};

use super::failed;
use crate::terminal::failure::Failure;

/// Black on white, whatever the terminal's colours are; and back.
const INK: &str = "\x1b[38;5;16;48;5;231m";
const OWN: &str = "\x1b[0m";

/// Draws each part; where somebody looks at a terminal, one at a time.
pub(super) fn show(list: &MoveList, out: &mut impl Write) -> Result<(), Failure> {
    let parts = list.parts().map_err(failed)?;
    let looked_at = io::stdout().is_terminal() && io::stdin().is_terminal();
    for (number, part) in (1..).zip(&parts) {
        let barcode = Barcode::of(part).ok_or_else(|| failed("This part is too long to draw."))?;
        if number > 1 && looked_at {
            write!(out, "Press Enter for the next part. ")?;
            out.flush()?;
            io::stdin().read_line(&mut String::new())?;
        }
        let (ink, own) = if io::stdout().is_terminal() { (INK, OWN) } else { ("", "") };
        for line in lines(&barcode) {
            writeln!(out, "{ink}{line}{own}")?;
        }
        writeln!(out, "Part {number} of {}", parts.len())?;
    }
    Ok(())
}

/// The barcode, dark as ink: two rows of modules to a line.
fn lines(barcode: &Barcode) -> impl Iterator<Item = String> {
    (0..barcode.side()).step_by(2).map(move |y| {
        (0..barcode.side())
            .map(|x| match (barcode.is_dark(x, y), barcode.is_dark(x, y + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            })
            .collect()
    })
}
