//! `holdfast passphrase`: another passphrase for the vault, which the one before no longer opens.

use std::io::Write;

use holdfast_model::cost_on;
use holdfast_model::vault::Cost;
use serde_json::json;

use super::args::Common;
use super::ask::Source;
use super::create::new_passphrase;
use super::failure::Failure;
use super::session::Session;
use crate::host::desktop::storage::VaultFile;
use crate::host::desktop::system::SystemClock;

pub(super) fn run(
    file: &VaultFile,
    common: &Common,
    new_fd: Option<u16>,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let mut session = Session::open(file, common)?;
    let passphrase = new_passphrase(new_fd.map_or(Source::Terminal, Source::Descriptor))?;
    session.change_passphrase(&passphrase, cost_on(&SystemClock, Cost::DESKTOP))?;
    if common.json {
        writeln!(out, "{}", json!({ "vault": file.path().to_string_lossy() }))?;
    } else {
        writeln!(out, "The passphrase was changed; the one before opens this vault no more.")?;
    }
    Ok(())
}
