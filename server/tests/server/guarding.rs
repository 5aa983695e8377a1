//! Sessions, cookies, forms from elsewhere, the headers that let a browser help, and what is forgotten.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use holdfast_testkit::{Server, program};

use crate::client::{Client, EMAIL, PASSWORD, code, now, settle};

#[test]
fn row_30_logging_in_gives_a_new_token_and_logging_out_ends_it_on_the_server() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    let first = ann.cookies.clone();
    assert!(first.values().all(|token| token.len() >= 43), "256 bits in base64url");
    ann.log_in();
    assert_ne!(ann.cookies, first);
    let mut thief = Client::of(&server);
    thief.cookies = first;
    assert!(!thief.is_signed_in(), "a fresh log-in ends what the browser had before");
    thief.cookies = ann.cookies.clone();
    assert!(thief.is_signed_in());
    assert_eq!(ann.post("/logout", &[]).location(), "/login");
    assert!(ann.cookies.is_empty());
    assert!(!thief.is_signed_in());
}

#[test]
fn row_30_each_step_up_gives_a_new_token_and_voids_the_old_one() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    settle();
    let secret = renewed(&mut ann, Client::begin);
    renewed(&mut ann, |ann| ann.confirm(&code(&secret, now())).must_say("is on").status);
    let password = ("password", PASSWORD);
    for (path, form) in [
        ("/account/api-key", &[password][..]),
        ("/account/two-factor/disable", &[password]),
        ("/account/password", &[password, ("new_password", "a lantern under the pier")]),
    ] {
        let answer = renewed(&mut ann, |ann| ann.submit(path, form));
        assert_eq!(answer.status, 200, "{path}");
    }
}

#[test]
fn a_try_is_forgotten_on_the_second_day_after_its_window_and_not_before() {
    const A_DAY: i64 = 86_400;
    let start = Server::on_one_disk();
    let server = start(0);
    let wrong = [("email", "nobody@example.org"), ("password", "wrong")];
    assert_eq!(Client::of(&server).post("/login", &wrong).status, 401);
    drop(server);
    // The tries of a source and of an address; there is nothing else that could be forgotten.
    let forgot = |days: i64| {
        let server = start(days * A_DAY);
        // It is done when the server starts.
        (0..20).find_map(|_| {
            thread::sleep(Duration::from_millis(100));
            server.output().lines().find(|line| line.contains("forgot")).map(str::to_owned)
        })
    };
    assert_eq!(forgot(31), None);
    let said = forgot(33).expect("they are forgotten");
    assert!(said.contains("count=2"), "{said}");
    assert_eq!(forgot(33), None);
}

/// Does something that must leave the browser with another token, and the old one void.
#[track_caller]
fn renewed<T>(ann: &mut Client, does: impl FnOnce(&mut Client) -> T) -> T {
    let token = |ann: &Client| ann.cookies.get("__Host-holdfast").cloned().expect("a token");
    let (old, old_jar) = (token(ann), ann.cookies.clone());
    let done = does(ann);
    assert_ne!(token(ann), old);
    assert!(ann.is_signed_in(), "the browser itself goes on");
    let mut thief = Client::at(&ann.url);
    thief.cookies = old_jar;
    assert!(!thief.is_signed_in(), "the old token is void");
    done
}

#[test]
fn row_30_the_code_gives_a_new_token_and_voids_the_half_one() {
    let server = Server::start();
    let secret = Client::registered(&server).enable();
    let mut other = Client::of(&server);
    other.log_in();
    let half = other.cookies.clone();
    other.enter_code(&code(&secret, now()));
    assert!(other.is_signed_in());
    assert!(!other.cookies.keys().any(|name| name.ends_with("half")));
    let mut thief = Client::of(&server);
    thief.cookies = half;
    assert_eq!(thief.get("/login/second-factor").location(), "/login");
    let renamed = thief.cookies.values().next().expect("one").clone();
    thief.cookies.insert("__Host-holdfast".to_owned(), renamed);
    assert!(!thief.is_signed_in());
}

#[test]
fn row_30_sessions_run_out_idle_and_for_good() {
    let start = Server::on_one_disk();
    const DAY: i64 = 86_400;
    let server = start(0);
    let mut ann = Client::registered(&server);
    let mut idle = Client::of(&server);
    idle.log_in();
    drop(server);
    for days in [5, 10, 15, 20, 25] {
        let server = start(days * DAY);
        ann.url = server.url().to_owned();
        assert!(ann.is_signed_in(), "used every five days, on day {days}");
        if days == 10 {
            idle.url = server.url().to_owned();
            assert!(!idle.is_signed_in(), "unused for more than 7 days");
        }
    }
    let server = start(30 * DAY);
    ann.url = server.url().to_owned();
    assert!(!ann.is_signed_in(), "30 days are the most");
}

#[test]
fn row_30_half_a_session_lasts_ten_minutes() {
    let start = Server::on_one_disk();
    let server = start(0);
    let mut ann = Client::registered(&server);
    let secret = ann.enable();
    let challenge = ann.api_open().json()["challenge"].as_str().expect("one").to_owned();
    drop(server);
    let server = start(600);
    let answer = Client::of(&server).api_code(&challenge, &code(&secret, now() + 600));
    assert_eq!((answer.status, answer.error_code()), (410, "challenge_expired".to_owned()));
}

#[test]
fn row_31_cookies_are_for_this_host_only_and_out_of_reach_of_scripts() {
    let server = Server::start();
    let mut ann = Client::of(&server);
    let answer = ann.post("/register", &[("email", EMAIL), ("password", PASSWORD)]);
    let cookie = answer.header("set-cookie").expect("a cookie");
    assert!(cookie.starts_with("__Host-"), "{cookie}");
    for attribute in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax"] {
        assert!(cookie.contains(attribute), "{attribute}");
    }
    assert!(!cookie.contains("Domain"));
}

#[test]
fn row_31_a_form_from_elsewhere_changes_nothing() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    ann.enable();
    let forms: [(&str, &[(&str, &str)]); 8] = [
        ("/register", &[("email", "eve@example.org"), ("password", PASSWORD)]),
        ("/login", &[("email", EMAIL), ("password", PASSWORD)]),
        ("/login/second-factor", &[("code", "000000")]),
        ("/logout", &[]),
        ("/account/api-key", &[("password", PASSWORD)]),
        ("/account/two-factor/enable", &[("password", PASSWORD)]),
        ("/account/two-factor/enable/confirm", &[("code", "000000")]),
        ("/account/two-factor/disable", &[("password", PASSWORD)]),
    ];
    for origin in [None, Some("null"), Some("https://evil.example.org")] {
        ann.origin = origin.map(str::to_owned);
        for (path, form) in forms {
            assert_eq!(ann.post(path, form).status, 403, "{path} from {origin:?}");
        }
    }
    assert!(ann.two_factor_is_on());
}

#[test]
fn row_31_nothing_changes_by_get() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    ann.enable();
    for path in ["/logout", "/account/two-factor/enable/confirm"] {
        assert_eq!(ann.get(path).status, 405, "{path}");
    }
    ann.get(&format!("/account/two-factor/disable?password={PASSWORD}").replace(' ', "+"));
    assert!(ann.two_factor_is_on());
}

#[test]
fn row_32_every_answer_carries_its_guards() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    for path in [
        "/account",
        "/login",
        "/logout",
        "/nothing",
        "/favicon.ico",
        "/api/v1/account",
        "/api/v1/sessions",
        "/static/style.css",
    ] {
        let answer = ann.get(path);
        let policy = answer.header("content-security-policy").expect("a policy");
        assert!(policy.starts_with("default-src 'none'"), "{path}");
        assert!(!policy.contains("unsafe"), "{path}");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("same-origin"), "{path}");
        assert_eq!(answer.header("cross-origin-opener-policy"), Some("same-origin"), "{path}");
        for inline in ["<script>", "style=", "<style", "onclick", "javascript:"] {
            assert!(!answer.body.contains(inline), "{path} has {inline}");
        }
    }
}

#[test]
fn row_32_under_tls_browsers_are_told_to_insist_on_it_and_under_dev_they_are_not() {
    let server = Server::start();
    assert_eq!(Client::of(&server).get("/login").header("strict-transport-security"), None);
    let dir = tempfile::tempdir().expect("a folder");
    let (_running, url) = without_dev(dir.path());
    let page = Client::at(&url).get("/login");
    assert_eq!(page.header("strict-transport-security"), Some("max-age=31536000"));
}

#[test]
fn row_31_under_dev_another_name_for_this_machine_is_refused() {
    let server = Server::start();
    let mut ann = Client::of(&server);
    let port = server.url().rsplit_once(':').expect("a port").1.to_owned();
    for path in ["/login", "/api/v1/account"] {
        ann.host = Some(format!("evil.example.org:{port}"));
        let answer = ann.get(path);
        assert_eq!(answer.status, 421, "{path}");
        answer.must_say("was started to be tried out on its own machine");
        assert!(answer.header("content-security-policy").is_some(), "{path}");
        ann.host = Some(format!("localhost:{port}"));
        assert_ne!(ann.get(path).status, 421, "{path}");
    }
}

#[test]
fn every_refusal_says_what_to_do() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    let page = ann.get("/logout");
    assert_eq!(page.status, 405);
    page.must_say("does not answer that kind of request").must_say("href=\"/account\"");
    assert!(page.header("allow").is_some());
    let answer = ann.get("/api/v1/sessions");
    assert_eq!((answer.status, answer.error_code()), (405, "method_not_allowed".to_owned()));
    let big = "x".repeat(40_000);
    let page = ann.post("/login", &[("email", &big), ("password", "x")]);
    assert_eq!(page.status, 413);
    page.must_say("too large for this form");
    let body = serde_json::json!({"email": big, "password": "x"});
    let answer = ann.api_post("/sessions", None, &body);
    assert_eq!((answer.status, answer.error_code()), (413, "too_large".to_owned()));
    assert_eq!(ann.get("/favicon.ico").header("content-type"), Some("image/svg+xml"));
    ann.get("/account").must_say("rel=\"icon\"");
}

/// The program as an operator starts it, without `--dev`; it ends with the process returned.
fn without_dev(dir: &Path) -> (Running, String) {
    let mut child = Command::new(program("holdfast-server"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(dir.join("data"))
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
    let url = line.trim().strip_prefix("listening on ").expect("its address").to_owned();
    (Running(child), url)
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn what_a_person_typed_is_shown_as_text() {
    let server = Server::start();
    let mut eve = Client::of(&server);
    let answer =
        eve.post("/login", &[("email", "\"><script>alert(1)</script>"), ("password", "x")]);
    assert!(!answer.body.contains("<script"), "{}", answer.body);
}
