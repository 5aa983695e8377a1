//! The server's time for somebody's phone, asked for again each second by a page that is open.

use holdfast_otp::TimeBarcode;

use super::{Server, Trouble};
use crate::domain::account::Account;
use crate::domain::enrolment::Enrolment;
use crate::domain::ids::TokenDigest;
use crate::domain::session::Stage;

impl Server {
    /// The time barcode of an account that has a phone.
    pub fn shown_time(&self, account: &Account) -> Option<TimeBarcode> {
        match &account.enrolment {
            Enrolment::Active(active) => active.shown_time(self.now()),
            Enrolment::Off | Enrolment::Pending(_) => None,
        }
    }

    /// The account of a token of that stage, without its use being noted: a page that asks by itself
    /// keeps nobody logged in.
    pub async fn account_unnoted(
        &self,
        shown: Option<&str>,
        stage: Stage,
    ) -> Result<Option<Account>, Trouble> {
        let Some(shown) = shown else { return Ok(None) };
        match self.store.session(TokenDigest::of(shown)).await? {
            Some(session) if session.stage == stage && !session.is_over(self.now()) => {
                self.account(&session).await
            }
            _ => Ok(None),
        }
    }
}
