//! What a device remembers of a vault, outside the vault's file: the newest generation that it saw,
//! and when to ask for the passphrase again.

use holdfast_otp::UnixTime;
use subtle::ConstantTimeEq;

use super::fields::{exactly, take};
use super::header::{Header, VaultId};
use super::key::KEY_LEN;
use super::{Key, Vault};

const LABEL: &str = "holdfast vault memo";
const FACTS_LEN: usize = 24;
const DAY: u64 = 86_400;

/// How long after it was last typed somebody who unlocks with the device is asked for the
/// passphrase: 14 days, in seconds.
pub const ASK_AFTER: u64 = 14 * DAY;
/// How long "not now" puts the question off: 3 days, in seconds.
pub const PUT_OFF: u64 = 3 * DAY;

/// What a device remembers of a vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memo {
    /// The newest generation that this device saw or was told to accept.
    pub generation: u64,
    /// When that generation was written.
    pub written_at: UnixTime,
    /// From when on somebody who unlocks with the device is asked for the passphrase.
    pub ask_at: UnixTime,
}

/// A memo as the device keeps it: 56 bytes that tell nothing secret and that only the open vault can
/// make, so that nobody can claim a generation that never was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealedMemo {
    /// Which vault it is of.
    pub vault: VaultId,
    /// Generation, written at, ask at (8 bytes each, big-endian), authenticator.
    pub bytes: [u8; FACTS_LEN + KEY_LEN],
}

impl Memo {
    /// Whether this device saw a newer generation than the one with this header.
    pub fn is_newer_than(&self, header: &Header) -> bool {
        self.generation > header.generation
    }

    /// Remembers a generation, unless it is older than the one that is remembered.
    pub fn saw(&mut self, header: &Header) {
        if header.generation >= self.generation {
            self.accept(header);
        }
    }

    /// Remembers a generation even where it is an older one: the person knows.
    pub fn accept(&mut self, header: &Header) {
        (self.generation, self.written_at) = (header.generation, header.written_at);
    }

    /// The passphrase was typed at `now`, and opened the vault.
    pub fn typed(&mut self, now: UnixTime) {
        self.ask_at = UnixTime(now.0.saturating_add(ASK_AFTER));
    }

    /// The person would rather be asked another day.
    pub fn put_off(&mut self, now: UnixTime) {
        self.ask_at = UnixTime(now.0.saturating_add(PUT_OFF));
    }

    /// Whether it is time to ask. A clock that was set back puts it off no further than ever.
    pub fn should_ask(&self, now: UnixTime) -> bool {
        now >= self.ask_at || self.ask_at.0 - now.0 > ASK_AFTER
    }
}

impl Vault {
    /// The memo that the device kept of this vault. Where it kept none, or one that this vault did
    /// not make, a first one.
    pub fn memo(&self, kept: Option<&[u8]>, now: UnixTime) -> Memo {
        kept.and_then(|kept| self.open_memo(kept)).unwrap_or_else(|| {
            let mut memo = Memo { generation: 0, written_at: now, ask_at: now };
            memo.accept(&self.header);
            memo.typed(now);
            memo
        })
    }

    /// The memo for the device to keep.
    pub fn seal_memo(&self, memo: &Memo) -> SealedMemo {
        let mut bytes = [0; FACTS_LEN + KEY_LEN];
        let facts = [memo.generation, memo.written_at.0, memo.ask_at.0];
        for (place, fact) in bytes.chunks_exact_mut(8).zip(facts) {
            place.copy_from_slice(&fact.to_be_bytes());
        }
        let proof = self.prove_memo(&bytes[..FACTS_LEN]);
        bytes[FACTS_LEN..].copy_from_slice(proof.expose());
        SealedMemo { vault: self.header.vault_id, bytes }
    }

    fn open_memo(&self, kept: &[u8]) -> Option<Memo> {
        let facts = kept.get(..FACTS_LEN)?;
        let mut rest = kept;
        let mut number = || take(&mut rest).map(u64::from_be_bytes).ok();
        let (generation, written_at, ask_at) = (number()?, number()?, number()?);
        let proof: [u8; KEY_LEN] = exactly(rest).ok()?;
        let genuine = self.prove_memo(facts).expose().ct_eq(&proof);
        bool::from(genuine).then_some(Memo {
            generation,
            written_at: UnixTime(written_at),
            ask_at: UnixTime(ask_at),
        })
    }

    /// The secrets key makes it, and not the data key: it lasts through a change of the passphrase,
    /// so that a file from before that change is known as an older one too.
    fn prove_memo(&self, facts: &[u8]) -> Key {
        self.body.secrets_key.derive(&self.header.vault_id.0, LABEL, facts)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{NOW, rng, three};
    use super::*;

    #[test]
    fn a_memo_comes_back_and_a_changed_or_strange_one_does_not() {
        let (mut vault, _) = three();
        vault.seal(NOW, &mut rng()).unwrap();
        let memo = Memo { generation: 7, written_at: UnixTime(5), ask_at: UnixTime(6) };
        let kept = vault.seal_memo(&memo).bytes;
        assert_eq!(vault.memo(Some(&kept), NOW), memo);
        let first = Memo {
            generation: vault.generation(),
            written_at: vault.header().written_at(),
            ask_at: UnixTime(NOW.0 + ASK_AFTER),
        };
        assert_eq!(vault.memo(None, NOW), first);
        for place in 0..kept.len() {
            let mut forged = kept;
            forged[place] ^= 1;
            assert_eq!(vault.memo(Some(&forged), NOW), first, "byte {place}");
        }
        assert_eq!(vault.memo(Some(&kept[..55]), NOW), first);
        assert_eq!(vault.memo(Some(&[&kept[..], b"x"].concat()), NOW), first);
        assert_eq!(vault.memo(Some(b""), NOW), first);
    }

    #[test]
    fn a_memo_outlives_a_change_of_the_passphrase() {
        use crate::vault::{Cost, NewSlot, Passphrase};
        let (mut vault, _) = three();
        vault.seal(NOW, &mut rng()).unwrap();
        let memo = vault.memo(None, NOW);
        let kept = vault.seal_memo(&memo).bytes;
        let passphrase = &Passphrase::new("another passphrase");
        let slot = NewSlot::Passphrase { passphrase, cost: Cost::FLOOR };
        vault.rekey(&[slot], &mut rng()).unwrap();
        assert_eq!(vault.memo(Some(&kept), UnixTime(0)), memo);
    }

    #[test]
    fn the_question_comes_after_a_fortnight_and_can_be_put_off() {
        let mut memo = Memo { generation: 1, written_at: NOW, ask_at: NOW };
        memo.typed(NOW);
        let after = |days: u64| UnixTime(NOW.0 + days * DAY);
        assert!(!memo.should_ask(after(13)) && memo.should_ask(after(14)));
        memo.put_off(after(14));
        assert!(!memo.should_ask(after(16)) && memo.should_ask(after(17)));
        // A clock that ran years ahead when the passphrase was typed silences nothing.
        memo.typed(after(3_000));
        assert!(memo.should_ask(NOW));
    }
}
