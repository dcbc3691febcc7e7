//! The server itself: claim, Deployment, Service, NetworkPolicy. One pod, since the database is a file of one server. It fits the
//! Pod Security Standard "restricted".

use super::{ManifestSettings, NAME, S3_SECRET_KEYS, TOKEN_KEY, labels};
use serde_json::{Value, json};

/// The user of distroless images.
const USER: u32 = 65532;
/// Where the claim is mounted. The data folder is one inside, since a mount's own folder belongs to root.
const MOUNT: &str = "/var/lib/dagwright";

/// In the order that they are to be made in.
pub(super) fn objects(settings: &ManifestSettings) -> Vec<Value> {
    vec![claim(settings), deployment(settings), service(settings), policy(settings)]
}

fn claim(settings: &ManifestSettings) -> Value {
    let mut spec = json!({
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": settings.storage}},
    });
    if let Some(class) = &settings.storage_class {
        spec["storageClassName"] = json!(class);
    }
    json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": settings.metadata(NAME), "spec": spec})
}

fn deployment(settings: &ManifestSettings) -> Value {
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": settings.metadata(NAME),
        "spec": {
            "replicas": 1,
            // Never two servers on one data folder.
            "strategy": {"type": "Recreate"},
            "selector": {"matchLabels": {"app.kubernetes.io/name": NAME}},
            "template": {
                "metadata": {"labels": labels()},
                "spec": {
                    "serviceAccountName": NAME,
                    // Kubernetes would set DAGWRIGHT_PORT to the Service's URL.
                    "enableServiceLinks": false,
                    "securityContext": {
                        "runAsNonRoot": true,
                        "runAsUser": USER,
                        "runAsGroup": USER,
                        "fsGroup": USER,
                        "seccompProfile": {"type": "RuntimeDefault"},
                    },
                    "containers": [container(settings)],
                    "volumes": [
                        {"name": "data", "persistentVolumeClaim": {"claimName": NAME}},
                        {"name": "tmp", "emptyDir": {}},
                    ],
                },
            },
        },
    })
}

fn container(settings: &ManifestSettings) -> Value {
    let probe = json!({"path": "/healthz", "port": "http"});
    json!({
        "name": NAME,
        "image": settings.image,
        "args": arguments(settings),
        "env": environment(settings),
        "ports": [{"name": "http", "containerPort": settings.port}],
        "startupProbe": {"httpGet": probe.clone(), "periodSeconds": 1, "failureThreshold": 60},
        "readinessProbe": {"httpGet": probe.clone(), "periodSeconds": 5},
        "livenessProbe": {"httpGet": probe, "periodSeconds": 20, "timeoutSeconds": 5},
        "resources": {"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"memory": "512Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": false,
            "readOnlyRootFilesystem": true,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [{"name": "data", "mountPath": MOUNT}, {"name": "tmp", "mountPath": "/tmp"}],
    })
}

/// No engine of its own machine: a task would be a process beside the server, with its keys.
fn arguments(settings: &ManifestSettings) -> Vec<String> {
    let mut arguments: Vec<String> = ["serve", "--cluster", "--no-local", "--listen=0.0.0.0"].map(String::from).into();
    arguments.push(format!("--port={}", settings.port));
    arguments.push(format!("--namespace={}", settings.namespace));
    arguments.push(format!("--data-dir={MOUNT}/data"));
    let namespace = &settings.namespace;
    let service = [
        String::from(NAME),
        format!("{NAME}.{namespace}"),
        format!("{NAME}.{namespace}.svc"),
        format!("{NAME}.{namespace}.svc.cluster.local"),
    ];
    arguments.extend(service.iter().chain(&settings.hosts).map(|host| format!("--host={host}")));
    arguments.extend(settings.public_url.iter().map(|url| format!("--public-url={url}")));
    arguments
}

fn environment(settings: &ManifestSettings) -> Vec<Value> {
    let text = |name: &str, value: &str| json!({"name": name, "value": value});
    let secret = |name: &str, secret: &str, key: &str| json!({"name": name, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}});
    let [access_key, secret_key] = S3_SECRET_KEYS;
    vec![
        secret("DAGWRIGHT_TOKEN", &settings.token_secret, TOKEN_KEY),
        text("DAGWRIGHT_S3_BUCKET", &settings.s3_bucket),
        text("AWS_ENDPOINT_URL_S3", &settings.s3_endpoint),
        text("AWS_REGION", &settings.s3_region),
        secret("AWS_ACCESS_KEY_ID", &settings.s3_secret, access_key),
        secret("AWS_SECRET_ACCESS_KEY", &settings.s3_secret, secret_key),
    ]
}

fn service(settings: &ManifestSettings) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": settings.metadata(NAME),
        "spec": {
            "selector": {"app.kubernetes.io/name": NAME},
            "ports": [{"name": "http", "port": settings.port, "targetPort": "http"}],
        },
    })
}

/// Pods of Workflows run other people's code: they have no way to the server. Everything else in the cluster has, to its port.
fn policy(settings: &ManifestSettings) -> Value {
    json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": settings.metadata(NAME),
        "spec": {
            "podSelector": {"matchLabels": {"app.kubernetes.io/name": NAME}},
            "policyTypes": ["Ingress"],
            "ingress": [{
                "from": [{
                    "namespaceSelector": {},
                    "podSelector": {
                        "matchExpressions": [{"key": "workflows.argoproj.io/workflow", "operator": "DoesNotExist"}],
                    },
                }],
                "ports": [{"port": "http"}],
            }],
        },
    })
}
