//! The arguments of this run: from the command line, else from the environment, else from the
//! configuration file, else as they are by themselves.
//!
//! A key of the file becomes the default of the option of the same name, so that there is one list
//! of options, one reader of each value, and one help.

use std::env;
use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{ArgAction, CommandFactory, FromArgMatches};
use toml::de::{DeTable, DeValue};

use super::args::Arguments;

/// Options that belong to one run, or name the file itself.
const NOT_IN_FILE: [&str; 3] = ["config", "help", "version"];

/// Most bytes of the file.
const MOST: u64 = 1024 * 1024;

/// A key of the file.
struct Setting {
    key: String,
    values: Vec<String>,
    line: usize,
}

/// Reads them; ends the process where help was asked for or the command line is wrong.
pub fn arguments() -> Result<Arguments, String> {
    let given: Vec<OsString> = env::args_os().collect();
    let settings = match named_file(&given) {
        Some(path) => read(&path)?,
        None => Vec::new(),
    };
    let command = settings.iter().fold(Arguments::command(), with_default);
    match command.clone().try_get_matches_from(&given) {
        Ok(matches) => Arguments::from_arg_matches(&matches).map_err(|error| error.to_string()),
        Err(error) => match culprit(&settings, &given, &error) {
            Some(sentence) => Err(sentence),
            None => error.exit(),
        },
    }
}

/// The file that the command line names, or the environment.
fn named_file(given: &[OsString]) -> Option<PathBuf> {
    let mut words = given.iter().skip(1).take_while(|word| *word != "--");
    while let Some(word) = words.next() {
        if word == "--config" {
            return words.next().map(PathBuf::from);
        }
        if let Some(path) = word.to_str().and_then(|word| word.strip_prefix("--config=")) {
            return Some(PathBuf::from(path));
        }
    }
    env::var_os("HOLDFAST_CONFIG").filter(|path| !path.is_empty()).map(PathBuf::from)
}

#[expect(clippy::disallowed_methods, reason = "this is where the server meets its configuration")]
fn read(path: &Path) -> Result<Vec<Setting>, String> {
    let unreadable = |what: &dyn std::fmt::Display| {
        format!("The configuration file {} cannot be read: {what}.", path.display())
    };
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(|error| unreadable(&error))?;
    file.take(MOST + 1).read_to_string(&mut text).map_err(|error| unreadable(&error))?;
    if text.len() as u64 > MOST {
        return Err(unreadable(&"it is too large for settings"));
    }
    parse(&text).map_err(|(line, what)| {
        format!("Line {line} of the configuration file {}: {what}", path.display())
    })
}

/// The file's settings, or the line and what is wrong with it.
fn parse(text: &str) -> Result<Vec<Setting>, (usize, String)> {
    let line_of = |at: usize| text.get(..at).unwrap_or(text).matches('\n').count() + 1;
    let table = DeTable::parse(text).map_err(|error| {
        let line = error.span().map_or(1, |span| line_of(span.start));
        (line, format!("{}.", error.message().trim_end_matches('.').replace('\n', ", ")))
    })?;
    let known = keys();
    let mut settings = Vec::new();
    for (key, value) in table.get_ref() {
        let line = line_of(key.span().start);
        let name = key.get_ref().to_string();
        let Some((_, is_list)) = known.iter().find(|(known, _)| *known == name) else {
            let names: Vec<_> = known.into_iter().map(|(known, _)| known).collect();
            let list = names.join(", ");
            return Err((line, format!("there is no setting `{name}`. There are: {list}.")));
        };
        if !is_list && matches!(value.get_ref(), DeValue::Array(_)) {
            return Err((line, format!("`{name}` takes one value, and this is a list.")));
        }
        let values = values(value.get_ref()).ok_or_else(|| {
            (line, format!("`{name}` is a text, a number, true or false, or a list of these."))
        })?;
        settings.push(Setting { key: name, values, line });
    }
    Ok(settings)
}

fn values(value: &DeValue<'_>) -> Option<Vec<String>> {
    match value {
        DeValue::Array(all) => all.iter().map(|one| scalar(one.get_ref())).collect(),
        one => Some(vec![scalar(one)?]),
    }
}

fn scalar(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str().to_owned()),
        DeValue::Boolean(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// The names of all options that the file may set, and whether each takes a list: those of `serve`, and
/// those of every command.
fn keys() -> Vec<(String, bool)> {
    let command = Arguments::command();
    let serve = command.find_subcommand("serve");
    let options = command.get_arguments().chain(serve.iter().flat_map(|one| one.get_arguments()));
    let named = options.filter_map(|option| {
        let is_list = matches!(option.get_action(), ArgAction::Append);
        option.get_long().map(|name| (name.to_owned(), is_list))
    });
    let mut names: Vec<_> =
        named.filter(|(name, _)| !NOT_IN_FILE.contains(&name.as_str())).collect();
    names.sort();
    names.dedup();
    names
}

/// The command whose option of that name has this default.
fn with_default(command: clap::Command, setting: &Setting) -> clap::Command {
    let set = |option: clap::Arg| {
        if option.get_long() != Some(setting.key.as_str()) {
            return option;
        }
        match option.get_action() {
            ArgAction::Append => option.default_values(setting.values.clone()),
            _ => option.default_values(setting.values.clone()),
        }
    };
    command.mut_args(set).mut_subcommand("serve", |serve| serve.mut_args(set))
}

/// The setting without which the command line would be right.
fn culprit(settings: &[Setting], given: &[OsString], error: &clap::Error) -> Option<String> {
    let is_right = |settings: &mut dyn Iterator<Item = &Setting>| {
        let command = settings.fold(Arguments::command(), with_default);
        command.try_get_matches_from(given).is_ok()
    };
    if !error.use_stderr() || settings.is_empty() || !is_right(&mut std::iter::empty()) {
        return None;
    }
    let wrong = settings.iter().find(|one| !is_right(&mut std::iter::once(*one)))?;
    let why = error.to_string();
    let why = why.lines().next().unwrap_or_default().trim_start_matches("error: ");
    Some(format!("Line {} of the configuration file: {why}.", wrong.line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_with_their_lines() {
        let text = "# comment\nlisten = \"0.0.0.0:443\"\n\nproxy = [\"192.0.2.1\", \"::1\"]\ndev = false\n";
        let settings = parse(text).expect("good");
        let found: Vec<_> =
            settings.iter().map(|one| (one.key.as_str(), one.values.join(" "), one.line)).collect();
        assert!(found.contains(&("listen", "0.0.0.0:443".to_owned(), 2)), "{found:?}");
        assert!(found.contains(&("proxy", "192.0.2.1 ::1".to_owned(), 4)), "{found:?}");
        assert!(found.contains(&("dev", "false".to_owned(), 5)), "{found:?}");
    }

    #[test]
    fn what_is_no_setting_is_refused_with_its_line() {
        for (text, line) in [
            ("issuer = \"Kelp\"\nlisen = \"x\"\n", 2),
            ("\n\n[serve]\nlisten = \"x\"\n", 3),
            ("issuer = 1.5\n", 1),
            ("issuer = \"Kelp\"\nlisten = [\"127.0.0.1:1\", \"127.0.0.1:2\"]\n", 2),
            ("listen = []\n", 1),
            ("config = \"other\"\n", 1),
            ("issuer = \"Kelp\"\nissuer = \"Kelp\"\n", 2),
            ("issuer = \n", 1),
        ] {
            let refused = parse(text).err();
            assert_eq!(refused.as_ref().map(|(line, _)| *line), Some(line), "{text}: {refused:?}");
        }
    }
}
