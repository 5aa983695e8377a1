//! Rules about the text of single files, each shown to be able to fail.

use super::assert_none;
use super::files::{Source, all};

/// No file is longer than this; past 300 lines one asks whether it owns one idea.
const LONGEST: usize = 500;

#[test]
fn only_bind_registers_callbacks() {
    check(
        callbacks,
        &[
            ("src/shell.rs", "window.on_unlock(move || {});"),
            ("src/shell.rs", "window\n    .on_unlock(move || {});"),
        ],
    );
    passes(callbacks, &[("src/bind.rs", "window.on_unlock(f);"), ("src/shell.rs", "// .on_x(")]);
}

#[test]
fn only_render_sets_properties() {
    check(
        properties,
        &[("src/shell.rs", "window.set_title(t);"), ("src/a/b.rs", "x.set_rows(r);")],
    );
    passes(
        properties,
        &[
            ("src/render.rs", "window.set_title(t);"),
            ("src/host/desktop/clipboard.rs", "board.set_text(t);"),
        ],
    );
}

#[test]
fn unsafe_lives_in_the_host_and_says_why_it_is_sound() {
    let code = concat!("uns", "afe {\n call()\n}");
    check(unsafe_code, &[("otp/src/lib.rs", code), ("src/host/android/mod.rs", code)]);
    passes(
        unsafe_code,
        &[
            ("src/host/android/mod.rs", &format!("// SAFETY: it is.\n{code}")),
            ("otp/src/lib.rs", "// an unsafe word\n#![deny(unsafe_code)]"),
        ],
    );
}

#[test]
fn only_the_host_and_the_entry_points_ask_for_the_system() {
    let code = "#[cfg(target_os = \"android\")]";
    check(system_switches, &[("src/shell.rs", code), ("model/src/lib.rs", code)]);
    passes(
        system_switches,
        &[("src/host/mod.rs", code), ("src/main.rs", code), ("src/lib.rs", code)],
    );
}

#[test]
fn no_lint_is_waved_through() {
    let bad = [concat!("#[al", "low(dead_code)]"), concat!("#![al", "low(clippy::all)]")];
    check(waved_lints, &[("otp/src/lib.rs", bad[0]), ("src/main.rs", bad[1])]);
    passes(waved_lints, &[("otp/src/lib.rs", "#[expect(dead_code, reason = \"r\")]")]);
}

#[test]
fn nothing_is_left_for_later() {
    check(
        leftovers,
        &[
            ("otp/src/lib.rs", concat!("to", "do!()")),
            ("otp/src/lib.rs", concat!("unimple", "mented!(\"x\")")),
            ("README.md", concat!("TO", "DO: write")),
            ("ui/app.slint", concat!("// FIX", "ME")),
        ],
    );
    passes(leftovers, &[("README.md", "a mastodon")]);
}

#[test]
fn no_file_is_too_long() {
    let long = "x\n".repeat(LONGEST + 1);
    check(lengths, &[("otp/src/lib.rs", &long), ("ui/app.slint", &long), ("dev", &long)]);
    passes(lengths, &[("otp/src/lib.rs", &"x\n".repeat(LONGEST)), ("docs/words.txt", &long)]);
}

#[test]
fn every_module_opens_with_what_it_is_for() {
    check(openings, &[("otp/src/totp.rs", "use std::fmt;\n"), ("src/lib.rs", "// plain\n")]);
    passes(
        openings,
        &[("otp/src/totp.rs", "//! Time-based codes.\n"), ("build.rs", "//! Builds.\n")],
    );
}

#[test]
fn no_place_of_one_machine_or_registry_is_named() {
    check(
        places,
        &[
            ("README.md", concat!("see /wo", "rk/main")),
            ("dev", concat!("curl https://py", "pi.org/x")),
        ],
    );
    passes(places, &[("README.md", "the work of many")]);
}

#[test]
fn what_can_be_tapped_has_a_name() {
    let bare =
        "export component Row {\n    touch := TouchArea { clicked => { root.tapped(); } }\n}\n";
    check(unnamed_taps, &[("ui/widgets/row.slint", bare)]);
    let named = bare
        .replace("touch", "accessible-role: button;\n    accessible-label: root.name;\n    touch");
    passes(unnamed_taps, &[("ui/widgets/row.slint", &named)]);
}

/// A rule: what is wrong in a file, one sentence each.
type Rule = fn(&Source) -> Vec<String>;

/// The rule finds each bad sample, and nothing in the repository.
#[track_caller]
fn check(rule: Rule, bad: &[(&str, &str)]) {
    for (path, text) in bad {
        let found = rule(&Source::sample(path, text));
        assert!(!found.is_empty(), "the rule is blind to {path}: {text:.60}");
    }
    let found: Vec<_> = all().iter().flat_map(rule).collect();
    assert_none(&found);
}

/// The rule lets each good sample through.
#[track_caller]
fn passes(rule: Rule, good: &[(&str, &str)]) {
    for (path, text) in good {
        assert_none(&rule(&Source::sample(path, text)));
    }
}

fn callbacks(file: &Source) -> Vec<String> {
    if !is_shell(file) || file.path.starts_with("src/bind") {
        return Vec::new();
    }
    breaches(file, |line| calls(line, ".on_"), "registers a callback, which only src/bind.rs does")
}

fn properties(file: &Source) -> Vec<String> {
    // Neither the device nor the terminal has the window to set anything on.
    let exempt =
        ["src/render", "src/host/", "src/terminal/"].iter().any(|room| file.path.starts_with(room));
    if !is_shell(file) || exempt {
        return Vec::new();
    }
    breaches(file, |line| calls(line, ".set_"), "sets a property, which only src/render.rs does")
}

fn unsafe_code(file: &Source) -> Vec<String> {
    if !file.path.ends_with(".rs") {
        return Vec::new();
    }
    let lines: Vec<_> = file.text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        if !words(&code_of(line)).any(|word| word == "unsafe") {
            continue;
        }
        let is_block = code_of(line).trim_end().ends_with('{') && !words(line).any(|w| w == "fn");
        let above = &lines[at.saturating_sub(6)..at];
        let explained = !is_block || above.iter().any(|line| line.contains("SAFETY:"));
        if !file.path.starts_with("src/host/") || !explained {
            found.push(breach(
                file,
                at,
                "has unsafe code outside src/host/ or without SAFETY comment",
            ));
        }
    }
    found
}

fn system_switches(file: &Source) -> Vec<String> {
    // Tests may look at the system they run on.
    let exempt = file.path.starts_with("src/host/")
        || file.path.starts_with("android/library/")
        || file.path.starts_with("tests/")
        || file.path.contains("/tests/")
        || matches!(file.path.as_str(), "src/main.rs" | "src/lib.rs" | "build.rs");
    if exempt || !file.path.ends_with(".rs") {
        return Vec::new();
    }
    breaches(
        file,
        |line| line.contains("target_os"),
        "asks for the operating system outside src/host/",
    )
}

fn waved_lints(file: &Source) -> Vec<String> {
    if !file.path.ends_with(".rs") {
        return Vec::new();
    }
    let marks = [concat!("#[al", "low("), concat!("#![al", "low(")];
    breaches(
        file,
        |line| marks.iter().any(|mark| line.contains(mark)),
        "waves a lint through: use #[expect(lint, reason = \"...\")]",
    )
}

fn leftovers(file: &Source) -> Vec<String> {
    let marks = [
        concat!("to", "do!("),
        concat!("unimple", "mented!("),
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
    ];
    let left = |line: &str| marks.iter().any(|mark| line.contains(mark));
    let lines = file.text.lines().enumerate().filter(|(_, line)| left(line));
    lines.map(|(at, _)| breach(file, at, "leaves something for later: do it or file it")).collect()
}

fn lengths(file: &Source) -> Vec<String> {
    let is_code = [".rs", ".slint", ".sh", ".py", ".css", ".html"]
        .iter()
        .any(|ending| file.path.ends_with(ending))
        || matches!(file.path.as_str(), "dev" | ".ci/run");
    let lines = file.text.lines().count();
    if is_code && lines > LONGEST {
        return vec![format!("{}: {lines} lines, more than {LONGEST}: split it", file.path)];
    }
    Vec::new()
}

fn openings(file: &Source) -> Vec<String> {
    if !file.path.ends_with(".rs") || file.text.starts_with("//! ") {
        return Vec::new();
    }
    vec![format!(
        "{}:1: does not open with a sentence (`//! ...`) saying what it is for",
        file.path
    )]
}

fn places(file: &Source) -> Vec<String> {
    let marks = [
        concat!("/wo", "rk/"),
        concat!("py", "pi.org"),
        concat!("python", "hosted.org"),
        concat!("crates", ".io"),
        concat!("registry.npm", "js.org"),
        concat!("deb.deb", "ian.org"),
    ];
    let named = |line: &str| marks.iter().any(|mark| line.contains(mark));
    let lines = file.text.lines().enumerate().filter(|(_, line)| named(line));
    lines
        .map(|(at, _)| breach(file, at, "names a place of one machine or a registry's host"))
        .collect()
}

/// Each component with a `TouchArea` names what it is: an accessible label within the same component.
fn unnamed_taps(file: &Source) -> Vec<String> {
    if !file.path.ends_with(".slint") {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut name = "";
    let (mut taps, mut labels) = (0, 0);
    for line in file.text.lines().chain(["component end of file"]) {
        let words: Vec<_> = line.split_whitespace().collect();
        if let Some(at) = words.iter().take(2).position(|word| *word == "component") {
            if taps > labels {
                found.push(format!(
                    "{}: {name} has {taps} TouchArea and {labels} accessible-label",
                    file.path
                ));
            }
            name = words.get(at + 1).copied().unwrap_or_default();
            (taps, labels) = (0, 0);
        }
        // An empty one only keeps taps from what lies under it.
        let is_tap = words.contains(&"TouchArea") && !line.trim_end().ends_with("TouchArea { }");
        taps += usize::from(is_tap && line.contains('{') && !line.contains("import"));
        labels += usize::from(code_of(line).contains("accessible-label"));
    }
    found
}

fn is_shell(file: &Source) -> bool {
    file.path.starts_with("src/") && file.path.ends_with(".rs")
}

/// Whether the line calls a method whose name starts with `prefix` and a letter.
fn calls(line: &str, prefix: &str) -> bool {
    line.match_indices(prefix).any(|(at, _)| {
        let rest = &line[at + prefix.len()..];
        let name =
            rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        name > 0 && (rest[name..].starts_with('(') || rest[name..].starts_with("::<"))
    })
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_alphanumeric() && c != '_')
}

/// The line without its comment and without what stands between quotes.
fn code_of(line: &str) -> String {
    let (mut code, mut quoted, mut previous) = (String::new(), false, ' ');
    for letter in line.chars() {
        match letter {
            '"' if previous != '\\' && previous != '\'' => quoted = !quoted,
            '/' if previous == '/' && !quoted => {
                code.pop();
                break;
            }
            _ if !quoted => code.push(letter),
            _ => {}
        }
        previous = letter;
    }
    code
}

fn breaches(file: &Source, wrong: impl Fn(&str) -> bool, sentence: &str) -> Vec<String> {
    let lines = file.text.lines().enumerate().filter(|(_, line)| wrong(&code_of(line)));
    lines.map(|(at, _)| breach(file, at, sentence)).collect()
}

fn breach(file: &Source, line: usize, sentence: &str) -> String {
    format!("{}:{}: {sentence}", file.path, line + 1)
}
