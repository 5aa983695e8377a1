//! What an SMS gateway reports of a message that it has taken.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use subtle::ConstantTimeEq;

use crate::domain::letter::LetterId;
use crate::flows::Server;
use crate::notify::{progress_of, report_proof};

#[derive(Deserialize)]
pub struct Report {
    letter: String,
    proof: String,
    status: String,
}

/// Kannel asks this address with the letter's name, the word that it was given with it, and what has
/// become of it. Whoever does not know the word changes nothing.
pub async fn report(State(server): State<Arc<Server>>, Query(report): Query<Report>) -> StatusCode {
    let Some(id) = LetterId::from_hex(&report.letter) else { return StatusCode::NOT_FOUND };
    let proof = report_proof(&server.keyring, id.as_bytes());
    if !bool::from(proof.as_bytes().ct_eq(report.proof.as_bytes())) {
        return StatusCode::NOT_FOUND;
    }
    let Some(progress) = progress_of(&report.status) else { return StatusCode::NO_CONTENT };
    match server.store.report_letter(id, progress).await {
        Ok(()) => StatusCode::NO_CONTENT,
        Err(error) => {
            tracing::error!(%error, "a delivery report was not noted");
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}
