//! The move list (spec M3): compact, whole or not at all, and without a secret.

mod secrets;
mod vectors;

use holdfast_model::move_list::{
    Barcode, Gathering, ListId, ListKind, Listed, Mark, MoveList, ReadListError, Step,
    WriteListError, page, read_text, text,
};
use holdfast_model::scan::{Picture, read_still};
use holdfast_otp::{Algorithm, Digits, Kind, Parameters, Period, UnixTime, is_hidden};
use proptest::prelude::*;

fn listed(number: u32, issuer: &str, account: &str) -> Listed {
    Listed {
        mark: Mark(number.to_be_bytes()),
        issuer: issuer.to_owned(),
        account: account.to_owned(),
        parameters: Parameters::default(),
        step: Step::ToDo,
    }
}

fn list(accounts: Vec<Listed>) -> MoveList {
    let (id, made_at) = (ListId(*b"move it!"), UnixTime(1_800_000_000));
    MoveList { id, kind: ListKind::Accounts, made_at, accounts }
}

/// So many accounts that the list takes several parts.
fn long() -> MoveList {
    let name = |at: u32| format!("person-{}@example.com", u64::from(at) * 0x9e37_79b9 % 1_000_003);
    list((0..120).map(|at| listed(at, &format!("Service {at}"), &name(at))).collect())
}

#[test]
fn parts_come_in_any_order_and_more_than_once() {
    let list = long();
    let mut parts = list.parts().unwrap();
    assert!(parts.len() >= 3, "{}", parts.len());
    parts.reverse();
    let mut gathering = Gathering::default();
    assert_eq!(gathering.counted(), None);
    let (last, rest) = parts.split_last().unwrap();
    for (read, part) in (1..).zip(rest) {
        assert_eq!(gathering.take(part), Ok(None));
        assert_eq!(gathering.take(part), Ok(None), "the same again");
        assert_eq!(gathering.counted(), Some((read, parts.len() as u16)));
    }
    assert_eq!(gathering.missing(), [1]);
    assert_eq!(gathering.take(last), Ok(Some(list)));
    assert!(gathering.missing().is_empty());
}

#[test]
fn a_part_of_another_list_is_refused_and_changes_nothing() {
    let list = long();
    let mut changed = list.clone();
    changed.accounts[0].account.push('x');
    let (parts, others) = (list.parts().unwrap(), changed.parts().unwrap());
    let mut gathering = Gathering::default();
    for part in &parts[1..] {
        gathering.take(part).unwrap();
    }
    assert_eq!(gathering.take(&others[0]), Err(ReadListError::OtherList));
    assert_eq!(gathering.take("HOLDFAST-MOVE:ABC."), Err(ReadListError::Misread));
    assert_eq!(gathering.take(&parts[0]), Ok(Some(list)));
}

#[test]
fn the_kept_text_and_the_printed_page_are_read_back() {
    for list in [long(), list(vec![listed(7, "HOLDFAST-MOVE:", "<b>&--></b>")])] {
        assert_eq!(read_text(&text(&list).unwrap()), Ok(list.clone()));
        assert_eq!(read_text(&page(&list).unwrap()), Ok(list.clone()));
        let trimmed: Vec<String> =
            text(&list).unwrap().lines().map(|line| format!("  {}\r\n\r\n", line.trim())).collect();
        assert_eq!(read_text(&trimmed.concat()), Ok(list));
    }
}

#[test]
fn a_text_says_what_is_missing_from_it() {
    let parts = long().parts().unwrap();
    let of = parts.len() as u16;
    let without_second = [&parts[..1], &parts[2..]].concat().join("\n");
    let error = read_text(&without_second).unwrap_err();
    assert_eq!(error, ReadListError::Incomplete { missing: vec![2], of });
    let sentence =
        format!("Part 2 of {of} is missing from this move list; read the rest of it too.");
    assert_eq!(error.to_string(), sentence);
    let many = ReadListError::Incomplete { missing: (2..=9).collect(), of: 9 };
    let sentence = "Parts 2, 3, 4, 5, 6 and 3 more of 9 are missing from this move list; read the \
                    rest of it too.";
    assert_eq!(many.to_string(), sentence);
    assert_eq!(read_text("a shopping list"), Err(ReadListError::NotAList));
}

#[test]
fn a_person_reads_every_account_in_the_text_and_on_the_page() {
    let mut sample = long();
    sample.accounts[0] = Listed {
        parameters: Parameters {
            kind: Kind::Totp { period: Period::new(60).unwrap() },
            algorithm: Algorithm::Sha512,
            digits: Digits::new(8).unwrap(),
        },
        ..listed(1, "Größte Bank", "Алиса <&>\u{202e}\n")
    };
    let (text, page) = (text(&sample).unwrap(), page(&sample).unwrap());
    assert!(
        text.contains("\n[ ] Größte Bank (Алиса <&>), 8 digits, every 60 s, SHA512\n"),
        "{text}"
    );
    assert!(
        page.contains("<li>Größte Bank (Алиса &lt;&amp;&gt;), 8 digits, every 60 s, SHA512</li>")
    );
    for account in &sample.accounts[1..] {
        let name = format!("{} ({})", account.issuer, account.account);
        assert!(text.contains(&name) && page.contains(&name), "{name}");
    }
    assert!(text.contains("2027-01-15") && page.contains("2027-01-15"));
}

#[test]
fn barcodes_of_a_list_are_read_by_the_app_s_own_eyes() {
    let list = long();
    let mut gathering = Gathering::default();
    let mut whole = None;
    for part in list.parts().unwrap() {
        let barcode = Barcode::of(&part).unwrap();
        assert!(barcode.side() <= 77, "{} modules are too fine for a screen", barcode.side());
        let texts = read_still(&drawn(&barcode)).texts;
        assert_eq!(texts.len(), 1);
        whole = gathering.take(texts[0].as_str()).unwrap();
    }
    assert_eq!(whole, Some(list));
}

/// The barcode as a picture, four pixels to a module.
fn drawn(barcode: &Barcode) -> Picture {
    let side = barcode.side() * 4;
    let light = |at: usize| !barcode.is_dark(at % side / 4, at / side / 4);
    let pixels =
        (0..side * side).flat_map(|at| if light(at) { [255; 4] } else { [0, 0, 0, 255] }).collect();
    Picture::from_rgba(side as u32, side as u32, pixels).unwrap()
}

#[test]
fn ten_thousand_accounts_are_a_list_and_one_more_is_not() {
    let many =
        |count: u32| list((0..count).map(|at| listed(at, "Service", &at.to_string())).collect());
    let full = many(10_000);
    assert_eq!(read_text(&text(&full).unwrap()), Ok(full));
    assert_eq!(many(10_001).parts(), Err(WriteListError::TooLarge));
    assert_eq!(many(0).parts(), Err(WriteListError::Empty));
    let names: Vec<_> = (0..10_000).map(|at| listed(at, &"x".repeat(1024), "y")).collect();
    assert_eq!(list(names).parts(), Err(WriteListError::TooLarge));
}

fn some_account() -> impl Strategy<Value = Listed> {
    let kind = prop_oneof![
        (1_u32..=86_400).prop_map(|s| Kind::Totp { period: Period::new(s).unwrap() }),
        Just(Kind::Hotp { counter: 0 }),
        Just(Kind::Steam),
    ];
    let algorithm =
        prop_oneof![Just(Algorithm::Sha1), Just(Algorithm::Sha256), Just(Algorithm::Sha512)];
    let step = prop_oneof![
        Just(Step::ToDo),
        Just(Step::ReEnrolled),
        Just(Step::Confirmed),
        Just(Step::Retired)
    ];
    let name = "[\\pL\\pN\"<\\\\]([\\pL\\pN .@\"]{0,30}[\\pL\\pN])?";
    // Some letters, such as the Hangul filler, are not to be seen; a list is read without them.
    let name = name.prop_filter("a letter that is not seen", |name| !name.chars().any(is_hidden));
    (any::<[u8; 4]>(), name.clone(), name, kind, algorithm, 6_u8..=10, step).prop_map(
        |(mark, issuer, account, kind, algorithm, digits, step)| {
            let digits = Digits::new(digits).unwrap();
            let parameters = Parameters { kind, algorithm, digits };
            Listed { mark: Mark(mark), issuer, account, parameters, step }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_list_comes_back(
        accounts in prop::collection::vec(some_account(), 1..40),
        id in any::<[u8; 8]>(),
        made in any::<u32>(),
        progress in any::<bool>(),
    ) {
        let kind = if progress { ListKind::Progress } else { ListKind::Accounts };
        let made_at = UnixTime(u64::from(made));
        let list = MoveList { id: ListId(id), kind, made_at, accounts };
        prop_assert_eq!(read_text(&text(&list).unwrap()), Ok(list));
    }

    #[test]
    fn no_text_makes_it_panic(text in "(HOLDFAST-MOVE:)?[0-9A-Z $%*+./:-]{0,200}\\.?") {
        let _ = Gathering::default().take(&text);
        let _ = read_text(&text);
    }
}
