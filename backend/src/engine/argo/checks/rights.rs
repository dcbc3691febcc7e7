//! Whether we may do what the table of rights says: one SelfSubjectAccessReview a verb, all at once.

use super::{PATIENCE, Patient, quoted, reason};
use crate::engine::argo::rights::{RIGHTS, Right};
use dagwright_shared::api::DoctorCheck;
use futures::future::join_all;
use k8s_openapi::api::authentication::v1::SelfSubjectReview;
use k8s_openapi::api::authorization::v1::{ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec};
use kube::Api;
use kube::api::PostParams;

/// One check for each row of the table.
pub async fn rights(patient: &Patient) -> Vec<DoctorCheck> {
    let subject = subject(patient).await;
    join_all(RIGHTS.iter().map(|right| check(patient, right, &subject))).await
}

async fn check(patient: &Patient, right: &Right, subject: &str) -> DoctorCheck {
    let name = format!("right-{}", right.role_name().replace('/', "-"));
    let title = format!("Right: {}", right.kubectl_name());
    let asked = right.verbs.iter().map(|verb| async move { (*verb, may(patient, right, verb).await) });
    let (mut missing, mut failed) = (Vec::new(), None);
    for (verb, answer) in join_all(asked).await {
        match answer {
            Ok(true) => {}
            Ok(false) => missing.push(verb),
            Err(why) => failed = Some(why),
        }
    }
    if let Some(why) = failed {
        let mend = format!("{} auth can-i --list", patient.kubectl());
        return DoctorCheck::wrong(name, title, format!("cannot be asked about: {why}"), mend);
    }
    if missing.is_empty() {
        return DoctorCheck::ok(name, title, right.verbs.join(", "));
    }
    let verbs = missing.join(",");
    let role = format!("dagwright-{}-{}", right.role_name().replace('/', "-"), missing.join("-"));
    let kubectl = patient.kubectl();
    let mend = format!(
        "{kubectl} create role {role} --verb={verbs} --resource={} && {kubectl} create rolebinding {role} --role={role} {subject}",
        right.kubectl_name()
    );
    let message = format!("may not {} in {}: {}", missing.join(", "), patient.cluster.namespace, right.purpose);
    DoctorCheck::wrong(name, title, message, mend)
}

async fn may(patient: &Patient, right: &Right, verb: &str) -> Result<bool, String> {
    let text = |text: &str| Some(String::from(text));
    let attributes = ResourceAttributes {
        group: text(right.group),
        resource: text(right.resource),
        subresource: right.subresource.map(String::from),
        verb: text(verb),
        namespace: Some(patient.cluster.namespace.clone()),
        ..ResourceAttributes::default()
    };
    let review = SelfSubjectAccessReview {
        spec: SelfSubjectAccessReviewSpec {
            resource_attributes: Some(attributes),
            ..SelfSubjectAccessReviewSpec::default()
        },
        ..SelfSubjectAccessReview::default()
    };
    let reviews: Api<SelfSubjectAccessReview> = Api::all(patient.cluster.client.clone());
    match tokio::time::timeout(PATIENCE, reviews.create(&PostParams::default(), &review)).await {
        Err(_) => Err(String::from("no answer")),
        Ok(Err(error)) => Err(reason(&error)),
        Ok(Ok(review)) => Ok(review.status.is_some_and(|status| status.allowed)),
    }
}

/// Who we are, as `kubectl create rolebinding` takes it. API servers before 1.28 do not tell.
async fn subject(patient: &Patient) -> String {
    let reviews: Api<SelfSubjectReview> = Api::all(patient.cluster.client.clone());
    let (params, empty) = (PostParams::default(), SelfSubjectReview::default());
    let asked = reviews.create(&params, &empty);
    let answer = tokio::time::timeout(PATIENCE, asked).await.ok().and_then(Result::ok);
    let name = answer.and_then(|review| review.status?.user_info?.username);
    match name.as_deref() {
        None => String::from("--user=\"$USER\""),
        Some(name) => match name.strip_prefix("system:serviceaccount:") {
            Some(account) => format!("--serviceaccount={}", quoted(account)),
            None => format!("--user={}", quoted(name)),
        },
    }
}
