//! One part of a list as the text of one barcode: which list, which part, a piece and a checksum.

use sha2::{Digest, Sha256};

use super::error::{ReadListError, WriteListError};
use super::{ListId, MAX_PARTS, base45};

/// What every part begins with. All of a part is in the alphabet that barcodes store most densely.
pub const PREFIX: &str = "HOLDFAST-MOVE:";
/// What every part ends with, so that a space before it survives whoever trims lines.
const END: char = '.';

/// The version of the format that is written; a reader refuses later ones.
const VERSION: u8 = 1;
/// Version, list id, number, count, sum of the whole.
const HEAD_LEN: usize = 1 + 8 + 2 + 2 + SUM_LEN;
const SUM_LEN: usize = 8;
const CHECK_LEN: usize = 4;

/// The longest piece, in bytes: with it a part is a barcode of version 13 (69 modules wide), which a
/// phone reads off another's screen and which fits a terminal of 80 columns.
const PIECE_LEN: usize = 376;

/// A part that was read right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) list: ListId,
    /// From 1.
    pub(super) number: u16,
    pub(super) of: u16,
    /// Of the whole of which this is a piece.
    pub(super) sum: [u8; SUM_LEN],
    pub(super) piece: Vec<u8>,
}

/// The texts in which `packed` travels, pieces of nearly equal length.
pub(super) fn split(list: ListId, packed: &[u8]) -> Result<Vec<String>, WriteListError> {
    let count = packed.len().div_ceil(PIECE_LEN).max(1);
    if count > MAX_PARTS {
        return Err(WriteListError::TooLarge);
    }
    let of = u16::try_from(count).map_err(|_| WriteListError::TooLarge)?;
    let sum = sum_of(packed);
    let pieces = packed.chunks(packed.len().div_ceil(count).max(1));
    let parts = (1..).zip(pieces);
    Ok(parts
        .map(|(number, piece)| Part { list, number, of, sum, piece: piece.to_vec() }.text())
        .collect())
}

/// The first eight bytes of SHA-256.
pub(super) fn sum_of(packed: &[u8]) -> [u8; SUM_LEN] {
    first(&Sha256::digest(packed))
}

impl Part {
    fn text(&self) -> String {
        let mut bytes = Vec::with_capacity(HEAD_LEN + self.piece.len() + CHECK_LEN);
        bytes.push(VERSION);
        bytes.extend_from_slice(&self.list.0);
        bytes.extend_from_slice(&self.number.to_be_bytes());
        bytes.extend_from_slice(&self.of.to_be_bytes());
        bytes.extend_from_slice(&self.sum);
        bytes.extend_from_slice(&self.piece);
        let check: [u8; CHECK_LEN] = first(&Sha256::digest(&bytes));
        bytes.extend_from_slice(&check);
        format!("{PREFIX}{}{END}", base45::encode(&bytes))
    }

    /// Reads the text of one barcode.
    pub(super) fn parse(text: &str) -> Result<Self, ReadListError> {
        let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        let rest = text.strip_prefix(PREFIX).ok_or(ReadListError::NotAList)?;
        let rest = rest.trim_end().strip_suffix(END).ok_or(ReadListError::Misread)?;
        let bytes = base45::decode(rest).ok_or(ReadListError::Misread)?;
        let (bytes, check) = bytes.split_last_chunk::<CHECK_LEN>().ok_or(ReadListError::Misread)?;
        if first::<CHECK_LEN>(&Sha256::digest(bytes)) != *check {
            return Err(ReadListError::Misread);
        }
        match bytes.first() {
            Some(&VERSION) => {}
            Some(version) if *version > VERSION => return Err(ReadListError::Newer),
            _ => return Err(ReadListError::Damaged),
        }
        let part = Self::of_bytes(bytes).ok_or(ReadListError::Damaged)?;
        let sound = (1..=part.of).contains(&part.number) && !part.piece.is_empty();
        if !sound {
            return Err(ReadListError::Damaged);
        }
        if usize::from(part.of) > MAX_PARTS || part.piece.len() > PIECE_LEN {
            return Err(ReadListError::TooLarge);
        }
        Ok(part)
    }

    fn of_bytes(bytes: &[u8]) -> Option<Self> {
        let (_, rest) = bytes.split_first()?;
        let (list, rest) = rest.split_first_chunk()?;
        let (number, rest) = rest.split_first_chunk()?;
        let (of, rest) = rest.split_first_chunk()?;
        let (sum, piece) = rest.split_first_chunk()?;
        Some(Self {
            list: ListId(*list),
            number: u16::from_be_bytes(*number),
            of: u16::from_be_bytes(*of),
            sum: *sum,
            piece: piece.to_vec(),
        })
    }
}

fn first<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut front = [0; N];
    front.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    front
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: ListId = ListId([7; 8]);

    #[test]
    fn parts_are_nearly_equal_and_come_back() {
        for length in [1, PIECE_LEN, PIECE_LEN + 1, 3 * PIECE_LEN + 5] {
            let packed: Vec<u8> = (0..length).map(|at| at as u8).collect();
            let texts = split(LIST, &packed).unwrap();
            let parts: Vec<_> = texts.iter().map(|text| Part::parse(text).unwrap()).collect();
            assert_eq!(parts.len(), length.div_ceil(PIECE_LEN));
            let whole: Vec<u8> = parts.iter().flat_map(|part| part.piece.clone()).collect();
            assert_eq!(whole, packed);
            let longest = parts.iter().map(|part| part.piece.len()).max().unwrap();
            assert!(parts.iter().all(|part| longest - part.piece.len() <= parts.len()));
        }
        assert_eq!(split(LIST, &vec![0; MAX_PARTS * PIECE_LEN]).unwrap().len(), MAX_PARTS);
        let over = split(LIST, &vec![0; MAX_PARTS * PIECE_LEN + 1]);
        assert_eq!(over, Err(WriteListError::TooLarge));
    }

    #[test]
    fn white_space_around_is_borne_and_any_other_change_is_noticed() {
        let text = &split(LIST, b"a piece of a list").unwrap()[0];
        Part::parse(&format!("\u{feff}\r\n  {text}\r\n")).unwrap();
        for (at, character) in text.char_indices().skip(PREFIX.len()) {
            for other in ['0', 'Z', ' ', ':', '.', 'a'].into_iter().filter(|c| *c != character) {
                let mut changed: Vec<char> = text.chars().collect();
                changed[at] = other;
                let changed: String = changed.into_iter().collect();
                assert_eq!(Part::parse(&changed), Err(ReadListError::Misread), "{at} {other}");
            }
            assert_eq!(Part::parse(&text[..at]), Err(ReadListError::Misread), "cut at {at}");
        }
        assert_eq!(Part::parse("otpauth://totp/x"), Err(ReadListError::NotAList));
    }

    #[test]
    fn a_newer_version_and_impossible_numbers_are_told_apart() {
        let forged = |change: fn(&mut Vec<u8>)| {
            let mut bytes = vec![VERSION];
            bytes.extend_from_slice(&[7; 8]);
            bytes.extend_from_slice(&[0, 1, 0, 2]);
            bytes.extend_from_slice(&[9; 8]);
            bytes.extend_from_slice(b"piece");
            change(&mut bytes);
            let check: [u8; CHECK_LEN] = first(&Sha256::digest(&bytes));
            bytes.extend_from_slice(&check);
            Part::parse(&format!("{PREFIX}{}{END}", base45::encode(&bytes))).map(|_| ())
        };
        assert_eq!(forged(|_| {}), Ok(()));
        assert_eq!(forged(|bytes| bytes[0] = 2), Err(ReadListError::Newer));
        assert_eq!(forged(|bytes| bytes[0] = 0), Err(ReadListError::Damaged));
        assert_eq!(forged(|bytes| bytes[10] = 0), Err(ReadListError::Damaged));
        assert_eq!(forged(|bytes| bytes[10] = 3), Err(ReadListError::Damaged));
        assert_eq!(forged(|bytes| bytes.truncate(HEAD_LEN)), Err(ReadListError::Damaged));
        assert_eq!(forged(|bytes| bytes.truncate(HEAD_LEN - 1)), Err(ReadListError::Damaged));
        assert_eq!(forged(|bytes| bytes[11] = 0xff), Err(ReadListError::TooLarge));
        assert_eq!(forged(|bytes| bytes.resize(2_000, 0)), Err(ReadListError::TooLarge));
    }
}
