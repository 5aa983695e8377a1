//! The kit itself is tried on pages of its own, so that a failing test elsewhere is the product's.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::Command;
use std::thread;
use std::time::Duration;

use holdfast_testkit::{
    Browser, BrowserOptions, Process, Server, ServerOptions, Visitor, installed, run,
};

const PAGE: &str = "<!doctype html><title>Trial</title>\
    <style>body{background:#fff;margin:0}@media(prefers-color-scheme:dark){body{background:#000}}</style>\
    <p id=note>plain</p><form action=/sent><label>Name <input name=name></label><button>Send</button></form>\
    <script>document.getElementById('note').textContent='scripted'</script>";

#[test]
fn the_browser_reads_types_and_clicks() {
    let Some(browser) = browser(BrowserOptions::default()) else { return };
    browser.open(&serve());
    assert_eq!(browser.title(), "Trial");
    assert_eq!(browser.find("#note").text(), "scripted");
    browser.find("input").type_text("Ada");
    assert_eq!(browser.find("input").accessible_name(), "Name");
    browser.find_labelled("Send").click();
    browser.wait_for_path("/sent?name=Ada");
}

#[test]
fn a_server_whose_clock_is_off_is_gone_when_it_is_killed() {
    if let Err(why) = installed("faketime") {
        return println!("skipped: {why}");
    }
    let options = ServerOptions { clock_offset: 3600, ..ServerOptions::default() };
    let mut server = Server::start_with(options);
    let visitor = Visitor::new(server.url());
    assert_eq!(visitor.open("/readyz").expect("an answer").status, 200);
    server.process().kill();
    assert!(visitor.open("/readyz").is_err(), "it answers on");
}

#[test]
fn javascript_can_be_switched_off() {
    let options = BrowserOptions { javascript: false, ..BrowserOptions::default() };
    let Some(browser) = browser(options) else { return };
    browser.open(&serve());
    assert_eq!(browser.find("#note").text(), "plain");
    browser.find_labelled("Send").click();
    browser.wait_for_path("/sent?name=");
}

#[test]
fn dark_colours_and_size_are_as_asked() {
    let options = BrowserOptions { dark: true, size: (412, 915), ..BrowserOptions::default() };
    let Some(browser) = browser(options) else { return };
    browser.open(&serve());
    assert_eq!(browser.find("body").style("background-color"), "rgba(0, 0, 0, 1)");
    assert_eq!(png_size(&browser.screenshot()), (412, 915));
    assert!(png_size(&browser.find("p").screenshot()).1 < 100);
}

#[test]
fn nothing_of_the_browser_is_left_behind() {
    let Some(browser) = browser(BrowserOptions::default()) else { return };
    let profile = browser.profile_path().display().to_string();
    assert!(processes().contains(&profile), "the browser runs with its own profile");
    drop(browser);
    assert!(!processes().contains(&profile), "a process of the browser is left");
}

#[test]
fn a_process_is_waited_for_and_killed() {
    let mut command = Command::new("sh");
    command.args(["-c", "echo one; echo ready 7; exec sleep 600"]);
    let mut process = Process::start(command);
    let number: u8 =
        process.wait_for(Duration::from_secs(5), |line| line.strip_prefix("ready ")?.parse().ok());
    assert_eq!(number, 7);
    assert!(process.output().starts_with("one\n"));
    assert!(process.is_running());
    process.kill();
    assert!(!process.is_running());
}

#[test]
#[should_panic(expected = "ended before it was ready")]
fn a_process_that_ends_early_is_said_so() {
    let mut command = Command::new("sh");
    command.args(["-c", "echo no >&2; exit 3"]);
    Process::start(command).wait_for(Duration::from_secs(5), |line| (line == "yes").then_some(()));
}

#[test]
fn a_run_gives_both_outputs_and_the_code() {
    let ran = run("sh", ["-c", "cat; echo err >&2; exit 4"], &[], b"in");
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(4), "in", "err\n"));
}

fn browser(options: BrowserOptions) -> Option<Browser> {
    Browser::start_with(&options).map_err(|why| println!("skipped: {why}")).ok()
}

/// Serves the page for every request until the test's process ends.
fn serve() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // A request ends with an empty line; its content does not matter here.
            BufReader::new(&stream).lines().map_while(Result::ok).find(String::is_empty);
            let length = PAGE.len();
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
            );
            stream.write_all((head + PAGE).as_bytes()).ok();
        }
    });
    url
}

/// The command lines of all processes.
fn processes() -> String {
    let all = fs::read_dir("/proc").expect("a Linux system").flatten();
    all.filter_map(|one| fs::read(one.path().join("cmdline")).ok())
        .map(|line| String::from_utf8_lossy(&line).replace('\0', " ") + "\n")
        .collect()
}

/// Width and height as a PNG's header says.
fn png_size(png: &[u8]) -> (u32, u32) {
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().expect("four bytes"));
    (number(16), number(20))
}
