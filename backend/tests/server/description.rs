//! The API's description: what it says is written down, and every route it names is there.

use crate::harness::Server;
use http::StatusCode;

#[tokio::test]
async fn the_description_is_as_written_down() {
    let server = Server::start().await;
    let description = server.get("/api/openapi.json").await;
    assert_eq!(description.status, StatusCode::OK);
    insta::assert_snapshot!(serde_json::to_string_pretty(&description.json()).unwrap());
}

#[tokio::test]
async fn every_path_of_it_is_a_route_and_knows_other_methods() {
    let server = Server::start().await;
    let description = server.get("/api/openapi.json").await.json();
    let paths = description["paths"].as_object().unwrap();
    assert!(paths.len() > 25, "{}", paths.len());
    for (path, operations) in paths {
        let address: Vec<_> = path.split('/').map(|part| if part.starts_with('{') { "1" } else { part }).collect();
        // No route takes TRACE, so one that is there says 405 and names its methods.
        let answer = server.empty("TRACE", &address.join("/")).await;
        assert_eq!(
            (answer.status, answer.code()),
            (StatusCode::METHOD_NOT_ALLOWED, String::from("method-not-allowed")),
            "{path}"
        );
        for method in operations
            .as_object()
            .unwrap()
            .keys()
            .filter(|key| ["get", "put", "post", "delete"].contains(&key.as_str()))
        {
            assert!(answer.header("allow").contains(&method.to_uppercase()), "{path}: {}", answer.header("allow"));
        }
    }
}
