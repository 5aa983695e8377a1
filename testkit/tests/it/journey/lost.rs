//! A phone that was lost: its printed list begins the move on the new one, and an SMS stands in its place.
//! Then the new one takes over after a day, not before, and not where somebody cancels it.

use std::fs;

use holdfast_testkit::{ServerOptions, Visitor, installed};

use super::world::{OURS, Phone, World};

const DAY: i64 = 86_400;
/// What the steps in between may take of the machine's own time, in seconds.
const MARGIN: i64 = 600;
/// [`World::one_phone_logs_in`] lets so many seconds pass.
const LOOK: i64 = 90;

#[test]
fn a_lost_phone_is_replaced_by_sms_after_a_day_and_not_before() {
    if let Err(why) = installed("faketime") {
        return println!("skipped: {why}");
    }
    let args = ["--public-url", "https://id.example.org"].map(str::to_owned).to_vec();
    let mut world = World::on(ServerOptions { letters: true, args, ..ServerOptions::default() });
    world.register(OURS[0]);
    world.adds_number(0);
    let paper = world.says(Phone::Old, &["move", "list", "--page"]);

    // From here on the old phone is somewhere else; whoever has it must not log in once it is replaced.
    let page = world.dir.path().join("page.html");
    fs::write(&page, paper).expect("a file");
    let said = world.reads(Phone::New, &[page]);
    assert!(said.starts_with("1 account now waits for re-enrolment."), "{said}");

    // Begun, and cancelled by the link in the mail, with nobody logged in.
    begins(&mut world, &[], "Re-enrolled: ");
    let mail = world.letter(OURS[0], "A change of phone was begun by way of an SMS");
    let link = mail.split("https://id.example.org").nth(1).and_then(|rest| {
        rest.split_whitespace().next().filter(|path| path.starts_with("/not-me/"))
    });
    let stranger = Visitor::new(world.server.url());
    let page = stranger.open(link.expect("a link")).expect("the page");
    let kept = stranger.submit_to(&page, "/not-me/keep", &[]).expect("an answer");
    assert_eq!(kept.text("h1").as_deref(), Some("The change of phone is cancelled"));
    world.passes(DAY + MARGIN);
    world.one_phone_logs_in("a day after it was cancelled", |_| Phone::Old);

    // Begun again, and left alone.
    begins(&mut world, &["--replace"], "");
    world.passes(DAY - MARGIN - 2 * LOOK);
    world.one_phone_logs_in("ten minutes before the day is over", |_| Phone::Old);
    world.passes(MARGIN);
    world.one_phone_logs_in("after the day", |_| Phone::New);
    world.letter(OURS[0], "It was set up by way of an SMS a day ago");
    let told = world.says(Phone::New, &["move", "status"]);
    assert!(told.contains("1 account: 1 re-enrolled."), "{told}");
}

/// An SMS, the barcode and its first code; the old phone goes on giving the codes.
fn begins(world: &mut World, choice: &[&str], said: &str) {
    world.begins_by_sms(0);
    world.scans(0, choice, said);
    let answer = world.enters_first_code(0);
    assert_eq!(answer.path, "/account", "{}", answer.is_unexpected("the account"));
    assert!(answer.body.contains("A new phone takes over on"), "{}", answer.body);
    // The mail that tells of it leaves, with which the day begins; what follows starts the server anew.
    std::thread::sleep(std::time::Duration::from_secs(2));
    world.one_phone_logs_in("with the new phone waiting", |_| Phone::Old);
}
