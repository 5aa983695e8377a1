//! Who is signed in, and what every page of hers says besides: that a new phone is to take over, or that
//! changes are stopped.

use std::fmt;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use holdfast_otp::UnixTime;

use super::render;
use super::view::{Stopped, when};
use crate::domain::handover::Handover;
use crate::flows::Server;
use crate::http::gate::Web;

/// Somebody who is signed in, as the pages name her.
#[derive(Clone, Copy, Default)]
pub struct Who<'a> {
    email: &'a str,
    due: Option<UnixTime>,
    barred: Option<UnixTime>,
}

impl Web {
    /// Who is signed in.
    pub fn who(&self) -> Option<Who<'_>> {
        Some(Who {
            email: self.account.email.as_str(),
            due: self.account.handover.as_ref().and_then(Handover::due),
            barred: self.account.barred_until(self.now),
        })
    }
}

/// A browser that is signed in, on its way to a form that changes what guards the account. While changes are
/// stopped there is no form, which would only be refused.
pub struct Changing(pub Web);

impl FromRequestParts<Arc<Server>> for Changing {
    type Rejection = Response;

    async fn from_request_parts(
        parts: &mut Parts,
        server: &Arc<Server>,
    ) -> Result<Self, Self::Rejection> {
        let web = Web::from_request_parts(parts, server).await?;
        match web.account.barred_until(web.now).map(when) {
            Some(until) => {
                let page = Stopped { signed_in: web.who(), problem: None, until };
                Err((StatusCode::FORBIDDEN, render(&page)).into_response())
            }
            None => Ok(Changing(web)),
        }
    }
}

impl Who<'_> {
    /// When a new phone takes over, if one waits.
    pub fn due(&self) -> Option<String> {
        self.due.map(when)
    }

    /// Until when no factor is changed, if that is so.
    pub fn barred(&self) -> Option<String> {
        self.barred.map(when)
    }
}

impl fmt::Display for Who<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.email)
    }
}
