//! Takes letters from the outbox to where they go: mail by SMTP, SMS by a gateway, or both as files
//! where the server is only being tried out.

mod args;
mod command;
mod files;
mod kannel;
mod smtp;
pub mod texts;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::domain::letter::{Claimed, Letter, Progress, Way, next_try};
use crate::flows::Server;

pub use args::{PostArgs, PostError, report_proof};
pub use kannel::progress_of;

/// How often is looked for letters that are due, whoever has put them there.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Letters of one way that are under way at once.
const AT_ONCE: usize = 16;

/// The ways that letters can take from here.
#[derive(Default)]
pub struct Post {
    /// Mail, where it is set up.
    pub mail: Option<MailWay>,
    /// SMS, where it is set up.
    pub sms: Option<SmsWay>,
    /// The address under which people reach the pages, to be written in mails.
    pub public_url: Option<String>,
    /// Most SMS that leave in a day, whoever asks.
    pub sms_a_day: u32,
}

/// How mail leaves.
pub enum MailWay {
    /// Through a mail server.
    Smtp(Box<smtp::Smtp>),
    /// Into files, under `--dev`.
    Files(PathBuf),
    /// By another process over the same store.
    Elsewhere,
}

/// How SMS leave.
pub enum SmsWay {
    /// Through Kannel.
    Kannel(Box<kannel::Kannel>),
    /// Through a program.
    Command(PathBuf),
    /// Into files, under `--dev`.
    Files(PathBuf),
}

/// How one try came out.
enum Handed {
    /// The other side has it.
    Over(Progress),
    /// It will not have it.
    Refused(String),
    /// It could not be asked, or said to come again.
    Down(String),
}

impl Post {
    /// Where letters that go this way are written as files, if they are.
    pub fn folder(&self, way: Way) -> Option<&PathBuf> {
        match (way, &self.mail, &self.sms) {
            (Way::Mail, Some(MailWay::Files(folder)), _)
            | (Way::Sms, _, Some(SmsWay::Files(folder))) => Some(folder),
            _ => None,
        }
    }

    async fn hand_over(&self, letter: &Letter) -> Handed {
        let nowhere = || Handed::Down("no way is set up for it".to_owned());
        match letter.way {
            Way::Mail => match &self.mail {
                Some(MailWay::Smtp(smtp)) => smtp.send(letter).await,
                Some(MailWay::Files(folder)) => files::write(folder, letter).await,
                Some(MailWay::Elsewhere) | None => nowhere(),
            },
            Way::Sms => match &self.sms {
                Some(SmsWay::Kannel(kannel)) => kannel.send(letter).await,
                Some(SmsWay::Command(program)) => command::run(program, letter).await,
                Some(SmsWay::Files(folder)) => files::write(folder, letter).await,
                None => nowhere(),
            },
        }
    }
}

/// Empties the outbox, again and again, each way by itself: a mail server that hangs keeps no SMS
/// waiting. Each letter is tried by one process at a time; one that died on the way leaves it to be
/// tried once more, under the same name.
pub async fn deliver(server: Arc<Server>) {
    tokio::join!(deliver_by(&server, Way::Mail), deliver_by(&server, Way::Sms));
}

async fn deliver_by(server: &Arc<Server>, way: Way) {
    let mut under_way = JoinSet::new();
    loop {
        let free = AT_ONCE - under_way.len();
        match server.store.claim_letters(way, server.now(), free).await {
            Ok(claimed) => {
                for one in claimed {
                    under_way.spawn(deliver_one(Arc::clone(server), one));
                }
            }
            Err(error) => tracing::warn!(%error, "letters could not be taken from the outbox"),
        }
        if under_way.len() == AT_ONCE {
            let _ = under_way.join_next().await;
        } else {
            tokio::time::sleep(LOOK_EVERY).await;
        }
        while under_way.try_join_next().is_some() {}
    }
}

/// What the other side has said, for the log: short, and without what it may have repeated of the
/// letter. Codes, links and numbers are what has a digit in it.
fn discreet(said: &str, letter: &Letter) -> String {
    const LONGEST: usize = 300;
    let is_no_letter = |c: char| !c.is_alphanumeric();
    let told = [&letter.body.text, &letter.body.to];
    let words = told.into_iter().flat_map(|text| text.split([' ', '\n']));
    let words = words.map(|word| word.trim_matches(is_no_letter));
    let mut secrets: Vec<_> =
        words.filter(|word| word.len() >= 4 && word.chars().any(|c| c.is_ascii_digit())).collect();
    // A short one may stand in a long one, of which the rest would stay.
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    let said = secrets.into_iter().fold(said.to_owned(), |said, one| said.replace(one, "…"));
    said.chars().take(LONGEST).collect()
}

async fn deliver_one(server: Arc<Server>, Claimed { letter, attempt }: Claimed) {
    let id = letter.id;
    let (progress, again) = if server.now() >= letter.until {
        (Progress::Late, None)
    } else {
        match server.post.hand_over(&letter).await {
            Handed::Over(progress) => (progress, None),
            Handed::Refused(reason) => {
                let reason = discreet(&reason, &letter);
                tracing::warn!(letter = id.to_hex(), reason, "a letter was refused");
                (Progress::Refused, None)
            }
            Handed::Down(reason) => {
                let reason = discreet(&reason, &letter);
                tracing::warn!(letter = id.to_hex(), attempt, reason, "a letter could not be sent");
                match next_try(attempt, server.now(), letter.until) {
                    Some(next) => (Progress::Down, Some(next)),
                    None => (Progress::Late, None),
                }
            }
        }
    };
    let noted = server.store.settle_letter(id, attempt, progress, server.now(), again).await;
    if let Err(error) = noted {
        tracing::warn!(letter = id.to_hex(), %error, "it could not be noted how a letter came out");
    }
}

#[cfg(test)]
mod tests {
    use holdfast_otp::UnixTime;
    use zeroize::Zeroizing;

    use super::*;
    use crate::domain::letter::{Body, LetterId};
    use crate::random::system_random;

    #[test]
    fn row_33_what_a_gateway_repeats_of_a_letter_is_not_written_down() {
        let text = "123456 is your log-in code. Not you? https://id.example.org/not-me/Ab9-x_";
        let letter = Letter {
            id: LetterId::random(&mut system_random()),
            way: Way::Sms,
            body: Body {
                to: Zeroizing::new("+4915123456789".to_owned()),
                subject: String::new(),
                text: Zeroizing::new(text.to_owned()),
            },
            made: UnixTime(0),
            until: UnixTime(600),
        };
        let said = discreet(&format!("403: no: to=%2B4915123456789&text={text}"), &letter);
        assert!(said.starts_with("403: no: to=%2B…&text=… is your"), "{said}");
        for secret in ["123456", "4915123456789", "Ab9-x_"] {
            assert!(!said.contains(secret), "{said}");
        }
        assert_eq!(discreet(&"x".repeat(10_000), &letter).len(), 300);
        assert_eq!(discreet("503: Temporal failure", &letter), "503: Temporal failure");
    }
}
