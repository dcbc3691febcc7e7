//! What only the embedded server promises: keys of any form, refusals, verified checksums, restarts.

use dagwright::artifacts::keys::ArtifactReference;
use dagwright::artifacts::{ArtifactStore, Grouping, PageRequest, S3Settings, UploadLimits};

use crate::servers;

#[tokio::test]
async fn a_key_and_the_keys_below_it_live_side_by_side() {
    let running = servers::embedded().await.unwrap();
    let store = &running.store;
    for key in ["a", "a/b", "a/b/c", "a-", "a.b", "a//b", "a/"] {
        store.put_bytes(key, key).await.unwrap();
    }
    for key in ["a", "a/b", "a/b/c", "a-", "a.b", "a//b", "a/"] {
        assert_eq!(store.get_bytes(key, 99).await.unwrap(), key);
    }
    let listing = store.list("", &PageRequest::default()).await.unwrap();
    let keys: Vec<String> = listing.entries.into_iter().map(|entry| entry.key).collect();
    assert_eq!(keys, ["a", "a-", "a.b", "a/", "a//b", "a/b", "a/b/c"]);
    let folders = PageRequest { grouping: Grouping::ByFolder, ..PageRequest::default() };
    let listing = store.list("a/", &folders).await.unwrap();
    let keys: Vec<String> = listing.entries.into_iter().map(|entry| entry.key).collect();
    assert_eq!((keys, listing.folders), (vec!["a/".to_owned(), "a/b".to_owned()], vec!["a//".into(), "a/b/".into()]));
    store.delete("a").await.unwrap();
    assert_eq!(store.get_bytes("a/b", 99).await.unwrap(), "a/b");
}

/// Handlers and engines run these on any thread: checked by the compiler, and that they can run at the same time.
#[tokio::test(flavor = "multi_thread")]
async fn everything_can_be_spawned() {
    let running = servers::embedded().await.unwrap();
    let (store, path) = (running.store.clone(), running.path("tree"));
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..8 {
        let (store, path) = (store.clone(), path.join(number.to_string()));
        tasks.spawn(async move {
            let mut upload = store.receive_folder(UploadLimits::default()).unwrap();
            let stream = futures::stream::iter([Ok::<_, std::io::Error>(bytes::Bytes::from(vec![number; 1000]))]);
            upload.add("a/b", stream).await.unwrap();
            let uploaded = upload.finish().await.unwrap();
            let reference = ArtifactReference::Upload { sha256: uploaded.sha256, name: "x".to_owned() };
            store.fetch_reference(&reference, &path).await.unwrap();
            store.put_path(&path, &format!("t/{number}")).await.unwrap();
            let stored = store.list(&format!("t/{number}/"), &PageRequest::default()).await.unwrap();
            store.delete_prefix(&format!("t/{number}/")).await.unwrap();
            (stored.entries.len(), std::fs::read(path.join("a/b")).unwrap() == vec![number; 1000])
        });
    }
    assert_eq!(tasks.join_all().await, [(1, true); 8]);
}

#[tokio::test]
async fn long_keys_fit() {
    let running = servers::embedded().await.unwrap();
    let (long, longer) = (format!("l/{}", "ü".repeat(511)), format!("l/{}/{}", "x".repeat(600), "y".repeat(400)));
    for key in [&long, &longer] {
        running.store.put_bytes(key.clone(), key).await.unwrap();
        assert_eq!(running.store.get_bytes(key, 2000).await.unwrap(), key);
    }
    let listing = running.store.list("l/", &PageRequest::default()).await.unwrap();
    let keys: Vec<String> = listing.entries.into_iter().map(|entry| entry.key).collect();
    assert_eq!(keys, [longer, long]);
    assert_eq!(running.store.delete_prefix("l/").await.unwrap(), 2);
    let left = std::fs::read_dir(running.path("artifacts/buckets/dagwright")).unwrap().count();
    assert_eq!(left, 0, "empty folders were left");
}

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let settings = S3Settings::default();
    let first = dagwright::artifacts::open(folder.path(), &settings).await.unwrap();
    let stored = first.store.put_bytes("kept", "runs/r/t/o").await.unwrap();
    let keys = first.store.configuration().credentials.clone();
    let endpoint = first.store.configuration().endpoint.clone();
    drop(first);
    std::fs::write(folder.path().join("artifacts/incoming/half"), "half written").unwrap();
    std::fs::write(folder.path().join("spool/half"), "half written").unwrap();
    let second = dagwright::artifacts::open(folder.path(), &settings).await.unwrap();
    assert_eq!(second.store.configuration().credentials, keys);
    assert_eq!(second.store.get_to_file("runs/r/t/o", folder.path().join("o")).await.unwrap(), stored);
    for left in ["artifacts/incoming", "spool"] {
        assert_eq!(std::fs::read_dir(folder.path().join(left)).unwrap().count(), 0, "{left}");
    }
    assert!(endpoint.starts_with("http://127.0.0.1:"), "{endpoint}");
}

#[tokio::test]
async fn without_the_right_signature_nothing_is_served() {
    let running = servers::embedded().await.unwrap();
    running.store.put_bytes("secret", "runs/r/t/o").await.unwrap();
    let to = running.store.configuration().clone();
    let url = format!("{}/{}/runs/r/t/o", to.endpoint, to.bucket);
    let http = reqwest::Client::new();
    let forged = format!(
        "AWS4-HMAC-SHA256 Credential={}/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature={}",
        to.credentials.access_key_id,
        "0".repeat(64)
    );
    for request in [
        http.get(&url),
        http.get(format!("{}/", to.endpoint)),
        http.get(format!("{}/{}?list-type=2", to.endpoint, to.bucket)),
        http.put(&url).body("overwritten"),
        http.delete(&url),
        http.get(&url).header("authorization", &forged).header("x-amz-date", "20260101T000000Z"),
        http.get(&url).basic_auth(&to.credentials.access_key_id, Some(&to.credentials.secret_access_key)),
        http.get(format!("{}/{}/..%2f..%2fkeys.json", to.endpoint, to.bucket)),
    ] {
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let body = answer.text().await.unwrap();
        assert!((400..500).contains(&status) && !body.contains("secret\n"), "{status} {body}");
        assert!(!body.contains(&to.credentials.secret_access_key));
    }
    assert_eq!(running.store.get_bytes("runs/r/t/o", 99).await.unwrap(), "secret");
}

fn raw_client(store: &ArtifactStore) -> s3::Client {
    let to = store.configuration();
    let credentials = s3::Credentials::new(&to.credentials.access_key_id, &to.credentials.secret_access_key).unwrap();
    s3::Client::builder(&to.endpoint)
        .unwrap()
        .region(&to.region)
        .auth(s3::Auth::Static(credentials))
        .addressing_style(s3::AddressingStyle::Path)
        .build()
        .unwrap()
}

#[tokio::test]
async fn checksums_that_come_with_the_bytes_are_verified() {
    use s3::types::{Checksum, ChecksumAlgorithm as Algorithm};
    let running = servers::embedded().await.unwrap();
    let objects = raw_client(&running.store).objects();
    for algorithm in [Algorithm::Sha256, Algorithm::Sha1, Algorithm::Crc32, Algorithm::Crc32c, Algorithm::Crc64Nvme] {
        let right = Checksum::from_bytes(algorithm, "hello");
        objects.put("dagwright", "c/right").body_bytes("hello").checksum(right.clone()).send().await.unwrap();
        let error = objects.put("dagwright", "c/wrong").body_bytes("hullo").checksum(right).send().await.unwrap_err();
        assert_eq!(error.code(), Some("BadDigest"), "{algorithm:?}: {error}");
        assert_eq!(running.store.head("c/wrong").await.unwrap_err().code(), "artifact-not-found");
    }
    assert_eq!(std::fs::read_dir(running.path("artifacts/incoming")).unwrap().count(), 0);
}

#[tokio::test]
async fn uploads_in_parts_are_checked() {
    let running = servers::embedded().await.unwrap();
    let objects = raw_client(&running.store).objects();
    let id = objects.create_multipart_upload("dagwright", "m").send().await.unwrap().upload_id;
    let part = |number, text: &'static str| objects.upload_part("dagwright", "m", &id, number).body_bytes(text).send();
    part(1, "first, replaced").await.unwrap();
    let (second, first) = (part(2, "two").await.unwrap(), part(1, "one").await.unwrap());
    let (first, second) = (first.etag.unwrap(), second.etag.unwrap());
    let complete = |id: &str| objects.complete_multipart_upload("dagwright", "m", id);
    let error = complete(&id).part(1, "\"0000\"").part(2, &second).send().await.unwrap_err();
    assert_eq!(error.code(), Some("InvalidPart"));
    let error = complete(&id).part(1, &first).part(3, &second).send().await.unwrap_err();
    assert_eq!(error.code(), Some("InvalidPart"));
    for wrong in ["../../keys.json", "00000000000000000000000000000000", "nonsense"] {
        let error = complete(wrong).part(1, &first).send().await.unwrap_err();
        assert_eq!(error.code(), Some("NoSuchUpload"), "{wrong}");
    }
    complete(&id).part(1, &first).part(2, &second).send().await.unwrap();
    assert_eq!(running.store.get_bytes("m", 99).await.unwrap(), "onetwo");
    let aborted = objects.create_multipart_upload("dagwright", "n").send().await.unwrap().upload_id;
    objects.abort_multipart_upload("dagwright", "n", &aborted).send().await.unwrap();
    assert_eq!(std::fs::read_dir(running.path("artifacts/multipart")).unwrap().count(), 0);
}

#[tokio::test]
async fn a_key_that_would_escape_the_folder_is_not_written() {
    let running = servers::embedded().await.unwrap();
    running.store.put_bytes("fine", "evil/a").await.unwrap();
    // The client cannot send such a key; whoever can write the data folder can make one.
    let planted = running.path("artifacts/buckets/dagwright/evil%/%2E.%");
    std::fs::create_dir_all(&planted).unwrap();
    std::fs::write(planted.join("escaped"), "x").unwrap();
    let error = running.store.get_tree("evil", running.path("in/to")).await.unwrap_err();
    assert_eq!(error.code(), "artifact-path-unsafe");
    assert!(error.to_string().contains("../escaped"), "{error}");
    assert!(!running.path("in/escaped").exists() && !running.path("in/to/a").exists());
}

#[tokio::test]
async fn a_link_in_the_folder_is_not_followed() {
    let running = servers::embedded().await.unwrap();
    std::os::unix::fs::symlink("/etc/passwd", running.path("artifacts/buckets/dagwright/link")).unwrap();
    assert_eq!(running.store.list("", &PageRequest::default()).await.unwrap().entries, []);
    assert!(running.store.get_bytes("link", 1 << 20).await.is_err());
}
