//! The vectors of `docs/move-list.md`, which must be read for ever.

use super::*;

const DOCUMENT: &str = include_str!("../../../../docs/move-list.md");

fn vector() -> MoveList {
    let mut bank = listed(0x0a0b_0c0d, "Größte Bank", "Алиса");
    bank.parameters = Parameters {
        kind: Kind::Totp { period: Period::new(60).unwrap() },
        algorithm: Algorithm::Sha512,
        digits: Digits::new(8).unwrap(),
    };
    bank.step = Step::ReEnrolled;
    let mut token = listed(0x1111_2222, "", "token 42");
    token.parameters.kind = Kind::Hotp { counter: 0 };
    list(vec![listed(0x0102_0304, "Example", "alice@example.com"), bank, token])
}

#[test]
fn the_list_in_the_document_is_read() {
    assert_eq!(read_text(DOCUMENT), Ok(vector()));
}

#[test]
fn the_list_is_written_as_in_the_document() {
    let parts = vector().parts().unwrap();
    assert_eq!(parts.len(), 1);
    assert!(DOCUMENT.contains(&parts[0]), "written: {}", parts[0]);
}
