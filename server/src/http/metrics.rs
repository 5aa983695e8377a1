//! What is counted, for Prometheus: served on an address of its own, and to nobody else.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use crate::domain::audit::Event;
use crate::flows::Server;

/// Upper bounds of an answer's time in seconds: a page, a password, a wait.
const BOUNDS: [f64; 9] = [0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

type Labels = Vec<(&'static str, String)>;

/// The counters; clones share them.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    requests: Family<Labels, Counter>,
    seconds: Histogram,
    events: Family<Labels, Counter>,
    /// Connections that are open now.
    pub connections: Gauge,
    ready: Gauge,
    clock: Gauge<f64, AtomicU64>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("holdfast");
        let requests = Family::<Labels, Counter>::default();
        registry.register("requests", "Requests answered", requests.clone());
        let seconds = Histogram::new(BOUNDS);
        let help = "Time from a request's head to its answer";
        registry.register_with_unit("answer", help, Unit::Seconds, seconds.clone());
        let events = Family::<Labels, Counter>::default();
        registry.register("events", "Entries written into the audit log", events.clone());
        let connections = Gauge::default();
        registry.register("connections", "Connections open now", connections.clone());
        let ready = Gauge::default();
        registry.register("ready", "Whether /readyz says ready", ready.clone());
        let clock = Gauge::<f64, AtomicU64>::default();
        let help = "The server's clock, in Unix time";
        registry.register_with_unit("clock", help, Unit::Seconds, clock.clone());
        let build = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The program", build);
        let registry = Arc::new(registry);
        Metrics { registry, requests, seconds, events, connections, ready, clock }
    }
}

impl Metrics {
    /// Counts an entry of the audit log.
    pub fn event(&self, event: &Event) {
        self.events.get_or_create(&vec![("what", event.what.word().to_owned())]).inc();
    }

    fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// Counts a request and, where all is written, logs it: by the place that it reached, never by the
/// address that was typed, which may hold anything.
#[expect(clippy::disallowed_methods, reason = "an answer's time is measured here")]
pub async fn count(State(metrics): State<Metrics>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let place = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let place = place.unwrap_or_else(|| "elsewhere".to_owned());
    let method = match request.method().as_str() {
        known @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") => known,
        _ => "other",
    }
    .to_owned();
    let response = next.run(request).await;
    let status = response.status().as_u16().to_string();
    let took = began.elapsed();
    tracing::debug!(method, place, status, ms = took.as_millis() as u64, "answered");
    metrics.seconds.observe(took.as_secs_f64());
    let labels = vec![("method", method), ("place", place), ("status", status)];
    metrics.requests.get_or_create(&labels).inc();
    response
}

/// What is served on the address for metrics.
pub fn router(metrics: Metrics, server: Arc<Server>) -> Router {
    Router::new().route("/metrics", get(show)).with_state((metrics, server))
}

async fn show(State((metrics, server)): State<(Metrics, Arc<Server>)>) -> Response {
    metrics.ready.set(i64::from(server.ready().await.is_ok()));
    metrics.clock.set(server.now().0 as f64);
    match metrics.text() {
        Ok(text) => {
            let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(header::CONTENT_TYPE, kind)], text).into_response()
        }
        Err(_) => axum::http::StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
