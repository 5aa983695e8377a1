//! How an account is called in a sentence, a row and a label.

/// The name in one piece: "GitHub (alice)", or the one of the two that there is.
pub fn full(issuer: &str, account: &str) -> String {
    match (issuer.trim(), account.trim()) {
        ("", "") => "An account without a name".to_owned(),
        ("", name) | (name, "") => name.to_owned(),
        (issuer, account) => format!("{issuer} ({account})"),
    }
}

/// The name in two lines: what stands large, and what stands under it (or nothing).
pub fn lines(issuer: &str, account: &str) -> (String, String) {
    match (issuer.trim(), account.trim()) {
        ("", _) | (_, "") => (full(issuer, account), String::new()),
        (issuer, account) => (issuer.to_owned(), account.to_owned()),
    }
}

/// What entries are sorted by: the issuer, then the account, case aside; what has no issuer by its
/// account.
pub fn sort_key(issuer: &str, account: &str) -> (String, String) {
    let (title, subtitle) = lines(issuer, account);
    (title.to_lowercase(), subtitle.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_name_leaves_no_hole() {
        assert_eq!(full("GitHub", "alice"), "GitHub (alice)");
        assert_eq!(full("", "alice"), "alice");
        assert_eq!(full("GitHub", " "), "GitHub");
        assert_eq!(full("", ""), "An account without a name");
        assert_eq!(lines("", "alice"), ("alice".to_owned(), String::new()));
        assert_eq!(lines("GitHub", "alice"), ("GitHub".to_owned(), "alice".to_owned()));
    }
}
