//! The server's two faces over HTTP: pages for people, JSON for programs. Handlers are thin.

mod api;
mod barcode;
mod cookies;
mod gate;
mod headers;
mod pages;
mod serve;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::middleware;
use axum::response::IntoResponse;
use axum::routing::get;
use tower_http::timeout::TimeoutLayer;

use crate::flows::Server;

pub use serve::serve;

/// Most bytes of a request's body; the largest honest one is two passwords of 4,000 bytes, each byte
/// as three.
const MOST_BODY: usize = 32 * 1024;
/// Longest time for one answer.
const LONGEST: Duration = Duration::from_secs(30);

/// Everything that is served.
pub fn router(server: Arc<Server>) -> Router {
    let pages =
        pages::router().layer(middleware::from_fn(gate::same_origin)).fallback(pages::not_found);
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/static/style.css", get(style))
        .nest("/api/v1", api::router())
        .merge(pages)
        .layer(DefaultBodyLimit::max(MOST_BODY))
        .layer(middleware::from_fn(headers::protect))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, LONGEST))
        .with_state(server)
}

/// Whether requests can be answered: the store takes a write.
async fn ready(State(server): State<Arc<Server>>) -> impl IntoResponse {
    match server.store.ready().await {
        Ok(()) => (StatusCode::OK, "ready\n".to_owned()),
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n")),
    }
}

async fn style() -> impl IntoResponse {
    const STYLE: &str = include_str!("../../static/style.css");
    (
        [
            (header::CONTENT_TYPE, "text/css; charset=utf-8"),
            (header::CACHE_CONTROL, "public, max-age=300"),
        ],
        STYLE,
    )
}
