//! Clocks that are off: a phone's that drifts (rows 5, 6 and 8 of the requirements, with the server's
//! process under `faketime`), and one that is wrong by minutes (the clock doctor).

use std::net::TcpListener;

use holdfast_testkit::{Server, ServerOptions};

use crate::client::{Client, EMAIL, PASSWORD, code, now, settle, wrong_code};
use crate::ctl::person::Person;
use crate::operator::done;
use crate::outbox::{letter, texted_code};
use crate::texting::with_number;

const SMS: &str = "/login/second-factor/sms";
const NUMBER: &str = "+4915123456789";
const WRONG: &str = "That code is not right. Wait for the next code";

#[test]
fn row_05_a_phone_that_is_a_minute_off_the_servers_process_logs_in() {
    for server_clock in [-60, 60] {
        let start = Server::on_one_disk();
        let server = start(server_clock);
        let mut ann = Client::registered(&server);
        settle();
        let secret = ann.begin();
        // The phone shows the machine's time, and the server learns how far that is from its own.
        ann.confirm(&code(&secret, now())).must_say("is on");
        drop(server);

        // Ten minutes later its own codes do, and those of the server's clock do not.
        let server = start(server_clock + 600);
        settle();
        let mut other = half_way(&server);
        other.enter_code(&code(&secret, shifted(server_clock + 600))).must_say(WRONG);
        let entered = other.enter_code(&code(&secret, shifted(600)));
        assert_eq!(entered.location(), "/account", "the server's clock is {server_clock} s off");
    }
}

#[test]
fn row_05_two_consecutive_codes_show_that_the_phone_has_drifted_on() {
    let start = Server::on_one_disk();
    let server = start(0);
    let secret = Client::registered(&server).enable();
    drop(server);
    // The server's clock is half a minute late against the phone's.
    let server = start(570);
    settle();
    let moment = now() + 600;
    let mut other = half_way(&server);
    other.enter_code(&code(&secret, moment)).must_say(WRONG);
    drop(server);
    let server = start(600);
    let mut other = moved(other, &server);
    let next = code(&secret, moment + 30);
    assert_eq!(other.enter_code(&next).location(), "/account", "the second one shows it");
    drop(server);
    let server = start(1170);
    let mut other = half_way(&server);
    let later = code(&secret, shifted(1200));
    assert_eq!(other.enter_code(&later).location(), "/account", "and it is followed from then on");
}

#[test]
fn row_06_a_clock_set_back_makes_no_spent_code_good_again() {
    let start = Server::on_one_disk();
    let server = start(0);
    let secret = Client::registered(&server).enable();
    let typed = code(&secret, now());
    assert_eq!(half_way(&server).enter_code(&typed).location(), "/account");
    drop(server);
    for clock in [-3600, -45, -30, 0, 30] {
        let server = start(clock);
        let mut other = half_way(&server);
        let again = other.enter_code(&typed);
        again.must_say("That code has been used already");
        assert!(!other.is_signed_in(), "with the clock at {clock} s");
    }
}

#[test]
fn row_06_after_the_clock_is_set_back_a_new_code_is_not_called_used() {
    let start = Server::on_one_disk();
    let server = start(3600);
    let mut ann = Client::registered(&server);
    settle();
    let secret = ann.begin();
    ann.confirm(&code(&secret, shifted(3600 - 30))).must_say("is on");
    let typed = code(&secret, shifted(3600));
    assert_eq!(half_way(&server).enter_code(&typed).location(), "/account");
    drop(server);
    let server = start(0);
    settle();
    let fresh = half_way(&server).enter_code(&code(&secret, now()));
    fresh.must_say("No code of your app is taken for ");
    fresh.must_say("the clock of this server was ahead");
    half_way(&server).enter_code(&typed).must_say("That code has been used already");
}

#[test]
fn row_08_nor_the_code_that_confirmed() {
    let start = Server::on_one_disk();
    let server = start(-60);
    let mut ann = Client::registered(&server);
    settle();
    let secret = ann.begin();
    let typed = code(&secret, now());
    ann.confirm(&typed).must_say("is on");
    drop(server);
    for clock in [-60, -30, 0, 30] {
        let server = start(clock);
        let mut other = half_way(&server);
        other.enter_code(&typed).must_say("That code has been used already");
    }
}

#[test]
fn the_clock_doctor_speaks_once_and_only_after_another_way_in() {
    for (off, said) in [(330, "seconds ahead"), (-450, "seconds behind")] {
        let start = Server::on_one_disk();
        let server = start(0);
        let mut ann = Client::registered(&server);
        let secret = ann.enable();
        let recovery = ann.recovery_codes();
        drop(server);

        let server = start(3600);
        let mut other = half_way(&server);
        let by_chance = other.enter_code(&wrong_code(&secret, shifted(3600)));
        settle();
        let entered = other.enter_code(&code(&secret, shifted(3600 + off)));
        assert_eq!(
            (entered.status, &entered.body),
            (422, &by_chance.body),
            "it looks like any other wrong code"
        );
        assert_eq!(other.enter_code(&recovery[0]).location(), "/account/done");
        let page = other.get("/account/done");
        page.must_say("You used a recovery code").must_say("Your phone's clock is off");
        let seconds = page.between("<strong>about ", " seconds").expect("how far");
        let seconds: i64 = seconds.parse().expect("a number");
        assert!((seconds - off.abs()).abs() <= 40, "{seconds} seconds for {off}");
        page.must_say(said);

        let mut again = half_way(&server);
        again.enter_code(&recovery[1]);
        let page = again.get("/account/done");
        page.must_say("You used a recovery code");
        assert!(!page.body.contains("clock is off"), "told twice");
    }
}

#[test]
fn the_clock_doctor_speaks_after_an_sms() {
    let server = crate::outbox::server();
    let secret = with_number(&server);
    let mut other = half_way(&server);
    settle();
    other.enter_code(&code(&secret, shifted(300))).must_say(WRONG);
    other.post(SMS, &[]);
    let sent = texted_code(&letter(&server, NUMBER, "log-in code"));
    assert_eq!(other.enter_code(&sent).location(), "/account/done");
    other.get("/account/done").must_say("Your phone's clock is off").must_say("seconds ahead");
}

#[test]
fn the_clock_doctor_speaks_on_the_command_line() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    let secret = ann.enable();
    let recovery = ann.recovery_codes();
    settle();
    let (seen, exit) = Person::at(server.url())
        .types(&["login"])
        .enters("Email: ", EMAIL)
        .enters_hidden("Password: ", PASSWORD)
        .enters_hidden("Two-factor code: ", &code(&secret, shifted(300)))
        .enters_hidden("Two-factor code: ", &recovery[0])
        .ends();
    assert_eq!(exit, 0, "{seen}");
    let (before, after) = seen.split_once("Authentication successful.").expect("she is in");
    assert!(!before.contains("clock"), "too early:\n{seen}");
    assert!(after.contains("The clock of your phone is about ") && after.contains("seconds ahead"));
}

/// Whoever saw it typed has no use for it when its time comes, on whichever process.
#[test]
fn the_clock_doctor_burns_each_code_that_is_early() {
    let start = Server::on_one_disk();
    let server = start(0);
    let secret = Client::registered(&server).enable();
    settle();
    let moment = now();
    let mut other = half_way(&server);
    let typed =
        [300_i64, 330, 450].map(|ahead| (ahead, code(&secret, moment + ahead.unsigned_abs())));
    for (_, code) in &typed {
        other.enter_code(code).must_say(WRONG);
    }
    drop(server);
    let refused = |(ahead, typed): &(i64, String)| {
        let server = start(*ahead);
        let mut thief = half_way(&server);
        assert_eq!(thief.enter_code(typed).status, 422, "{ahead} s later");
        assert!(!thief.is_signed_in());
    };
    refused(&typed[0]);
    refused(&typed[1]);
    // A step between them was never typed, and is as good as ever.
    let server = start(390);
    let mut owner = half_way(&server);
    settle();
    assert_eq!(owner.enter_code(&code(&secret, shifted(390))).location(), "/account");
    drop(server);
    refused(&typed[2]);
}

#[test]
fn the_clock_doctor_forgets_after_a_day_and_when_the_clock_is_well() {
    let start = Server::on_one_disk();
    let server = start(0);
    let mut ann = Client::registered(&server);
    let secret = ann.enable();
    let recovery = ann.recovery_codes();
    let mut off = half_way(&server);
    settle();
    off.enter_code(&code(&secret, shifted(300))).must_say(WRONG);
    drop(server);
    let server = start(86_500);
    let mut late = half_way(&server);
    assert_eq!(late.enter_code(&recovery[0]).location(), "/account/done");
    assert!(!late.get("/account/done").body.contains("clock is off"), "outdated");

    let mut mended = half_way(&server);
    settle();
    mended.enter_code(&code(&secret, shifted(86_500 + 300))).must_say(WRONG);
    let right = code(&secret, shifted(86_500));
    assert_eq!(mended.enter_code(&right).location(), "/account", "nothing is told of it");
    let mut again = half_way(&server);
    again.enter_code(&recovery[1]);
    assert!(!again.get("/account/done").body.contains("clock is off"), "it was mended");
}

/// Who sees the barcode learns nothing by being told at once.
#[test]
fn the_clock_doctor_speaks_at_once_to_whoever_is_enabling() {
    let server = Server::start();
    let mut ann = Client::registered(&server);
    let secret = ann.begin();
    settle();
    let page = ann.confirm(&code(&secret, shifted(330)));
    page.must_say("the clock of your phone is about ").must_say(" seconds ahead");
    assert!(!ann.two_factor_is_on());
    ann.confirm(&wrong_code(&secret, now())).must_say(WRONG);
    ann.confirm(&code(&secret, now())).must_say("is on");
}

/// A clock that was a year ahead, and is set right: nothing of what it wrote holds for a year.
#[test]
fn a_clock_that_was_set_back_by_a_year_keeps_nobody_out_and_nothing_in() {
    const AHEAD: i64 = 365 * 86_400;
    let disk = tempfile::tempdir().expect("a folder");
    // A port at which nobody is: what is to be told stays in the outbox.
    let nobody = TcpListener::bind("127.0.0.1:0").and_then(|port| port.local_addr());
    let nobody = format!("smtp://{}", nobody.expect("a port"));
    let args = ["--mail", &nobody, "--mail-from", "id@example.org"].map(str::to_owned).to_vec();
    let options = ServerOptions {
        data_dir: Some(disk.path().to_owned()),
        letters: true,
        ..Default::default()
    };
    let clock_offset = AHEAD;
    let server = Server::start_with(ServerOptions { clock_offset, args, ..options.clone() });
    done(server.data_dir(), &["user", "add", EMAIL], PASSWORD);
    let mut ann = Client::of(&server);
    assert_eq!(ann.log_in().location(), "/account");
    settle();
    let secret = ann.begin();
    ann.confirm(&code(&secret, shifted(AHEAD - 30))).must_say("is on");
    let mut half = half_way(&server);
    for _ in 0..3 {
        half.enter_code(&wrong_code(&secret, shifted(AHEAD))).must_say(WRONG);
        ann.post("/account/api-key", &[("password", "not hers")]);
    }
    assert_eq!(half.enter_code(&wrong_code(&secret, shifted(AHEAD))).status, 429);
    drop(server);

    let server = Server::start_with(options);
    let mut ann = moved(ann, &server);
    assert!(!ann.is_signed_in(), "a session of next year's is over");
    let mut half = moved(half, &server);
    assert_eq!(half.enter_code("000000").location(), "/login", "and so is half a log-in");
    letter(&server, EMAIL, "Two-factor authentication was switched on.");
    let mut other = half_way(&server);
    let taken = other.enter_code(&wrong_code(&secret, now()));
    assert_eq!(taken.status, 422, "it is compared: she need not wait for a year");
    let waits = other.enter_code(&wrong_code(&secret, now()));
    let seconds: u64 = waits.header("retry-after").and_then(|s| s.parse().ok()).expect("a wait");
    assert!((50..=60).contains(&seconds), "{seconds}");
    done(server.data_dir(), &["check"], "");
}

/// So many seconds from now.
fn shifted(seconds: i64) -> u64 {
    now().checked_add_signed(seconds).expect("after 1970")
}

/// The same browser at a server that was started anew.
fn moved(mut client: Client, server: &Server) -> Client {
    client.url = server.url().to_owned();
    client.origin = Some(client.url.clone());
    client
}

fn half_way(server: &Server) -> Client {
    let mut client = Client::of(server);
    assert_eq!(client.log_in().location(), "/login/second-factor");
    client
}
