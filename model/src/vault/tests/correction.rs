//! What a body may say of the clock.

use holdfast_otp::UnixTime;

use crate::vault::correction::{CORRECTION_LEN, Correction, MOST_OFFSET};

const NEWEST: Option<UnixTime> = Some(UnixTime(1_800_000_000));

#[test]
fn it_comes_back_as_it_was() {
    for offset in [-600, -1, 0, 1, 74, 600] {
        for newest in [None, NEWEST] {
            let kept = Correction { offset, newest, since: UnixTime(7) };
            assert_eq!(Correction::decode(&kept.encode()).unwrap(), kept);
        }
    }
}

#[test]
fn no_file_moves_the_codes_further_than_the_bound() {
    let most = MOST_OFFSET.cast_signed();
    for offset in [most + 1, -most - 1, i32::MAX, i32::MIN] {
        let written = Correction { offset, newest: NEWEST, since: UnixTime(7) };
        let read = Correction::decode(&written.encode()).unwrap();
        assert_eq!(read, Correction { offset: 0, ..written }, "and what was used stays used");
    }
    for length in [0, CORRECTION_LEN - 1, CORRECTION_LEN + 1] {
        assert!(Correction::decode(&vec![0; length]).is_err());
    }
}
