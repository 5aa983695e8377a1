//! Sessions, cookies, forms from elsewhere, and the headers that let a browser help.

use holdfast_testkit::{Server, ServerOptions};

use crate::client::{Client, EMAIL, PASSWORD, code, now};

#[test]
fn row_30_logging_in_gives_a_new_token_and_logging_out_ends_it_on_the_server() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    let first = ann.cookies.clone();
    assert!(first.values().all(|token| token.len() >= 43), "256 bits in base64url");
    ann.log_in();
    assert_ne!(ann.cookies, first);
    assert_eq!(ann.post("/logout", &[]).location(), "/login");
    assert!(ann.cookies.is_empty());
    let mut thief = Client::of(&server);
    thief.cookies = first;
    assert!(thief.is_signed_in(), "the first one was not logged out");
    let stolen = thief.cookies.clone();
    thief.post("/logout", &[]);
    thief.cookies = stolen;
    assert!(!thief.is_signed_in());
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
    let dir = tempfile::tempdir().expect("a folder");
    let start = |clock_offset| {
        let data_dir = Some(dir.path().to_owned());
        Server::start_with(ServerOptions { clock_offset, data_dir, ..Default::default() })
    };
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
    let dir = tempfile::tempdir().expect("a folder");
    let start = |clock_offset| {
        let data_dir = Some(dir.path().to_owned());
        Server::start_with(ServerOptions { clock_offset, data_dir, ..Default::default() })
    };
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
    for path in ["/account", "/login", "/nothing", "/api/v1/account", "/static/style.css"] {
        let answer = ann.get(path);
        let policy = answer.header("content-security-policy").expect("a policy");
        assert!(policy.starts_with("default-src 'none'"), "{path}");
        assert!(!policy.contains("unsafe"), "{path}");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("same-origin"), "{path}");
        assert_eq!(answer.header("cross-origin-opener-policy"), Some("same-origin"), "{path}");
        for inline in ["<script", "style=", "<style", "onclick", "javascript:"] {
            assert!(!answer.body.contains(inline), "{path} has {inline}");
        }
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
