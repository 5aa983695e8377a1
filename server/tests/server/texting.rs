//! SMS: points R1 to R3 and L2 of the guide, rows 22 to 27 of the requirements; through files,
//! through a program, and through a real Kannel with a phone behind it.

use std::cell::Cell;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use holdfast_otp::Secret;
use holdfast_testkit::{Process, Server, ServerOptions, installed};

use crate::client::{Client, EMAIL, PASSWORD, code, now, settle, wrong_code};
use crate::ctl::person::Person;
use crate::mailing::registered;
use crate::outbox::{letter, server, texted_code};

const PHONE: &str = "/account/two-factor/phone";
const PHONE_CODE: &str = "/account/two-factor/phone/code";
const SMS: &str = "/login/second-factor/sms";
pub const NUMBER: &str = "+4915123456789";

#[test]
fn r1_a_number_is_validated_by_a_set_up_code_and_row_18_asks_for_the_password() {
    let server = server();
    let mut ann = registered(&server);
    ann.enable();
    ann.get("/account/done").must_say("Add a phone number");
    let page = ann.get(PHONE);
    page.must_say("Skip this").must_say("take extra care");
    let ask = |password, number| [("password", password), ("number", number)];
    ann.post(PHONE, &ask("not the password", NUMBER)).must_say("That password is not right");
    ann.post(PHONE, &ask(PASSWORD, "0151 2345")).must_say("Write it as +49 151 23456789");
    let answer = ann.post(PHONE, &ask(PASSWORD, "+49 (151) 234 567-89"));
    assert_eq!(answer.location(), PHONE_CODE, "{}", answer.body);
    ann.get(PHONE_CODE).must_say("+49 … 89").must_say("skip this").must_say("being tried out");
    let sent = texted_code(&letter(&server, NUMBER, "set-up code"));
    assert!(!ann.get("/account").body.contains("+49 … 89"), "not before the code");
    ann.post(PHONE_CODE, &[("code", "000000")]).must_say("That code is not right");
    assert_eq!(ann.post(PHONE_CODE, &[("code", &sent)]).location(), PHONE);
    ann.get("/account").must_say("+49 … 89");
    letter(&server, EMAIL, "A phone number was added");
    let remove = "/account/two-factor/phone/remove";
    ann.post(remove, &[("password", "not the password")]).must_say("That password is not right");
    assert_eq!(ann.post(remove, &[("password", PASSWORD)]).location(), "/account");
    assert!(!ann.get("/account").body.contains("+49 … 89"));
}

#[test]
fn r2_row_27_the_page_says_what_is_wrong_with_sms_and_with_voip() {
    let server = server();
    let mut ann = registered(&server);
    ann.enable();
    let page = ann.get(PHONE);
    page.must_say("over the internet (VoIP)").must_say("could take over such a number");
    page.must_say("intercepted or redirected").must_say("recovery codes are the safer way");
}

#[test]
fn r3_a_code_by_sms_logs_in_and_row_23_once_and_for_its_log_in_only() {
    let server = server();
    with_number(&server);
    let mut other = half_way(&server);
    other.get("/login/second-factor").must_say("Send me an SMS").must_say("+49 … 89");
    assert_eq!(other.post(SMS, &[]).location(), "/login/second-factor");
    other.get("/login/second-factor").must_say("The code goes by SMS");
    let sent = texted_code(&letter(&server, NUMBER, "log-in code"));
    let mut third = half_way(&server);
    third.enter_code(&sent).must_say("That code is not right");
    assert_eq!(other.enter_code(&sent).location(), "/account");
    assert!(other.is_signed_in());
    let mut again = half_way(&server);
    again.enter_code(&sent).must_say("That code is not right");
}

#[test]
fn r3_c2_a_code_by_sms_logs_in_on_the_command_line() {
    let server = server();
    with_number(&server);
    let ann = Person::at(server.url());
    let mut terminal = ann
        .types(&["login"])
        .enters("Email: ", EMAIL)
        .enters_hidden("Password: ", PASSWORD)
        .enters_hidden("Two-factor code: ", "sms");
    let sent = texted_code(&letter(&server, NUMBER, "log-in code"));
    terminal = terminal.enters_hidden("Two-factor code: ", &sent);
    let (seen, exit) = terminal.ends();
    assert_eq!(exit, 0, "{seen}");
    assert!(seen.contains("Enter sms in place of a code to get one at +49"), "{seen}");
    assert!(seen.contains("A code is on its way to +49"), "{seen}");
    assert!(seen.contains("Authentication successful."), "{seen}");
    assert!(!seen.contains(&sent), "the code is on the screen");
}

#[test]
fn row_23_the_code_lives_ten_minutes() {
    let start = Server::on_one_disk_with(ServerOptions { letters: true, ..Default::default() });
    let server = start(0);
    with_number(&server);
    let mut other = half_way(&server);
    other.post(SMS, &[]);
    let sent = texted_code(&letter(&server, NUMBER, "log-in code"));
    drop(server);
    // Its log-in is over by then as well; both say so.
    let server = start(601);
    other.url = server.url().to_owned();
    other.origin = Some(other.url.clone());
    assert_eq!(other.enter_code(&sent).location(), "/login");
}

/// A log-in ends after ten minutes too, so it is the set-up code that shows how long a code lives.
#[test]
fn row_23_a_set_up_code_is_good_for_ten_minutes_and_no_longer() {
    for (later, place) in [(590, PHONE), (601, "")] {
        let letters = ServerOptions { letters: true, ..Default::default() };
        let start = Server::on_one_disk_with(letters);
        let server = start(0);
        let mut ann = registered(&server);
        ann.enable();
        ann.post(PHONE, &[("password", PASSWORD), ("number", NUMBER)]);
        let sent = texted_code(&letter(&server, NUMBER, "set-up code"));
        drop(server);
        let server = start(later);
        ann.url = server.url().to_owned();
        ann.origin = Some(ann.url.clone());
        let answer = ann.post(PHONE_CODE, &[("code", &sent)]);
        let is_set = ann.get("/account").body.contains("+49 … 89");
        assert_eq!(is_set, later < 600, "after {later} seconds: {}", answer.body);
        assert!(place.is_empty() || answer.location() == place, "{}", answer.body);
    }
}

#[test]
fn row_22_sms_and_app_codes_share_one_throttle() {
    let server = server();
    let secret = with_number(&server);
    let mut other = half_way(&server);
    other.post(SMS, &[]);
    let sent = texted_code(&letter(&server, NUMBER, "log-in code"));
    for _ in 0..3 {
        assert_eq!(other.enter_code(&wrong_code(&secret, now())).status, 422);
    }
    assert_eq!(other.enter_code(&sent).status, 429, "the right SMS code waits too");
    let mut stranger = Client::of(&server);
    stranger.post("/login", &[("email", EMAIL), ("password", "a wild guess")]);
    assert_eq!(stranger.post(SMS, &[]).location(), "/login", "not without the password");
}

#[test]
fn row_24_asking_again_voids_the_old_code_and_comes_to_an_end() {
    let start = Server::on_one_disk_with(ServerOptions { letters: true, ..Default::default() });
    let server = start(0);
    let secret = with_number(&server);
    let mut other = half_way(&server);
    other.post(SMS, &[]);
    let first = texted_code(&letter(&server, NUMBER, "log-in code"));
    for _ in 0..2 {
        other.enter_code(&wrong_code(&secret, now()));
    }
    let too_soon = other.post(SMS, &[]);
    assert_eq!(too_soon.status, 429);
    assert!(too_soon.header("retry-after").is_some());
    drop(server);

    let server = start(31);
    other.url = server.url().to_owned();
    other.origin = Some(other.url.clone());
    assert_eq!(other.post(SMS, &[]).location(), "/login/second-factor");
    let deadline = Instant::now() + Duration::from_secs(20);
    let second = loop {
        let second = texted_code(&letter(&server, NUMBER, "log-in code"));
        if second != first {
            break second;
        }
        assert!(Instant::now() < deadline, "no second SMS");
    };
    assert_eq!(other.enter_code(&first).status, 422, "void, and the third failure");
    assert_eq!(other.enter_code(&second).status, 429, "the new one resets no failures");
    drop(server);

    // Ten a day for one account; the set-up code was one of them.
    for sent in 0..10 {
        let server = start(31 * (3 + sent));
        other.url = server.url().to_owned();
        other.origin = Some(other.url.clone());
        if other.post(SMS, &[]).status == 429 {
            let db = rusqlite::Connection::open(server.data_dir().join("holdfast.db"));
            let sql = "SELECT count(*) FROM outbox WHERE way = 'sms'";
            let count = db.expect("it").query_row(sql, [], |row| row.get::<_, i64>(0));
            assert_eq!(count.expect("a count"), 10, "and no more");
            return;
        }
    }
    panic!("it went on");
}

#[test]
fn row_25_another_number_is_told_to_the_old_one_and_logs_in_after_24_hours() {
    const OTHER: &str = "+4915198765432";
    let start = Server::on_one_disk_with(ServerOptions { letters: true, ..Default::default() });
    let server = start(0);
    with_number(&server);
    drop(server);
    let server = start(40);
    let mut ann = half_way(&server);
    ann.post(SMS, &[]);
    let sent = texted_code(&letter(&server, NUMBER, "log-in code"));
    assert_eq!(ann.enter_code(&sent).location(), "/account");
    drop(server);
    let server = start(80);
    ann.url = server.url().to_owned();
    ann.origin = Some(ann.url.clone());
    ann.post(PHONE, &[("password", PASSWORD), ("number", OTHER)]);
    let sent = texted_code(&letter(&server, OTHER, "set-up code"));
    assert_eq!(ann.post(PHONE_CODE, &[("code", &sent)]).location(), PHONE);
    ann.get(PHONE).must_say("+49 … 32").must_say("it works from");
    letter(&server, NUMBER, "was replaced by another one");
    letter(&server, EMAIL, "The new one works after 24 hours");
    let mut other = half_way(&server);
    assert!(!other.get("/login/second-factor").body.contains("Send me an SMS"));
    assert_eq!(other.post(SMS, &[]).location(), "/login/lost");
    other.get("/login/lost").must_say("Your number was changed a short while ago");
    drop(server);
    let server = start(80 + 86_400);
    let mut other = half_way(&server);
    other.get("/login/second-factor").must_say("Send me an SMS to +49 … 32");
}

#[test]
fn l2_i_lost_my_phone_lists_this_persons_ways_in_after_the_password_only() {
    let server = server();
    let mut ann = registered(&server);
    ann.enable();
    assert_eq!(Client::of(&server).get("/login/lost").location(), "/login");
    let mut other = half_way(&server);
    let page = other.get("/login/lost");
    page.must_say("You have 10 left").must_say("Chromium on Linux").must_say("Do not reset");
    assert!(!page.body.contains("A code by SMS"), "there is no number");
    assert!(!page.body.contains("holdfastctl"), "nor a command line");
    ann.post("/logout", &[]);
    let page = other.get("/login/lost");
    assert!(!page.body.contains("A browser where you are still logged in"));
}

#[test]
fn l2_whoever_has_a_number_and_a_command_line_is_told_of_both() {
    let server = server();
    let secret = with_number(&server);
    let mut other = half_way(&server);
    let challenge = other.api_open().json()["challenge"].as_str().expect("one").to_owned();
    assert_eq!(other.api_code(&challenge, &code(&secret, now())).status, 201);
    let page = other.get("/login/lost");
    page.must_say("A code by SMS").must_say("+49 … 89").must_say("holdfastctl 2fa:disable");
    page.must_say("<li>laptop</li>");
}

#[test]
fn row_26_a_program_can_send_sms_and_what_it_says_is_shown() {
    let dir = tempfile::tempdir().expect("a folder");
    let (program, asked, exit) =
        (dir.path().join("send"), dir.path().join("asked"), dir.path().join("exit"));
    let script = format!("#!/bin/sh\ncat >> {}\nexit $(cat {})\n", asked.display(), exit.display());
    fs::write(&program, script).expect("a program");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).expect("its mode");
    fs::write(&exit, "1").expect("its exit code");
    let args = vec!["--sms".to_owned(), program.display().to_string()];
    let server = Server::start_with(ServerOptions { letters: true, args, ..Default::default() });
    let mut ann = registered(&server);
    ann.enable();
    ann.post(PHONE, &[("password", PASSWORD), ("number", NUMBER)]);
    shows(&mut ann, "The SMS gateway cannot be reached now");
    fs::write(&exit, "0").expect("its exit code");
    shows(&mut ann, "The SMS is on its way");
    let lines = fs::read_to_string(&asked).expect("what it was given");
    let line = lines.lines().last().expect("a line");
    let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
    assert_eq!(line["to"], NUMBER);
    let sent = line["text"].as_str().and_then(|text| text.split(' ').next()).expect("a code");
    assert_eq!(ann.post(PHONE_CODE, &[("code", sent)]).location(), PHONE);
    let ids: Vec<_> = lines.lines().map(|line| line.split("\"id\":").nth(1)).collect();
    assert!(ids.len() >= 2 && ids.iter().all(|id| *id == ids[0]), "tried twice as one letter");
}

#[test]
fn row_26_a_program_that_refuses_is_not_asked_again() {
    let dir = tempfile::tempdir().expect("a folder");
    let program = dir.path().join("send");
    fs::write(&program, "#!/bin/sh\ncat > /dev/null\nexit 65\n").expect("a program");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).expect("its mode");
    let args = vec!["--sms".to_owned(), program.display().to_string()];
    let server = Server::start_with(ServerOptions { letters: true, args, ..Default::default() });
    let mut ann = registered(&server);
    ann.enable();
    ann.post(PHONE, &[("password", PASSWORD), ("number", NUMBER)]);
    shows(&mut ann, "The SMS could not be delivered");
    ann.get(PHONE_CODE).must_say("skip this, go on without SMS");
}

#[test]
fn r1_r3_row_26_through_a_real_kannel_with_a_phone_behind_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let ports = Ports::free();
    let password = dir.path().join("password");
    fs::write(&password, "kelp\n").expect("a password");
    fs::set_permissions(&password, fs::Permissions::from_mode(0o600)).expect("its mode");
    let listen = format!("127.0.0.1:{}", ports.server);
    let args = [
        "--sms",
        &format!("http://127.0.0.1:{}/cgi-bin/sendsms", ports.sendsms),
        "--sms-user",
        "holdfast",
        "--sms-password-file",
        &password.display().to_string(),
        "--sms-report-url",
        &format!("http://{listen}"),
    ];
    let args = args.map(str::to_owned).to_vec();
    let (data_dir, listen) = (None, Some(listen));
    let options = ServerOptions { letters: true, args, data_dir, listen, ..Default::default() };
    let server = Server::start_with(options);
    let mut ann = registered(&server);
    let secret = ann.enable();

    // No Kannel yet: it is shown, and the SMS goes out once there is one.
    ann.post(PHONE, &[("password", PASSWORD), ("number", NUMBER)]);
    shows(&mut ann, "The SMS gateway cannot be reached now");
    let Some(mut kannel) = Kannel::start(dir.path(), &ports) else { return };
    let sent = kannel.sms("set-up code");
    shows(&mut ann, "The SMS has arrived");
    assert_eq!(ann.post(PHONE_CODE, &[("code", &sent)]).location(), PHONE);

    let mut other = half_way(&server);
    assert_eq!(other.post(SMS, &[]).location(), "/login/second-factor");
    let sent = kannel.sms("log-in code");
    assert_eq!(other.enter_code(&sent).location(), "/account");

    // A report that does not know the letter's word changes nothing.
    for report in ["letter=00&proof=00&status=1", "letter=x&proof=&status=1", "status=1"] {
        let answer = other.get(&format!("/gateway/kannel?{report}"));
        assert!([400, 404].contains(&answer.status), "{report}: {}", answer.status);
    }
    settle();
    assert!(half_way(&server).enter_code(&code(&secret, now())).location() == "/account");
    assert!(!server.output().contains(&sent), "no code in the log");
}

/// Kannel's two programs, and a telephone network of one phone.
struct Kannel {
    phone: Process,
    _boxes: [Process; 2],
}

struct Ports {
    server: u16,
    admin: u16,
    boxes: u16,
    network: u16,
    sendsms: u16,
}

impl Ports {
    fn free() -> Ports {
        let listeners: Vec<_> =
            (0..5).map(|_| std::net::TcpListener::bind("127.0.0.1:0").expect("a port")).collect();
        let port = |at: usize| listeners[at].local_addr().expect("its address").port();
        Ports {
            server: port(0),
            admin: port(1),
            boxes: port(2),
            network: port(3),
            sendsms: port(4),
        }
    }
}

impl Kannel {
    fn start(dir: &Path, ports: &Ports) -> Option<Kannel> {
        // Where people who are not root do not look for programs.
        let at = |tool: &str| {
            let path = Path::new("/usr/sbin").join(tool);
            if path.is_file() { Ok(path) } else { installed(tool) }
        };
        let found = (at("bearerbox"), at("smsbox"));
        let (bearerbox, smsbox) = match found {
            (Ok(bearerbox), Ok(smsbox)) => (bearerbox, smsbox),
            (Err(sentence), _) | (_, Err(sentence)) => {
                println!("skipped: {sentence}");
                return None;
            }
        };
        let Ports { admin, boxes, network, sendsms, .. } = ports;
        let config = format!(
            "group = core\nadmin-port = {admin}\nadmin-password = none\nsmsbox-port = {boxes}\n\
             box-allow-ip = \"127.0.0.1\"\nlog-level = 1\ndlr-storage = internal\n\n\
             group = smsc\nsmsc = fake\nsmsc-id = fake\nport = {network}\n\
             connect-allow-ip = 127.0.0.1\n\n\
             group = smsbox\nbearerbox-host = 127.0.0.1\nsendsms-port = {sendsms}\n\
             log-level = 1\n\n\
             group = sendsms-user\nusername = holdfast\npassword = kelp\n"
        );
        let file = dir.join("kannel.conf");
        fs::write(&file, config).expect("a configuration");
        let start = |line: String, ready: &'static str| {
            let mut shell = Command::new("sh");
            shell.args(["-c", &line]).current_dir(dir);
            let mut process = Process::start(shell);
            process.wait_for(Duration::from_secs(30), |line| line.contains(ready).then_some(()));
            process
        };
        let file = file.display();
        let bearer = start(format!("exec {} -v 0 {file} 2>&1", bearerbox.display()), "BOXC: ");
        let sms =
            start(format!("exec {} -v 0 {file} 2>&1", smsbox.display()), "Connected to bearerbox");
        let fakesmsc = "/usr/lib/kannel/test/fakesmsc";
        let phone = start(
            format!("exec {fakesmsc} -H 127.0.0.1 -r {network} -m 1 '+1 2 text nop' 2>&1"),
            "sent message 1",
        );
        Some(Kannel { phone, _boxes: [bearer, sms] })
    }

    /// The code in the next SMS of that kind, as the phone shows it.
    fn sms(&mut self, kind: &str) -> String {
        let skipped = Cell::new(0);
        self.phone.wait_for(Duration::from_secs(90), |line| {
            skipped.set(skipped.get() + 1);
            if !line.contains(kind) || !line.contains(NUMBER) {
                return None;
            }
            Some(line.split("text ").nth(1)?.split_whitespace().next()?.to_owned())
        })
    }
}

/// Loads the page until it says so.
#[track_caller]
pub fn shows(ann: &mut Client, text: &str) {
    shows_at(ann, PHONE_CODE, text);
}

/// Waits until that page says that.
#[track_caller]
pub fn shows_at(ann: &mut Client, path: &str, text: &str) {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let page = ann.get(path);
        if page.body.contains(text) {
            return;
        }
        assert!(Instant::now() < deadline, "it does not say {text:?}: {}", page.body);
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// An account with a number and the app's key.
#[track_caller]
pub fn with_number(server: &Server) -> Secret {
    signed_in_with_number(server).1
}

/// The same with the browser in which it was done.
pub fn signed_in_with_number(server: &Server) -> (Client, Secret) {
    let mut ann = registered(server);
    let secret = ann.enable();
    ann.post(PHONE, &[("password", PASSWORD), ("number", NUMBER)]);
    let sent = texted_code(&letter(server, NUMBER, "set-up code"));
    assert_eq!(ann.post(PHONE_CODE, &[("code", &sent)]).location(), PHONE);
    (ann, secret)
}

/// A browser whose person has given the password.
fn half_way(server: &Server) -> Client {
    let mut client = Client::of(server);
    assert_eq!(client.log_in().location(), "/login/second-factor");
    client
}
