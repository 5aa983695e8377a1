//! Codes that are sent to an address and typed where they were asked for: made, limited, compared.

use holdfast_otp::UnixTime;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{NotThePerson, Server, Trouble};
use crate::domain::email::Email;
use crate::domain::ids::{AccountId, TokenDigest};
use crate::domain::letter::{Letter, Progress, Way};
use crate::domain::number::Number;
use crate::domain::sent::{Purpose, SentCode, eight_characters, normal, six_digits};
use crate::domain::throttle::Limit;
use crate::random::system_random;
use crate::source::Source;

/// Mails with a code, a day: to one address from one place, to one address from everywhere, and asked for
/// from one place. The first leaves some of the second to its owner, whatever one stranger asks for.
const MAILS: (u32, u32, u32) = (10, 30, 50);
/// SMS with a code, a day: for one account, to one number, and asked for from one place.
const SMS: (u32, u32, u32) = (10, 10, 30);
/// Seconds between two SMS to somebody who logs in.
const SMS_PAUSE: u64 = 30;

/// What was typed is not the code that was sent.
#[derive(Debug, thiserror::Error)]
pub enum NotProved {
    /// It is another one.
    #[error("That code is not right. Enter the code from the newest message.")]
    Wrong,
    /// There is none, it is too old, or it was tried too often.
    #[error("That code is not good any more. Ask for a new one.")]
    Over,
    /// See [`Trouble`].
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

impl Server {
    /// A mail with a code for `purpose`, and what is kept of it. `says` makes the text around it.
    pub(super) fn mail_code(
        &self,
        holder: TokenDigest,
        purpose: Purpose,
        account: AccountId,
        to: &Email,
        subject: &str,
        says: impl FnOnce(&str) -> String,
    ) -> (SentCode, Letter) {
        let code = eight_characters(&mut system_random());
        let subject = format!("{}: {subject}", &*self.issuer);
        let letter = self.letter(Way::Mail, to.as_str(), &subject, says(&code), purpose.seconds());
        (self.kept(holder, purpose, account, to.as_str(), &code, Some(&letter)), letter)
    }

    /// An SMS with a code, and what is kept of it.
    pub(super) fn sms_code(
        &self,
        holder: TokenDigest,
        purpose: Purpose,
        account: AccountId,
        to: &Number,
    ) -> (SentCode, Letter) {
        let code = six_digits(&mut system_random());
        let (issuer, code_text) = (&*self.issuer, code.as_str());
        let text = match purpose {
            Purpose::Number => {
                format!("{code_text} is your {issuer} set-up code, good for 10 minutes.")
            }
            Purpose::Handover => format!(
                "{code_text} is your {issuer} code to set up a new phone, good for 10 minutes. Give \
                 it to nobody. If you did not ask for it, change your password."
            ),
            _ => format!(
                "{code_text} is your {issuer} log-in code, good for 10 minutes. Give it to nobody."
            ),
        };
        let letter = self.letter(Way::Sms, to.as_str(), "", text, purpose.seconds());
        (self.kept(holder, purpose, account, to.as_str(), &code, Some(&letter)), letter)
    }

    /// What is kept where no code was sent, because there is nobody to send one to: nothing that is
    /// typed will be right, in the same time (requirement 34).
    pub(super) fn no_code(
        &self,
        holder: TokenDigest,
        purpose: Purpose,
        account: AccountId,
        to: &Email,
    ) -> SentCode {
        let code = eight_characters(&mut system_random());
        self.kept(holder, purpose, account, to.as_str(), &code, None)
    }

    /// Charges a try and compares; what comes back is to be spent in the step that it proves.
    pub(super) async fn proved(
        &self,
        holder: TokenDigest,
        purpose: Purpose,
        typed: &str,
    ) -> Result<SentCode, NotProved> {
        let sent = self.store.charge_sent_code(holder, purpose).await.map_err(Trouble::from)?;
        let Some(sent) = sent.filter(|sent| !sent.is_over(self.now())) else {
            return Err(NotProved::Over);
        };
        if self.is_code_of(&sent, typed) { Ok(sent) } else { Err(NotProved::Wrong) }
    }

    /// The same for a code to choose a new password, which is good only as long as the password that it
    /// was sent for, here as Argon2id in PHC form.
    pub(super) async fn proved_for_reset(
        &self,
        holder: TokenDigest,
        typed: &str,
        password: &str,
    ) -> Result<SentCode, NotProved> {
        let sent = self.store.charge_sent_code(holder, Purpose::Reset).await;
        let sent = sent.map_err(Trouble::from)?.filter(|sent| !sent.is_over(self.now()));
        let sent = sent.ok_or(NotProved::Over)?;
        let is_it: bool = self.reset_mac(&sent, typed, password).ct_eq(&sent.mac).into();
        if is_it { Ok(sent) } else { Err(NotProved::Wrong) }
    }

    /// What is kept of a code to choose a new password.
    pub(super) fn reset_mac(&self, sent: &SentCode, code: &str, password: &str) -> [u8; 32] {
        let code = self.mac(&sent.holder, Purpose::Reset, code);
        let mut name = Zeroizing::new(code.to_vec());
        name.extend_from_slice(password.as_bytes());
        self.keyring.throttle_key("sent code of a password", &name)
    }

    /// Whether it is that code; compared by its keyed digest, in constant time.
    pub(super) fn is_code_of(&self, sent: &SentCode, typed: &str) -> bool {
        self.mac(&sent.holder, sent.purpose, typed).ct_eq(&sent.mac).into()
    }

    /// How the letter with a holder's code fares; `None` where there is no such code.
    pub async fn sent_progress(
        &self,
        holder: TokenDigest,
        purpose: Purpose,
    ) -> Result<Option<(SentCode, Progress)>, Trouble> {
        let Some(sent) = self.store.sent_code(holder, purpose).await? else { return Ok(None) };
        if sent.is_over(self.now()) {
            return Ok(None);
        }
        let fate = match sent.letter {
            Some(letter) => self.store.letter_fate(letter).await?,
            None => None,
        };
        Ok(Some((sent, fate.map_or(Progress::Sent, |fate| fate.progress))))
    }

    /// Counts a mail to an address, whether it has an account or not.
    pub(super) async fn count_mail(&self, to: &Email) -> Result<(), NotThePerson> {
        let source = Source::here().map(Source::name).unwrap_or_default();
        let key = |kind, name: &str| self.keyring.throttle_key(kind, name.as_bytes());
        let limit = |a_day| Limit::Sends { a_day, pause: 0 };
        self.charge_all(&[
            (key("mail from one place", &format!("{source} {}", to.as_str())), limit(MAILS.0)),
            (key("mail source", &source), limit(MAILS.2)),
            (key("mail to", to.as_str()), limit(MAILS.1)),
        ])
        .await?;
        Ok(())
    }

    /// Counts an SMS for an account, a number, a source and the day (requirement 24).
    pub(super) async fn count_sms(
        &self,
        account: &AccountId,
        to: &Number,
        purpose: Purpose,
    ) -> Result<(), NotThePerson> {
        let source = Source::here().map(Source::name).unwrap_or_default();
        let key = |kind, name: &[u8]| self.keyring.throttle_key(kind, name);
        let limit = |a_day| Limit::Sends { a_day, pause: 0 };
        let mut limits = vec![
            (key("sms account", account.as_bytes()), limit(SMS.0)),
            (key("sms to", to.as_str().as_bytes()), limit(SMS.1)),
            (key("sms source", source.as_bytes()), limit(SMS.2)),
            (key("sms day", b""), limit(self.post.sms_a_day)),
        ];
        if matches!(purpose, Purpose::LogIn | Purpose::Handover) {
            let paused = Limit::Sends { a_day: SMS.0, pause: SMS_PAUSE };
            // First: it is the one that says when the next is sent.
            limits.insert(0, (key("sms log-in", account.as_bytes()), paused));
        }
        self.charge_all(&limits).await?;
        Ok(())
    }

    fn kept(
        &self,
        holder: TokenDigest,
        purpose: Purpose,
        account: AccountId,
        to: &str,
        code: &str,
        letter: Option<&Letter>,
    ) -> SentCode {
        SentCode {
            holder,
            purpose,
            account,
            mac: self.mac(&holder, purpose, code),
            to: Zeroizing::new(to.to_owned()),
            besides: Zeroizing::default(),
            made: self.now(),
            tries: 0,
            letter: letter.map(|letter| letter.id),
        }
    }

    fn mac(&self, holder: &TokenDigest, purpose: Purpose, code: &str) -> [u8; 32] {
        let mut name = Zeroizing::new(holder.as_bytes().to_vec());
        name.extend_from_slice(purpose.word().as_bytes());
        name.extend_from_slice(normal(code).as_bytes());
        self.keyring.throttle_key("sent code", &name)
    }
}

/// A moment so many seconds later.
pub(super) fn later(now: UnixTime, seconds: u64) -> UnixTime {
    UnixTime(now.0.saturating_add(seconds))
}
