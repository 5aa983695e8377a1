//! What a signed-in person does with the account besides the second factor.

use super::{NotThePerson, Server, Trouble};
use crate::domain::account::{API_KEY_PREFIX, Account, ApiKey};
use crate::domain::ids::{Token, TokenDigest};
use crate::domain::session::{Session, TOUCH_EVERY};
use crate::random::system_random;
use crate::store::{Change, Outcome};

impl Server {
    /// Who a token stands for, if it is of a session that is not over; its use is noted.
    pub async fn session(&self, shown: &str) -> Result<Option<Session>, Trouble> {
        let now = self.now();
        let Some(session) = self.store.session(TokenDigest::of(shown)).await? else {
            return Ok(None);
        };
        if session.is_over(now) {
            self.store.end(session.digest).await?;
            return Ok(None);
        }
        if now.0.saturating_sub(session.seen.0) >= TOUCH_EVERY {
            self.store.touch(session.digest, now).await?;
        }
        Ok(Some(session))
    }

    /// The account of a session.
    pub async fn account(&self, session: &Session) -> Result<Option<Account>, Trouble> {
        Ok(self.current(session.account).await?.map(|found| found.value))
    }

    /// The account of an API key.
    pub async fn account_by_api_key(&self, shown: &str) -> Result<Option<Account>, Trouble> {
        let found = self.store.account_by_api_key(TokenDigest::of(shown)).await?;
        Ok(found.map(|found| found.value))
    }

    /// After the password: an API key in the place of the old one, shown once.
    pub async fn new_api_key(&self, session: &Session, typed: &str) -> Result<Token, NotThePerson> {
        let Some(found) = self.current(session.account).await? else {
            return Err(NotThePerson::Wrong);
        };
        self.ask_again(&found.value, typed).await?;
        loop {
            let Some(mut found) = self.current(session.account).await? else {
                return Err(NotThePerson::Wrong);
            };
            let key = Token::random(API_KEY_PREFIX, &mut system_random());
            found.value.api_key = Some(ApiKey { digest: key.digest(), made: self.now() });
            let change = Change { account: Some(found), ..Change::default() };
            if self.store.commit(change).await.map_err(Trouble::from)? == Outcome::Done {
                return Ok(key);
            }
        }
    }

    /// Ends a session.
    pub async fn sign_out(&self, session: &Session) -> Result<(), Trouble> {
        Ok(self.store.end(session.digest).await?)
    }
}
