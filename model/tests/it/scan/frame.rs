//! Camera frames: planes with padded rows.

use holdfast_model::scan::{self, Luma, LumaError};
use proptest::prelude::*;

use super::draw::{self, PLAIN, URI};

/// A plane of 640 × 480 pixels that shows the barcode, its rows `stride` bytes apart.
fn plane(stride: usize) -> Vec<u8> {
    let sheet = draw::on_page([200, 200, 200, 255], 640, 480, (180, 90), &draw::code(URI, PLAIN));
    let mut plane = Vec::new();
    for row in draw::grey(&sheet).chunks_exact(640) {
        plane.extend_from_slice(row);
        // What a camera leaves in its padding is anything.
        plane.extend((0..stride - 640).map(|at| (at * 37) as u8));
    }
    plane
}

fn is_read(luma: &Luma<'_>) -> bool {
    scan::read(luma).texts.iter().any(|text| text.as_str() == URI)
}

#[test]
fn a_frame_is_read_by_its_stride() {
    for stride in [640, 641, 704, 768, 1024] {
        let bytes = plane(stride);
        assert!(is_read(&Luma::new(640, 480, stride, &bytes).unwrap()), "stride {stride}");
    }
}

#[test]
fn a_frame_read_with_the_wrong_stride_shows_nothing() {
    let bytes = plane(704);
    for stride in [640, 660, 680] {
        assert!(!is_read(&Luma::new(640, 480, stride, &bytes).unwrap()), "stride {stride}");
    }
}

#[test]
fn the_last_row_needs_no_padding() {
    let mut bytes = plane(704);
    bytes.truncate(479 * 704 + 640);
    assert!(is_read(&Luma::new(640, 480, 704, &bytes).unwrap()));
    bytes.pop();
    assert!(matches!(Luma::new(640, 480, 704, &bytes), Err(LumaError::TooFewBytes { .. })));
}

#[test]
fn a_plane_that_cannot_be_is_refused() {
    let bytes = [0; 100];
    assert_eq!(Luma::new(0, 5, 5, &bytes).unwrap_err(), LumaError::Empty);
    assert_eq!(Luma::new(5, 0, 5, &bytes).unwrap_err(), LumaError::Empty);
    let short = LumaError::StrideTooShort { width: 10, stride: 9 };
    assert_eq!(Luma::new(10, 5, 9, &bytes).unwrap_err(), short);
    assert_eq!(Luma::new(1, 20_000, 1, &bytes).unwrap_err(), LumaError::TooLarge(20_000));
    assert!(Luma::new(1, 2, usize::MAX, &bytes).is_err());
    assert!(Luma::new(10, 10, usize::MAX / 4, &bytes).is_err());
}

#[test]
fn every_turn_reads_an_easy_frame() {
    let bytes = plane(640);
    let luma = Luma::new(640, 480, 640, &bytes).unwrap();
    for turn in 0..20 {
        assert_eq!(scan::read_frame(&luma, turn).texts.len(), 1, "turn {turn}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_frame_breaks_the_reader(
        width in 1_usize..90,
        height in 1_usize..90,
        padding in 0_usize..9,
        turn in 0_usize..20,
        bytes in proptest::collection::vec(any::<u8>(), 98 * 90),
    ) {
        let luma = Luma::new(width, height, width + padding, &bytes).unwrap();
        let found = scan::read_frame(&luma, turn);
        prop_assert!(found.is_empty() && found.broken == 0, "{:?}", found);
    }

    #[test]
    fn no_frame_of_blots_breaks_the_reader(
        cell in 1_usize..9,
        bits in proptest::collection::vec(any::<bool>(), 40 * 40),
        turn in 0_usize..20,
    ) {
        let side = 40 * cell;
        let dark = |at: usize| bits[at / side / cell * 40 + at % side / cell];
        let bytes: Vec<u8> = (0..side * side).map(|at| if dark(at) { 10 } else { 230 }).collect();
        let luma = Luma::new(side, side, side, &bytes).unwrap();
        let found = scan::read_frame(&luma, turn);
        prop_assert!(found.is_empty() && found.broken == 0, "{:?}", found);
    }
}
