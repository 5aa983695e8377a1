//! SMS through Kannel's `sendsms`, with a delivery report asked for.

use std::time::Duration;

use ureq::Agent;
use zeroize::Zeroizing;

use super::Handed;
use crate::domain::letter::{Letter, Progress};

const LONGEST: Duration = Duration::from_secs(15);
/// Reports asked for: delivered (1), failed (2), queued (4), taken (8), refused by the centre (16).
const REPORTS: &str = "31";

/// Makes the word by which a report shows that it is of the letter of that name.
pub type Proof = Box<dyn Fn(&[u8]) -> String + Send + Sync>;

/// A Kannel and how to ask it.
pub struct Kannel {
    agent: Agent,
    url: String,
    user: String,
    password: Zeroizing<String>,
    from: String,
    /// Where its reports go: our own address, seen from it.
    report_to: Option<String>,
    /// See [`Proof`].
    proof: Proof,
}

impl Kannel {
    /// The gateway whose `sendsms` is at `url`.
    pub fn new(
        url: &str,
        login: (String, String),
        from: &str,
        report_to: Option<&str>,
        proof: Proof,
    ) -> Result<Kannel, String> {
        if !url.starts_with("http://") || url.contains(['?', '#']) {
            return Err(format!(
                "the address {url} is not like http://127.0.0.1:13013/cgi-bin/sendsms"
            ));
        }
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(LONGEST))
            .proxy(None)
            .build();
        Ok(Kannel {
            agent: agent.into(),
            url: url.to_owned(),
            user: login.0,
            password: Zeroizing::new(login.1),
            from: from.to_owned(),
            report_to: report_to.map(str::to_owned),
            proof,
        })
    }

    /// Hands one over.
    pub(super) async fn send(&self, letter: &Letter) -> Handed {
        let mut request = self
            .agent
            .get(&self.url)
            .query("username", &self.user)
            .query("password", self.password.as_str())
            .query("from", &self.from)
            .query("to", letter.body.to.as_str())
            .query("charset", "UTF-8")
            .query("coding", if letter.body.text.is_ascii() { "0" } else { "2" })
            .query("text", letter.body.text.as_str());
        let proof = (self.proof)(letter.id.as_bytes());
        if let Some(report_to) = &self.report_to {
            let id = letter.id.to_hex();
            let to = format!("{report_to}/gateway/kannel?letter={id}&proof={proof}&status=%d");
            request = request.query("dlr-mask", REPORTS).query("dlr-url", to);
        }
        let asked = tokio::task::spawn_blocking(move || {
            let mut answer = request.call()?;
            let text = answer.body_mut().with_config().limit(1024).read_to_string();
            Ok::<_, ureq::Error>((answer.status().as_u16(), text.unwrap_or_default()))
        });
        match asked.await {
            // It was told the password and the report's word, and could repeat them.
            Ok(Ok((status, text))) => {
                let text = text.trim().replace(self.password.as_str(), "…");
                outcome(status, text.replace(proof.as_str(), "…").as_str())
            }
            // The error's own text may hold the address, and with it the password.
            Ok(Err(ureq::Error::Timeout(_))) => Handed::Down("no answer in time".to_owned()),
            Ok(Err(ureq::Error::Io(error))) => Handed::Down(error.to_string()),
            Ok(Err(_)) => Handed::Down("no answer that is HTTP".to_owned()),
            Err(_) => Handed::Down("the server is stopping".to_owned()),
        }
    }
}

/// What Kannel's answer means (its user's guide, "SMS push reply codes").
fn outcome(status: u16, text: &str) -> Handed {
    match status {
        200..=299 if text.starts_with("3:") => Handed::Over(Progress::Queued),
        200..=299 if text.starts_with("0:") => Handed::Over(Progress::Sent),
        400 | 403 | 404 | 410 => Handed::Refused(format!("{status}: {text}")),
        _ => Handed::Down(format!("{status}: {text}")),
    }
}

/// What a report's number means; `None` for one that changes nothing.
pub fn progress_of(status: &str) -> Option<Progress> {
    match status {
        "1" => Some(Progress::Delivered),
        "2" | "16" => Some(Progress::Refused),
        "4" => Some(Progress::Queued),
        "8" => Some(Progress::Sent),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_26_what_the_gateway_says_is_told_apart() {
        let word = |handed| match handed {
            Handed::Over(progress) => progress.word(),
            Handed::Refused(_) => "refused",
            Handed::Down(_) => "down",
        };
        assert_eq!(word(outcome(202, "0: Accepted for delivery")), "sent");
        assert_eq!(word(outcome(202, "3: Queued for later delivery")), "queued");
        assert_eq!(word(outcome(403, "Authorization failed for sendsms")), "refused");
        assert_eq!(word(outcome(503, "Temporal failure, try again later.")), "down");
        for lie in ["<html>", "", "0 of 1 sent", "302 elsewhere", "Error: 0: Accepted"] {
            assert_eq!(word(outcome(200, lie)), "down", "{lie:?} is not what Kannel says");
        }
        assert_eq!(progress_of("1"), Some(Progress::Delivered));
        assert_eq!(progress_of("99"), None);
    }
}
