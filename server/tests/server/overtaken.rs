//! A log-in whose password is being compared while another step ends every session: it opens none after that.

use std::thread;
use std::time::Duration;

use holdfast_testkit::Server;

use crate::client::{Client, PASSWORD, code, now, settle};

/// Three browsers that log in while a step is done, the first of them so many milliseconds after it began.
fn while_it_is_done(url: &str, after: u64, step: impl FnOnce()) -> Vec<Client> {
    thread::scope(|scope| {
        let log_in = |at: u64| {
            scope.spawn(move || {
                thread::sleep(Duration::from_millis(after + 30 * at));
                let mut other = Client::at(url);
                other.log_in();
                other
            })
        };
        let others: Vec<_> = (0..3).map(log_in).collect();
        step();
        others.into_iter().map(|other| other.join().expect("it logs in or not")).collect()
    })
}

#[test]
fn row_28_no_log_in_under_way_with_the_old_password_outlives_a_new_one() {
    for after in [0, 20, 40] {
        let server = Server::start();
        let mut ann = Client::registered(&server);
        let change = [("password", PASSWORD), ("new_password", "a lantern under the pier")];
        let others = while_it_is_done(server.url(), after, || {
            ann.submit("/account/password", &change).must_say("Your password is changed");
        });
        for mut other in others {
            assert!(!other.is_signed_in(), "it came in by the old password");
        }
        assert!(ann.is_signed_in());
    }
}

#[test]
fn e5_row_29_no_log_in_under_way_without_a_code_outlives_switching_on() {
    for after in [50, 150, 250, 350, 450] {
        let server = Server::start();
        let mut ann = Client::registered(&server);
        settle();
        let secret = ann.begin();
        let others = while_it_is_done(server.url(), after, || {
            let answer = ann.confirm(&code(&secret, now() - 30));
            answer.must_say("Two-factor authentication is on");
        });
        for mut other in others {
            assert!(!other.is_signed_in(), "it came in without a code {after}");
        }
        assert!(ann.is_signed_in());
    }
}
