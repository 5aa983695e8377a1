//! Who may come in: what a handler takes as an argument it cannot be called without.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use holdfast_otp::UnixTime;
use zeroize::Zeroizing;

use super::api::ApiError;
use super::cookies::Cookie;
use super::pages;
use super::refusal::refuse;
use crate::domain::account::{API_KEY_PREFIX, Account};
use crate::domain::session::{Session, Stage};
use crate::flows::{Server, Trouble};

/// A browser that is signed in; without it the person is sent to the log-in page.
pub struct Web {
    /// The session.
    pub session: Session,
    /// Whose it is.
    pub account: Account,
    /// When it asked.
    pub now: UnixTime,
    /// What was just done in it, sealed, as the browser keeps it.
    pub news: Option<Zeroizing<String>>,
}

/// A browser whose person has given the password and not yet the code.
pub struct Half(pub Session);

/// A program that shows a CLI token.
pub struct Bearer(pub Session);

/// A program that shows a CLI token or an API key, and may read.
pub struct Reader(pub Account);

impl FromRequestParts<Arc<Server>> for Web {
    type Rejection = Response;

    async fn from_request_parts(
        parts: &mut Parts,
        server: &Arc<Server>,
    ) -> Result<Self, Self::Rejection> {
        let found = signed_in(server, Cookie::Session.of(&parts.headers), Stage::Web)
            .await
            .map_err(pages::trouble)?;
        match found {
            Some((session, account)) => {
                let news = Cookie::News.of(&parts.headers).map(str::to_owned).map(Zeroizing::new);
                Ok(Web { session, account, now: server.now(), news })
            }
            None => Err(Redirect::to("/login").into_response()),
        }
    }
}

impl FromRequestParts<Arc<Server>> for Half {
    type Rejection = Response;

    async fn from_request_parts(
        parts: &mut Parts,
        server: &Arc<Server>,
    ) -> Result<Self, Self::Rejection> {
        let found = signed_in(server, Cookie::Half.of(&parts.headers), Stage::Half)
            .await
            .map_err(pages::trouble)?;
        match found {
            Some((session, _)) => Ok(Half(session)),
            None => Err(Redirect::to("/login").into_response()),
        }
    }
}

impl FromRequestParts<Arc<Server>> for Bearer {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        server: &Arc<Server>,
    ) -> Result<Self, Self::Rejection> {
        let found = signed_in(server, bearer(&parts.headers), Stage::Cli).await?;
        found.map(|(session, _)| Bearer(session)).ok_or(ApiError::NOT_SIGNED_IN)
    }
}

impl FromRequestParts<Arc<Server>> for Reader {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        server: &Arc<Server>,
    ) -> Result<Self, Self::Rejection> {
        let shown = bearer(&parts.headers).ok_or(ApiError::NOT_SIGNED_IN)?;
        let account = if shown.starts_with(API_KEY_PREFIX) {
            server.account_by_api_key(shown).await?
        } else {
            signed_in(server, Some(shown), Stage::Cli).await?.map(|(_, account)| account)
        };
        account.map(Reader).ok_or(ApiError::NOT_SIGNED_IN)
    }
}

/// The session and account of a token of the given stage.
async fn signed_in(
    server: &Server,
    shown: Option<&str>,
    stage: Stage,
) -> Result<Option<(Session, Account)>, Trouble> {
    let Some(shown) = shown else { return Ok(None) };
    let Some(session) = server.session(shown).await? else { return Ok(None) };
    if session.stage != stage {
        return Ok(None);
    }
    Ok(server.account(&session).await?.map(|account| (session, account)))
}

/// The token that a program shows.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// Lets a form in only from a page of ours (requirement 31): every browser says with each POST
/// where it comes from, and a POST that does not say is refused.
pub async fn same_origin(request: Request, next: Next) -> Response {
    if request.method() == Method::POST && !is_ours(request.headers()) {
        return pages::problem(
            StatusCode::FORBIDDEN,
            "This form was sent from another site. Open the page here and send it again.",
        );
    }
    next.run(request).await
}

/// The names that are answered to.
#[derive(Clone, Default)]
pub struct Hosts {
    /// For trying it out on this machine: no TLS, and only this machine's own names.
    pub dev: bool,
    /// The names of the service in lower case; none are all there are.
    pub names: Arc<[String]>,
}

/// Answers only to the names of the service: the page of another site whose name was made to lead
/// here (DNS rebinding) would else be of the same origin as ours. Whether it is well may be asked
/// under any name.
pub async fn this_host(State(hosts): State<Hosts>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let mut named = request.headers().get_all(header::HOST).iter();
    let host = named.next().and_then(|host| host.to_str().ok());
    // Which of two a proxy before us went by, nobody knows (RFC 9112, 3.2).
    if named.next().is_some() {
        return refuse(
            path,
            StatusCode::BAD_REQUEST,
            "malformed_request",
            "This request names more than one host.",
        );
    }
    if hosts.dev && !host.is_some_and(is_loopback) {
        return refuse(
            path,
            StatusCode::MISDIRECTED_REQUEST,
            "other_host",
            "This server was started to be tried out on its own machine. Open it there as \
             127.0.0.1 or localhost.",
        );
    }
    // A gateway's report shows by its own word that it is meant for us.
    let is_machine = matches!(path, "/healthz" | "/readyz" | "/gateway/kannel");
    if !(is_machine || hosts.names.is_empty() || host.is_some_and(|host| is_of(&hosts.names, host)))
    {
        return refuse(
            path,
            StatusCode::MISDIRECTED_REQUEST,
            "other_host",
            "This server does not answer under that name. Check the address.",
        );
    }
    next.run(request).await
}

/// Whether a `Host` header is one of these names, with or without a port.
fn is_of(names: &[String], host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    !host.contains('@') && names.iter().any(|name| name.eq_ignore_ascii_case(authority.host()))
}

/// Whether a `Host` header names this machine, with or without a port.
fn is_loopback(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let name = authority.host().trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn is_ours(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin";
    }
    let (Some(origin), Some(host)) = (text("origin"), text("host")) else { return false };
    origin.split_once("://").is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (header::HeaderName::from_static(name), header::HeaderValue::from_static(value))
            })
            .collect()
    }

    #[test]
    fn this_machine_has_few_names() {
        for host in ["localhost", "LOCALHOST:80", "127.0.0.1:8480", "127.1.2.3", "[::1]:8480"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["", "evil.example.org", "localhost.evil.example.org", "192.0.2.1", "x@y:z"] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn only_the_services_names_are_its_names() {
        let names = ["id.example.org".to_owned()];
        for host in ["id.example.org", "ID.example.org:443"] {
            assert!(is_of(&names, host), "{host}");
        }
        for host in
            ["", "example.org", "id.example.org.evil.net", "x@id.example.org:y", "192.0.2.1"]
        {
            assert!(!is_of(&names, host), "{host}");
        }
    }

    #[test]
    fn row_31_a_form_comes_from_our_own_page() {
        let host = ("host", "id.example.org");
        assert!(is_ours(&headers(&[host, ("sec-fetch-site", "same-origin")])));
        assert!(is_ours(&headers(&[host, ("origin", "https://id.example.org")])));
        for foreign in [
            vec![host],
            vec![host, ("sec-fetch-site", "cross-site")],
            vec![host, ("sec-fetch-site", "same-site")],
            vec![host, ("sec-fetch-site", "cross-site"), ("origin", "https://id.example.org")],
            vec![host, ("origin", "https://example.org")],
            vec![host, ("origin", "null")],
            vec![("origin", "https://id.example.org")],
        ] {
            assert!(!is_ours(&headers(&foreign)), "{foreign:?}");
        }
    }
}
