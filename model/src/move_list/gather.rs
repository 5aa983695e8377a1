//! Parts that come in, in any order and more than once, until the list is whole.

use std::collections::BTreeMap;

use super::error::ReadListError;
use super::part::{PREFIX, Part, sum_of};
use super::{MoveList, content};

/// The parts of one list that were read so far.
#[derive(Clone, Debug, Default)]
pub struct Gathering {
    /// Any of the parts, for what all of them share.
    first: Option<Part>,
    pieces: BTreeMap<u16, Vec<u8>>,
}

impl Gathering {
    /// Takes the text of one barcode, and gives the list once it is whole. A part that was taken
    /// before changes nothing; after an error everything is as it was.
    pub fn take(&mut self, text: &str) -> Result<Option<MoveList>, ReadListError> {
        let part = Part::parse(text)?;
        let first = self.first.get_or_insert_with(|| part.clone());
        if (first.list, first.of, first.sum) != (part.list, part.of, part.sum) {
            return Err(ReadListError::OtherList);
        }
        let (list, of, sum) = (part.list, part.of, part.sum);
        self.pieces.insert(part.number, part.piece);
        if self.pieces.len() < usize::from(of) {
            return Ok(None);
        }
        let packed: Vec<u8> = self.pieces.values().flatten().copied().collect();
        if sum_of(&packed) != sum {
            // Parts that are each read right and do not fit together were made so.
            return Err(ReadListError::Damaged);
        }
        content::unpack(list, &packed).map(Some)
    }

    /// How many parts are here, and of how many; nothing before the first.
    pub fn counted(&self) -> Option<(u16, u16)> {
        let of = self.first.as_ref()?.of;
        u16::try_from(self.pieces.len()).ok().map(|here| (here, of))
    }

    /// The numbers of the parts that are still to be read, ascending.
    pub fn missing(&self) -> Vec<u16> {
        let of = self.first.as_ref().map_or(0, |first| first.of);
        (1..=of).filter(|number| !self.pieces.contains_key(number)).collect()
    }
}

/// Reads a list from a text in which its parts stand anywhere, one to a line: a file that
/// [`super::text`] or [`super::page`] made, or the lines a barcode reader gave.
pub fn read_text(text: &str) -> Result<MoveList, ReadListError> {
    let mut gathering = Gathering::default();
    let mut whole = None;
    let mut any = false;
    for line in text.lines() {
        if line.trim_start().starts_with(PREFIX) {
            any = true;
            whole = gathering.take(line)?.or(whole);
        }
    }
    match whole {
        Some(list) => Ok(list),
        None if any => Err(ReadListError::Incomplete {
            missing: gathering.missing(),
            of: gathering.counted().map_or(0, |(_, of)| of),
        }),
        None => Err(ReadListError::NotAList),
    }
}
