//! Three servers on one PostgreSQL database behind HAProxy: people go all the way through the proxy, while
//! the servers are killed and started again under them.
//!
//! Where a server dies with a request in its hands, the proxy says so and asks nobody else: what the person
//! does then is what anybody does, look how far she has come and go on from there.

use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use holdfast_otp::Secret;
use holdfast_testkit::{Postgres, Proxy, Server, ServerOptions, free_address};
use serde_json::Value;
use tempfile::TempDir;

use crate::client::{Answer, Client, PASSWORD, code, earlier_code, now};
use crate::operator::done;

const SERVERS: usize = 3;
/// How long all servers run between two kills.
const CALM: Duration = Duration::from_millis(700);
/// How long a server stays away.
const AWAY: Duration = Duration::from_millis(200);
/// Most times that a person begins a step anew.
const PATIENCE: usize = 60;

#[test]
fn the_whole_journey_goes_through_a_proxy_while_servers_are_killed() {
    journeys(3, 1);
}

#[test]
#[ignore = "takes minutes; `./dev prove` and `./dev cluster` run it"]
fn prove_the_whole_journey_goes_through_a_proxy_while_servers_are_killed() {
    journeys(12, 8);
}

/// So many people at once, each of whom enrols, logs in, recovers and disables so many times.
fn journeys(people: usize, turns: usize) {
    let postgres = match Postgres::start() {
        Ok(postgres) => Arc::new(postgres),
        Err(sentence) => return println!("{sentence}"),
    };
    postgres.sql("postgres", "CREATE DATABASE everybody");
    let cluster = Cluster::start(&postgres);
    let proxy = match Proxy::start(&cluster.addresses) {
        Ok(proxy) => proxy,
        Err(sentence) => return println!("{sentence}"),
    };
    let url = proxy.url();
    println!("{SERVERS} servers behind {url}");
    let (over, overtaken) = (AtomicBool::new(false), AtomicUsize::new(0));
    let (kills, folder) = thread::scope(|scope| {
        let killing = scope.spawn(|| cluster.killed_until(&over));
        let walking: Vec<_> = (0..people)
            .map(|number| {
                let email = format!("person{number}@example.org");
                let overtaken = &overtaken;
                scope.spawn(move || {
                    let mut person = Person::of(email, url, overtaken);
                    person.arrives();
                    for turn in 1..=turns {
                        person.turn();
                        println!("{}: there and back, {turn} of {turns}", person.email);
                    }
                })
            })
            .collect();
        let walked: Vec<_> = walking.into_iter().map(|one| one.join()).collect();
        over.store(true, Ordering::Relaxed);
        let ended = killing.join().expect("it ends");
        assert!(walked.iter().all(Result::is_ok), "somebody was lost on the way");
        ended
    });
    let overtaken = overtaken.into_inner();
    println!(
        "{people} people, {turns} times each; {kills} kills, {overtaken} requests died with a server"
    );
    assert!(kills >= 3, "each server was to be killed: {kills}");
    done(folder.path(), &["check"], "");
    let log = done(folder.path(), &["audit"], "");
    let entries: Vec<Value> =
        log.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let count = |what: &str| entries.iter().filter(|entry| entry["what"] == what).count();
    assert_eq!(count("registered"), people);
    assert_eq!(count("two_factor_on"), people * turns, "each phone was proved once");
    assert_eq!(count("two_factor_off"), people * turns);
    let recovered = entries
        .iter()
        .filter(|entry| entry["what"] == "signed_in" && entry["factor"] == "recovery");
    assert_eq!(recovered.count(), people * turns, "each recovery code let somebody in once");
}

/// The servers, each with a folder of its own and the same key, as on machines of their own.
struct Cluster {
    addresses: Vec<SocketAddr>,
    folders: Vec<TempDir>,
    servers: Vec<Server>,
    database: String,
}

impl Cluster {
    fn start(postgres: &Postgres) -> Cluster {
        let folders: Vec<_> =
            (0..SERVERS).map(|_| TempDir::new().expect("a temporary folder")).collect();
        let addresses: Vec<_> = (0..SERVERS).map(|_| free_address()).collect();
        let database = postgres.address("everybody");
        let mut cluster = Cluster { addresses, folders, servers: Vec::new(), database };
        for number in 0..SERVERS {
            if number > 0 {
                // The first has made it; `fs::copy` keeps its mode.
                let key = |number: usize| cluster.folders[number].path().join("server.key");
                fs::copy(key(0), key(number)).expect("the key is there");
            }
            let server = cluster.server(number);
            cluster.servers.push(server);
        }
        // For the operator's commands.
        fs::write(cluster.folders[0].path().join("address-of-the-database"), &cluster.database)
            .expect("it can be written");
        cluster
    }

    fn server(&self, number: usize) -> Server {
        Server::start_with(ServerOptions {
            data_dir: Some(self.folders[number].path().to_owned()),
            listen: Some(self.addresses[number].to_string()),
            args: vec!["--proxy".to_owned(), "127.0.0.1".to_owned()],
            envs: vec![("HOLDFAST_DATABASE".to_owned(), self.database.clone())],
            ..Default::default()
        })
    }

    /// Kills one after another (SIGKILL) and starts it again; how often, and the folder of one of them.
    fn killed_until(mut self, over: &AtomicBool) -> (usize, TempDir) {
        let mut kills = 0;
        while !over.load(Ordering::Relaxed) || kills < SERVERS {
            thread::sleep(CALM);
            let number = kills % SERVERS;
            self.servers[number].process().kill();
            thread::sleep(AWAY);
            self.servers[number] = self.server(number);
            kills += 1;
        }
        (kills, self.folders.swap_remove(0))
    }
}

/// Somebody with a browser and a phone.
struct Person<'a> {
    email: String,
    client: Client,
    phone: Option<Secret>,
    overtaken: &'a AtomicUsize,
    /// What was answered last.
    last: String,
}

impl<'a> Person<'a> {
    fn of(email: String, url: &str, overtaken: &'a AtomicUsize) -> Person<'a> {
        Person { email, client: Client::at(url), phone: None, overtaken, last: String::new() }
    }

    /// Registers, whichever try it is that does it.
    fn arrives(&mut self) {
        for _ in 0..PATIENCE {
            let email = self.email.clone();
            let form = [("email", email.as_str()), ("password", PASSWORD)];
            let registered = self.posts("/register", &form);
            if registered.is_some_and(|answer| answer.location() == "/account") {
                return;
            }
            // It may have been done by a server that died before it could say so.
            let known = self.posts("/login", &form);
            if known.is_some_and(|answer| answer.location() == "/account") {
                return;
            }
        }
        panic!("{} cannot register: {}", self.email, self.last);
    }

    /// Enrols, logs in with the phone's code and with a recovery code, tries both again, and disables.
    fn turn(&mut self) {
        self.enables();
        let recovery = self.reads_a_recovery_code();
        self.client.cookies.clear();
        let spent = self.logs_in(None);
        self.is_refused(&spent, SERVERS);
        self.client.cookies.clear();
        self.logs_in(Some(&recovery));
        self.is_refused(&recovery, 1);
        self.disables();
    }

    fn enables(&mut self) {
        for _ in 0..PATIENCE {
            match self.is_on() {
                Some(true) => return,
                Some(false) => self.tries_to_enable(),
                None => {}
            }
        }
        panic!("{} cannot switch it on: {}", self.email, self.last);
    }

    /// `None` where she is not signed in just now, and has been signed in again.
    fn is_on(&mut self) -> Option<bool> {
        let page = self.gets("/account")?;
        if page.status == 200 {
            page.must_say("id=\"two-factor-state\"");
            return Some(page.body.contains("<strong>On</strong>"));
        }
        self.logs_in(None);
        None
    }

    fn tries_to_enable(&mut self) {
        let path = "/account/two-factor/enable";
        let Some(begun) = self.posts(path, &[("password", PASSWORD)]) else {
            return;
        };
        if begun.location() != "/account/two-factor/enable/scan" {
            return;
        }
        let Some(page) = self.gets("/account/two-factor/enable/scan") else {
            return;
        };
        let Some(key) = page.between("id=\"key\">", "</p>") else { return };
        let secret = Secret::from_base32(key).expect("the key is base32");
        // Of the step before, so that the present one is still good afterwards.
        let first = earlier_code(&secret);
        self.phone = Some(secret);
        let path = "/account/two-factor/enable/confirm";
        self.posts(path, &[("code", first.as_str())]);
    }

    fn reads_a_recovery_code(&mut self) -> String {
        let path = "/account/two-factor/codes";
        for _ in 0..PATIENCE {
            if self.is_on() != Some(true) {
                continue;
            }
            self.posts(path, &[("password", PASSWORD)]);
            let shown = self.gets(path);
            let codes = shown.map(|page| crate::client::codes_on(&page)).unwrap_or_default();
            if let Some(first) = codes.first() {
                return first.clone();
            }
        }
        panic!("{} is not shown her recovery codes: {}", self.email, self.last);
    }

    /// All the way in; with which code in the end.
    fn logs_in(&mut self, recovery: Option<&str>) -> String {
        let email = self.email.clone();
        let form = [("email", email.as_str()), ("password", PASSWORD)];
        for _ in 0..PATIENCE {
            let Some(answer) = self.posts("/login", &form) else { continue };
            if answer.location() == "/account" {
                return String::new();
            }
            let Some(phone) = &self.phone else { continue };
            let typed = recovery.map_or_else(|| code(phone, now()), str::to_owned);
            let entered = self.posts("/login/second-factor", &[("code", typed.as_str())]);
            let Some(entered) = entered else {
                // Perhaps it was accepted, and only the answer was lost.
                if recovery.is_some() && self.was_used(&typed) {
                    return typed;
                }
                continue;
            };
            match entered.location() {
                "/account" | "/account/done" => return typed,
                _ if entered.body.contains("has been used already") => {
                    thread::sleep(Duration::from_secs(31 - now() % 30));
                }
                _ => {}
            }
        }
        panic!("{} cannot log in: {}", self.email, self.last);
    }

    /// Whether a recovery code, typed once more, is said to be used. Then she comes in with the phone's.
    fn was_used(&mut self, recovery: &str) -> bool {
        for _ in 0..PATIENCE {
            let Some(answer) = self.asks_for_code(recovery) else { continue };
            if matches!(answer.location(), "/account" | "/account/done") {
                return true;
            }
            if answer.body.contains("has been used already") {
                self.logs_in(None);
                return true;
            }
        }
        panic!("{} is not told about her recovery code", self.email);
    }

    fn asks_for_code(&mut self, typed: &str) -> Option<Answer> {
        let email = self.email.clone();
        let form = [("email", email.as_str()), ("password", PASSWORD)];
        self.posts("/login", &form)?;
        self.posts("/login/second-factor", &[("code", typed)])
    }

    /// A code that was good once is not good again, whichever server is asked.
    fn is_refused(&mut self, spent: &str, times: usize) {
        let mut thief = Person::of(self.email.clone(), &self.client.url, self.overtaken);
        for _ in 0..times {
            if let Some(answer) = thief.asks_for_code(spent) {
                let location = answer.location();
                assert!(!location.starts_with("/account"), "{spent} was accepted again");
            }
        }
    }

    fn disables(&mut self) {
        for _ in 0..PATIENCE {
            match self.is_on() {
                Some(false) => {
                    self.phone = None;
                    return;
                }
                Some(true) => {
                    let path = "/account/two-factor/disable";
                    self.posts(path, &[("password", PASSWORD)]);
                }
                None => {}
            }
        }
        panic!("{} cannot switch it off: {}", self.email, self.last);
    }

    fn gets(&mut self, path: &str) -> Option<Answer> {
        let answer = self.client.try_get(path);
        self.hears(answer)
    }

    fn posts(&mut self, path: &str, form: &[(&str, &str)]) -> Option<Answer> {
        let answer = self.client.try_post(path, form);
        self.hears(answer)
    }

    /// What was answered; `None` where the server died over it, or says that she shall wait, which she does.
    fn hears(&mut self, answer: Result<Answer, ureq::Error>) -> Option<Answer> {
        // On a line that was open already the proxy says nothing and hangs up: browsers know what to do.
        let Ok(answer) = answer else {
            self.overtaken.fetch_add(1, Ordering::Relaxed);
            return None;
        };
        self.last = format!("{} {} {}", answer.status, answer.location(), answer.body);
        match answer.status {
            502..=504 => {
                self.overtaken.fetch_add(1, Ordering::Relaxed);
                thread::sleep(AWAY / 2);
                None
            }
            429 => {
                let seconds = answer.header("retry-after").and_then(|text| text.parse().ok());
                thread::sleep(Duration::from_secs(seconds.unwrap_or(1)));
                None
            }
            status => {
                assert!(status < 500, "{}: {}", self.email, answer.body);
                Some(answer)
            }
        }
    }
}
