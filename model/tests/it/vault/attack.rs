//! Files that are damaged or made to harm: each is refused with its own type, and none opens.

use super::slots::slot_bounds;
use super::*;
use holdfast_model::vault::{MAX_FILE_LEN, header_of};
use proptest::prelude::*;

/// Where the first slot stands: after prelude, vault id, generation, time, salt, key id, body
/// length and slot count.
pub(super) const SLOTS_AT: usize = 16 + 16 + 8 + 8 + 32 + 32 + 4 + 1;
const SLOT_COUNT_AT: usize = SLOTS_AT - 1;

fn outcome(bytes: &[u8]) -> Result<(), OpenError> {
    open_by_device(bytes).map(|_| ())
}

#[test]
fn a_file_cut_at_any_byte_is_cut_short() {
    let (mut vault, _) = sample(1);
    let bytes = sealed(&mut vault, 2);
    assert_eq!(outcome(&bytes), Ok(()));
    for end in 0..bytes.len() {
        let cut = &bytes[..end];
        assert_eq!(header_of(cut).map(|_| ()), Err(OpenError::CutShort), "cut at {end}");
        assert_eq!(Vault::open(cut, &passphrase()).map(|_| ()), Err(OpenError::CutShort));
    }
}

#[test]
fn a_flip_of_any_bit_is_damage_and_never_looks_like_a_wrong_key() {
    let (mut vault, _) = sample(1);
    let bytes = sealed(&mut vault, 2);
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << bit;
            let expected: &[_] = match at {
                0..8 => &[OpenError::NotAVault],
                12..16 => &[OpenError::Damaged, OpenError::CutShort],
                _ => &[OpenError::Damaged],
            };
            let error = outcome(&flipped).unwrap_err();
            assert!(expected.contains(&error), "bit {bit} of byte {at}: {error:?}");
            if at < header_end(&bytes) {
                let error = Vault::open(&flipped, &passphrase()).unwrap_err();
                assert!(expected.contains(&error), "bit {bit} of byte {at}: {error:?}");
            }
        }
    }
}

#[test]
fn a_flip_in_the_body_is_damage_for_the_right_passphrase_too() {
    let (mut vault, _) = sample(1);
    let bytes = sealed(&mut vault, 2);
    for at in [header_end(&bytes), header_end(&bytes) + 12, bytes.len() - 1] {
        let mut flipped = bytes.clone();
        flipped[at] ^= 0x80;
        let error = Vault::open(&flipped, &passphrase()).map(|_| ());
        assert_eq!(error, Err(OpenError::Damaged));
    }
}

#[test]
fn a_header_changed_with_its_checksum_does_not_open() {
    let (mut vault, _) = sample(1);
    let bytes = sealed(&mut vault, 2);
    for at in 8..header_end(&bytes) - 32 {
        for bit in 0..8 {
            let mut forged = bytes.clone();
            forged[at] ^= 1 << bit;
            if (12..16).contains(&at) {
                // Another header length: the checksum has no place that could be made right.
                assert!(outcome(&forged).is_err());
                continue;
            }
            mend_checksum(&mut forged);
            assert!(outcome(&forged).is_err(), "bit {bit} of byte {at}");
        }
    }
}

#[test]
fn what_grew_is_too_long() {
    let (mut vault, _) = sample(1);
    let mut bytes = sealed(&mut vault, 2);
    bytes.push(0);
    assert_eq!(outcome(&bytes), Err(OpenError::TooLong));
    bytes.resize(MAX_FILE_LEN + 1, 0);
    assert_eq!(outcome(&bytes), Err(OpenError::TooLarge));
}

#[test]
fn another_programs_file_is_no_vault() {
    let (mut vault, _) = sample(1);
    let length = sealed(&mut vault, 2).len();
    let text = br#"{"version":1,"header":{"slots":null}}"#;
    for bytes in [vec![0; length], vec![0xff; length], vec![0], text.to_vec()] {
        assert_eq!(outcome(&bytes), Err(OpenError::NotAVault));
    }
}

#[test]
fn a_newer_version_is_named_before_anything_else_is_read() {
    let (mut vault, _) = sample(1);
    let mut bytes = sealed(&mut vault, 2);
    bytes[8..12].copy_from_slice(&[0, 7, 0, 3]);
    // A later version may lay out everything after the header length anew.
    let end = header_end(&bytes);
    bytes[16..end].fill(0xee);
    mend_checksum(&mut bytes);
    assert_eq!(outcome(&bytes), Err(OpenError::NewerVersion { written: 7, needed: 3 }));
}

#[test]
fn a_file_cannot_take_the_memory_or_weaken_the_passphrase() {
    let (mut vault, _) = sample(1);
    let bytes = sealed(&mut vault, 2);
    let forge = |memory: u32, passes: u32, lanes: u32| {
        let mut forged = bytes.clone();
        let at = slot_bounds(&bytes, 0).0 + 4;
        let numbers = [memory, passes, lanes].map(u32::to_be_bytes).concat();
        forged[at..at + 12].copy_from_slice(&numbers);
        mend_checksum(&mut forged);
        Vault::open(&forged, &passphrase()).map(|_| ())
    };
    assert_eq!(forge(19 * 1024, 2, 1), Ok(()), "what the vault says already");
    for (memory, passes, lanes) in
        [(u32::MAX, 1, 1), (u32::MAX, u32::MAX, u32::MAX), (600 * 1024, 2, 1)]
    {
        let refused = Err(OpenError::TooCostly(Excess::Memory));
        assert_eq!(forge(memory, passes, lanes), refused);
    }
    for (passes, lanes, of) in [(u32::MAX, 1, Excess::Time), (2, 0x00ff_ffff, Excess::Lanes)] {
        assert_eq!(forge(19 * 1024, passes, lanes), Err(OpenError::TooCostly(of)));
    }
    for (memory, passes, lanes) in [(8, 1, 1), (0, 0, 0), (19 * 1024, 1, 1)] {
        assert_eq!(forge(memory, passes, lanes), Err(OpenError::TooCheap));
    }
}

#[test]
fn slot_counts_and_lengths_that_lie_are_damage() {
    let (mut vault, _) = sample(1);
    let bytes = sealed(&mut vault, 2);
    let second = slot_bounds(&bytes, 1).0;
    let forge = |at: usize, value: u8| {
        let mut forged = bytes.clone();
        forged[at] = value;
        mend_checksum(&mut forged);
        outcome(&forged)
    };
    for (at, value) in [
        (SLOT_COUNT_AT, 0),
        (SLOT_COUNT_AT, 1),
        (SLOT_COUNT_AT, 3),
        (SLOT_COUNT_AT, 9),
        (SLOT_COUNT_AT, 255),
        (SLOTS_AT, 255),
        (SLOTS_AT + 1, 0),
        (second + 2, 1), // The id of the first slot.
    ] {
        assert_eq!(forge(at, value), Err(OpenError::Damaged), "{value} at {at}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn noise_is_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(header_of(&bytes).is_err());
    }

    #[test]
    fn a_header_of_noise_with_a_right_checksum_is_refused(
        noise in proptest::collection::vec(any::<u8>(), 0..600),
        count in 0u8..10,
    ) {
        let mut bytes = b"Holdfast\0\x01\0\x01".to_vec();
        bytes.extend_from_slice(&(noise.len() as u32 + 32).to_be_bytes());
        bytes.extend_from_slice(&noise);
        if let Some(byte) = bytes.get_mut(SLOT_COUNT_AT) {
            *byte = count;
        }
        bytes.extend_from_slice(&[0; 32]);
        mend_checksum(&mut bytes);
        bytes.extend_from_slice(&[0; 200]);
        prop_assert!(Vault::open(&bytes, &passphrase()).is_err());
    }

    #[test]
    fn several_bytes_changed_at_once_do_not_open(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        mend in any::<bool>(),
    ) {
        static SAMPLE: std::sync::LazyLock<Vec<u8>> =
            std::sync::LazyLock::new(|| sealed(&mut sample(1).0, 2));
        let mut bytes = SAMPLE.clone();
        for (index, value) in changes {
            let at = index.index(bytes.len());
            bytes[at] = value;
        }
        if mend && header_end(&bytes) == header_end(&SAMPLE) {
            mend_checksum(&mut bytes);
        }
        prop_assert!(bytes == *SAMPLE || outcome(&bytes).is_err());
    }
}
