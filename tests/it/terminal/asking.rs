//! What is asked at a terminal: the passphrase without echo, and what to do about the same names.

use rexpect::session::{PtySession, spawn_command};

use super::program::{GITHUB, GITHUB_AGAIN, Home, PASSPHRASE};

fn at_terminal(home: &Home, arguments: &[&str]) -> PtySession {
    spawn_command(home.command(arguments), Some(30_000)).unwrap()
}

/// The rest of what is shown; nothing typed may be in it.
fn rest(mut terminal: PtySession) -> String {
    let shown = terminal.exp_eof().unwrap();
    assert!(!shown.contains(PASSPHRASE), "the passphrase was echoed: {shown}");
    shown
}

#[test]
fn a_new_vault_asks_twice_and_echoes_nothing() {
    let home = Home::empty();
    let mut terminal = at_terminal(&home, &["new"]);
    terminal.exp_string("New passphrase (nobody can reset it): ").unwrap();
    terminal.send_line(PASSPHRASE).unwrap();
    terminal.exp_string("The same again: ").unwrap();
    terminal.send_line("something else").unwrap();
    let shown = rest(terminal);
    assert!(shown.contains("The two passphrases differ"), "{shown}");
    assert!(!home.vault().exists());
    let mut terminal = at_terminal(&home, &["new"]);
    for prompt in ["New passphrase", "The same again: "] {
        terminal.exp_string(prompt).unwrap();
        terminal.send_line(PASSPHRASE).unwrap();
    }
    assert!(rest(terminal).contains("Made an empty vault at "));
    assert_eq!(home.run(["list"]).done(), "");
}

#[test]
fn what_a_new_passphrase_means_and_is_worth_is_told_as_in_the_window() {
    for (typed, told, is_good) in [
        ("sunshine99", "Very weak: add words that have nothing to do with each other.", false),
        (PASSPHRASE, "Well known: make up words of your own", false),
        ("seven grey herons wade home", "Very good: very hard to guess.", true),
    ] {
        let home = Home::empty();
        let mut terminal = at_terminal(&home, &["new"]);
        let before = terminal.exp_string("New passphrase").unwrap();
        assert!(
            before.contains("nobody can reset it, so write it down and keep it safe"),
            "{before}"
        );
        terminal.send_line(typed).unwrap();
        let between = terminal.exp_string("The same again: ").unwrap();
        assert!(between.contains(told), "{typed}: {between}");
        assert_eq!(between.contains("Ctrl-C stops here"), !is_good, "{typed}: {between}");
        terminal.send_control('c').unwrap();
        assert!(rest(terminal).contains("Stopped; nothing was changed."));
        assert!(!home.vault().exists());
    }
    // A script is not talked to.
    assert_eq!(Home::empty().run(["new"]).err, "");
}

#[test]
fn a_link_or_key_is_typed_without_being_shown() {
    let home = Home::new();
    let mut terminal = at_terminal(&home, &["add", "-"]);
    terminal.exp_string("Link or key (it is not shown): ").unwrap();
    terminal.send_line(GITHUB).unwrap();
    let between = terminal.exp_string("Passphrase: ").unwrap();
    terminal.send_line(PASSPHRASE).unwrap();
    let shown = between + &rest(terminal);
    assert!(shown.contains("Added: GitHub (alice)") && !shown.contains("JBSW"), "{shown}");
    for (key, said) in [('c', "Stopped; nothing"), ('d', "No link or key was entered; nothing")] {
        let mut terminal = at_terminal(&home, &["add", "-"]);
        terminal.exp_string("(it is not shown): ").unwrap();
        terminal.send_control(key).unwrap();
        assert!(rest(terminal).contains(said), "{said}");
    }
}

#[test]
fn a_bare_key_is_asked_for_its_name() {
    let home = Home::new();
    let mut terminal = at_terminal(&home, &["add", "-"]);
    terminal.exp_string("(it is not shown): ").unwrap();
    terminal.send_line("jbsw y3dp ehpk 3pxp jbsw y3dp ehpk 3pxp").unwrap();
    terminal.exp_string("Website or company: ").unwrap();
    terminal.send_line("Forge").unwrap();
    terminal.exp_string("Your name there: ").unwrap();
    terminal.send_line("ann").unwrap();
    terminal.exp_string("Passphrase: ").unwrap();
    terminal.send_line(PASSPHRASE).unwrap();
    assert!(rest(terminal).contains("Added: Forge (ann)"));
    // Without any it is told, as in a script.
    let mut terminal = at_terminal(&home, &["add", "-", "--account", ""]);
    terminal.exp_string("(it is not shown): ").unwrap();
    terminal.send_line("jbsw y3dp ehpk 3pxp").unwrap();
    for question in ["Website or company: ", "Your name there: "] {
        terminal.exp_string(question).unwrap();
        terminal.send_line("").unwrap();
    }
    let shown = rest(terminal);
    assert!(shown.contains("This account has no name"), "{shown}");
}

#[test]
fn a_mistyped_passphrase_can_be_typed_again() {
    let home = Home::new();
    home.run(["add", GITHUB]).done();
    let mut terminal = at_terminal(&home, &["list"]);
    terminal.exp_string("Passphrase: ").unwrap();
    terminal.send_line("mistyped").unwrap();
    terminal.exp_string("does not open the vault; try again.").unwrap();
    terminal.exp_string("Passphrase: ").unwrap();
    terminal.send_line(PASSPHRASE).unwrap();
    assert!(rest(terminal).contains("GitHub (alice)"));
}

#[test]
fn the_same_names_are_asked_about() {
    for (answer, said, accounts) in
        [("c", "Cancelled", 1), ("r", "Replaced: GitHub (alice)", 1), ("k", "Added", 2)]
    {
        let home = Home::new();
        home.run(["add", GITHUB]).done();
        let mut terminal = at_terminal(&home, &["add", GITHUB_AGAIN]);
        terminal.exp_string("Passphrase: ").unwrap();
        terminal.send_line(PASSPHRASE).unwrap();
        terminal.exp_string("is here with another secret. [r]eplace it").unwrap();
        terminal.send_line("what?").unwrap();
        terminal.exp_string("[c]ancel?").unwrap();
        terminal.send_line(answer).unwrap();
        let shown = rest(terminal);
        assert!(shown.contains(said), "{answer}: {shown}");
        let vault = home.opened();
        assert_eq!(vault.entries().len(), accounts, "{answer}");
        let secret = vault.secret(vault.entries()[0].id).unwrap().to_base32().to_string();
        let kept = if answer == "r" { "KRSXG5CTMVRXEZLU" } else { "JBSWY3DPEHPK3PXP" };
        assert_eq!(secret, kept, "{answer}");
    }
}

#[test]
fn a_vault_that_went_while_something_was_asked_is_told_as_what_became_of_it() {
    for (is_another, told) in [
        (
            false,
            "The vault file was taken away meanwhile, so this was not saved; put it back, then",
        ),
        (true, "or its passphrase changed, so this was not saved; give the command again."),
    ] {
        let home = Home::new();
        home.run(["add", GITHUB]).done();
        home.run(["list"]).done();
        let mut terminal = at_terminal(&home, &["add", GITHUB_AGAIN]);
        terminal.exp_string("Passphrase: ").unwrap();
        terminal.send_line(PASSPHRASE).unwrap();
        terminal.exp_string("[c]ancel?").unwrap();
        std::fs::remove_file(home.vault()).unwrap();
        if is_another {
            std::fs::copy(Home::new().vault(), home.vault()).unwrap();
        }
        terminal.send_line("k").unwrap();
        let shown = rest(terminal);
        assert!(shown.contains(told), "{shown}");
    }
}

/// The terminal drops what is beyond 4,095 bytes: a vault whose passphrase is only a part of what was
/// pasted would open here, and nowhere else.
#[test]
fn a_passphrase_that_the_terminal_would_cut_is_refused() {
    let long = "seven grey herons wade home, ".repeat(200);
    for (bytes, is_taken) in [(4_094, true), (4_095, false), (5_000, false)] {
        let home = Home::empty();
        let mut terminal = at_terminal(&home, &["new"]);
        terminal.exp_string("reset it): ").unwrap();
        terminal.send_line(&long[..bytes]).unwrap();
        if is_taken {
            terminal.exp_string("The same again: ").unwrap();
            terminal.send_line(&long[..bytes]).unwrap();
            assert!(rest(terminal).contains("Made an empty vault"), "{bytes}");
        } else {
            let shown = rest(terminal);
            assert!(shown.contains("longer than a terminal can pass on"), "{bytes}: {shown}");
            assert!(!home.vault().exists(), "{bytes}");
        }
    }
}

#[test]
fn giving_up_at_the_prompt_leaves_the_terminal_as_it_was() {
    let home = Home::new();
    home.run(["add", GITHUB]).done();
    let asked = home.command(["list"]);
    let mut shell = std::process::Command::new("sh");
    shell
        .args(["-c", r#"stty echo; "$0" "$@"; echo "ended $?"; stty -a"#])
        .arg(asked.get_program());
    shell.args(asked.get_args());
    for (name, value) in asked.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    let mut terminal = spawn_command(shell, Some(30_000)).unwrap();
    terminal.exp_string("Passphrase: ").unwrap();
    terminal.send_control('c').unwrap();
    terminal.exp_string("Stopped; nothing was changed.").unwrap();
    terminal.exp_string("ended 130").unwrap();
    let modes = terminal.exp_eof().unwrap();
    for (mode, what) in [("echo", "the echo"), ("isig", "Ctrl-C")] {
        assert!(modes.split_whitespace().any(|word| word == mode), "{what} is still off: {modes}");
    }
}

#[test]
fn a_weak_passphrase_is_refused_before_it_is_typed_again() {
    let home = Home::empty();
    let mut terminal = at_terminal(&home, &["new"]);
    terminal.exp_string("New passphrase (nobody can reset it): ").unwrap();
    terminal.send_line("password1").unwrap();
    let shown = terminal.exp_eof().unwrap();
    assert!(shown.contains("among the first that anyone would try"), "{shown}");
    assert!(!shown.contains("The same again"), "{shown}");
    assert!(!home.vault().exists());
}

#[test]
fn the_same_secret_with_other_parameters_is_asked_about() {
    let home = Home::new();
    home.run(["add", GITHUB]).done();
    let mut terminal = at_terminal(&home, &["add", &format!("{GITHUB}&digits=8")]);
    terminal.exp_string("Passphrase: ").unwrap();
    terminal.send_line(PASSPHRASE).unwrap();
    terminal
        .exp_string("with the same secret and 6 digits where this one says 8 digits. [r]eplace it")
        .unwrap();
    terminal.send_line("r").unwrap();
    assert!(rest(terminal).contains("Replaced: GitHub (alice)"));
    let vault = home.opened();
    assert_eq!(vault.entries()[0].parameters.digits.count(), 8);
}

#[test]
fn a_list_is_taken_only_once_its_numbers_were_seen() {
    let (old, new) = (Home::new(), Home::new());
    for uri in [GITHUB, "otpauth://totp/Shop:al?secret=GEZDGNBVGY3TQOJQ&issuer=Shop"] {
        old.run_with(["add", "-"], PASSPHRASE, uri.as_bytes()).done();
    }
    new.run_with(["add", "-"], PASSPHRASE, GITHUB_AGAIN.as_bytes()).done();
    std::fs::write(new.path("list.txt"), old.run(["move", "list"]).done()).unwrap();
    for (answer, said) in [("n", "Stopped; nothing was changed."), ("y", "1 account now waits")] {
        let mut terminal = at_terminal(&new, &["move", "read", "list.txt"]);
        terminal.exp_string("Passphrase: ").unwrap();
        terminal.send_line(PASSPHRASE).unwrap();
        let question = terminal.exp_string("Is it your own old device's? (y/n)").unwrap();
        assert!(question.contains("names 2 accounts"), "{question}");
        assert!(question.contains("1 is not here yet and will wait"), "{question}");
        terminal.send_line(answer).unwrap();
        let shown = rest(terminal);
        assert!(shown.contains(said), "{shown}");
    }
}

#[test]
fn what_is_saved_while_the_passphrase_is_asked_for_is_in_the_answer_and_remembered() {
    let home = Home::new();
    let backup = std::fs::read(home.vault()).unwrap();
    let mut terminal = at_terminal(&home, &["list"]);
    terminal.exp_string("Passphrase: ").unwrap();
    home.run(["add", GITHUB]).done();
    terminal.send_line(PASSPHRASE).unwrap();
    let shown = rest(terminal);
    assert!(shown.contains("GitHub (alice)"), "{shown}");
    std::fs::write(home.vault(), backup).unwrap();
    let said = home.run(["list"]);
    said.done();
    assert!(said.err.contains("is an older copy"), "{said:?}");
}

#[test]
fn a_passphrase_that_was_changed_while_it_was_asked_for_opens_nothing() {
    let home = Home::new();
    let before = std::fs::read(home.vault()).unwrap();
    let mut terminal = at_terminal(&home, &["list"]);
    terminal.exp_string("Passphrase: ").unwrap();
    let new = "tide pools at low water";
    home.run_with(["passphrase", "--new-passphrase-fd", "0"], PASSPHRASE, new.as_bytes()).done();
    terminal.send_line(PASSPHRASE).unwrap();
    terminal.exp_string("This passphrase does not open the vault; try again.").unwrap();
    terminal.exp_string("Passphrase: ").unwrap();
    terminal.send_line(new).unwrap();
    rest(terminal);
    std::fs::write(home.vault(), before).unwrap();
    let said = home.run(["list"]);
    said.done();
    assert!(said.err.contains("is an older copy"), "{said:?}");
}
