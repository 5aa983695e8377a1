//! Telling the person: a mail written in the same step as what it tells of (E6, requirement 36).

use super::Server;
use crate::domain::account::Account;
use crate::domain::letter::{Body, Letter, LetterId, NOTICE_SECONDS, Way};
use crate::notify::texts::{Circumstances, Notice};
use crate::random::system_random;
use crate::source::Source;

impl Server {
    /// The mail that tells of it; none where no mail is set up. `device` says where, in words.
    pub(super) fn notice(
        &self,
        account: &Account,
        device: &str,
        notice: Notice<'_>,
    ) -> Vec<Letter> {
        let source = Source::here().map_or_else(|| "the server's host".to_owned(), Source::name);
        self.notice_from(&source, account, device, notice)
    }

    /// The same of what comes from elsewhere than the request that is being answered.
    pub(super) fn notice_from(
        &self,
        source: &str,
        account: &Account,
        device: &str,
        notice: Notice<'_>,
    ) -> Vec<Letter> {
        if self.post.mail.is_none() {
            return Vec::new();
        }
        let link = self.post.public_url.as_deref();
        let link = link.map(|url| format!("{url}{}", self.not_me_path(&account.id)));
        let (subject, text) = notice.mail(&Circumstances {
            email: account.email.as_str(),
            issuer: &self.issuer,
            at: self.now(),
            source,
            device,
            url: self.post.public_url.as_deref(),
            link: link.as_deref(),
        });
        account
            .told(self.now())
            .into_iter()
            .map(|to| self.letter(Way::Mail, to.as_str(), &subject, text.clone(), NOTICE_SECONDS))
            .collect()
    }

    /// A letter that is of use for so many seconds.
    pub(super) fn letter(
        &self,
        way: Way,
        to: &str,
        subject: &str,
        text: String,
        seconds: u64,
    ) -> Letter {
        let made = self.now();
        let body =
            Body { to: to.to_owned().into(), subject: subject.to_owned(), text: text.into() };
        let until = holdfast_otp::UnixTime(made.0.saturating_add(seconds));
        Letter { id: LetterId::random(&mut system_random()), way, body, made, until }
    }
}
