//! Recovery codes, points R4 to R6 of the guide and rows 19 to 21 of the requirements.

use std::sync::Barrier;
use std::thread;

use holdfast_server::domain::account::CopyKey;
use holdfast_server::domain::ids::AccountId;
use holdfast_server::domain::password::Password;
use holdfast_server::keyring::Keyring;
use holdfast_server::passwords::Passwords;
use holdfast_server::random::system_random;
use holdfast_testkit::{Server, ServerOptions};
use serde_json::json;

use crate::client::{Answer, Client, EMAIL, PASSWORD, codes_on, now, settle, wrong_code};

const CODES: &str = "/account/two-factor/codes";
const NEW: &str = "/account/two-factor/codes/new";
const STORED: &str = "/account/two-factor/codes/stored";

#[test]
fn r4_the_codes_come_right_after_the_first_code_and_finishing_needs_one_of_them() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    ann.enable();
    ann.get("/account/done").must_say(&format!("href=\"{CODES}\""));
    let page = ann.get(CODES);
    let codes = codes_on(&page);
    page.must_say("Finish").must_say("Download as a text file").must_say("data-does=\"print\"");
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(codes.len(), 10);
    ann.get("/account").must_say("Your recovery codes are not stored yet");

    ann.post(STORED, &[("code", "not a code")]).must_say("That is not a recovery code");
    let wrong = ann.post(STORED, &[("code", "0000-0000-0000-0000")]);
    wrong.must_say("That is not one of your recovery codes").must_say(&codes[0]);
    ann.get("/account").must_say("Your recovery codes are not stored yet");
    let typed = codes[4].to_lowercase().replace('-', " ");
    assert_eq!(ann.post(STORED, &[("code", &typed)]).location(), "/account");
    ann.get("/account").must_say("10 of your 10 recovery codes are left");
    assert_eq!(half_way(&server).enter_code(&codes[4]).location(), "/account/done", "not spent");
}

#[test]
fn r4_the_text_file_has_the_codes_and_what_they_are_for() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    ann.enable();
    let codes = ann.recovery_codes();
    let file = ann.get("/account/two-factor/codes.txt");
    assert_eq!(file.header("content-type"), Some("text/plain; charset=utf-8"));
    assert!(file.header("content-disposition").is_some_and(|name| name.contains("attachment")));
    file.must_say(EMAIL).must_say("Each code works once").must_say(&format!(" 1.  {}\n", codes[0]));
    assert!(codes.iter().all(|code| file.body.contains(code)));
    let mut other = Client::of(&server);
    assert_eq!(other.get("/account/two-factor/codes.txt").location(), "/login");
    // The same session in a browser that has not just shown the password.
    other.cookies.clone_from(&ann.cookies);
    other.cookies.remove("__Host-holdfast-news");
    let answer = other.get("/account/two-factor/codes.txt");
    assert_eq!((answer.status, answer.location()), (303, CODES), "{}", answer.body);
}

#[test]
fn row_19_ten_codes_of_16_characters_that_are_all_different() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    ann.enable();
    let mut codes = ann.recovery_codes();
    for code in &codes {
        assert_eq!(code.len(), 19, "{code}");
        assert!(code.chars().all(|c| "0123456789ABCDEFGHJKMNPQRSTVWXYZ-".contains(c)), "{code}");
    }
    codes.sort();
    codes.dedup();
    assert_eq!(codes.len(), 10);
}

#[test]
fn row_19_and_20_neither_codes_nor_their_bare_digests_are_in_the_database() {
    let dir = tempfile::tempdir().expect("a folder");
    let data_dir = Some(dir.path().to_owned());
    let server = Server::start_with(ServerOptions { data_dir, ..Default::default() });
    let mut ann = Client::registered(&server);
    ann.enable();
    let codes = ann.recovery_codes();
    assert_eq!(half_way(&server).enter_code(&codes[0]).location(), "/account/done");
    let said = server.output();
    drop(server);
    let db = rusqlite::Connection::open(dir.path().join("holdfast.db")).expect("the database");
    let (salt, digests): (Vec<u8>, Vec<u8>) = db
        .query_row("SELECT salt, digests FROM recovery", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .expect("one set");
    // Argon2id of a code under the set's salt is known to whoever has the database and guesses it:
    // it must not stand there without the server's key.
    let params = argon2::Params::new(19_456, 2, 1, None).expect("parameters");
    let argon2 = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    let code = holdfast_server::domain::recovery::RecoveryCode::parse(&codes[1]).expect("a code");
    let mut bare = [0; 32];
    argon2.hash_password_into(code.as_bytes(), &salt, &mut bare).expect("hashed");
    assert!(digests.len() > 10 * 32, "all ten are there, sealed");
    let mut everything = said.into_bytes();
    for name in ["holdfast.db", "holdfast.db-wal"] {
        everything.extend(std::fs::read(dir.path().join(name)).unwrap_or_default());
    }
    let has = |what: &[u8]| everything.windows(what.len()).any(|part| part == what);
    assert!(has(&salt), "the search finds what is there");
    assert!(!has(&bare), "a bare digest");
    for code in &codes {
        let bytes = holdfast_server::domain::recovery::RecoveryCode::parse(code).expect("a code");
        assert!(!has(code.as_bytes()) && !has(bytes.as_bytes()), "a code");
    }
}

#[test]
fn row_19_each_set_has_a_salt_of_its_own() {
    let server = Server::start();
    let mut salts = vec![];
    let mut look = || {
        let db = rusqlite::Connection::open(server.data_dir().join("holdfast.db")).expect("open");
        let all = "SELECT salt FROM recovery";
        let mut all = db.prepare(all).expect("a statement");
        let found = all.query_map([], |row| row.get::<_, Vec<u8>>(0)).expect("rows");
        salts.extend(found.map(|salt| salt.expect("a salt")));
    };
    let mut ann = Client::registered(&server);
    ann.enable();
    look();
    assert_eq!(ann.post(NEW, &[("password", PASSWORD)]).location(), CODES);
    look();
    let mut bob = Client::of(&server);
    bob.post("/register", &[("email", "bob@example.org"), ("password", PASSWORD)]);
    bob.enable();
    look();
    // Hers, her new one, and both of the last look; a constant one would be one.
    salts.sort();
    salts.dedup();
    assert_eq!(salts.len(), 3, "{salts:?}");
    assert!(salts.iter().all(|salt| salt.len() == 16 && salt.iter().any(|byte| *byte != 0)));
}

/// Neither the operator alone (the server's key) nor a thief of the database (no key, and perhaps the
/// password) has what opens a copy: it takes both.
#[test]
fn row_20_a_copy_opens_with_the_servers_key_and_the_password_together() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    ann.enable();
    let codes = ann.recovery_codes();
    let db = rusqlite::Connection::open(server.data_dir().join("holdfast.db")).expect("open");
    let (id, public, salt, kept): (Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>) = db
        .query_row("SELECT id, copy_public, copy_salt, copy_key FROM accounts", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .expect("her row");
    let copy: Vec<u8> =
        db.query_row("SELECT copy FROM recovery", [], |row| row.get(0)).expect("a copy");
    let id = AccountId::from_bytes(&id).expect("16 bytes");
    let salt: [u8; 16] = salt.try_into().expect("16 bytes");
    let pair = |wrapped: Vec<u8>| CopyKey {
        public: public.clone().try_into().expect("32 bytes"),
        salt,
        wrapped,
    };
    let passwords = Passwords::new(1, &mut system_random()).expect("a hasher");
    let stretched = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime")
        .block_on(passwords.stretch(Password::typed(PASSWORD), salt))
        .expect("stretched");

    let key = std::fs::read(server.data_dir().join("server.key")).expect("the server's key");
    let keyring = Keyring::from_bytes(&key).expect("a key");
    let other = Keyring::from_bytes(&[7; 32]).expect("another key");
    assert!(other.open(&id, "copy_key", &kept).is_err(), "a thief has not the server's key");
    assert!(pair(kept.clone()).open(&id, &stretched, &copy).is_err(), "nor does he need none");
    let wrapped = keyring.open(&id, "copy_key", &kept).expect("the operator's part").to_vec();
    assert!(pair(wrapped.clone()).open(&id, &[0; 32].into(), &copy).is_err(), "not hers");
    let opened = pair(wrapped).open(&id, &stretched, &copy).expect("both together");
    let texts: Vec<String> = opened.iter().map(|code| code.to_text().to_string()).collect();
    assert_eq!(texts, codes);
}

#[test]
fn r5_each_code_works_once_in_the_same_field_and_the_person_is_told_how_many_are_left() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    ann.enable();
    let codes = ann.recovery_codes();
    let mut other = half_way(&server);
    other.get("/login/second-factor").must_say("recovery codes");
    assert_eq!(other.enter_code(&codes[2]).location(), "/account/done");
    let told = other.get("/account/done");
    told.must_say("9 recovery codes are left").must_say("Set up two-factor authentication anew");
    told.must_say(NEW);
    let mut again = half_way(&server);
    again.enter_code(&codes[2]).must_say("That recovery code has been used already");
    assert!(!again.is_signed_in());
    // Typed as hands do.
    let sloppy = codes[3].to_lowercase().replace('0', "o").replace('1', "l").replace('-', "");
    assert_eq!(again.enter_code(&sloppy).location(), "/account/done");
    again.get("/account/done").must_say("8 recovery codes are left");
    let left = ann.recovery_codes();
    assert_eq!(left.len(), 8, "the page that was open shows the unused ones only");
    assert!(!left.contains(&codes[2]) && !left.contains(&codes[3]));
}

#[test]
fn row_21_64_parallel_uses_of_one_code_let_exactly_one_in() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    ann.enable();
    let codes = ann.recovery_codes();
    let challenges: Vec<String> = (0..64)
        .map(|_| ann.api_open().json()["challenge"].as_str().expect("one").to_owned())
        .collect();
    let (url, together) = (server.url(), Barrier::new(challenges.len()));
    let answers: Vec<Answer> = thread::scope(|scope| {
        let threads: Vec<_> = challenges
            .iter()
            .map(|challenge| {
                let code = &codes[0];
                let together = &together;
                scope.spawn(move || {
                    let mut client = Client::at(url);
                    together.wait();
                    client.api_code(challenge, code)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("an answer")).collect()
    });
    let accepted: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
    assert_eq!(accepted.len(), 1, "accepted {} of 64", accepted.len());
    assert_eq!(accepted[0].json()["recovery_codes_left"], 9);
    for answer in answers.iter().filter(|answer| answer.status == 401) {
        answer.must_say("has been used already");
    }
    assert_eq!(ann.recovery_codes().len(), 9);
}

#[test]
fn r6_the_unused_codes_are_seen_again_after_the_password() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    ann.enable();
    let codes = ann.recovery_codes();
    let mut other = half_way(&server);
    other.enter_code(&codes[9]);
    let ask = other.get(CODES);
    ask.must_say("9 of your 10 recovery codes are left");
    assert!(codes_on(&ask).is_empty(), "not before the password");
    other.post(CODES, &[("password", "not the password")]).must_say("That password is not right");
    assert!(codes_on(&other.get(CODES)).is_empty());
    assert_eq!(other.post(CODES, &[("password", PASSWORD)]).location(), CODES);
    assert_eq!(codes_on(&other.get(CODES)), codes[..9]);
}

#[test]
fn r6_row_20_they_are_seen_after_the_password_has_changed_too() {
    const NEXT: &str = "a lantern under the pier";
    let server = Server::start();
    let mut ann = Client::registered(&server);
    ann.enable();
    let codes = ann.recovery_codes();
    let change = [("password", PASSWORD), ("new_password", NEXT)];
    ann.submit("/account/password", &change).must_say("Your password is changed");
    ann.post(CODES, &[("password", PASSWORD)]).must_say("That password is not right");
    assert_eq!(ann.post(CODES, &[("password", NEXT)]).location(), CODES);
    assert_eq!(codes_on(&ann.get(CODES)), codes);
}

#[test]
fn r6_row_21_a_new_set_voids_the_old_one() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    ann.enable();
    let old = ann.recovery_codes();
    ann.post(NEW, &[("password", "not the password")]).must_say("That password is not right");
    assert_eq!(half_way(&server).enter_code(&old[0]).location(), "/account/done", "still good");
    assert_eq!(ann.post(NEW, &[("password", PASSWORD)]).location(), CODES);
    let new = codes_on(&ann.get(CODES));
    assert_eq!(new.len(), 10);
    assert!(new.iter().all(|code| !old.contains(code)));
    let mut other = half_way(&server);
    other.enter_code(&old[1]).must_say("That recovery code is not right");
    assert_eq!(other.enter_code(&new[1]).location(), "/account/done");
}

/// Both browsers have the page open, and both press. Two sets were shown before, of which one was good.
#[test]
fn r6_of_two_who_make_new_codes_at_once_one_is_told_that_the_others_are_good() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    ann.enable();
    let old = ann.recovery_codes();
    let mut other = half_way(&server);
    other.enter_code(&old[0]);
    let of_page = |client: &mut Client| {
        let page = client.get(NEW);
        page.between("name=\"set\" value=\"", "\"").expect("the set it speaks of").to_owned()
    };
    let (anns, others) = (of_page(&mut ann), of_page(&mut other));
    let told = "Those are good now";
    // One after the other, each from a page that is as old.
    let form = [("password", PASSWORD), ("set", anns.as_str())];
    assert_eq!(ann.post(NEW, &form).location(), CODES);
    let form = [("password", PASSWORD), ("set", others.as_str())];
    let answer = other.post(NEW, &form);
    assert_eq!(answer.status, 422);
    answer.must_say(told).must_say("View recovery codes").must_say("10 of your 10");
    let good = codes_on(&ann.get(CODES));
    assert_eq!(good.len(), 10);
    assert_eq!(other.recovery_codes(), good, "whoever was overtaken sees the others'");

    // At the same moment, by whatever page.
    let together = Barrier::new(2);
    let answers: Vec<Answer> = thread::scope(|scope| {
        let presses = [&mut ann, &mut other].map(|client| {
            let together = &together;
            scope.spawn(move || {
                together.wait();
                client.post(NEW, &[("password", PASSWORD)])
            })
        });
        presses.map(|press| press.join().expect("an answer")).into()
    });
    let made = answers.iter().filter(|answer| answer.location() == CODES).count();
    let overtaken = answers.iter().filter(|answer| answer.body.contains(told)).count();
    assert_eq!((made, overtaken), (1, 1), "{answers:?}");
}

#[test]
fn row_18_viewing_and_making_new_ones_throttle_the_password() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    ann.enable();
    for path in [CODES, NEW, CODES] {
        assert_eq!(ann.post(path, &[("password", "not the password")]).status, 422);
    }
    for path in [CODES, NEW] {
        assert_eq!(ann.post(path, &[("password", PASSWORD)]).status, 429);
    }
}

#[test]
fn row_11_recovery_codes_wait_on_their_own_and_work_while_the_apps_codes_wait() {
    let dir = tempfile::tempdir().expect("a folder");
    let start = |clock_offset| {
        let data_dir = Some(dir.path().to_owned());
        Server::start_with(ServerOptions { clock_offset, data_dir, ..Default::default() })
    };
    let server = start(0);
    let mut ann = Client::registered(&server);
    let secret = ann.enable();
    let codes = ann.recovery_codes();
    let mut other = half_way(&server);
    for _ in 0..3 {
        assert_eq!(other.enter_code(&wrong_code(&secret, now())).status, 422);
    }
    assert_eq!(other.enter_code(&wrong_code(&secret, now())).status, 429);
    assert_eq!(other.enter_code(&codes[0]).location(), "/account/done", "this way is open");

    let mut other = half_way(&server);
    for _ in 0..3 {
        let answer = other.enter_code("0000-0000-0000-0000");
        answer.must_say("That recovery code is not right");
    }
    let waits = other.enter_code(&codes[1]);
    assert_eq!(waits.status, 429, "even a right one waits");
    assert!(waits.header("retry-after").is_some());
    drop(server);
    let server = start(31);
    other.url = server.url().to_owned();
    other.origin = Some(other.url.clone());
    assert_eq!(other.enter_code(&codes[1]).location(), "/account/done");
}

#[test]
fn row_22_a_recovery_code_is_not_looked_at_without_the_right_password() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    ann.enable();
    let codes = ann.recovery_codes();
    let mut stranger = Client::of(&server);
    stranger.post("/login", &[("email", EMAIL), ("password", "a wild guess")]);
    assert_eq!(stranger.enter_code(&codes[0]).location(), "/login");
    let body = json!({"challenge": "hf_half_none", "code": codes[0]});
    assert_eq!(stranger.api_post("/sessions/second-factor", None, &body).status, 410);
    assert_eq!(ann.recovery_codes().len(), 10);
}

#[test]
fn d2_disabling_voids_the_codes_and_enabling_again_makes_others() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    ann.enable();
    let old = ann.recovery_codes();
    ann.submit("/account/two-factor/disable", &[("password", PASSWORD)]).must_say("is off");
    assert_eq!(ann.get(CODES).location(), "/account");
    assert_eq!(ann.post(CODES, &[("password", PASSWORD)]).location(), "/account");
    ann.enable();
    half_way(&server).enter_code(&old[0]).must_say("That recovery code is not right");
}

#[test]
fn e4_an_enrolment_that_is_given_up_leaves_no_codes() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    settle();
    ann.begin();
    assert_eq!(ann.get(CODES).location(), "/account");
    ann.post("/account/two-factor/enable/cancel", &[]);
    assert_eq!(ann.post(NEW, &[("password", PASSWORD)]).location(), "/account");
}

/// A browser whose person has given the password.
fn half_way(server: &Server) -> Client {
    let mut client = Client::of(server);
    assert_eq!(client.log_in().location(), "/login/second-factor");
    client
}
