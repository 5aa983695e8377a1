//! What a device remembers of a vault, outside the vault's file: the newest save that it saw, and when
//! to ask for the passphrase again.

use holdfast_otp::UnixTime;
use subtle::ConstantTimeEq;

use super::fields::{exactly, take};
use super::header::VaultId;
use super::key::KEY_LEN;
use super::trail::{SaveId, SavePoint, Trail};
use super::{Key, Vault};

const LABEL: &str = "holdfast vault memo";
const FACTS_LEN: usize = 32;
/// Without the name of the save, as before there was one.
const EARLIER_FACTS_LEN: usize = 24;
const DAY: u64 = 86_400;

/// How long after it was last typed somebody who unlocks with the device is asked for the
/// passphrase: 14 days, in seconds.
pub const ASK_AFTER: u64 = 14 * DAY;
/// How long "not now" puts the question off: 3 days, in seconds.
pub const PUT_OFF: u64 = 3 * DAY;

/// What a device remembers of a vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memo {
    /// The newest save that this device saw or was told to accept.
    pub seen: SavePoint,
    /// When that was written.
    pub written_at: UnixTime,
    /// From when on somebody who unlocks with the device is asked for the passphrase.
    pub ask_at: UnixTime,
    /// What was remembered and counts no more: the person knows, or the vault never made it.
    given_up: Option<SavePoint>,
}

/// A memo as the device keeps it: 64 bytes that tell nothing secret and that only the open vault can
/// make, so that nobody can claim a save that never was. With it goes what needs no key to say whether it
/// takes another one's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedMemo {
    /// Which vault it is of.
    pub vault: VaultId,
    /// Generation, written at, ask at (8 bytes each, big-endian), the save's name (8), authenticator.
    pub bytes: [u8; FACTS_LEN + KEY_LEN],
    seen: SavePoint,
    given_up: Option<SavePoint>,
    own: SavePoint,
    trail: Trail,
}

impl SealedMemo {
    /// Whether it may take the place of what is kept by now: another program on this device may have seen
    /// more since this one looked, and what was seen once must not be forgotten unasked.
    pub fn replaces(&self, kept: &[u8]) -> bool {
        let Some((there, ..)) = Memo::read(kept) else { return true };
        let is_known = there.seen == self.seen || Some(there.seen) == self.given_up;
        is_known || self.trail.reaches(self.own, there.seen)
    }

    /// When the save that it remembers was written.
    pub fn written_at(&self) -> UnixTime {
        let mut number = [0; 8];
        number.copy_from_slice(&self.bytes[8..16]);
        UnixTime(u64::from_be_bytes(number))
    }
}

impl Memo {
    /// Whether this vault lacks what the device saw: it is an older copy, or one that was saved on
    /// from an older copy.
    pub fn is_missed_by(&self, vault: &Vault) -> bool {
        !vault.descends_from(self.seen)
    }

    /// Remembers this save, unless it lacks what is remembered.
    pub fn saw(&mut self, vault: &Vault) {
        if !self.is_missed_by(vault) {
            (self.seen, self.written_at) = (vault.header.save_point(), vault.header.written_at);
        }
    }

    /// Remembers this save even where it is an older one: the person knows.
    pub fn accept(&mut self, vault: &Vault) {
        self.given_up = Some(self.seen);
        (self.seen, self.written_at) = (vault.header.save_point(), vault.header.written_at);
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

    /// What these bytes say, whoever wrote them; with the bytes that are authenticated, and by what.
    fn read(kept: &[u8]) -> Option<(Self, &[u8], [u8; KEY_LEN])> {
        let named = kept.len() > EARLIER_FACTS_LEN + KEY_LEN;
        let facts = kept.get(..if named { FACTS_LEN } else { EARLIER_FACTS_LEN })?;
        let mut rest = kept;
        let mut number = || take(&mut rest).map(u64::from_be_bytes).ok();
        let (generation, written_at, ask_at) = (number()?, number()?, number()?);
        // The name of no save at all stands for none: as such a memo says that it came from an earlier one.
        let id = if named { take(&mut rest).ok().map(SaveId) } else { None };
        let seen = SavePoint { generation, id: id.filter(|id| *id != SaveId::default()) };
        let (written_at, ask_at) = (UnixTime(written_at), UnixTime(ask_at));
        let memo = Self { seen, written_at, ask_at, given_up: None };
        Some((memo, facts, exactly(rest).ok()?))
    }
}

impl Vault {
    /// The memo that the device kept of this vault. Where it kept none, or one that this vault did
    /// not make, a first one.
    pub fn memo(&self, kept: Option<&[u8]>, now: UnixTime) -> Memo {
        let read = kept.and_then(Memo::read);
        if let Some((memo, facts, proof)) = &read
            && bool::from(self.prove_memo(facts).expose().ct_eq(proof))
        {
            return *memo;
        }
        let (seen, written_at) = (self.header.save_point(), self.header.written_at);
        let given_up = read.map(|(memo, ..)| memo.seen);
        let mut memo = Memo { seen, written_at, ask_at: now, given_up };
        memo.typed(now);
        memo
    }

    /// The memo for the device to keep.
    pub fn seal_memo(&self, memo: &Memo) -> SealedMemo {
        let mut bytes = [0; FACTS_LEN + KEY_LEN];
        let number = |number: u64| number.to_be_bytes();
        let (generation, id) = (number(memo.seen.generation), memo.seen.id.unwrap_or_default());
        let facts = [generation, number(memo.written_at.0), number(memo.ask_at.0), id.0];
        for (place, fact) in bytes.chunks_exact_mut(8).zip(facts) {
            place.copy_from_slice(&fact);
        }
        let proof = self.prove_memo(&bytes[..FACTS_LEN]);
        bytes[FACTS_LEN..].copy_from_slice(proof.expose());
        let (seen, given_up) = (memo.seen, memo.given_up);
        let (own, trail) = (self.header.save_point(), self.body.trail.clone());
        SealedMemo { vault: self.header.vault_id, bytes, seen, given_up, own, trail }
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
        let seen = SavePoint { generation: 7, id: Some(SaveId(*b"the save")) };
        let given_up = None;
        let memo = Memo { seen, written_at: UnixTime(5), ask_at: UnixTime(6), given_up };
        let kept = vault.seal_memo(&memo).bytes;
        assert_eq!(vault.memo(Some(&kept), NOW), memo);
        let first = Memo {
            seen: vault.header().save_point(),
            written_at: vault.header().written_at(),
            ask_at: UnixTime(NOW.0 + ASK_AFTER),
            given_up,
        };
        assert_eq!(vault.memo(None, NOW), first);
        for place in 0..kept.len() {
            let mut forged = kept;
            forged[place] ^= 1;
            let found = vault.memo(Some(&forged), NOW);
            assert_eq!(Memo { given_up, ..found }, first, "byte {place}");
            assert!(vault.seal_memo(&found).replaces(&forged), "byte {place}: it is none");
        }
        assert_eq!(vault.memo(Some(&kept[..63]), NOW), first);
        assert_eq!(vault.memo(Some(&[&kept[..], b"x"].concat()), NOW), first);
        assert_eq!(vault.memo(Some(b""), NOW), first);
    }

    #[test]
    fn a_memo_takes_no_place_of_one_that_has_seen_more_unless_the_person_knows() {
        let (vault, _) = three();
        let mut rng = rng();
        let mut save = |vault: &Vault| {
            let mut vault = vault.clone();
            vault.seal(NOW, &mut rng).unwrap();
            let memo = vault.memo(None, NOW);
            (vault, memo)
        };
        let (first, of_first) = save(&vault);
        let (second, of_second) = save(&first);
        let (kept_first, kept_second) = (first.seal_memo(&of_first), second.seal_memo(&of_second));
        assert!(kept_second.replaces(&kept_first.bytes) && kept_first.replaces(&kept_first.bytes));
        assert!(!kept_first.replaces(&kept_second.bytes), "it would be forgotten");
        for nothing in [&b""[..], b"retired\0 and when", &[0; 80]] {
            assert!(kept_first.replaces(nothing));
        }
        let mut accepted = of_second;
        accepted.accept(&first);
        let (third, of_third) = save(&second);
        let accepted = first.seal_memo(&accepted);
        assert!(accepted.replaces(&kept_second.bytes), "the person knows");
        assert!(!accepted.replaces(&third.seal_memo(&of_third).bytes), "of that one, nobody knows");
        // What an older file does not have is remembered as before, and no less.
        let kept = first.seal_memo(&of_second);
        assert!(kept.replaces(&kept_first.bytes) && kept.replaces(&kept_second.bytes));
        assert!(!kept.replaces(&third.seal_memo(&of_third).bytes));
    }

    #[test]
    fn a_memo_that_an_older_holdfast_kept_still_counts() {
        let (mut vault, _) = three();
        vault.seal(NOW, &mut rng()).unwrap();
        let mut kept: Vec<u8> = [7_u64, 5, 6].iter().flat_map(|fact| fact.to_be_bytes()).collect();
        let proof = vault.prove_memo(&kept);
        kept.extend_from_slice(proof.expose());
        assert_eq!(kept.len(), 56);
        let mut memo = vault.memo(Some(&kept), NOW);
        assert_eq!(memo.seen, SavePoint { generation: 7, id: None });
        assert!(memo.is_missed_by(&vault));
        let kept = vault.seal_memo(&memo).bytes;
        assert_eq!(vault.memo(Some(&kept), NOW), memo, "kept once more, for its date");
        while vault.generation() < 7 {
            vault.seal(NOW, &mut rng()).unwrap();
        }
        assert!(!memo.is_missed_by(&vault), "all that can be known");
        memo.saw(&vault);
        assert_eq!(memo.seen, vault.header().save_point());
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
        let mut memo = Memo {
            seen: SavePoint { generation: 1, id: None },
            written_at: NOW,
            ask_at: NOW,
            given_up: None,
        };
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
