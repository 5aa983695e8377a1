//! Mail through a mail server: SMTP over TLS, with certificates that this machine trusts.

use std::time::{Duration, SystemTime};

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

use super::Handed;
use crate::domain::letter::{Letter, Progress};

/// Longest time for one command of a conversation.
const LONGEST: Duration = Duration::from_secs(20);
/// Longest time for a whole mail; shorter than the lease of a letter.
const LONGEST_IN_ALL: Duration = Duration::from_secs(60);

/// A mail server.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    /// What follows the `@` in the names of our mails.
    domain: String,
}

impl Smtp {
    /// The server at `smtps://host:port`, or at `smtp://host:port` with `?tls=required` (STARTTLS)
    /// or without; `from` is a mailbox as mails show it.
    pub fn new(
        url: &str,
        login: Option<(String, String)>,
        from: &str,
        issuer: &str,
    ) -> Result<Smtp, String> {
        // Everybody on the machine sees the options of a program; nor is it repeated here.
        if url.split(['?', '#']).next().is_some_and(|place| place.contains('@')) {
            return Err(
                "the address names somebody to log in as: give the name with --mail-user and \
                        the password in a file with --mail-password-file"
                    .to_owned(),
            );
        }
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|error| format!("the address {url} is not one of a mail server ({error})"))?;
        let from: Mailbox =
            from.parse().map_err(|_| format!("{from} is not an e-mail address to send from"))?;
        let from = match from.name {
            Some(_) => from,
            None => Mailbox { name: Some(issuer.to_owned()), ..from },
        };
        let transport = match login {
            Some((user, password)) => transport.credentials(Credentials::new(user, password)),
            None => transport,
        };
        let domain = from.email.domain().to_owned();
        Ok(Smtp { transport: transport.timeout(Some(LONGEST)).build(), from, domain })
    }

    /// Hands one over. The same letter has the same `Message-ID` at every try, by which the other
    /// side knows it again.
    pub(super) async fn send(&self, letter: &Letter) -> Handed {
        let message = match self.message(letter) {
            Ok(message) => message,
            Err(reason) => return Handed::Refused(reason),
        };
        // One that answers each question just in time must not hold a letter for longer than its lease.
        match tokio::time::timeout(LONGEST_IN_ALL, self.transport.send(message)).await {
            Ok(Ok(_)) => Handed::Over(Progress::Sent),
            Ok(Err(error)) if error.is_permanent() => Handed::Refused(error.to_string()),
            Ok(Err(error)) => Handed::Down(error.to_string()),
            Err(_) => Handed::Down("no end of it in time".to_owned()),
        }
    }

    fn message(&self, letter: &Letter) -> Result<Message, String> {
        let to: Mailbox =
            letter.body.to.parse().map_err(|_| "its address is none for a mail".to_owned())?;
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(letter.body.subject.clone())
            .date(SystemTime::UNIX_EPOCH + Duration::from_secs(letter.made.0))
            .message_id(Some(format!("<{}@{}>", letter.id.to_hex(), self.domain)))
            .raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()))
            .header(ContentType::TEXT_PLAIN)
            .body(letter.body.text.to_string())
            .map_err(|error| error.to_string())
    }
}
