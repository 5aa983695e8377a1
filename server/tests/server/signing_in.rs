//! Logging in: replay, drift, guesses, and what strangers can and cannot learn or break.

use std::sync::Barrier;
use std::thread;

use holdfast_testkit::{Server, ServerOptions};

use crate::client::{Answer, Client, EMAIL, PASSWORD, code, now, settle, wrong_code};
use crate::hostile::raw;

#[test]
fn row_06_a_code_accepted_once_is_refused_later() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    let secret = ann.enable();
    let typed = code(&secret, now());
    let mut first = half_way(&server);
    let mut second = half_way(&server);
    assert_eq!(first.enter_code(&typed).location(), "/account");
    second.enter_code(&typed).must_say("That code has been used already");
    assert!(!second.is_signed_in());
    // The step before is older than an accepted one.
    second.enter_code(&code(&secret, now() - 30)).must_say("That code has been used already");
}

#[test]
fn row_07_64_parallel_submissions_of_one_code_let_exactly_one_in() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    let secret = ann.enable();
    // One challenge each, so that nothing but the code's step stands between them.
    let challenges = challenges(&mut ann, 64);
    settle();
    // The step may have changed since enabling; what counts is that all send the same code.
    let typed = code(&secret, now());
    let (url, together) = (server.url(), Barrier::new(challenges.len()));
    let answers: Vec<Answer> = thread::scope(|scope| {
        let threads: Vec<_> = challenges
            .iter()
            .map(|challenge| {
                scope.spawn(|| {
                    let mut client = Client::at(url);
                    together.wait();
                    client.api_code(challenge, &typed)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("an answer")).collect()
    });
    let accepted = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(accepted, 1, "accepted {accepted} of 64");
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        answer.must_say("That code has been used already");
    }
}

#[test]
fn row_35_many_log_ins_at_once_do_not_fill_the_memory() {
    let mut server = Server::start();
    let together = Barrier::new(64);
    let url = server.url().to_owned();
    thread::scope(|scope| {
        for person in 0..64 {
            let (together, url) = (&together, &url);
            scope.spawn(move || {
                let mut client = Client::at(url);
                let email = format!("person{person}@example.org");
                let form = [("email", email.as_str()), ("password", PASSWORD)];
                together.wait();
                assert_eq!(client.post("/register", &form).location(), "/account");
                let wrong = [("email", email.as_str()), ("password", "a wild guess")];
                assert_eq!(client.post("/login", &wrong).status, 401);
                assert_eq!(client.post("/login", &form).location(), "/account");
            });
        }
    });
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.process().id()))
        .expect("what the system knows of it");
    for line in ["VmHWM:", "VmRSS:"] {
        let (_, rest) = status.split_once(line).expect(line);
        let kib: u64 = rest.split_whitespace().next().and_then(|n| n.parse().ok()).expect("KiB");
        println!("{line} {} MiB", kib / 1024);
        assert!(kib < 150 * 1024, "{line} {} MiB", kib / 1024);
    }
}

#[test]
fn row_08_the_code_that_confirmed_does_not_also_log_in() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    settle();
    let secret = ann.begin();
    let typed = code(&secret, now());
    ann.confirm(&typed).must_say("is on");
    let mut other = half_way(&server);
    other.enter_code(&typed).must_say("That code has been used already");
    assert!(!other.is_signed_in());
}

#[test]
fn row_09_the_servers_clock_decides() {
    let server = Server::start_with(ServerOptions { clock_offset: 3600, ..Default::default() });
    let mut ann = Client::registered(&server);
    settle();
    let secret = ann.begin();
    ann.confirm(&code(&secret, now())).must_say("That code is not right");
    ann.confirm(&code(&secret, now() + 3600)).must_say("is on");
}

#[test]
fn row_10_parallel_guesses_do_not_exceed_the_limit() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    let secret = ann.enable();
    let challenges = challenges(&mut ann, 64);
    let wrong = wrong_code(&secret, now());
    let (url, together) = (server.url(), Barrier::new(challenges.len()));
    let statuses: Vec<u16> = thread::scope(|scope| {
        let threads: Vec<_> = challenges
            .iter()
            .map(|challenge| {
                scope.spawn(|| {
                    let mut client = Client::at(url);
                    together.wait();
                    client.api_code(challenge, &wrong).status
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("an answer")).collect()
    });
    let evaluated = statuses.iter().filter(|status| **status == 401).count();
    assert_eq!(evaluated, 3, "three tries are free and no more are looked at");
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 61);
}

#[test]
fn row_10_a_wrong_code_is_charged_even_if_the_server_dies_at_once() {
    let dir = tempfile::tempdir().expect("a folder");
    let start = || {
        let data_dir = Some(dir.path().to_owned());
        Server::start_with(ServerOptions { data_dir, ..Default::default() })
    };
    let mut server = start();
    let secret = Client::registered(&server).enable();
    let mut other = half_way(&server);
    for _ in 0..3 {
        assert_eq!(other.enter_code(&wrong_code(&secret, now())).status, 422);
        server.process().kill();
        server = start();
        other.url = server.url().to_owned();
        other.origin = Some(other.url.clone());
    }
    assert_eq!(other.enter_code(&wrong_code(&secret, now())).status, 429);
}

#[test]
fn row_11_after_three_wrong_codes_comes_a_wait_that_names_its_length() {
    let start = Server::on_one_disk();
    let server = start(0);
    let secret = Client::registered(&server).enable();
    let mut other = half_way(&server);
    for _ in 0..3 {
        assert_eq!(other.enter_code(&wrong_code(&secret, now())).status, 422);
    }
    let answer = other.enter_code(&code(&secret, now()));
    assert_eq!(answer.status, 429, "even the right code waits");
    let wait: u64 = answer.header("retry-after").expect("a wait").parse().expect("seconds");
    assert!((1..=30).contains(&wait), "{wait}");
    answer.must_say("Too many tries. Try again in ");
    drop(server);

    let server = start(31);
    other.url = server.url().to_owned();
    other.origin = Some(other.url.clone());
    settle();
    assert_eq!(other.enter_code(&wrong_code(&secret, now() + 31)).status, 422);
    let answer = other.enter_code(&code(&secret, now() + 31));
    let wait: u64 = answer.header("retry-after").expect("a wait").parse().expect("seconds");
    assert!((31..=60).contains(&wait), "the second wait is twice the first: {wait}");
}

#[test]
fn row_12_the_counters_of_password_and_code_are_apart() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    let secret = ann.enable();
    let mut other = half_way(&server);
    let mut third = half_way(&server);
    for _ in 0..3 {
        other.enter_code(&wrong_code(&secret, now()));
    }
    assert_eq!(other.enter_code(&wrong_code(&secret, now())).status, 429);
    let mut again = Client::of(&server);
    assert_eq!(again.log_in().location(), "/login/second-factor", "the password is not slowed");
    assert_eq!(again.enter_code(&code(&secret, now())).status, 429, "nor does it reset the code");

    // Somebody without the password cannot use up the code's tries, nor its owner's.
    let mut stranger = Client::of(&server);
    for _ in 0..4 {
        stranger.post("/login", &[("email", EMAIL), ("password", "a wild guess")]);
    }
    assert_eq!(stranger.log_in().status, 429);
    assert_eq!(third.enter_code("000000").status, 429);
    assert!(ann.is_signed_in());
}

#[test]
fn row_12_and_38_a_stranger_elsewhere_does_not_keep_the_owner_out() {
    let log_in = |server: &Server, from: &str, password: &str| {
        let form = format!("email={EMAIL}&password={password}");
        let kind = format!("application/x-www-form-urlencoded\r\nx-forwarded-for: {from}");
        let answer = raw(server, "POST", "/login", &kind, form.as_bytes());
        answer.split(' ').nth(1).expect("a status").to_owned()
    };
    let owners = PASSWORD.replace(' ', "+");
    let args = vec!["--proxy".to_owned(), "127.0.0.1".to_owned()];
    let server = Server::start_with(ServerOptions { args, ..Default::default() });
    Client::registered(&server);
    for status in ["401", "401", "401", "429", "429", "429"] {
        // What a stranger writes before the proxy's own hop is no other stranger.
        assert_eq!(log_in(&server, "198.51.100.7, 203.0.113.9", "guess"), status);
    }
    assert_eq!(log_in(&server, "203.0.113.9", &owners), "429");
    assert_eq!(log_in(&server, "192.0.2.1", &owners), "303", "the owner is elsewhere");

    // Many strangers together slow each other, and her, by seconds.
    for stranger in 0..30 {
        assert_eq!(log_in(&server, &format!("198.51.100.{stranger}"), "guess"), "401");
    }
    assert_eq!(log_in(&server, "198.51.100.200", "guess"), "429");
    thread::sleep(std::time::Duration::from_secs(6));
    assert_eq!(log_in(&server, "192.0.2.1", &owners), "303");

    let server = Server::start();
    Client::registered(&server);
    for (from, status) in ["1", "2", "3", "4"].into_iter().zip(["401", "401", "401", "429"]) {
        let from = format!("198.51.100.{from}");
        assert_eq!(log_in(&server, &from, "guess"), status, "nobody said that it is a proxy");
    }
}

#[test]
fn row_12_a_right_code_forgives_no_wrong_password() {
    let server = Server::start();
    let secret = Client::registered(&server).enable();
    let mut half = half_way(&server);
    let mut stranger = Client::of(&server);
    for _ in 0..3 {
        stranger.post("/login", &[("email", EMAIL), ("password", "a wild guess")]);
    }
    assert_eq!(half.enter_code(&code(&secret, now())).location(), "/account");
    assert_eq!(stranger.log_in().status, 429);
}

#[test]
fn row_13_spacing_gives_no_further_tries_and_no_way_round_the_replay_check() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    let secret = ann.enable();
    let typed = code(&secret, now());
    let spaced = format!(" {}-{} ", &typed[..3], &typed[3..]);
    let wide: String = typed
        .chars()
        .map(|c| char::from_u32(u32::from(c) - 0x30 + 0xff10).expect("a full-width digit"))
        .collect();
    let mut first = half_way(&server);
    assert_eq!(first.enter_code(&spaced).location(), "/account");
    let mut other = half_way(&server);
    for again in [&typed, &spaced, &wide, &typed, &spaced] {
        // More than three of them, and still no wait: a replay is not counted as a failure.
        other.enter_code(again).must_say("That code has been used already");
    }
    let wrong = wrong_code(&secret, now());
    for written in [wrong.clone(), format!("{} {}", &wrong[..3], &wrong[3..]), wrong.clone()] {
        assert_eq!(other.enter_code(&written).status, 422);
    }
    assert_eq!(other.enter_code(&wrong).status, 429);
}

#[test]
fn row_22_an_app_code_is_not_looked_at_without_the_right_password() {
    let server = Server::start();
    let secret = Client::registered(&server).enable();
    let mut stranger = Client::of(&server);
    let form = [("email", EMAIL), ("password", "a wild guess")];
    assert_eq!(stranger.post("/login", &form).status, 401);
    for _ in 0..5 {
        assert_eq!(stranger.enter_code(&wrong_code(&secret, now())).location(), "/login");
    }
    let mut owner = half_way(&server);
    assert_eq!(owner.enter_code(&code(&secret, now())).location(), "/account", "no wait for her");
}

#[test]
fn row_34_an_unknown_person_and_a_wrong_password_look_alike() {
    let server = Server::start();
    Client::registered(&server);
    let mut stranger = Client::of(&server);
    for status in [401, 401, 401, 429] {
        let mut answers = [EMAIL, "nobody@example.org"].map(|email| {
            let answer = stranger.post("/login", &[("email", email), ("password", "a wild guess")]);
            assert_eq!(answer.status, status, "{email}");
            let headers: Vec<String> =
                answer.headers.iter().map(|(name, _)| name.clone()).collect();
            (answer.body.replace(email, "…"), headers)
        });
        if status == 429 {
            // The seconds left may differ by the time between the two.
            for (body, _) in &mut answers {
                body.retain(|c| !c.is_ascii_digit());
            }
        }
        assert_eq!(answers[0], answers[1]);
    }
}

/// Counted in processor time of the server alone, so that a busy machine changes nothing.
#[test]
fn row_34_and_take_the_same_time() {
    let mut server = Server::start();
    Client::registered(&server);
    let process = server.process().id();
    let mut stranger = Client::of(&server);
    let mut work = |email: &str| {
        let before = ticks(process);
        for _ in 0..3 {
            let answer = stranger.post("/login", &[("email", email), ("password", "a wild guess")]);
            assert_eq!(answer.status, 401);
        }
        ticks(process) - before
    };
    let (known, unknown) = (work(EMAIL), work("nobody@example.org"));
    let (less, more) = (known.min(unknown), known.max(unknown));
    assert!(less >= 3, "three hashes take longer than {less} ticks");
    assert!(more < less * 2, "known {known} ticks, unknown {unknown} ticks");
}

/// The processor time that a process has used, in ticks of the system's clock (usually 10 ms).
fn ticks(process: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).expect("it runs");
    // After the name, which may hold anything: field 3 of proc_pid_stat(5); utime is 14, stime 15.
    let (_, fields) = stat.rsplit_once(')').expect("a name");
    fields.split_whitespace().skip(11).take(2).map(|one| one.parse::<u64>().expect("ticks")).sum()
}

#[test]
fn row_35_a_hash_of_weaker_parameters_is_made_anew_at_the_next_log_in() {
    let server = Server::start();
    Client::registered(&server);
    let db = rusqlite::Connection::open(server.data_dir().join("holdfast.db")).expect("it");
    let kept = || -> String {
        db.query_row("SELECT password FROM accounts", [], |row| row.get(0)).expect("a hash")
    };
    let (salt, mut out) = ([7; 16], [0; 32]);
    let params = argon2::Params::new(4096, 1, 1, None).expect("parameters");
    let weak = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    weak.hash_password_into(PASSWORD.as_bytes(), &salt, &mut out).expect("hashed");
    let text = |bytes: &[u8]| data_encoding::BASE64_NOPAD.encode(bytes);
    let old = format!("$argon2id$v=19$m=4096,t=1,p=1${}${}", text(&salt), text(&out));
    db.execute("UPDATE accounts SET password = ?1", [&old]).expect("an old hash");
    let mut ann = Client::of(&server);
    let wrong = [("email", EMAIL), ("password", "a wild guess")];
    assert_eq!(ann.post("/login", &wrong).status, 401);
    assert_eq!(kept(), old, "a wrong password makes nothing anew");
    assert_eq!(ann.log_in().location(), "/account", "the old hash is good");
    let new = kept();
    assert!(new.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{new}");
    assert_eq!(ann.log_in().location(), "/account", "and so is the new one");
    assert_eq!(kept(), new, "once is enough");
}

#[test]
fn row_35_what_register_refuses_it_says_and_keeps_the_address() {
    let server = Server::start();
    let mut ann = Client::of(&server);
    for (email, password, says) in [
        ("ann@example.org", "k3lp&!x", "too short"),
        ("ann@example.org", "password1", "easy to guess"),
        ("ann@example.org", "ann@example.org", "easy to guess"),
        ("no address", PASSWORD, "That is not an e-mail address"),
    ] {
        let answer = ann.post("/register", &[("email", email), ("password", password)]);
        assert_eq!(answer.status, 422);
        answer.must_say(says).must_say(&format!("value=\"{email}\""));
        assert!(!answer.body.contains(password) || password == email);
    }
    let long = "a rather long pass phrase about the tide, ".repeat(8);
    let answer = ann.post("/register", &[("email", EMAIL), ("password", &long)]);
    assert_eq!(answer.location(), "/account");
    let answer = ann.post("/register", &[("email", EMAIL), ("password", PASSWORD)]);
    answer.must_say("There is an account with this e-mail address");
    let mut other = Client::of(&server);
    assert_eq!(
        other.post("/login", &[("email", EMAIL), ("password", &long)]).location(),
        "/account"
    );
    let cut = &long[..long.len() - 1];
    assert_eq!(other.post("/login", &[("email", EMAIL), ("password", cut)]).status, 401);
}

/// Somebody whose password was right, at the question for the code.
fn half_way(server: &Server) -> Client {
    let mut client = Client::of(server);
    assert_eq!(client.log_in().location(), "/login/second-factor");
    client
}

/// Log-ins that got as far as the code.
fn challenges(ann: &mut Client, count: usize) -> Vec<String> {
    let one = |_| ann.api_open().json()["challenge"].as_str().expect("one").to_owned();
    (0..count).map(one).collect()
}
