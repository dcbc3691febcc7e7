//! Everything that Dagwright needs in a cluster, as plain objects for `kubectl apply`. Pure: settings in, text out; secrets are
//! referred to by name and never part of it.

mod artifacts;
mod roles;
mod server;

use dagwright_shared::yaml::{Dashes, Layout, Step, Style, write};
use serde_json::{Value, json};

/// The name of all objects that are the server's.
const NAME: &str = "dagwright";
/// Where the Secret of the bucket has the access key and the secret key; Argo's own examples name them so.
pub const S3_SECRET_KEYS: [&str; 2] = ["accesskey", "secretkey"];
/// Where the Secret of the token has it.
pub const TOKEN_KEY: &str = "token";

/// What can be printed by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The server: Deployment, Service, claim, account, Role, NetworkPolicy.
    Server,
    /// The rights of the pods of Workflows.
    Executor,
    /// Where Workflows put artifacts.
    Artifacts,
}

/// What the objects are made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestSettings {
    /// Where everything goes.
    pub namespace: String,
    /// The server's image.
    pub image: String,
    /// `http://` or `https://`, host and optional port, as pods reach it.
    pub s3_endpoint: String,
    /// The bucket.
    pub s3_bucket: String,
    /// The bucket's region.
    pub s3_region: String,
    /// Secret with the bucket's keys, see [`S3_SECRET_KEYS`].
    pub s3_secret: String,
    /// Secret with the server's token, see [`TOKEN_KEY`].
    pub token_secret: String,
    /// Names that browsers use, beside the Service's.
    pub hosts: Vec<String>,
    /// Base of links.
    pub public_url: Option<String>,
    /// Size of the claim for pipelines and runs, as Kubernetes writes it.
    pub storage: String,
    /// Its storage class; `None`: the cluster's default.
    pub storage_class: Option<String>,
    /// The service account of Workflows' pods.
    pub executor_account: String,
    /// The port that the server and its Service listen on.
    pub port: u16,
    /// What to print.
    pub parts: Vec<Part>,
}

impl ManifestSettings {
    fn has(&self, part: Part) -> bool {
        self.parts.contains(&part)
    }

    /// Metadata of an object of ours.
    fn metadata(&self, name: &str) -> Value {
        json!({"name": name, "namespace": self.namespace, "labels": labels()})
    }
}

/// Labels of all objects; the first also finds the server's pods.
fn labels() -> Value {
    json!({"app.kubernetes.io/name": NAME, "app.kubernetes.io/part-of": NAME})
}

/// The objects, in the order that they are to be made in.
pub fn objects(settings: &ManifestSettings) -> Vec<Value> {
    let mut objects = Vec::new();
    if settings.has(Part::Artifacts) {
        objects.push(artifacts::repositories(settings));
    }
    if settings.has(Part::Executor) {
        objects.extend(roles::executor(settings));
    }
    if settings.has(Part::Server) {
        objects.extend(roles::server(settings));
        objects.extend(server::objects(settings));
    }
    objects
}

/// The whole text: comments, then the objects.
pub fn to_yaml(settings: &ManifestSettings) -> String {
    let mut text = String::new();
    for line in head(settings) {
        text.push_str(format!("# {line}").trim_end());
        text.push('\n');
    }
    for (place, object) in objects(settings).iter().enumerate() {
        if place > 0 {
            text.push_str("---\n");
        }
        text.push_str(&write(object, &STYLE));
    }
    text
}

/// What is short stands in one line.
const STYLE: Style<'static> = Style { width: 120, layout: &layout, dashes: Dashes::Indented };

fn layout(path: &[Step<'_>], _: &Value) -> Layout {
    match path {
        [] | [Step::Key("spec" | "rules")] => Layout::Block,
        _ => Layout::Flow,
    }
}

fn head(settings: &ManifestSettings) -> Vec<String> {
    let namespace = &settings.namespace;
    let mut lines = vec![format!("Dagwright in the namespace {namespace}, for: kubectl apply -f -")];
    let [access, secret] = S3_SECRET_KEYS;
    let mut secrets = Vec::new();
    if settings.has(Part::Server) || settings.has(Part::Artifacts) {
        secrets.push(format!(
            "  kubectl --namespace {namespace} create secret generic {} --from-literal={access}=KEY --from-literal={secret}=SECRET",
            settings.s3_secret
        ));
    }
    if settings.has(Part::Server) {
        secrets.push(format!(
            "  kubectl --namespace {namespace} create secret generic {} --from-literal={TOKEN_KEY}=\"$(openssl rand -hex 32)\"",
            settings.token_secret
        ));
    }
    if !secrets.is_empty() {
        lines.push(String::from("Secrets are not part of it; where they are not there yet, this makes them:"));
        lines.extend(secrets);
    }
    if settings.has(Part::Server) {
        let port = settings.port;
        lines.push(String::from("To open it, with the token of that Secret:"));
        lines.push(format!("  kubectl --namespace {namespace} port-forward service/{NAME} {port}"));
        lines.push(format!(
            "  echo \"http://localhost:{port}/?token=$(kubectl --namespace {namespace} get secret {} -o jsonpath='{{.data.{TOKEN_KEY}}}' | base64 -d)\"",
            settings.token_secret
        ));
    }
    lines
}

#[cfg(test)]
#[path = "manifests/tests.rs"]
mod tests;
