//! `holdfast clock`: a service's time barcode tells how far this device's clock is off, and the codes
//! follow it once that is confirmed.

use std::ffi::OsString;
use std::io::Write;

use clap::Subcommand;
use holdfast_model::clock::{CLOSE, ClockError, Finding, Off, corrected, judge, span, standing};
use holdfast_model::ports::Clock;
use holdfast_model::vault::{Correction, EntryId, Vault};
use holdfast_otp::{TimeBarcode, TimeBarcodeError, UnixTime, time_barcode};
use serde_json::json;

use super::account;
use super::args::Common;
use super::ask;
use super::failure::{Exit, Failure};
use super::input;
use super::remark;
use super::session::{Change, Session};
use crate::host::desktop::storage::VaultFile;
use crate::host::desktop::system::SystemClock;

/// What `holdfast clock` can do.
#[derive(Debug, Subcommand)]
pub(super) enum What {
    /// Say whether the codes are corrected, and by how much
    Show,
    /// Read a service's time barcode, and correct the codes by what it says
    ///
    /// Take the picture at once before: a barcode that is a minute old shows a clock that is a minute
    /// slow.
    Read {
        /// A picture file, the text of the barcode, or - for either of them on standard input
        #[arg(value_name = "PICTURE|TEXT|-")]
        what: OsString,
        /// Correct the codes without asking
        #[arg(long)]
        yes: bool,
    },
    /// Let the codes follow this device's own clock again
    End,
}

pub(super) fn run(
    file: &VaultFile,
    common: &Common,
    what: &What,
    out: &mut impl Write,
) -> Result<(), Failure> {
    if let What::Read { what, yes } = what {
        // What cannot be read is said before the passphrase is asked for; and the clock is looked at
        // before it is typed.
        let now = SystemClock.now();
        let barcode = barcode(what)?;
        return read(&mut Session::open(file, common)?, common, &barcode, now, *yes, out);
    }
    let mut session = Session::open(file, common)?;
    if matches!(what, What::End) {
        session.change(|vault, now, _| {
            let before = vault.correction();
            if before.offset == 0 {
                return Ok(Change::Nothing(()));
            }
            vault.set_correction(Correction { offset: 0, since: now, ..before });
            Ok(Change::Keep(()))
        })?;
    }
    show(&session.vault, common, out)
}

fn barcode(what: &OsString) -> Result<TimeBarcode, Failure> {
    let texts = input::read(what)?.texts;
    let text = texts.iter().find(|text| time_barcode::is_one(text.as_str()));
    let text = text.ok_or_else(|| not_it(TimeBarcodeError::NotOne))?;
    TimeBarcode::parse(text.as_str()).map_err(not_it)
}

fn read(
    session: &mut Session<'_>,
    common: &Common,
    barcode: &TimeBarcode,
    now: UnixTime,
    yes: bool,
    out: &mut impl Write,
) -> Result<(), Failure> {
    match judge(&session.vault, barcode, None, now).map_err(refused)? {
        Finding::Right(by) => {
            let said = format!("This device's clock is right, to within {CLOSE} seconds");
            tell(&session.vault, common, &said, by, out)
        }
        Finding::Fits(by) => {
            let standing = standing(session.vault.correction().offset);
            let said = format!("This device is {standing}, and its codes are right");
            tell(&session.vault, common, &said, by, out)
        }
        Finding::Off(off) => correct(session, common, off, yes, out),
        Finding::Unsure { seconds, .. } => {
            let by = match session.vault.correction().offset {
                0 => "This device is",
                _ => "By its corrected clock this device is",
            };
            let end = match session.vault.correction().offset {
                0 => "",
                _ => " If its own clock was set since, end the correction: holdfast clock end",
            };
            let sentence = format!(
                "{by} {} fast, or the barcode is that old, and one picture cannot tell which; read \
                 the barcode with the window's camera or off the screen.{end}",
                span(seconds)
            );
            Err(Failure::new(Exit::Other, sentence))
        }
    }
}

fn correct(
    session: &mut Session<'_>,
    common: &Common,
    off: Off,
    yes: bool,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let says = says(&session.vault, off.by);
    let sentence = match off.offset {
        0 => format!("This device's own clock is right again, {says}."),
        offset => format!("This device is {}, {says}.", standing(offset)),
    };
    if !yes {
        let question = match off.offset {
            0 => "End the correction of all codes? (y/n)",
            _ => "Correct all codes by that? (y/n)",
        };
        match ask::letter(common, &format!("{sentence} {question}"), &['y', 'n'])? {
            Some('y') => {}
            Some(_) => return Err(Failure::new(Exit::Other, "Stopped; nothing was changed.")),
            None => {
                let sentence = format!("{sentence} To correct all codes by that, say --yes.");
                return Err(Failure::new(Exit::Usage, sentence));
            }
        }
    } else if !common.json {
        remark(&format!("holdfast: {sentence}"));
    }
    session.change(|vault, now, _| {
        let newest = Some(off.time);
        vault.set_correction(Correction { offset: off.offset, newest, since: now });
        Ok(Change::Keep(()))
    })?;
    show(&session.vault, common, out)
}

fn tell(
    vault: &Vault,
    common: &Common,
    said: &str,
    by: EntryId,
    out: &mut impl Write,
) -> Result<(), Failure> {
    if common.json {
        return show(vault, common, out);
    }
    Ok(writeln!(out, "{said}, {}.", says(vault, by))?)
}

fn show(vault: &Vault, common: &Common, out: &mut impl Write) -> Result<(), Failure> {
    if common.json {
        writeln!(out, "{}", json!({ "corrected_by": vault.correction().offset }))?;
    } else {
        let own = || "The codes follow this device's own clock.".to_owned();
        writeln!(out, "{}", corrected(vault).unwrap_or_else(own))?;
    }
    Ok(())
}

fn says(vault: &Vault, by: EntryId) -> String {
    let name = vault.entry(by).map(account::shown).unwrap_or_default();
    format!("says the barcode of {name}")
}

fn not_it(error: TimeBarcodeError) -> Failure {
    Failure::new(Exit::NoAccountInIt, error)
}

fn refused(error: ClockError) -> Failure {
    Failure::new(Exit::Other, error)
}
