//! An entry as a record of fields: the tags, and what each value must be.

use holdfast_otp::{Algorithm, Digits, Kind, Parameters, Period, UnixTime};
use zeroize::Zeroizing;

use super::care::{Care, READINESS};
use super::entry::{Entry, EntryId, MAX_NAME_LEN, QuarantineReason, Quarantined, SealedSecret};
use super::fields::{Malformed, Reader, Tag, Unknown, exactly, field_len, put};

const ID: Tag = 1;
const PARAMETERS: Tag = 2;
const COUNTER: Tag = 3;
const ISSUER: Tag = 4;
const ACCOUNT: Tag = 5;
const ADDED_AT: Tag = 6;
const SECRET: Tag = 7;

/// Kind (1), algorithm (1), digits (1), period in seconds (4; 0 where the kind has none).
pub(super) const PARAMETERS_LEN: usize = 7;

/// Appends the record of an entry.
pub(super) fn encode(entry: &Entry, out: &mut Vec<u8>) {
    put(out, ID, &entry.id.0);
    put(out, PARAMETERS, &encode_parameters(&entry.parameters));
    if let Kind::Hotp { counter } = entry.parameters.kind {
        put(out, COUNTER, &counter.to_be_bytes());
    }
    if let Some(issuer) = &entry.issuer {
        put(out, ISSUER, issuer.as_bytes());
    }
    put(out, ACCOUNT, entry.account.as_bytes());
    put(out, ADDED_AT, &entry.added_at.0.to_be_bytes());
    if let Some(sealed) = &entry.sealed {
        put(out, SECRET, sealed.as_bytes());
    }
    entry.care.encode(out);
    out.extend_from_slice(entry.unknown.as_bytes());
}

/// How many bytes [`encode`] will append.
pub(super) fn encoded_len(entry: &Entry) -> usize {
    let counter = matches!(entry.parameters.kind, Kind::Hotp { .. });
    field_len(16)
        + field_len(PARAMETERS_LEN)
        + if counter { field_len(8) } else { 0 }
        + entry.issuer.as_ref().map_or(0, |issuer| field_len(issuer.len()))
        + field_len(entry.account.len())
        + field_len(8)
        + entry.sealed.as_ref().map_or(0, |sealed| field_len(sealed.as_bytes().len()))
        + entry.care.encoded_len()
        + entry.unknown.as_bytes().len()
}

/// Reads a record. What cannot be read comes back as bytes in quarantine.
pub(super) fn decode(bytes: &[u8]) -> Result<Entry, Quarantined> {
    decode_fields(bytes).map_err(|reason| quarantine(bytes, reason))
}

/// Sets a record aside, with as much of its names as can be made out.
pub(super) fn quarantine(bytes: &[u8], reason: QuarantineReason) -> Quarantined {
    Quarantined { bytes: Zeroizing::new(bytes.to_vec()), reason, label: label_of(bytes) }
}

fn decode_fields(bytes: &[u8]) -> Result<Entry, QuarantineReason> {
    let mut draft = Draft::default();
    let mut reader = Reader::new(bytes);
    let mut last = 0;
    while let Some((tag, value)) = reader.next_field()? {
        if tag <= READINESS && tag <= last {
            return Err(QuarantineReason::Malformed);
        }
        last = tag;
        draft.take(tag, value)?;
    }
    draft.finish()
}

#[derive(Default)]
struct Draft {
    id: Option<EntryId>,
    parameters: Option<[u8; PARAMETERS_LEN]>,
    counter: Option<u64>,
    issuer: Option<Zeroizing<String>>,
    account: Option<Zeroizing<String>>,
    added_at: Option<UnixTime>,
    sealed: Option<SealedSecret>,
    care: Care,
    unknown: Unknown,
}

impl Draft {
    fn take(&mut self, tag: Tag, value: &[u8]) -> Result<(), QuarantineReason> {
        match tag {
            0 => return Err(QuarantineReason::Malformed),
            ID => self.id = Some(EntryId(exactly(value)?)),
            PARAMETERS => self.parameters = Some(exactly(value)?),
            COUNTER => self.counter = Some(u64::from_be_bytes(exactly(value)?)),
            ISSUER => self.issuer = Some(name(value)?),
            ACCOUNT => self.account = Some(name(value)?),
            ADDED_AT => self.added_at = Some(UnixTime(u64::from_be_bytes(exactly(value)?))),
            SECRET => {
                let sealed = SealedSecret::from_bytes(value).ok_or(QuarantineReason::Malformed)?;
                self.sealed = Some(sealed);
            }
            _ if self.care.take(tag, value)? => {}
            _ => self.unknown.keep(tag, value),
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Entry, QuarantineReason> {
        let missing = QuarantineReason::Malformed;
        let parameters = self.parameters.ok_or(missing)?;
        Ok(Entry {
            id: self.id.ok_or(missing)?,
            issuer: self.issuer.as_mut().map(|issuer| std::mem::take(&mut **issuer)),
            account: self
                .account
                .as_mut()
                .map(|name| std::mem::take(&mut **name))
                .ok_or(missing)?,
            parameters: decode_parameters(&parameters, self.counter)?,
            added_at: self.added_at.ok_or(missing)?,
            sealed: self.sealed.take(),
            care: std::mem::take(&mut self.care).into(),
            unknown: std::mem::take(&mut self.unknown),
        })
    }
}

fn name(value: &[u8]) -> Result<Zeroizing<String>, QuarantineReason> {
    if value.len() > MAX_NAME_LEN {
        return Err(QuarantineReason::Malformed);
    }
    let text = std::str::from_utf8(value).map_err(|_| QuarantineReason::Malformed)?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// Parameters as they stand in the record and in the associated data of the secret.
pub(super) fn encode_parameters(parameters: &Parameters) -> [u8; PARAMETERS_LEN] {
    let (kind, period) = match parameters.kind {
        Kind::Totp { period } => (1, period.seconds()),
        Kind::Hotp { .. } => (2, 0),
        Kind::Steam => (3, 0),
    };
    let algorithm = match parameters.algorithm {
        Algorithm::Sha1 => 1,
        Algorithm::Sha256 => 2,
        Algorithm::Sha512 => 3,
    };
    let [a, b, c, d] = period.to_be_bytes();
    [kind, algorithm, parameters.digits.count(), a, b, c, d]
}

fn decode_parameters(
    bytes: &[u8; PARAMETERS_LEN],
    counter: Option<u64>,
) -> Result<Parameters, QuarantineReason> {
    let [kind, algorithm, digits, period @ ..] = *bytes;
    let period = u32::from_be_bytes(period);
    let kind = match (kind, period, counter) {
        (1, period, None) => {
            Kind::Totp { period: Period::new(period).map_err(|_| QuarantineReason::Malformed)? }
        }
        (2, 0, Some(counter)) => Kind::Hotp { counter },
        (3, 0, None) => Kind::Steam,
        (0..=3, ..) => return Err(QuarantineReason::Malformed),
        _ => return Err(QuarantineReason::Newer),
    };
    let algorithm = match algorithm {
        1 => Algorithm::Sha1,
        2 => Algorithm::Sha256,
        3 => Algorithm::Sha512,
        0 => return Err(QuarantineReason::Malformed),
        _ => return Err(QuarantineReason::Newer),
    };
    let digits = Digits::new(digits).map_err(|_| QuarantineReason::Malformed)?;
    Ok(Parameters { kind, algorithm, digits })
}

/// Issuer and account of a record that cannot be read otherwise.
fn label_of(bytes: &[u8]) -> Option<Zeroizing<String>> {
    let mut label = Zeroizing::new(String::with_capacity(2 * MAX_NAME_LEN + 2));
    let mut reader = Reader::new(bytes);
    while let Ok(Some((tag, value))) = reader.next_field() {
        if let (ISSUER | ACCOUNT, Ok(text)) = (tag, name(value)) {
            if !label.is_empty() {
                label.push_str(": ");
            }
            label.push_str(&text);
        }
    }
    (!label.is_empty()).then_some(label)
}

impl From<Malformed> for QuarantineReason {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}
