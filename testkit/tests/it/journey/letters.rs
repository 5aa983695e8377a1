//! What the server's mails and SMS bring: a number as a way in, and a change of phone by it.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use super::world::{CHANGE, PASSWORD, SCAN, World};

const NUMBER: &str = "+4915123456789";
const PHONE: &str = "/account/two-factor/phone";
const SMS: &str = "/account/two-factor/change/sms";

impl World {
    /// The first word of the newest letter to somebody that says this.
    #[track_caller]
    pub fn mailed_code(&self, to: &str, says: &str) -> String {
        let letter = self.letter(to, says);
        letter.split_whitespace().next().expect("a code").to_owned()
    }

    /// The text of the newest letter to somebody that says this, waited for, and read once.
    #[track_caller]
    pub fn letter(&self, to: &str, says: &str) -> String {
        let (outbox, head) = (self.server.data_dir().join("outbox"), format!("To: {to}\n"));
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            let mut files: Vec<_> = fs::read_dir(&outbox)
                .map(|files| files.map(|file| file.expect("a file").path()).collect())
                .unwrap_or_default();
            files.sort_by_key(|path| fs::metadata(path).and_then(|about| about.modified()).ok());
            for path in files.iter().rev() {
                let letter = fs::read_to_string(path).unwrap_or_default();
                let is_it = letter.starts_with(&head) && letter.contains(says);
                if let Some((_, text)) = letter.split_once("\n\n").filter(|_| is_it) {
                    // The next one that says so is another one.
                    fs::remove_file(path).expect("it is removed");
                    return text.to_owned();
                }
            }
            assert!(Instant::now() < until, "no letter to {to} says {says:?}");
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// An owner gives a number as another way in.
    pub fn adds_number(&self, number: usize) {
        let browser = &self.owners[number].browser;
        let page = browser.open(PHONE).expect("the page");
        let asked = browser.submit(&page, &[("password", PASSWORD), ("number", NUMBER)]);
        let asked = asked.expect("an answer");
        let code = self.mailed_code(NUMBER, "set-up code");
        let done = browser.submit(&asked, &[("code", &code)]).expect("an answer");
        assert_eq!(done.path, PHONE, "{}", done.is_unexpected("the number"));
    }

    /// Begins a change of phone with an SMS in the place of the old phone.
    #[track_caller]
    pub fn begins_by_sms(&mut self, number: usize) {
        self.passes(90);
        let browser = &self.owners[number].browser;
        let page = browser.open(CHANGE).expect("the page");
        let asked = browser.submit_to(&page, SMS, &[]).expect("an answer");
        assert_eq!(asked.path, CHANGE, "{}", asked.is_unexpected("the SMS"));
        let code = self.mailed_code(NUMBER, "code to set up a new phone");
        let scan = browser.submit(&asked, &[("password", PASSWORD), ("code", &code)]);
        let scan = scan.expect("a barcode");
        assert_eq!(scan.path, SCAN, "{}", scan.is_unexpected("a barcode"));
        self.keep_secret(&scan);
        self.owners[number].shown = Some(scan);
    }
}
