//! Which saves a vault is built on: what tells a newer file of it from a copy that went its own way.

use super::Vault;
use super::fields::{Malformed, field_len, take};
use super::header::Header;

/// How many saves the trail holds at the least, whatever that costs in padding.
const LEAST: usize = 32;
/// How many generations it reaches back at the most, where the padding has room for them.
const MOST: u64 = 128;

/// The random name of one save: the first 8 bytes of its write salt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct SaveId(pub(super) [u8; 8]);

impl SaveId {
    /// The name that these bytes are.
    pub const fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }
}

/// One save of a vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SavePoint {
    /// Counts the saves, from 1.
    pub generation: u64,
    /// Which of that generation; `None` in a memo that an older Holdfast kept.
    pub id: Option<SaveId>,
}

/// The saves before the newest, the latest first. One generation has several where copies that went
/// their own ways were joined, and none where a Holdfast saved that keeps no trail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Trail(Vec<(u64, SaveId)>);

impl Trail {
    /// Remembers a save, in its place.
    pub(super) fn add(&mut self, generation: u64, id: SaveId) {
        let place = self.0.partition_point(|known| *known > (generation, id));
        if self.0.get(place) != Some(&(generation, id)) {
            self.0.insert(place, (generation, id));
        }
        self.shorten();
    }

    /// Remembers what another copy remembers.
    pub(super) fn join(&mut self, other: &Self) {
        self.0.extend_from_slice(&other.0);
        self.0.sort_unstable_by(|one, other| other.cmp(one));
        self.0.dedup();
        self.shorten();
    }

    /// Whether this save is in it, as far as can be known.
    fn admits(&self, generation: u64, id: SaveId) -> bool {
        let mut same = self.0.iter().filter(|known| known.0 == generation).peekable();
        same.peek().is_none() || same.any(|known| known.1 == id)
    }

    /// Whether what this is the trail of, saved last as `own`, is built on that save, or is that save.
    pub(super) fn reaches(&self, own: SavePoint, save: SavePoint) -> bool {
        match save.id {
            // Joined and not yet saved, it stands where one of the two does.
            Some(id) if save.generation == own.generation => {
                save.id == own.id || self.holds(save.generation, id)
            }
            Some(id) if save.generation < own.generation => self.admits(save.generation, id),
            Some(_) => false,
            None => save.generation <= own.generation,
        }
    }

    fn holds(&self, generation: u64, id: SaveId) -> bool {
        self.0.contains(&(generation, id))
    }

    fn shorten(&mut self) {
        let newest = self.0.first().map_or(0, |newest| newest.0);
        self.0.retain(|known| newest - known.0 < MOST);
    }

    /// How long its field is at the least; nothing where it is empty.
    pub(super) fn least_len(&self) -> usize {
        let end = self.ends().take_while(|end| *end <= LEAST).last().unwrap_or_default();
        length(&self.0[..end])
    }

    /// As much of it as has room in so many bytes, its field's head included.
    pub(super) fn within(&self, room: usize) -> &[(u64, SaveId)] {
        let fitting = self.ends().take_while(|end| length(&self.0[..*end]) <= room);
        &self.0[..fitting.last().unwrap_or_default()]
    }

    /// Where each generation ends: one that is not whole would deny the saves that were cut off.
    fn ends(&self) -> impl Iterator<Item = usize> {
        let last = |end: &usize| self.0.get(*end).map(|next| next.0) != Some(self.0[*end - 1].0);
        (1..=self.0.len()).filter(last)
    }

    /// The generation of the latest (8); then, for it and each generation before it, the number of its
    /// saves (1) and their names (8 each).
    pub(super) fn encode(saves: &[(u64, SaveId)]) -> Vec<u8> {
        let (Some(first), Some(last)) = (saves.first(), saves.last()) else { return Vec::new() };
        let mut out = first.0.to_be_bytes().to_vec();
        for generation in (last.0..=first.0).rev() {
            let of_it = saves.iter().filter(|save| save.0 == generation);
            // More copies than this never lived side by side; the rest would only not be known.
            let of_it: Vec<_> = of_it.take(usize::from(u8::MAX)).collect();
            out.push(of_it.len() as u8);
            of_it.iter().for_each(|save| out.extend_from_slice(&save.1.0));
        }
        out
    }

    pub(super) fn decode(mut value: &[u8]) -> Result<Self, Malformed> {
        let mut generation = u64::from_be_bytes(take(&mut value)?);
        let mut trail = Self::default();
        while !value.is_empty() {
            let [count] = take(&mut value)?;
            for _ in 0..count {
                trail.0.push((generation, SaveId(take(&mut value)?)));
            }
            generation = generation.checked_sub(1).ok_or(Malformed)?;
        }
        trail.0.sort_unstable_by(|one, other| other.cmp(one));
        trail.shorten();
        Ok(trail)
    }
}

/// How long the field with these saves is; without any there is none.
fn length(saves: &[(u64, SaveId)]) -> usize {
    let (Some(first), Some(last)) = (saves.first(), saves.last()) else { return 0 };
    // At most `MOST` generations, see `Trail::shorten`.
    let generations = (first.0 - last.0 + 1) as usize;
    field_len(8 + generations + 8 * saves.len())
}

impl Header {
    /// The save that made the file.
    pub fn save_point(&self) -> SavePoint {
        SavePoint { generation: self.generation, id: Some(self.save_id()) }
    }

    pub(super) fn save_id(&self) -> SaveId {
        let mut id = [0; 8];
        id.copy_from_slice(&self.write_salt[..8]);
        SaveId(id)
    }
}

impl Vault {
    /// Whether this vault is built on that save, or is that save. One that lies further back than is
    /// remembered counts as such: nobody can know.
    pub fn descends_from(&self, save: SavePoint) -> bool {
        self.body.trail.reaches(self.header.save_point(), save)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::{NOW, rng, three};
    use super::super::{Body, Vault};
    use super::*;

    fn trail(saves: &[(u64, u8)]) -> Trail {
        let mut trail = Trail::default();
        saves.iter().for_each(|(generation, id)| trail.add(*generation, SaveId([*id; 8])));
        trail
    }

    #[test]
    fn what_is_encoded_is_decoded_gaps_and_joined_copies_included() {
        let kept = trail(&[(7, 1), (9, 2), (9, 3), (10, 4)]);
        let bytes = Trail::encode(&kept.0);
        assert_eq!(field_len(bytes.len()), length(&kept.0));
        assert_eq!(bytes.len(), 8 + 4 + 4 * 8);
        assert_eq!(Trail::decode(&bytes).unwrap().0, kept.0);
        for end in 1..8 {
            assert!(Trail::decode(&bytes[..bytes.len() - end]).is_err(), "cut by {end}");
        }
        assert!(Trail::decode(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0]).is_err(), "before the first save");
    }

    #[test]
    fn a_save_is_known_denied_or_too_far_back_to_know() {
        let mut kept = trail(&[(7, 1), (9, 2), (9, 3)]);
        let admits = |kept: &Trail, generation, id| kept.admits(generation, SaveId([id; 8]));
        assert!(admits(&kept, 9, 2) && admits(&kept, 9, 3) && !admits(&kept, 9, 4));
        assert!(admits(&kept, 8, 1), "nothing is remembered of it");
        kept.join(&trail(&[(9, 4), (8, 5)]));
        assert!(admits(&kept, 9, 4) && !admits(&kept, 8, 1));
        kept.add(MOST + 7, SaveId([9; 8]));
        assert!(admits(&kept, 7, 8), "forgotten");
        assert!(!admits(&kept, 8, 8), "not yet");
    }

    #[test]
    fn it_fills_the_padding_and_costs_a_block_only_for_the_latest_saves() {
        let (mut vault, _) = three();
        let mut rng = rng();
        let first = vault.seal(NOW, &mut rng).unwrap().len();
        for _ in 0..200 {
            vault.seal(NOW, &mut rng).unwrap();
        }
        assert_eq!(vault.seal(NOW, &mut rng).unwrap().len(), first, "within the same block");
        for filler in 0..1024 {
            vault.body.unknown = Default::default();
            vault.body.unknown.keep(50, &vec![1; filler]);
            let mut body = Vec::new();
            vault.body.encode(&mut body);
            assert_eq!(body.len(), vault.body.encoded_len());
            let kept = Body::decode(&body).unwrap().trail.0.len();
            assert!((LEAST..=MOST as usize).contains(&kept), "{kept}");
        }
    }

    /// The vault as many saves later.
    fn later(vault: &Vault, saves: usize, rng: &mut impl rand_core::CryptoRng) -> Vault {
        let mut vault = vault.clone();
        for _ in 0..saves {
            let bytes = vault.seal(NOW, rng).unwrap();
            vault = vault.reopen(&bytes).unwrap();
        }
        vault
    }

    proptest! {
        /// Copies that went their own ways never pass for each other's successor, however many saves
        /// each has seen, and a joined one is the successor of both.
        #[test]
        fn only_what_is_built_on_a_save_descends_from_it(
            before in 1..40_usize, one in 1..20_usize, other in 1..20_usize, seed: u64,
        ) {
            use rand_chacha::rand_core::SeedableRng;
            let mut rng = rand_chacha::ChaCha20Rng::seed_from_u64(seed);
            let common = later(&three().0, before, &mut rng);
            let (one, other) = (later(&common, one, &mut rng), later(&common, other, &mut rng));
            let (first, second) = (one.header().save_point(), other.header().save_point());
            prop_assert!(one.descends_from(common.header().save_point()));
            prop_assert!(one.descends_from(first));
            prop_assert!(!common.descends_from(first));
            prop_assert!(!one.descends_from(second) && !other.descends_from(first));
            let mut joined = one.clone();
            joined.join(&other, &mut rng).unwrap();
            let joined = later(&joined, 1, &mut rng);
            prop_assert!(joined.descends_from(first) && joined.descends_from(second));
        }
    }
}
