//! What was just done, told on a page of its own, so that loading it again does nothing twice.
//!
//! A new API key and recovery codes have to outlive that, and must not rest on the server: the
//! browser that made them keeps the news for five minutes in a cookie, sealed for its session alone.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use data_encoding::BASE64URL_NOPAD;
use holdfast_otp::UnixTime;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::recovery::PATH as CODES;
use super::view::{
    ApiKeyPage, ArrivedPage, ChangePassword, CodesLeft, PhoneChanged, SwitchedPage, when,
};
use super::{continue_as, render, trouble, with_cookie};
use crate::domain::clock::ClockOff;
use crate::domain::enrolment::Enrolment;
use crate::domain::ids::{AccountId, Token, TokenDigest};
use crate::domain::recovery::RecoverySet;
use crate::flows::Server;
use crate::flows::enrol::Switched;
use crate::http::cookies::Cookie;
use crate::http::gate::Web;
use crate::random::system_random;
use crate::source::Source;

/// Where the news are read; without any it leads to the account page.
pub const PATH: &str = "/account/done";
/// Seconds for which they can be read again.
const KEPT: u64 = 5 * 60;

/// What was done.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    SwitchedOn,
    SwitchedOff,
    PhoneChanged,
    NewApiKey,
    NewPassword,
    /// Recovery codes are to be seen.
    Codes,
    /// A recovery code has logged in.
    Recovered {
        /// How many are left.
        left: usize,
        /// How far the phone's clock is off, if codes were refused for that.
        clock: Option<ClockOff>,
    },
    /// An SMS has logged in after codes that were refused for the phone's clock.
    ClockOff(ClockOff),
}

#[derive(Serialize, Deserialize)]
struct News {
    what: What,
    at: u64,
    api_key: Option<Zeroizing<String>>,
    codes: Option<Codes>,
    /// From which address it was done.
    source: String,
}

/// Recovery codes that may be seen for a while.
#[derive(Serialize, Deserialize)]
pub struct Codes {
    /// The salt of their set.
    set: [u8; 16],
    /// Each with its number in the set, from 1.
    pub codes: Vec<(usize, Zeroizing<String>)>,
}

/// The answer to the form that did it: the way to the page, under the session's new token.
pub fn tell(server: &Server, web: &Web, what: What, switched: Switched) -> Response {
    let api_key = switched.api_key.map(|key| Zeroizing::new(key.expose().to_owned()));
    let codes = switched.codes.map(|shown| Codes { set: shown.set, codes: shown.codes });
    let news = News { what, at: server.now().0, api_key, codes, source: source() };
    let digest = switched.session.as_ref().map_or(web.session.digest, |token| token.digest());
    let path = if what == What::Codes { CODES } else { PATH };
    let response = continue_as(Redirect::to(path).into_response(), switched.session.as_ref());
    let sealed = news.seal(server, &web.account.id, &digest);
    with_cookie(response, sealed.and_then(|sealed| Cookie::News.set(&sealed)))
}

/// The same for a browser that has just been let in under a new session.
pub fn told(server: &Server, account: &AccountId, token: &Token, what: What) -> Response {
    let news = News { what, at: server.now().0, api_key: None, codes: None, source: source() };
    let response = continue_as(Redirect::to(PATH).into_response(), Some(token));
    let sealed = news.seal(server, account, &token.digest());
    with_cookie(response, sealed.and_then(|sealed| Cookie::News.set(&sealed)))
}

/// Takes the news along to the token under which a step-up lets the session go on: codes that were
/// just made must not vanish behind the next question for the password.
pub fn carried(response: Response, server: &Server, web: &Web, token: Option<&Token>) -> Response {
    let (Some(news), Some(token)) = (News::open(server, web), token) else { return response };
    let sealed = news.seal(server, &web.account.id, &token.digest());
    with_cookie(response, sealed.and_then(|sealed| Cookie::News.set(&sealed)))
}

/// The recovery codes that this browser may see, of a set that is still the account's: those left.
pub fn codes(server: &Server, web: &Web, set: Option<&RecoverySet>) -> Option<Codes> {
    let mut codes = News::open(server, web)?.codes?;
    let set = set.filter(|set| set.salt == codes.set)?;
    codes.codes.retain(|(number, _)| !set.is_used(number - 1));
    Some(codes)
}

/// Whether that was what was just done.
pub fn is_of(server: &Server, web: &Web, what: What) -> bool {
    News::open(server, web).is_some_and(|news| news.what == what)
}

/// The page; it says nothing that has stopped being true.
pub async fn page(State(server): State<Arc<Server>>, web: Web) -> Response {
    let signed_in = web.who();
    let Some(news) = News::open(&server, &web) else {
        return Redirect::to("/account").into_response();
    };
    let api_key = news.api_key.as_ref().map(|key| key.as_str());
    let is_on = matches!(web.account.enrolment, Enrolment::Active(_));
    let (when, problem) = (when(UnixTime(news.at)), None);
    match (news.what, is_on) {
        (What::SwitchedOn, true) | (What::SwitchedOff, false) => {
            let (sms, source) = (server.post.sms.is_some(), news.source.as_str());
            render(&SwitchedPage { signed_in, problem, on: is_on, when, api_key, sms, source })
        }
        (What::PhoneChanged, true) => {
            let set = match server.recovery_set(web.account.id).await {
                Ok(set) => set,
                Err(error) => return trouble(error),
            };
            let (codes, source) = (CodesLeft::of(set.as_ref()), news.source.as_str());
            render(&PhoneChanged { signed_in, problem, when, api_key, source, codes })
        }
        (What::NewApiKey, _) => {
            render(&ApiKeyPage { signed_in, problem, key: api_key, replaces: true })
        }
        (What::NewPassword, _) => {
            render(&ChangePassword { signed_in, problem, wrong: "", done: true })
        }
        (What::Recovered { left, clock }, true) => {
            let left = Some(left);
            let clock = clock.map(|off| off.words());
            render(&ArrivedPage {
                signed_in,
                problem,
                left,
                clock,
                off: web.account.codes_are_off(),
            })
        }
        (What::ClockOff(off), true) => {
            let clock = Some(off.words());
            render(&ArrivedPage { signed_in, problem, left: None, clock, off: false })
        }
        (What::Codes, true) => Redirect::to(CODES).into_response(),
        (What::Codes | What::Recovered { .. } | What::ClockOff(_), false) => {
            Redirect::to("/account").into_response()
        }
        (What::SwitchedOn | What::SwitchedOff | What::PhoneChanged, _) => {
            Redirect::to("/account").into_response()
        }
    }
}

impl News {
    fn seal(&self, server: &Server, account: &AccountId, session: &TokenDigest) -> Option<String> {
        let plain = Zeroizing::new(serde_json::to_vec(self).ok()?);
        let place = place(session);
        let sealed = server.keyring.seal(account, &place, &plain, &mut system_random()).ok()?;
        Some(BASE64URL_NOPAD.encode(&sealed))
    }

    /// What this session's browser keeps, unless it is too old or its API key has been replaced.
    fn open(server: &Server, web: &Web) -> Option<News> {
        let sealed = BASE64URL_NOPAD.decode(web.news.as_ref()?.as_bytes()).ok()?;
        let place = place(&web.session.digest);
        let plain = server.keyring.open(&web.account.id, &place, &sealed).ok()?;
        let news: News = serde_json::from_slice(&plain).ok()?;
        let is_fresh = server.now().0.abs_diff(news.at) < KEPT;
        let shown = news.api_key.as_ref().map(|key| TokenDigest::of(key));
        let is_valid = shown.is_none() || shown == web.account.api_key.map(|key| key.digest);
        (is_fresh && is_valid).then_some(news)
    }
}

fn source() -> String {
    Source::here().map(Source::name).unwrap_or_default()
}

/// What the seal is bound to besides the account.
fn place(session: &TokenDigest) -> String {
    format!("news of {}", session.to_hex())
}
