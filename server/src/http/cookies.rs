//! The cookies: for a signed-in browser, for somebody half-way in, and for what was just done.
//!
//! All are `__Host-`: sent only to this host, only over TLS (or to the machine itself, which
//! browsers trust alike), and set by nobody else. They are the same under `--dev`.

use axum::http::{HeaderMap, HeaderValue, header};

/// A cookie of ours.
#[derive(Clone, Copy)]
pub enum Cookie {
    /// Signed in.
    Session,
    /// The code is still to come.
    Half,
    /// A browser that waits for the code of a mail.
    Mail,
    /// A browser that came by the link of a mail; see `pages::not_me`.
    Link,
    /// What was just done, sealed; see `pages::news`.
    News,
    /// There or not; see `pages::door::signed_out`.
    Out,
}

impl Cookie {
    const fn name(self) -> &'static str {
        match self {
            Cookie::Session => "__Host-holdfast",
            Cookie::Half => "__Host-holdfast-half",
            Cookie::Mail => "__Host-holdfast-mail",
            Cookie::Link => "__Host-holdfast-link",
            Cookie::News => "__Host-holdfast-news",
            Cookie::Out => "__Host-holdfast-out",
        }
    }

    /// What the client sent under this name.
    pub fn of(self, headers: &HeaderMap) -> Option<&str> {
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find_map(|(name, value)| (name == self.name()).then_some(value))
    }

    /// The header that hands over a token. It lives as long as the browser's session or, where the
    /// browser keeps those, as long as the server lets it.
    pub fn set(self, token: &str) -> Option<HeaderValue> {
        let attributes = match self {
            Cookie::News => "Path=/; Max-Age=300; Secure; HttpOnly; SameSite=Lax",
            Cookie::Mail | Cookie::Link => "Path=/; Max-Age=1800; Secure; HttpOnly; SameSite=Lax",
            Cookie::Session | Cookie::Half | Cookie::Out => {
                "Path=/; Secure; HttpOnly; SameSite=Lax"
            }
        };
        let mut value =
            HeaderValue::from_str(&format!("{}={token}; {attributes}", self.name())).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// The header that takes it back.
    pub fn clear(self) -> Option<HeaderValue> {
        let attributes = "Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax";
        HeaderValue::from_str(&format!("{}=; {attributes}", self.name())).ok()
    }
}
