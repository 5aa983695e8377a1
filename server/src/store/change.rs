//! A change whose secrets are sealed, the same for every database: it waits for its transaction without
//! a key.

use super::outbox::SealedLetter;
use super::recovery::SealedRecovery;
use super::row::{Row, RowError, signed, throttle_text};
use super::sent::SealedCode;
use super::{Change, SshKeyChange, Version, Versioned};
use crate::domain::audit::{ChainKey, Event};
use crate::domain::ids::{AccountId, TokenDigest};
use crate::domain::sent::SentCode;
use crate::domain::session::Session;
use crate::domain::throttle::Throttle;
use crate::keyring::{Fingerprint, Keyring};
use crate::random::system_random;

/// Bytes of an account's name.
const NAME: usize = 16;

/// A [`Change`] whose secrets are sealed; it needs no key any more.
pub struct SealedChange {
    pub account: Option<Row>,
    pub unchanged: Option<(AccountId, Version)>,
    pub throttles: Vec<SealedThrottle>,
    pub require: Option<TokenDigest>,
    pub consume: Option<TokenDigest>,
    pub end_others: Option<(AccountId, Option<TokenDigest>)>,
    pub open: Option<Session>,
    pub events: Vec<Event>,
    pub chain: ChainKey,
    pub key: Fingerprint,
    pub recovery: Option<SealedRecovery>,
    pub spend: Option<SentCode>,
    pub sent: Option<SealedCode>,
    pub delete: Option<(AccountId, Version)>,
    pub letters: Vec<SealedLetter>,
    pub ssh_key: Option<SshKeyChange>,
}

/// A throttle as columns.
pub struct SealedThrottle {
    pub key: [u8; 32],
    pub seen: i64,
    /// When the day of the last try began: to forget it by. An index over the moment itself would be written
    /// anew with every try.
    pub last: i64,
    pub state: String,
}

impl SealedChange {
    /// Seals it.
    pub fn of(change: &Change, keyring: &Keyring) -> Result<SealedChange, RowError> {
        // Asked for first: where the key moves on meanwhile, what is sealed is refused.
        let key = keyring.fingerprint();
        let account = match &change.account {
            None => None,
            Some(next) => Some(Row::of(&next.value, next.seen.0, keyring, &mut system_random())?),
        };
        let throttle = |(key, next): &([u8; 32], Versioned<Throttle>)| SealedThrottle {
            key: *key,
            seen: next.seen.0,
            last: signed(next.value.last - next.value.last % 86_400),
            state: throttle_text(&next.value),
        };
        let mut throttles: Vec<_> = change.throttles.iter().map(throttle).collect();
        // In one order everywhere, so that of two changes of the same rows neither waits for the other.
        throttles.sort_unstable_by_key(|throttle| throttle.key);
        let recovery = match &change.recovery {
            None => None,
            Some(change) => Some(SealedRecovery::of(change, keyring)?),
        };
        let sent = match &change.sent {
            None => None,
            Some(code) => Some(SealedCode::of(code, keyring)?),
        };
        let letters = change.letters.iter().map(|letter| SealedLetter::of(letter, keyring));
        let letters = letters.collect::<Result<_, _>>()?;
        let Change { unchanged, require, consume, end_others, open, events, spend, .. } = change;
        Ok(SealedChange {
            account,
            unchanged: *unchanged,
            throttles,
            require: *require,
            consume: *consume,
            end_others: *end_others,
            open: open.clone(),
            recovery,
            spend: spend.clone(),
            sent,
            delete: change.delete,
            letters,
            ssh_key: change.ssh_key.clone(),
            events: events.clone(),
            chain: keyring.chain_key(),
            key,
        })
    }

    /// The account that it is about, if it is about one. A session's digest begins with its account's name.
    pub fn account_id(&self) -> Option<&[u8]> {
        let written = self.account.as_ref().map(|row| row.id.as_slice());
        let named = self.unchanged.as_ref().map(|(id, _)| id);
        let named = named.or(self.delete.as_ref().map(|(id, _)| id));
        let named = named.or(self.end_others.as_ref().map(|(id, _)| id));
        let named = named.or(self.open.as_ref().map(|session| &session.account));
        let named = named.map(|id| id.as_bytes().as_slice());
        written.or(named).or(self.session().map(|digest| &digest.as_bytes()[..NAME]))
    }

    /// Where it stands among those that are written together: all who write take accounts in one order, and
    /// sessions of one account, and what is counted of nobody, so that two of them seldom wait for each other.
    pub fn place(&self) -> [Option<&[u8]>; 3] {
        let session = self.session().map(|digest| digest.as_bytes().as_slice());
        let counted = self.throttles.first().map(|throttle| throttle.key.as_slice());
        [self.account_id(), session, counted]
    }

    /// The session that must be there.
    fn session(&self) -> Option<&TokenDigest> {
        self.consume.as_ref().or(self.require.as_ref())
    }
}
