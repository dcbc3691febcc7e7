//! `/api/doctor`: whether everything that runs need is there, looked at anew.

use super::error::ApiError;
use super::extract::Json;
use crate::app::App;
use crate::doctor::{Bucket, ClusterChoice, Examination, examine};
use axum::Router;
use axum::extract::State;
use axum::routing::post;
use dagwright_shared::api::{DoctorReport, ErrorBody, RunDoctor};

/// Its routes.
pub(super) fn router() -> Router<App> {
    Router::new().route("/doctor", post(run))
}

/// Looks at the cluster, Argo, rights and the bucket; something that is wrong is no error of this request.
#[utoipa::path(post, path = "/api/doctor", tag = "server", request_body = RunDoctor,
    responses((status = 200, body = DoctorReport), (status = "4XX", body = ErrorBody)))]
pub(super) async fn run(
    State(app): State<App>,
    Json(request): Json<RunDoctor>,
) -> Result<axum::Json<DoctorReport>, ApiError> {
    let examination = Examination {
        cluster: app.configuration.cluster.clone().map_or(ClusterChoice::None, ClusterChoice::Asked),
        bucket: match &app.artifacts.embedded {
            Some(_) => Bucket::Embedded,
            None => Bucket::Store(app.artifacts.store.clone()),
        },
        probe_image: request.probe.then_some(request.probe_image),
    };
    Ok(axum::Json(examine(&examination).await))
}
