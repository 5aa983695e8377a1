//! Wrong answers, wrong input, wrong files: one clear sentence, an exit code, and nothing lost.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::{Duration, Instant};

use holdfast_testkit::{Server, ServerOptions};

use super::person::Person;
use super::responder::{Responder, whole};
use crate::client::{Client, EMAIL, PASSWORD};

fn credentials() -> String {
    format!("{EMAIL}\n{PASSWORD}\n")
}

/// One sentence on standard error, nothing on standard output.
#[track_caller]
fn assert_says(ran: &holdfast_testkit::Ran, exit: i32, sentence: &str) {
    assert_eq!((ran.err.as_str(), ran.out.as_str()), (format!("{sentence}\n").as_str(), ""));
    assert_eq!(ran.code, Some(exit));
}

#[test]
fn a_server_that_is_not_there_is_told_in_one_sentence() {
    // A port that was free a moment ago.
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{free}");
    let ann = Person::at(&url);
    let sentence = format!(
        "The server at {url} cannot be reached (connection refused); check the address and your \
         network, then try again."
    );
    assert_says(&ann.pipes(&credentials(), &["login"]), 3, &sentence);
    let ann = Person::at("https://holdfast.invalid");
    let ran = ann.pipes(&credentials(), &["login"]);
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    let start = "The server at https://holdfast.invalid cannot be reached (";
    assert!(ran.err.starts_with(start) && ran.err.lines().count() == 1, "{}", ran.err);
}

#[test]
fn a_person_is_told_before_a_password_is_asked_for() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nginx = Responder::json("200 OK", "<html>Welcome to nginx!</html>");
    for (url, exit, words) in [
        (format!("http://{free}"), 3, "cannot be reached (connection refused)"),
        (nginx.url.clone(), 5, "is not a Holdfast server; check the address."),
    ] {
        let (seen, code) = Person::at(&url).types(&["login"]).ends();
        assert!(!seen.contains("Email") && seen.lines().count() == 1, "{seen}");
        assert!(seen.contains(words) && code == exit, "{code}: {seen}");
    }
    // Under a name that it does not answer to, the server itself says so.
    let server = Server::start_with(ServerOptions {
        args: ["--host", "id.example.org"].map(str::to_owned).to_vec(),
        ..ServerOptions::default()
    });
    let (seen, code) = Person::at(server.url()).types(&["login"]).ends();
    assert_eq!(seen, "This server does not answer under that name. Check the address.\n");
    assert_eq!(code, 1);
}

#[test]
fn what_answers_and_is_no_holdfast_server_is_told_so() {
    let page = "<html>Welcome to nginx!</html>";
    let redirect = "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:9/\r\n\
                    Content-Length: 0\r\nConnection: close\r\n\r\n";
    let huge = format!("{{\"token\":\"{}\",\"email\":\"a@b.example\"}}", "t".repeat(100_000));
    let endless = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(1 << 20));
    let odd_token = r#"{"token":"0123456789abcdef\r\nX: y","email":"a@b"}"#;
    for (what, answer) in [
        ("a web page", whole("200 OK", page)),
        ("a page not found", whole("404 Not Found", page)),
        ("a gateway's page", whole("502 Bad Gateway", page)),
        ("a redirect", redirect.to_owned()),
        ("no JSON", whole("201 Created", "{\"token\":")),
        ("other JSON", whole("200 OK", "[1, 2, 3]")),
        ("an empty body", whole("201 Created", "")),
        ("a token that is none", whole("201 Created", r#"{"token":"short","email":"a@b"}"#)),
        ("a token with a line break", whole("201 Created", odd_token)),
        ("too much", whole("201 Created", &huge)),
        ("an endless head", endless),
        ("no HTTP", "SSH-2.0-OpenSSH_9.2\r\n".to_owned()),
    ] {
        for is_greeted in [false, true] {
            let answer = answer.clone();
            let responder = if is_greeted {
                Responder::greeting_then(answer)
            } else {
                Responder::saying(answer)
            };
            let ann = Person::at(&responder.url);
            let ran = ann.pipes(&credentials(), &["login"]);
            let url = &responder.url;
            let sentence =
                format!("What answers at {url} is not a Holdfast server; check the address.\n");
            assert_eq!((ran.err, ran.code), (sentence, Some(5)), "{what}");
            assert!(!ann.file().exists(), "{what}: nothing is kept");
            // Only what greets like a Holdfast server is ever sent a password.
            assert_eq!(responder.requests().concat().contains(PASSWORD), is_greeted, "{what}");
        }
    }
}

#[test]
fn an_answer_that_breaks_off_is_told_so() {
    let responder = Responder::saying("HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n{\"token\"");
    let ran = Person::at(&responder.url).pipes(&credentials(), &["login"]);
    assert!(matches!(ran.code, Some(3 | 5)), "{ran:?}");
    assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
}

#[test]
fn a_server_that_cannot_answer_now_is_quoted() {
    let body = r#"{"error":{"code":"unavailable","message":"Try again in a minute."}}"#;
    let responder = Responder::json("503 Service Unavailable", body);
    let ann = Person::at(&responder.url);
    assert_says(&ann.pipes(&credentials(), &["login"]), 5, "Try again in a minute.");
    let (object, exit) = ann.json(&credentials(), &["login"]);
    assert_eq!((object["error"]["code"].as_str(), exit), (Some("unavailable"), Some(5)));
}

#[test]
fn a_hostile_server_cannot_steer_the_terminal() {
    let body = r#"{"error":{"code":"x","message":"\u001b]0;owned\u0007No.\u202e\n\u001b[2J"}}"#;
    let responder = Responder::json("403 Forbidden", body);
    let ran = Person::at(&responder.url).pipes(&credentials(), &["login"]);
    assert_says(&ran, 1, " ]0;owned No.   [2J");

    let body = r#"{"email":"a\u001b[31m@b.example","two_factor":{"enabled":false}}"#;
    let responder = Responder::json("200 OK", body);
    let ann = Person::at(&responder.url);
    keep(&ann, &responder.url, "hf_cli_0123456789abcdef");
    assert_eq!(ann.pipes("", &["whoami"]).out, "a [31m@b.example\n");
}

#[test]
fn a_token_goes_to_its_own_server_and_a_password_only_where_it_was_meant() {
    let stranger = Responder::json("200 OK", "{}");
    let ann = Person::at(&stranger.url);
    keep(&ann, "http://127.0.0.1:1", "hf_cli_0123456789abcdef");
    for command in ["whoami", "2fa", "2fa:disable", "logout"] {
        assert_eq!(ann.pipes(&format!("{PASSWORD}\n"), &[command]).code, Some(4), "{command}");
    }
    assert_eq!(stranger.requests(), [] as [String; 0]);

    // Not even a redirect takes a password elsewhere.
    let redirect = format!(
        "HTTP/1.1 307 Temporary Redirect\r\nLocation: {}/api/v1/sessions\r\n\
         Content-Length: 0\r\nConnection: close\r\n\r\n",
        stranger.url
    );
    let first = Responder::greeting_then(redirect);
    assert_eq!(Person::at(&first.url).pipes(&credentials(), &["login"]).code, Some(5));
    assert!(first.requests().concat().contains(PASSWORD));
    assert_eq!(stranger.requests(), [] as [String; 0]);

    // Nor does a proxy see what is meant for this machine.
    let proxy = Responder::json("200 OK", "{}");
    let proxies = ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];
    let env = proxies.map(|name| (name.to_owned(), proxy.url.clone())).to_vec();
    let near = Responder::greeting_then(whole("200 OK", "{}"));
    let ann = Person { env, ..Person::at(&near.url) };
    ann.pipes(&credentials(), &["login"]);
    assert_eq!(proxy.requests(), [] as [String; 0]);
    // Greeted without a password, and sent it once.
    let requests = near.requests();
    let [greeting, log_in] = requests.as_slice() else { panic!("{requests:?}") };
    assert!(greeting.starts_with("GET ") && log_in.starts_with("POST "), "{requests:?}");
    assert!(!greeting.contains(PASSWORD) && !greeting.contains(EMAIL), "{greeting}");
    assert!(log_in.contains(PASSWORD), "{log_in}");
}

#[test]
fn plain_http_to_another_machine_is_refused_before_anything_is_asked() {
    let ran = Person::at("http://id.example.org").pipes(&credentials(), &["login"]);
    let sentence =
        "Over http:// others could read your password; give the server's https:// address.";
    assert_says(&ran, 2, sentence);
}

#[test]
fn without_any_server_it_asks_for_one() {
    let ran = Person::at("").pipes(&credentials(), &["login"]);
    assert_says(&ran, 2, "No server is known yet; name yours with --server https://….");
}

#[test]
fn input_that_ends_early_changes_nothing() {
    let server = Server::start();
    let secret = Client::registered(&server).enable();
    drop(secret);
    let ann = Person::at(server.url());
    for (input, missing) in [
        (String::new(), "e-mail address"),
        ("\n".to_owned(), "e-mail address"),
        (format!("{EMAIL}\n"), "password"),
        (format!("{EMAIL}\n\n"), "password"),
        (credentials(), "two-factor code"),
    ] {
        let sentence =
            format!("The input ended before the {missing} was entered; nothing was changed.");
        assert_says(&ann.pipes(&input, &["login"]), 2, &sentence);
    }
    let long = format!("{EMAIL}\n{}\n", "p".repeat(5000));
    assert_says(&ann.pipes(&long, &["login"]), 2, "The password is too long; nothing was changed.");
    assert!(!ann.file().exists());
}

#[test]
fn giving_up_at_a_prompt_leaves_the_terminal_as_it_was() {
    let server = Server::start();
    let ann = Person::at(server.url());
    let terminal = ann.types(&["login"]).enters("Email: ", EMAIL).presses("Password: ", 'c');
    terminal.gets_its_echo_back();
    let (seen, exit) = terminal.ends();
    let expected = format!("Email: {EMAIL}\nPassword: \nInterrupted; nothing was changed.\n");
    assert_eq!((seen, exit), (expected, 130));

    let terminal = ann.types(&["login"]).enters("Email: ", EMAIL).presses("Password: ", 'd');
    terminal.gets_its_echo_back();
    let (seen, exit) = terminal.ends();
    assert_eq!(exit, 2, "{seen}");
    assert!(
        seen.ends_with("The input ended before the password was entered; nothing was changed.\n")
    );
}

#[test]
fn row_33_no_password_or_code_can_be_given_on_the_command_line() {
    let ann = Person::at("http://127.0.0.1:1");
    for arguments in [
        &["login", "--password", PASSWORD][..],
        &["login", EMAIL, PASSWORD],
        &["login", "--code", "123456"],
        &["2fa:disable", PASSWORD],
    ] {
        let ran = ann.pipes("", arguments);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{arguments:?}");
        // Nor is what was tried repeated, where logs might keep it.
        assert!(!ran.err.contains(PASSWORD) && !ran.err.contains("123456"), "{ran:?}");
        let (object, exit) = ann.json("", arguments);
        assert_eq!((object["error"]["code"].as_str(), exit), (Some("usage"), Some(2)));
        assert!(!object.to_string().contains(PASSWORD), "{object}");
    }
}

#[test]
fn a_script_gets_a_command_line_that_is_not_understood_as_json() {
    let ann = Person::at("http://127.0.0.1:1");
    for (arguments, what) in [
        (&["fly"][..], "'fly'"),
        (&["login", "--fast"], "'--fast'"),
        (&["completions"], "not provided: <SHELL>"),
        (&["completions", "dos"], "'dos'"),
        (&[], "requires a subcommand"),
    ] {
        let (object, exit) = ann.json("", arguments);
        assert_eq!((object["error"]["code"].as_str(), exit), (Some("usage"), Some(2)), "{object}");
        assert!(object["error"]["message"].as_str().unwrap().contains(what), "{object}");
        assert_eq!(ann.pipes("", &[arguments, &["--json"]].concat()).err, "");
        let ran = ann.pipes("", arguments);
        assert!(ran.code == Some(2) && ran.out.is_empty(), "{ran:?}");
        assert!(ran.err.contains("--help") && !ran.err.contains('{'), "{ran:?}");
    }
}

#[test]
fn help_lists_the_commands_and_every_exit_code() {
    let help = Person::at("").pipes("", &["--help"]);
    assert_eq!(help.code, Some(0));
    for word in ["login", "whoami", "logout", "2fa", "2fa:disable", "--server", "--json"] {
        assert!(help.out.contains(word), "{word}");
    }
    for code in [0, 1, 2, 3, 4, 5, 6, 7, 130] {
        assert!(help.out.contains(&format!("\n{code:>5}  ")), "{code}: {}", help.out);
    }
}

#[test]
fn a_log_in_file_that_others_can_read_is_closed_to_them_and_told() {
    let server = Server::start();
    Client::registered(&server);
    let ann = Person::at(server.url());
    assert_eq!(ann.pipes(&credentials(), &["login"]).code, Some(0));
    fs::set_permissions(ann.file(), fs::Permissions::from_mode(0o644)).unwrap();
    let ran = ann.pipes("", &["whoami"]);
    assert_eq!(ran.out, format!("{EMAIL}\n"));
    assert!(
        ran.err.starts_with("Others on this machine could read your log-in file"),
        "{}",
        ran.err
    );
    assert_eq!(fs::metadata(ann.file()).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(ann.pipes("", &["whoami"]).err, "");
}

#[test]
fn a_result_that_nobody_gets_is_no_success() {
    let server = Server::start();
    Client::registered(&server);
    let ann = Person::at(server.url());
    assert_eq!(ann.pipes(&credentials(), &["login"]).code, Some(0));
    let documents = [&["completions", "bash"][..], &["completions", "zsh"], &["man"]];
    for arguments in [&["whoami"][..], &["whoami", "--json"]].into_iter().chain(documents) {
        let mut command = ann.command(arguments);
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let ran = command.stdout(full).output().unwrap();
        let said = String::from_utf8(ran.stderr).unwrap();
        assert_eq!(ran.status.code(), Some(7), "{said}");
        assert!(said.starts_with("It was done, but the result could not be written"), "{said}");
    }
}

#[test]
fn a_pipe_in_place_of_the_log_in_file_is_refused_at_once() {
    let ann = Person::at("http://127.0.0.1:1");
    fs::create_dir_all(ann.file().parent().unwrap()).unwrap();
    let made = Command::new("mkfifo").arg(ann.file()).status().unwrap();
    assert!(made.success());
    let sentence = format!(
        "The log-in file {} is not a file; move it away and log in again.",
        ann.file().display()
    );
    let began = Instant::now();
    assert_says(&ann.pipes("", &["whoami"]), 6, &sentence);
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_log_in_that_cannot_be_kept_is_told_with_what_to_do() {
    let server = Server::start();
    Client::registered(&server);
    let dir = tempfile::tempdir().unwrap();
    // A file where the folder should be made: not even root can.
    fs::write(dir.path().join("holdfast"), "").unwrap();
    let env = vec![("XDG_CONFIG_HOME".to_owned(), dir.path().display().to_string())];
    let ann = Person { env, ..Person::at(server.url()) };
    let ran = ann.pipes(&credentials(), &["login"]);
    assert_eq!(ran.code, Some(6), "{}", ran.err);
    assert!(ran.err.ends_with("or name another folder with XDG_CONFIG_HOME.\n"), "{}", ran.err);
}

#[test]
fn a_server_that_says_nothing_is_given_up_in_15_seconds() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let ann = Person::at(&format!("http://{}", silent.local_addr().unwrap()));
    let began = Instant::now();
    let ran = ann.pipes(&credentials(), &["login"]);
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    assert!(ran.err.contains("(no answer within 15 seconds)"), "{}", ran.err);
    assert!(began.elapsed() < Duration::from_secs(25));
}

#[test]
fn a_log_in_file_that_is_damaged_or_out_of_reach_is_told() {
    let ann = Person::at("http://127.0.0.1:1");
    fs::create_dir_all(ann.file().parent().unwrap()).unwrap();
    for damage in ["", "{", "[]", "{\"logins\":{\"x\":1}}", "\u{0}\u{1}"] {
        fs::write(ann.file(), damage).unwrap();
        fs::set_permissions(ann.file(), fs::Permissions::from_mode(0o600)).unwrap();
        let sentence = format!(
            "The log-in file {} is damaged; delete it and log in again.",
            ann.file().display()
        );
        assert_says(&ann.pipes("", &["whoami"]), 6, &sentence);
        assert_eq!(fs::read_to_string(ann.file()).unwrap(), damage, "it is left as it was");
    }
    let env = vec![("XDG_CONFIG_HOME".to_owned(), "/dev/null".to_owned())];
    let nowhere = Person { env, ..Person::at("http://127.0.0.1:1") };
    let ran = nowhere.pipes("", &["whoami"]);
    assert_eq!(ran.code, Some(6), "{}", ran.err);
    assert!(
        ran.err.starts_with("The log-in file /dev/null/holdfast/holdfastctl.json cannot be read")
    );
}

#[test]
fn a_log_in_that_cannot_be_kept_is_told_and_not_left_open() {
    let token = "hf_cli_0123456789abcdef";
    let login = serde_json::json!({ "email": EMAIL, "token": token });
    let server = Responder::greeting_then(whole("201 Created", &login.to_string()));
    // A folder in which nothing can be made, not even by root.
    let env = vec![("XDG_CONFIG_HOME".to_owned(), "/proc/self".to_owned())];
    let ann = Person { env, ..Person::at(&server.url) };
    let ran = ann.pipes(&credentials(), &["login"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(6), ""), "{}", ran.err);
    assert!(ran.err.contains("cannot be written"), "{}", ran.err);
    let requests = server.requests();
    let last = requests.last().map(String::as_str).unwrap_or_default();
    assert!(last.starts_with("DELETE /api/v1/sessions/current ") && last.contains(token), "{last}");
}

/// A log-in as the program itself keeps it.
fn keep(person: &Person, server: &str, token: &str) {
    fs::create_dir_all(person.file().parent().unwrap()).unwrap();
    let login = serde_json::json!({ "email": EMAIL, "token": token });
    let kept = serde_json::json!({ "server": server, "logins": { server: login } });
    fs::write(person.file(), kept.to_string()).unwrap();
    fs::set_permissions(person.file(), fs::Permissions::from_mode(0o600)).unwrap();
}
