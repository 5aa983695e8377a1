//! Row 15: what somebody may guess at is compared in constant time, and in no other way.
//!
//! A clock shows this badly on a busy machine, so the code itself is looked at: the types of what is
//! guessed at have no `==` of their own, and each function that compares them uses `ct_eq` alone.

use std::marker::PhantomData;

use holdfast_server::domain::code::{Code, Entered};
use holdfast_server::domain::ids::Token;
use holdfast_server::domain::password::Password;
use holdfast_server::domain::recovery::{RecoveryDigest, RecoverySet};
use holdfast_server::domain::sent::SentCode;

/// Knows whether a type has `==`: the constant of its own comes before the trait's.
struct Probe<T>(PhantomData<T>);

trait Otherwise {
    const HAS_EQ: bool = false;
}

impl<T> Otherwise for Probe<T> {}

impl<T: PartialEq> Probe<T> {
    const HAS_EQ: bool = true;
}

#[test]
fn row_15_what_is_guessed_at_has_no_equals_sign() {
    // What is wrong here does not even compile.
    const {
        assert!(Probe::<String>::HAS_EQ, "the probe sees one where there is one");
        assert!(!Probe::<Code>::HAS_EQ);
        assert!(!Probe::<Entered>::HAS_EQ);
        assert!(!Probe::<Token>::HAS_EQ);
        assert!(!Probe::<Password>::HAS_EQ);
        assert!(!Probe::<RecoveryDigest>::HAS_EQ);
        assert!(!Probe::<RecoverySet>::HAS_EQ);
        assert!(!Probe::<SentCode>::HAS_EQ);
    }
}

#[test]
fn row_15_every_comparison_of_a_code_a_token_or_a_digest_is_in_constant_time() {
    for (source, function) in [
        (include_str!("../../src/domain/enrolment.rs"), "fn newest_match("),
        (include_str!("../../src/domain/recovery.rs"), "fn place_of("),
        (include_str!("../../src/domain/recovery.rs"), "fn eq("),
        (include_str!("../../src/domain/ids.rs"), "fn eq("),
        (include_str!("../../src/flows/sent.rs"), "fn is_code_of("),
        (include_str!("../../src/passwords.rs"), "fn is_same("),
        (include_str!("../../src/http/gateway.rs"), "async fn report("),
    ] {
        let body = body_of(source, function);
        assert!(body.contains(".ct_eq("), "{function} compares in some other way:\n{body}");
        for quick in [" == ", " != ", ".eq(", "starts_with("] {
            assert!(!body.contains(quick), "{function} has {quick:?} besides:\n{body}");
        }
    }
}

/// From the function's name to the brace that closes it.
fn body_of<'a>(source: &'a str, function: &str) -> &'a str {
    let from = source.find(function).unwrap_or_else(|| panic!("there is no {function}"));
    let rest = &source[from..];
    let mut depth = 0;
    for (at, letter) in rest.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 1 => return &rest[..=at],
            '}' => depth -= 1,
            _ => {}
        }
    }
    panic!("{function} does not end");
}
