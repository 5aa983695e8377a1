//! How an account is called in a sentence, a row and a label, and in which order accounts stand.

use std::cmp::Ordering;

use holdfast_otp::is_hidden;

/// A name as it came in, without what cannot be seen or turns the letters around it, as a barcode may not
/// hold it either.
pub fn plain(text: &str) -> String {
    let seen: String = text.chars().filter(|c| !is_hidden(*c)).collect();
    seen.trim().to_owned()
}

/// Somebody's text as it can be shown: with a mark for each character that cannot be seen, breaks the line or
/// turns the letters around it. A vault may have come from another program, or from an earlier version.
pub fn shown(text: &str) -> String {
    text.chars().map(|c| if is_hidden(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// The name in one piece: "GitHub (alice)", or the one of the two that there is; as it can be [`shown`].
pub fn full(issuer: &str, account: &str) -> String {
    match (shown(issuer).trim(), shown(account).trim()) {
        ("", "") => "An account without a name".to_owned(),
        ("", name) | (name, "") => name.to_owned(),
        (issuer, account) => format!("{issuer} ({account})"),
    }
}

/// A name beside others that are the same: "GitHub (alice), added 2026-11-25".
pub fn beside_others(name: &str, apart: &str) -> String {
    if apart.is_empty() { name.to_owned() } else { format!("{name}, {apart}") }
}

/// The name as [`full`], short enough for a sentence: of a long part only its beginning.
pub fn in_sentence(issuer: &str, account: &str) -> String {
    full(&shortened(issuer.trim()), &shortened(account.trim()))
}

/// So many letters of a part stand in a sentence.
const LETTERS: usize = 40;

fn shortened(part: &str) -> String {
    if part.chars().count() <= LETTERS {
        return part.to_owned();
    }
    let beginning: String = part.chars().take(LETTERS - 1).collect();
    format!("{}…", beginning.trim_end())
}

/// The name in two lines: what stands large, and what stands under it (or nothing); as it can be [`shown`].
pub fn lines(issuer: &str, account: &str) -> (String, String) {
    match (shown(issuer).trim(), shown(account).trim()) {
        ("", _) | (_, "") => (full(issuer, account), String::new()),
        (issuer, account) => (issuer.to_owned(), account.to_owned()),
    }
}

/// What entries are sorted by: the issuer, then the account, case aside; what has no issuer by its
/// account.
pub fn sort_key(issuer: &str, account: &str) -> (SortName, SortName) {
    let (title, subtitle) = lines(issuer, account);
    (SortName(title.to_lowercase()), SortName(subtitle.to_lowercase()))
}

/// A name in small letters, in the order in which people look for it: "service 2" stands before
/// "service 10", since digits (0 to 9) that stand together count as one number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortName(String);

impl SortName {
    /// The name, in small letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Ord for SortName {
    fn cmp(&self, other: &Self) -> Ordering {
        // Names that differ in leading zeros alone ("2" and "02") still have an order.
        pieces(&self.0).cmp(pieces(&other.0)).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for SortName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A letter, or a number of any length. A number stands where its digits stand among the letters, so
/// that this order differs from the plain one only where two numbers meet.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Piece<'a> {
    Before(char),
    /// By the count of its digits without leading zeros, then by these.
    Number(usize, &'a str),
    After(char),
}

fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let letters = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let digits = &rest[..rest.len() - letters.len()];
        if !digits.is_empty() {
            rest = letters;
            let digits = digits.trim_start_matches('0');
            return Some(Piece::Number(digits.len(), digits));
        }
        let mut chars = rest.chars();
        let letter = chars.next()?;
        rest = chars.as_str();
        Some(if letter < '0' { Piece::Before(letter) } else { Piece::After(letter) })
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(text: &str) -> SortName {
        SortName(text.to_owned())
    }

    #[test]
    fn numbers_count_as_numbers() {
        let sorted = [
            "!9",
            "1password",
            "007",
            "08",
            "8",
            "service",
            "service 1",
            "service 02",
            "service 2",
            "service 2b",
            "service 10",
            "service 10 a",
            "service 100000000000000000000000000001",
            "service 200000000000000000000000000000",
            "service x",
            "ärzte 2",
            "ärzte 10",
        ];
        for pair in sorted.windows(2) {
            assert!(name(pair[0]) < name(pair[1]), "{pair:?}");
        }
    }

    proptest! {
        /// Few letters, so that names meet in their beginnings and in their zeros.
        #[test]
        fn the_order_is_total(texts in prop::array::uniform3("[ a:0-2ä\u{663}]{0,6}")) {
            let [a, b, c] = texts.each_ref().map(|text| name(text));
            prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
            prop_assert_eq!(a.cmp(&b) == Ordering::Equal, a == b);
            if a <= b && b <= c {
                prop_assert!(a <= c, "{:?} {:?} {:?}", a, b, c);
            }
        }

        #[test]
        fn without_digits_it_is_the_plain_order(a in "[^0-9]{0,8}", b in "[^0-9]{0,8}") {
            prop_assert_eq!(name(&a).cmp(&name(&b)), a.cmp(&b));
        }

        #[test]
        fn numbers_of_one_width_keep_the_plain_order(a in "[ax][0-9]{3}", b in "[ax][0-9]{3}") {
            prop_assert_eq!(name(&a).cmp(&name(&b)), a.cmp(&b));
        }

        #[test]
        fn numbers_are_in_the_order_of_their_values(a: u64, b: u64) {
            let (one, other) = (format!("service {a}"), format!("service {b}"));
            prop_assert_eq!(name(&one).cmp(&name(&other)), a.cmp(&b));
        }
    }

    #[test]
    fn a_missing_name_leaves_no_hole() {
        assert_eq!(full("GitHub", "alice"), "GitHub (alice)");
        assert_eq!(full("", "alice"), "alice");
        assert_eq!(full("GitHub", " "), "GitHub");
        assert_eq!(full("", ""), "An account without a name");
        assert_eq!(in_sentence("GitHub", "alice"), "GitHub (alice)");
        assert_eq!(lines("", "alice"), ("alice".to_owned(), String::new()));
        assert_eq!(lines("GitHub", "alice"), ("GitHub".to_owned(), "alice".to_owned()));
    }

    #[test]
    fn a_name_that_turns_what_is_around_it_is_shown_with_a_mark_in_its_place() {
        let (turned, broken) = ("\u{202e}knaB", "ann\nBalance: 0\u{7}");
        assert_eq!(full(turned, broken), "\u{fffd}knaB (ann\u{fffd}Balance: 0\u{fffd})");
        assert_eq!(in_sentence(turned, ""), "\u{fffd}knaB");
        assert_eq!(lines(turned, broken).1, "ann\u{fffd}Balance: 0\u{fffd}");
        // Names are written with joiners and marks of direction, and in every script.
        for whole in [
            "\u{0646}\u{0627}\u{0645}\u{200c}\u{0647}\u{0627}",
            "\u{5d1}\u{200f}",
            "\u{6771} \u{4eac}",
        ] {
            assert_eq!(full(whole, ""), whole);
        }
    }

    #[test]
    fn a_long_name_leaves_room_for_the_rest_of_the_sentence() {
        let forty = "\u{6771}".repeat(40);
        assert_eq!(in_sentence(&forty, ""), forty);
        assert_eq!(in_sentence(&"\u{6771}".repeat(41), ""), format!("{}…", "\u{6771}".repeat(39)));
        let name = in_sentence(&"ab ".repeat(250), &"x".repeat(1_000));
        assert_eq!(name.chars().count(), 38 + 1 + 40 + 3, "{name}");
    }
}
