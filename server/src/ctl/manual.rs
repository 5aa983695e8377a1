//! The manual page: one, with every command and its options.

use std::io;

use clap::{Arg, Command};
use clap_mangen::Man;
use roff::{Roff, bold, roman};

/// The page in roff, for `man -l`.
///
/// # Errors
/// None in memory; the renderer's own type says otherwise.
pub fn page(mut command: Command) -> io::Result<Vec<u8>> {
    command.build();
    let mut text = Vec::new();
    let page = Man::new(command.clone());
    page.render_title(&mut text)?;
    page.render_name_section(&mut text)?;
    page.render_synopsis_section(&mut text)?;
    page.render_description_section(&mut text)?;
    page.render_options_section(&mut text)?;
    commands(&command).to_writer(&mut text)?;
    notes(&command).to_writer(&mut text)?;
    page.render_version_section(&mut text)?;
    Ok(text)
}

/// The renderer's own section sends to a page for each command, which there is not.
fn commands(command: &Command) -> Roff {
    let mut section = Roff::new();
    section.control("SH", ["COMMANDS"]);
    for command in command.get_subcommands().filter(|command| command.get_name() != "help") {
        section.control("TP", []).text([bold(call(command))]);
        section.text([roman(command.get_about().map(ToString::to_string).unwrap_or_default())]);
        for option in command.get_arguments().filter(|option| is_its_own(option)) {
            let Some(help) = option.get_help() else { continue };
            section.control("RS", []).control("TP", []);
            section.text([bold(option.to_string())]).text([roman(help.to_string())]);
            section.control("RE", []);
        }
    }
    section
}

/// What follows the help. The renderer's own section has a heading that says nothing, and breaks the table.
fn notes(command: &Command) -> Roff {
    let notes = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let (table, notes): (Vec<_>, Vec<_>) =
        notes.split("\n\n").partition(|paragraph| paragraph.starts_with("Exit codes:"));
    let mut section = Roff::new();
    section.control("SH", ["NOTES"]);
    for paragraph in notes {
        section.control("PP", []).text([roman(paragraph)]);
    }
    section.control("SH", ["EXIT STATUS"]);
    let lines = table.into_iter().flat_map(str::lines);
    for (code, meaning) in lines.filter_map(|line| line.trim().split_once("  ")) {
        section.control("TP", []).text([bold(code)]).text([roman(meaning)]);
    }
    section
}

fn call(command: &Command) -> String {
    let places: String = command.get_positionals().map(|place| format!(" {place}")).collect();
    format!("holdfastctl {}{places}", command.get_name())
}

fn is_its_own(option: &Arg) -> bool {
    !option.is_global_set() && option.get_id() != "help"
}
