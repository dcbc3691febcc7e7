//! The manifests as written down, and what must hold for any settings.

use super::*;
use crate::engine::argo::rights::RIGHTS;
use dagwright_shared::yaml::read_documents;

fn settings() -> ManifestSettings {
    ManifestSettings {
        namespace: String::from("argo"),
        image: String::from("registry.example.org/dagwright:1"),
        s3_endpoint: String::from("http://minio.storage.svc:9000"),
        s3_bucket: String::from("pipelines"),
        s3_region: String::from("us-east-1"),
        s3_secret: String::from("s3"),
        token_secret: String::from("dagwright-token"),
        hosts: vec![String::from("pipelines.example.org")],
        public_url: Some(String::from("https://pipelines.example.org")),
        storage: String::from("10Gi"),
        storage_class: None,
        executor_account: String::from("default"),
        port: 7667,
        parts: vec![Part::Server, Part::Executor, Part::Artifacts],
    }
}

#[test]
fn everything_as_written_down() {
    insta::assert_snapshot!(to_yaml(&settings()));
}

#[test]
fn the_text_is_the_objects_and_no_secret_is_among_them() {
    let settings = settings();
    let read: Vec<_> = read_documents(&to_yaml(&settings)).into_iter().filter_map(|document| document.value).collect();
    assert_eq!(read, objects(&settings));
    assert!(read.iter().all(|object| object["kind"] != "Secret" && object["metadata"]["namespace"] == "argo"));
}

#[test]
fn the_role_is_the_table_and_holds_no_star() {
    let role =
        objects(&settings()).into_iter().find(|object| object["kind"] == "Role" && object["metadata"]["name"] == NAME);
    let rules = role.unwrap()["rules"].clone();
    assert_eq!(rules.as_array().unwrap().len(), RIGHTS.len());
    for (rule, right) in rules.as_array().unwrap().iter().zip(RIGHTS) {
        assert_eq!(rule["verbs"], json!(right.verbs));
        assert_eq!(rule["resources"], json!([right.role_name()]));
    }
    assert!(!rules.to_string().contains('*'));
}

#[test]
fn parts_are_printed_by_themselves() {
    let kinds = |parts: Vec<Part>| {
        let objects = objects(&ManifestSettings { parts, executor_account: String::from("tasks"), ..settings() });
        objects.iter().map(|object| object["kind"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(kinds(vec![Part::Artifacts]), ["ConfigMap"]);
    assert_eq!(kinds(vec![Part::Executor]), ["ServiceAccount", "Role", "RoleBinding"]);
    let server = kinds(vec![Part::Server]);
    assert_eq!(
        server,
        ["ServiceAccount", "Role", "RoleBinding", "PersistentVolumeClaim", "Deployment", "Service", "NetworkPolicy"]
    );
}
