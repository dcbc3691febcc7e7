//! `/api/claims`: storage of the cluster: how large, who uses it, and deleting what Dagwright made.

use super::error::ApiError;
use super::extract::Path;
use crate::app::App;
use crate::engine::ClaimError;
use axum::Router;
use axum::extract::State;
use axum::routing::{delete, get};
use dagwright_shared::api::{ClaimList, ErrorBody};
use http::StatusCode;
use std::collections::HashMap;

/// Its routes.
pub(super) fn router() -> Router<App> {
    Router::new().route("/claims", get(list)).route("/claims/{name}", delete(remove))
}

/// All claims of the cluster's namespace, in name order; none where this server has no cluster.
#[utoipa::path(get, path = "/api/claims", tag = "volumes",
    responses((status = 200, body = ClaimList), (status = "4XX", body = ErrorBody)))]
pub(super) async fn list(State(app): State<App>) -> Result<axum::Json<ClaimList>, ApiError> {
    let names: HashMap<_, _> = app.store.pipeline_names().await?.into_iter().collect();
    let mut answer = ClaimList { namespace: None, claims: Vec::new() };
    for engine in app.engines.all() {
        let Some(claims) = engine.claims().await? else { continue };
        answer.namespace = Some(engine.describe().sandbox);
        answer.claims.extend(claims);
    }
    for claim in &mut answer.claims {
        claim.pipeline_name = claim.pipeline.as_ref().and_then(|pipeline| names.get(pipeline).cloned());
    }
    Ok(axum::Json(answer))
}

/// Deletes a claim that Dagwright made for a pipeline and that nobody uses, with everything in it.
#[utoipa::path(delete, path = "/api/claims/{name}", tag = "volumes", params(("name" = String, Path)),
    responses((status = 204), (status = "4XX", body = ErrorBody)))]
pub(super) async fn remove(State(app): State<App>, Path(name): Path<String>) -> Result<StatusCode, ApiError> {
    for engine in app.engines.all() {
        match engine.delete_claim(&name).await {
            Ok(()) => return Ok(StatusCode::NO_CONTENT),
            Err(ClaimError::Absent(_)) => {}
            Err(error) => return Err(refused(error)),
        }
    }
    Err(refused(ClaimError::Absent(name)))
}

fn refused(error: ClaimError) -> ApiError {
    let message = error.to_string();
    match error {
        ClaimError::Absent(_) => ApiError::not_found(message).hint("It may have been deleted."),
        ClaimError::NotOurs(_) => ApiError::new(StatusCode::FORBIDDEN, "claim-not-ours", message)
            .hint("kubectl delete persistentvolumeclaim does so, for whoever may."),
        ClaimError::InUse(_) => ApiError::new(StatusCode::CONFLICT, "claim-in-use", message)
            .hint("Wait for its users to end, or stop them."),
        ClaimError::Engine(error) => ApiError::from(error),
    }
}
