//! The server's two faces over HTTP: pages for people, JSON for programs. Handlers are thin.

mod api;
mod barcode;
mod cookies;
mod gate;
mod gateway;
mod headers;
pub mod metrics;
mod pages;
mod refusal;
mod serve;
mod services;
pub mod tls;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::middleware;
use axum::response::IntoResponse;
use axum::routing::get;

use crate::flows::Server;
use metrics::Metrics;

pub use gate::Hosts;
pub use serve::{Door, serve};

/// Everything that is served, under the names that are served.
pub fn router(server: Arc<Server>, hosts: Hosts, metrics: Metrics) -> Router {
    let dev = hosts.dev;
    let pages =
        pages::router().layer(middleware::from_fn(gate::same_origin)).fallback(pages::not_found);
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/static/style.css", get(style))
        .route("/static/codes.js", get(script))
        .route("/static/clock.js", get(clock_script))
        .route("/static/icon.svg", get(icon))
        .route("/favicon.ico", get(icon))
        .route("/gateway/kannel", get(gateway::report))
        .nest("/api/v1", api::router())
        .merge(services::router())
        .merge(pages)
        .method_not_allowed_fallback(refusal::other_method)
        // As one, from the outermost inwards: each `layer` of its own would put every route into one more box,
        // and every request copies all of them.
        .layer((
            middleware::from_fn_with_state(metrics, metrics::count),
            middleware::from_fn_with_state(Arc::clone(&server), pages::named),
            middleware::from_fn_with_state(dev, headers::protect),
            middleware::from_fn(refusal::in_time),
            middleware::from_fn(refusal::arrived),
            middleware::from_fn_with_state(hosts, gate::this_host),
        ))
        .with_state(server)
}

/// Whether requests can be answered: the store takes a write, and the clock is plausible.
async fn ready(State(server): State<Arc<Server>>) -> impl IntoResponse {
    match server.ready().await {
        Ok(()) => (StatusCode::OK, "ready\n".to_owned()),
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n")),
    }
}

async fn style() -> impl IntoResponse {
    file("text/css; charset=utf-8", include_str!("../../static/style.css"))
}

/// What makes the page of recovery codes pleasant; nothing needs it.
async fn script() -> impl IntoResponse {
    file("text/javascript; charset=utf-8", include_str!("../../static/codes.js"))
}

/// What renews the time barcode; without it there is a page that renews itself.
async fn clock_script() -> impl IntoResponse {
    file("text/javascript; charset=utf-8", include_str!("../../static/clock.js"))
}

async fn icon() -> impl IntoResponse {
    file("image/svg+xml", include_str!("../../static/icon.svg"))
}

fn file(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "public, max-age=300")], text)
}
