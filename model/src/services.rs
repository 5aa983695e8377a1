//! Well-known services: where they say how two-factor authentication is switched on and how one gets
//! back in. Bundled, since the app has no network; the system's browser opens the pages.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::vault::folded;

/// A service in the table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// What it calls itself.
    pub name: String,
    /// Why it should be seen to before others.
    pub first: Option<First>,
    /// Other names that barcodes have for it.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Its domains, without a host in front.
    pub domains: Vec<String>,
    /// The page on switching two-factor authentication on (https).
    pub two_factor: String,
    /// The page on getting in without the phone (https); often it is the same.
    pub recovery: Option<String>,
}

/// Why an account should be seen to before others: it opens the way to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum First {
    /// It resets the passwords of the others.
    Mail,
    /// It holds the passwords of the others.
    Passwords,
}

static TABLE: LazyLock<Vec<Service>> = LazyLock::new(|| {
    // A test reads the table; were it unreadable, there would be no help pages and nothing else.
    serde_json::from_str(include_str!("../data/services.json")).unwrap_or_default()
});

/// By name and alias, folded as names are compared; and by domain.
static INDEX: LazyLock<BTreeMap<String, &'static Service>> = LazyLock::new(|| {
    let mut index = BTreeMap::new();
    for service in TABLE.iter() {
        let names = std::iter::once(&service.name).chain(&service.aliases).chain(&service.domains);
        for name in names {
            index.entry(folded(name).to_string()).or_insert(service);
        }
    }
    index
});

/// All services of the table.
pub fn all() -> &'static [Service] {
    &TABLE
}

/// The service that an issuer names: by its name, an alias, or a domain that it is or ends in
/// (`login.github.com`); where there is no issuer, by the domain in front of a colon in the account.
pub fn named(issuer: &str, account: &str) -> Option<&'static Service> {
    let named = if issuer.trim().is_empty() {
        account.split_once(':').map_or("", |(front, _)| front)
    } else {
        issuer
    };
    let folded = folded(named);
    let mut rest: &str = folded.trim_start_matches("https://").split('/').next()?;
    if rest.is_empty() {
        return None;
    }
    loop {
        if let Some(service) = INDEX.get(rest) {
            return Some(service);
        }
        // Only domains lose their front: "Go.Daddy" is none.
        let (_, parent) = rest.split_once('.').filter(|(_, parent)| parent.contains('.'))?;
        rest = parent;
    }
}

/// Whether two issuers are one service, called alike or by two of its names.
pub fn is_same(one: &str, other: &str) -> bool {
    if folded(one) == folded(other) {
        return true;
    }
    match (named(one, ""), named(other, "")) {
        (Some(one), Some(other)) => std::ptr::eq(one, other),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_table_is_well_formed() {
        let table: Vec<Service> =
            serde_json::from_str(include_str!("../data/services.json")).unwrap();
        assert!(table.len() >= 60, "{}", table.len());
        let (mut names, mut domains) = (BTreeSet::new(), BTreeSet::new());
        for service in &table {
            for name in std::iter::once(&service.name).chain(&service.aliases) {
                assert!(!name.trim().is_empty() && name.trim() == name, "{name:?}");
                assert!(names.insert(folded(name).to_string()), "{name} is there twice");
            }
            assert!(!service.domains.is_empty(), "{}", service.name);
            for domain in &service.domains {
                assert!(domains.insert(domain.clone()), "{domain} is there twice");
                let plain =
                    |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c);
                assert!(domain.contains('.') && domain.chars().all(plain), "{domain}");
            }
            for page in std::iter::once(&service.two_factor).chain(&service.recovery) {
                let host = page.strip_prefix("https://").unwrap_or_else(|| panic!("{page}"));
                let host = host.split('/').next().unwrap();
                assert!(host.contains('.') && !host.contains(['@', ':', ' ']), "{page}");
                assert!(page.bytes().all(|byte| byte.is_ascii_graphic()), "{page}");
            }
        }
        // A name that is another service's domain would hide it.
        for service in &table {
            for name in
                std::iter::once(&service.name).chain(&service.aliases).chain(&service.domains)
            {
                assert_eq!(named(name, "").map(|found| &found.name), Some(&service.name), "{name}");
            }
        }
    }

    #[test]
    fn issuers_are_known_by_name_alias_and_domain() {
        let name = |issuer, account| named(issuer, account).map(|service| service.name.as_str());
        assert_eq!(name(" github ", ""), Some("GitHub"));
        assert_eq!(name("Login.GitHub.com", ""), Some("GitHub"));
        assert_eq!(name("https://github.com/login", ""), Some("GitHub"));
        assert_eq!(name("Gmail", ""), Some("Google"));
        assert_eq!(name("", "twitter.com:alice"), Some("X"));
        assert_eq!(name("", "alice@gmail.com"), None, "whose mail it is says not where it logs in");
        assert_eq!(name("notgithub.com", ""), None);
        assert_eq!(name("com", ""), None);
        assert_eq!(name("", ""), None);
        assert!(is_same("Twitter", "X") && is_same("My Bank", "my bank "));
        assert!(!is_same("GitHub", "GitLab") && !is_same("", "GitHub"));
    }
}
