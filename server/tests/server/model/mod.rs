//! The second step of a log-in, model-checked: the very functions that the server runs (`Server::verify`
//! and what it calls), in every order in which requests at once could take their turns at the store, and
//! with a request that dies at any of its steps.
//!
//! What is a model here is the store: rows in memory, with the promise that both real ones are held to by the
//! drills, that each verb is one step. Time stands still, and no password is hashed.
//!
//! Orders that differ only in what nobody can see are one order: that is what makes every order of two
//! requests few enough to be run ([`turns`], [`tables`]). Those of three are tried by lot.

mod tables;
mod turns;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use holdfast_otp::{Algorithm, Digits, Period, Secret, UnixTime, totp};
use holdfast_server::domain::account::Account;
use holdfast_server::domain::audit::What;
use holdfast_server::domain::code::{Code, Entered};
use holdfast_server::domain::email::Email;
use holdfast_server::domain::enrolment::{Active, Enrolment, NotFresh, Pending, Verdict};
use holdfast_server::domain::ids::{AccountId, Token};
use holdfast_server::domain::issuer::Issuer;
use holdfast_server::domain::session::{Face, Session, Stage};
use holdfast_server::domain::throttle::Refused;
use holdfast_server::flows::Server;
use holdfast_server::flows::sign_in::{Arrived, NotVerified};
use holdfast_server::keyring::Keyring;
use holdfast_server::notify::Post;
use holdfast_server::passwords::Passwords;
use holdfast_server::random::system_random;
use holdfast_server::store::{Change, Outcome};
use shuttle::future::{JoinError, JoinHandle, block_on, spawn};

use tables::{Answer, Care, Tables};
use turns::{Orders, SEED};

/// When all of it happens.
const NOW: UnixTime = UnixTime(1_800_000_015);
/// Wrong codes in a row after which no more are looked at (requirement 10).
const LIMIT: u32 = 50;
/// Orders of three that the tests try each time, of the very many.
const SOME: Orders = Orders::Random(400);

type Entering = JoinHandle<Result<Arrived, NotVerified>>;

/// Somebody with a phone, who has given the password in some browsers.
#[derive(Clone)]
struct Ann {
    passwords: Passwords,
    secret: Secret,
    active: Active,
}

/// One run: the server, its tables, and the browsers.
struct Run {
    server: Arc<Server>,
    tables: Arc<Tables>,
    halves: Vec<Session>,
}

impl Ann {
    /// After so many wrong codes.
    fn after(wrong: u32) -> Ann {
        let mut rng = system_random();
        let token = Token::random("", &mut rng).digest();
        // Each an hour after the one before, so that none has to wait.
        let hours = u64::from(wrong) + 1;
        let began = UnixTime(NOW.0 - hours * 3600);
        let pending = Pending::begin(token, began, &mut rng);
        let secret = pending.secret_for(&token, began).expect("it has just begun").clone();
        let mut active = pending.confirm(&token, &code(&secret, began), began).expect("her phone");
        for hour in 1..hours {
            let now = UnixTime(began.0 + hour * 3600);
            active = active.charge(now).expect("it is her turn").0;
        }
        assert_eq!(active.failures(), wrong);
        let passwords = Passwords::new(1, &mut rng).expect("a hasher");
        Ann { passwords, secret, active }
    }

    fn code(&self) -> Code {
        code(&self.secret, NOW)
    }

    /// One that is right neither now nor within minutes.
    fn wrong(&self) -> Code {
        let near = |step: u64| code(&self.secret, UnixTime(NOW.0 - 900 + 30 * step));
        let near: Vec<String> = (0..60).map(|step| near(step).as_str().to_owned()).collect();
        let wrong = (0..).map(|number| format!("{number:06}"));
        let wrong = wrong.into_iter().find(|text| !near.contains(text)).expect("one of many");
        Code::parse(&wrong).expect("six digits")
    }

    fn in_browsers(&self, count: usize, care: Care, answer: Answer) -> Run {
        let mut rng = system_random();
        let id = AccountId::random(&mut rng);
        let half = |_| Session::half(id, "a browser".to_owned(), NOW, &mut system_random()).0;
        let halves: Vec<Session> = (0..count).map(half).collect();
        let account = Account {
            id,
            email: Email::parse("ann@example.org").expect("an address"),
            password: String::new(),
            created: NOW,
            api_key: None,
            enrolment: Enrolment::Active(self.active.clone()),
            handover: None,
            barred: None,
            copy_key: None,
            phone: None,
            number_gone: None,
            former: Vec::new(),
        };
        let tables = Arc::new(Tables::of(account, halves.clone(), care, answer));
        let server = Server {
            store: Arc::clone(&tables) as _,
            keyring: Arc::new(Keyring::from_bytes(&[7; 32]).expect("a key")),
            passwords: self.passwords.clone(),
            clock: || NOW,
            issuer: Issuer::parse("Holdfast").expect("a name"),
            post: Post::default(),
            registrations_a_day: 1,
        };
        Run { server: Arc::new(server), tables, halves }
    }
}

impl Run {
    /// One browser sends a code.
    fn enters(&self, browser: usize, code: Code) -> Entering {
        let (server, half) = (Arc::clone(&self.server), self.halves[browser].clone());
        spawn(async move { server.verify(&half, &Entered::Code(code), Face::Web).await })
    }

    /// How many are signed in, and how often the log says so.
    fn signed_in(&self) -> (usize, usize) {
        let rows = self.tables.rows();
        let whole = rows.sessions.iter().filter(|session| session.stage == Stage::Web).count();
        (whole, rows.events.iter().filter(|what| **what == What::SignedIn).count())
    }

    fn halves_left(&self) -> usize {
        let rows = self.tables.rows();
        rows.sessions.iter().filter(|session| session.stage == Stage::Half).count()
    }

    fn logged(&self, what: What) -> usize {
        self.tables.rows().events.iter().filter(|logged| **logged == what).count()
    }

    fn failures(&self) -> u32 {
        match &self.tables.rows().account.value.enrolment {
            Enrolment::Active(active) => active.failures(),
            Enrolment::Off | Enrolment::Pending(_) => panic!("nobody has switched it off"),
        }
    }
}

fn code(secret: &Secret, at: UnixTime) -> Code {
    let step = totp::step(at, Period::default());
    let code = totp::code(secret, Algorithm::Sha1, Digits::default(), step);
    Code::parse(code.as_str()).expect("six digits")
}

fn is_used(answer: &Result<Arrived, NotVerified>) -> bool {
    matches!(answer, Err(NotVerified::Replayed(NotFresh::Used)))
}

/// Some browsers send the same code, all at once.
fn same_code(browsers: usize, care: Care) -> impl Fn() + Send + Sync + 'static {
    let ann = Ann::after(0);
    move || {
        let run = ann.in_browsers(browsers, care, Answer::Comes);
        let sent: Vec<_> = (0..browsers).map(|browser| run.enters(browser, ann.code())).collect();
        let answers: Vec<_> =
            sent.into_iter().map(|one| block_on(one).expect("nobody dies")).collect();
        let accepted = answers.iter().filter(|answer| answer.is_ok()).count();
        assert_eq!(accepted, 1, "accepted {accepted} of {browsers}");
        assert!(answers.iter().all(|answer| answer.is_ok() || is_used(answer)), "{answers:?}");
        assert_eq!(run.signed_in(), (1, 1));
        assert_eq!(run.halves_left(), browsers - 1, "the others may try their next code");
        assert_eq!(run.failures(), 0, "a code used before counts as no failure");
    }
}

/// Some guess where one more guess is allowed.
fn guesses(guessers: usize) -> impl Fn() + Send + Sync + 'static {
    let ann = Ann::after(LIMIT - 1);
    let wrong = ann.wrong();
    move || {
        let run = ann.in_browsers(guessers, Care::Compares, Answer::Comes);
        let sent: Vec<_> =
            (0..guessers).map(|browser| run.enters(browser, wrong.clone())).collect();
        let answers: Vec<_> =
            sent.into_iter().map(|one| block_on(one).expect("nobody dies")).collect();
        let is_wrong = |answer: &&_| matches!(answer, Err(NotVerified::Wrong));
        let is_off = |answer: &&_| matches!(answer, Err(NotVerified::Refused(Refused::Off)));
        assert_eq!(answers.iter().filter(is_wrong).count(), 1, "{answers:?}");
        assert_eq!(answers.iter().filter(is_off).count(), guessers - 1, "{answers:?}");
        assert_eq!((run.failures(), run.logged(What::CodeWrong)), (LIMIT, 1));
    }
}

/// A request dies at any of its steps, or none; then the same code is sent from another browser.
fn dies() -> impl Fn() + Send + Sync + 'static {
    let ann = Ann::after(0);
    move || {
        let run = ann.in_browsers(2, Care::Compares, Answer::MayBeLost);
        let first = run.enters(0, ann.code());
        let deadly = first.abort_handle();
        let killer = spawn(async move { deadly.abort() });
        let said = block_on(first);
        block_on(killer).expect("it has come to its end");
        let done = run.signed_in();
        assert!(matches!(done, (0, 0) | (1, 1)), "half done: {done:?}");
        assert_eq!(run.halves_left(), 2 - done.0, "a half log-in is spent with what it opens");
        match said {
            Ok(answer) => assert_eq!((answer.is_ok(), done.0), (true, 1)),
            Err(JoinError::Cancelled) => {}
        }
        let again = block_on(run.enters(1, ann.code())).expect("nobody kills this one");
        assert_eq!(again.is_ok(), done.0 == 0, "{again:?}");
        assert!(again.is_ok() || is_used(&again), "{again:?}");
        assert_eq!(run.signed_in(), (1, 1), "once, before or after");
    }
}

/// A right code and a guess at once: the guess neither keeps her out nor comes free.
fn guess_beside() -> impl Fn() + Send + Sync + 'static {
    let ann = Ann::after(0);
    let wrong = ann.wrong();
    move || {
        let run = ann.in_browsers(2, Care::Compares, Answer::Comes);
        let (hers, his) = (run.enters(0, ann.code()), run.enters(1, wrong.clone()));
        let (hers, his) = (block_on(hers).expect("hers"), block_on(his).expect("his"));
        assert!(hers.is_ok(), "{hers:?}");
        assert!(matches!(his, Err(NotVerified::Wrong)), "{his:?}");
        assert_eq!((run.signed_in(), run.logged(What::CodeWrong)), ((1, 1), 1));
        assert!(run.failures() <= 1);
    }
}

/// A half log-in is ended from elsewhere while its code is on the way.
fn logged_out() -> impl Fn() + Send + Sync + 'static {
    let ann = Ann::after(0);
    move || {
        let run = ann.in_browsers(2, Care::Compares, Answer::Comes);
        let sent = run.enters(0, ann.code());
        let (server, ended) = (Arc::clone(&run.server), run.halves[0].digest);
        let ending = spawn(async move { server.store.end(ended).await });
        let (sent, ended) = (block_on(sent).expect("sent"), block_on(ending).expect("ended"));
        ended.expect("the store is there");
        match &sent {
            Ok(_) => assert_eq!(run.signed_in(), (1, 1)),
            Err(NotVerified::Expired) => assert_eq!(run.signed_in(), (0, 0)),
            Err(other) => panic!("{other:?}"),
        }
        let again = block_on(run.enters(1, ann.code())).expect("the other browser");
        assert_eq!(again.is_ok(), sent.is_err(), "a code that opened nothing is not spent");
    }
}

/// The account gets another phone while a code of the old one is on its way: as every such change is made, with
/// the end of all sessions.
fn another_phone() -> impl Fn() + Send + Sync + 'static {
    let (old, new) = (Ann::after(0), Ann::after(0));
    move || {
        let run = old.in_browsers(1, Care::Compares, Answer::Comes);
        let sent = run.enters(0, old.code());
        let (server, id, phone) = (run.server.clone(), run.halves[0].account, new.active.clone());
        let changing = spawn(async move {
            loop {
                let found = server.store.account(id).await.expect("the store is there");
                let mut next = found.expect("so is she");
                next.value.enrolment = Enrolment::Active(phone.clone());
                let end_others = Some((id, None));
                let change = Change { account: Some(next), end_others, ..Change::default() };
                if server.store.commit(change).await.expect("the store") == Outcome::Done {
                    return;
                }
            }
        });
        let (sent, changed) = (block_on(sent).expect("sent"), block_on(changing));
        changed.expect("changed");
        match &sent {
            Ok(_) => assert_eq!(run.signed_in(), (0, 1), "before the change, and ended by it"),
            Err(NotVerified::Expired) => assert_eq!(run.signed_in(), (0, 0)),
            Err(other) => panic!("{other:?}"),
        }
        assert_eq!((run.halves_left(), run.failures()), (0, 0));
        let account = run.tables.rows().account.value.clone();
        let Enrolment::Active(active) = account.enrolment else { panic!("it is on") };
        let (active, charge) = active.charge(NOW).expect("her first code");
        let verdict = active.verify(&charge, &new.code(), NOW);
        assert!(matches!(verdict, Verdict::Accepted(..)), "the new phone stays: {verdict:?}");
    }
}

/// Each story of two at once, in every order; how many there are.
fn in_every_order_of_two(told: fn(&str, usize)) {
    told("two send the same code", Orders::All.run(same_code(2, Care::Compares)));
    told("two guess where one guess is left", Orders::All.run(guesses(2)));
    told("a request dies at any step", Orders::All.run(dies()));
    told("a guess beside a right code", Orders::All.run(guess_beside()));
    told("logged out meanwhile", Orders::All.run(logged_out()));
    told("another phone meanwhile", Orders::All.run(another_phone()));
}

#[test]
fn in_every_order_of_two_and_some_of_three_a_code_is_accepted_once_and_a_guess_is_paid_for() {
    in_every_order_of_two(|_, _| ());
    SOME.run(same_code(3, Care::Compares));
    SOME.run(guesses(3));
}

/// The model can say no: a store that does not compare is found out.
#[test]
fn a_store_that_does_not_compare_is_found_out() {
    let story = same_code(2, Care::WritesOver);
    let ended = catch_unwind(AssertUnwindSafe(|| SOME.run(story)));
    let said = ended.expect_err("two are let in with one code");
    let said = said.downcast_ref::<String>().map(String::as_str).unwrap_or_default();
    assert!(said.contains("accepted 2 of 2"), "{said}");
}

#[test]
#[ignore = "takes minutes; `./dev prove` runs it"]
fn prove_in_every_order_a_code_is_accepted_once_and_a_guess_is_paid_for() {
    in_every_order_of_two(|story, orders| println!("{story}: held in all {orders} orders"));
    let told = |story: &str, orders: usize| {
        println!("{story}: held in {orders} orders by lot, drawn from the seed {SEED}");
    };
    let many = Orders::Random(200_000);
    told("three send the same code", many.run(same_code(3, Care::Compares)));
    told("three guess where one guess is left", many.run(guesses(3)));
}
