//! The one encoding inside the vault: fields, each a tag, a length and a value.
//!
//! A field is `tag: u16, length: u32, value`, big-endian. Fields stand in ascending order of their
//! tags, so equal contents give equal bytes. A reader keeps the fields it does not know and writes
//! them back, so an older Holdfast loses nothing that a newer one added.

use zeroize::Zeroizing;

/// What names a field within its record.
pub(super) type Tag = u16;

/// Fields do not follow the encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// Reads fields one after another; the tags must ascend (an equal tag repeats a field).
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    last: Tag,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, last: 0 }
    }

    /// How many of the fields that are left, up to one that cannot be read, bear this tag and have at least
    /// so many bytes.
    pub(super) fn count(&self, tag: Tag, least: usize) -> usize {
        let mut ahead = Self { ..*self };
        let fields = std::iter::from_fn(|| ahead.next_field().ok().flatten());
        fields.filter(|(found, value)| *found == tag && value.len() >= least).count()
    }

    /// The next field, or `None` at the end.
    pub(super) fn next_field(&mut self) -> Result<Option<(Tag, &'a [u8])>, Malformed> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let tag = u16::from_be_bytes(take(&mut self.rest)?);
        let length = u32::from_be_bytes(take(&mut self.rest)?);
        let value = take_slice(&mut self.rest, length as usize)?;
        if tag == 0 || tag < self.last {
            return Err(Malformed);
        }
        self.last = tag;
        Ok(Some((tag, value)))
    }
}

/// Takes `N` bytes off the front.
pub(super) fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], Malformed> {
    let (front, back) = rest.split_first_chunk::<N>().ok_or(Malformed)?;
    *rest = back;
    Ok(*front)
}

/// Takes `length` bytes off the front.
pub(super) fn take_slice<'a>(rest: &mut &'a [u8], length: usize) -> Result<&'a [u8], Malformed> {
    let (front, back) = rest.split_at_checked(length).ok_or(Malformed)?;
    *rest = back;
    Ok(front)
}

/// The whole of a value of fixed size.
pub(super) fn exactly<const N: usize>(value: &[u8]) -> Result<[u8; N], Malformed> {
    value.try_into().map_err(|_| Malformed)
}

/// How long a field with a value of `length` bytes is.
pub(super) const fn field_len(length: usize) -> usize {
    2 + 4 + length
}

/// Appends a field. The caller keeps values below the size limit of a vault, far below 2³² bytes.
pub(super) fn put(out: &mut Vec<u8>, tag: Tag, value: &[u8]) {
    put_head(out, tag, value.len());
    out.extend_from_slice(value);
}

/// Appends the tag and the length of a field whose value the caller appends next.
pub(super) fn put_head(out: &mut Vec<u8>, tag: Tag, length: usize) {
    out.extend_from_slice(&tag.to_be_bytes());
    // Saturating cannot happen below the size limit, and would make the file unreadable, not wrong.
    out.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
}

/// Fields that this version does not know, kept as they are. Tags above all known ones only, in
/// ascending order, so that they follow the known fields when written back.
#[derive(Clone, Default)]
pub(super) struct Unknown(Zeroizing<Vec<u8>>);

impl Unknown {
    pub(super) fn keep(&mut self, tag: Tag, value: &[u8]) {
        put(&mut self.0, tag, value);
    }

    /// The fields, encoded.
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Vec<(Tag, Vec<u8>)>, Malformed> {
        let mut reader = Reader::new(bytes);
        let mut fields = Vec::new();
        while let Some((tag, value)) = reader.next_field()? {
            fields.push((tag, value.to_vec()));
        }
        Ok(fields)
    }

    #[test]
    fn what_is_put_is_read() {
        let mut bytes = Vec::new();
        put(&mut bytes, 1, b"one");
        put(&mut bytes, 7, b"");
        put(&mut bytes, 7, b"again");
        assert_eq!(bytes.len(), field_len(3) + field_len(0) + field_len(5));
        let fields = read(&bytes).unwrap();
        assert_eq!(fields, [(1, b"one".to_vec()), (7, vec![]), (7, b"again".to_vec())]);
    }

    #[test]
    fn tag_0_is_no_field() {
        let mut bytes = Vec::new();
        put(&mut bytes, 0, b"value");
        assert_eq!(read(&bytes), Err(Malformed));
    }

    #[test]
    fn a_cut_a_wrong_order_and_a_huge_length_are_malformed() {
        let mut bytes = Vec::new();
        put(&mut bytes, 2, b"value");
        for end in 1..bytes.len() {
            assert_eq!(read(&bytes[..end]), Err(Malformed), "cut at {end}");
        }
        put(&mut bytes, 1, b"");
        assert_eq!(read(&bytes), Err(Malformed));
        assert_eq!(read(&[0, 1, 0xff, 0xff, 0xff, 0xff, 0]), Err(Malformed));
    }
}
