//! What every S3 must do for us, run against the embedded server and against versitygw.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use bytes::Bytes;
use dagwright::artifacts::keys::ArtifactReference;
use dagwright::artifacts::{
    ArtifactStore, ByteRange, Fetched, Grouping, PageRequest, StreamLength, UploadLimits, UploadedKind,
};
use futures::{StreamExt, TryStreamExt, stream};
use sha2::{Digest, Sha256};

use crate::servers::{self, Running};

macro_rules! on_both_servers {
    ($($name:ident),* $(,)?) => {
        mod embedded {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(super::servers::embedded().await.unwrap()).await;
            })*
        }
        mod versitygw {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                if let Some(running) = super::servers::versitygw().await {
                    super::$name(running).await;
                }
            })*
        }
    };
}

on_both_servers!(
    small_values,
    folders,
    a_tar_gz_stays_what_it_is,
    ranges,
    parts_of_a_large_file,
    unicode_and_odd_keys,
    more_than_a_thousand_keys,
    wrong_settings_are_named,
    damage_is_noticed,
    streams,
    uploaded_files,
    uploaded_folders,
    other_buckets,
);

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Bytes that do not repeat, so that a wrong offset shows.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

async fn read(store: &ArtifactStore, key: &str, range: Option<ByteRange>) -> Vec<u8> {
    let (_, body) = store.get_stream(key, range).await.unwrap();
    body.try_fold(Vec::new(), async |mut all, chunk| {
        all.extend_from_slice(&chunk);
        Ok(all)
    })
    .await
    .unwrap()
}

/// Relative path → bytes; a folder ends in `/`.
fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            all.insert(format!("{name}/"), Vec::new());
            all.extend(tree(&path).into_iter().map(|(below, bytes)| (format!("{name}/{below}"), bytes)));
        } else {
            all.insert(name, std::fs::read(&path).unwrap());
        }
    }
    all
}

async fn small_values(running: Running) {
    let store = &running.store;
    store.check().await.unwrap();
    let stored = store.put_bytes("0.97", "runs/r/train/accuracy").await.unwrap();
    assert_eq!((stored.size, stored.sha256.as_str()), (4, sha256(b"0.97").as_str()));
    let head = store.head("runs/r/train/accuracy").await.unwrap();
    assert_eq!((head.size, head.sha256.as_deref()), (4, Some(stored.sha256.as_str())));
    assert_eq!(store.get_bytes("runs/r/train/accuracy", 4).await.unwrap(), "0.97");
    assert_eq!(store.get_bytes("runs/r/train/accuracy", 3).await.unwrap_err().code(), "artifact-too-large");

    let empty = running.path("empty");
    std::fs::write(&empty, "").unwrap();
    let stored = store.put_file(&empty, "runs/r/train/empty").await.unwrap();
    assert_eq!((stored.size, stored.sha256.as_str()), (0, sha256(b"").as_str()));
    assert_eq!(store.get_to_file("runs/r/train/empty", running.path("back")).await.unwrap(), stored);
    assert_eq!(std::fs::read(running.path("back")).unwrap(), b"");

    store.put_bytes("other", "runs/r/train/accuracy").await.unwrap();
    assert_eq!(store.get_bytes("runs/r/train/accuracy", 99).await.unwrap(), "other");
    store.copy("runs/r/train/accuracy", "runs/r/train/copied").await.unwrap();
    let copied = store.head("runs/r/train/copied").await.unwrap();
    assert_eq!(copied.sha256, Some(sha256(b"other")));

    store.delete("runs/r/train/accuracy").await.unwrap();
    store.delete("runs/r/train/accuracy").await.unwrap();
    for error in [
        store.head("runs/r/train/accuracy").await.unwrap_err(),
        store.get_bytes("runs/r/train/accuracy", 9).await.unwrap_err(),
        store.get_to_file("runs/r/train/accuracy", running.path("no")).await.unwrap_err(),
        store.fetch("runs/r/train/accuracy", running.path("no")).await.unwrap_err(),
        store.get_tree("runs/r/train/accuracy", running.path("no")).await.unwrap_err(),
    ] {
        assert_eq!(error.code(), "artifact-not-found", "{error}");
        assert!(error.to_string().contains("runs/r/train/accuracy"), "{error}");
    }
    assert!(!running.path("no").exists());
    for key in ["", "/a", "a/../b", "a\nb", &"k".repeat(1025)] {
        assert_eq!(store.put_bytes("x", key).await.unwrap_err().code(), "artifact-key-invalid", "{key:?}");
        assert_eq!(store.get_bytes(key, 9).await.unwrap_err().code(), "artifact-key-invalid", "{key:?}");
    }
}

async fn folders(running: Running) {
    let store = &running.store;
    let from = running.path("from");
    std::fs::create_dir_all(from.join("deep/er")).unwrap();
    std::fs::create_dir_all(from.join("empty/inside")).unwrap();
    std::fs::write(from.join("a.txt"), "a").unwrap();
    std::fs::write(from.join("deep/er/ü 日本.bin"), noise(70_000)).unwrap();
    std::fs::write(from.join("deep/nothing"), "").unwrap();

    let stored = store.put_tree(&from, "runs/r/t/folder").await.unwrap();
    let keys: Vec<&str> = stored.iter().map(|stored| stored.key.as_str()).collect();
    assert_eq!(keys, ["runs/r/t/folder/a.txt", "runs/r/t/folder/deep/er/ü 日本.bin", "runs/r/t/folder/deep/nothing"]);
    let mut back = store.get_tree("runs/r/t/folder", running.path("to")).await.unwrap();
    back.sort_by(|left, right| left.key.cmp(&right.key));
    assert_eq!(back, stored);
    assert_eq!(tree(&running.path("to")), tree(&from));
    assert!(matches!(store.fetch("runs/r/t/folder", running.path("again")).await.unwrap(), Fetched::Folder(_)));
    assert_eq!(tree(&running.path("again")), tree(&from));

    std::fs::create_dir(running.path("void")).unwrap();
    store.put_path(running.path("void"), "runs/r/t/void").await.unwrap();
    store.get_tree("runs/r/t/void", running.path("void back")).await.unwrap();
    assert!(tree(&running.path("void back")).is_empty() && running.path("void back").is_dir());

    std::os::unix::fs::symlink("../a.txt", from.join("deep/within")).unwrap();
    store.put_tree(&from, "runs/r/t/linked").await.unwrap();
    assert_eq!(store.get_bytes("runs/r/t/linked/deep/within", 9).await.unwrap(), "a");
    std::os::unix::fs::symlink("/etc/passwd", from.join("link")).unwrap();
    assert_eq!(store.put_tree(&from, "runs/r/t/l").await.unwrap_err().code(), "artifact-path-unsafe");
    assert_eq!(store.put_path(from.join("link"), "runs/r/t/l").await.unwrap_err().code(), "artifact-path-unsafe");

    assert_eq!(store.delete_prefix("runs/r/t/folder/").await.unwrap(), 4);
    assert_eq!(store.delete_prefix("runs/r/t").await.unwrap_err().code(), "artifact-key-invalid");
    assert_eq!(store.list("runs/r/t/folder/", &PageRequest::default()).await.unwrap().entries, []);
}

async fn a_tar_gz_stays_what_it_is(running: Running) {
    let mut compressed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    compressed.write_all(&[0; 10_240]).unwrap();
    let bytes = compressed.finish().unwrap();
    let path = running.path("model.tar.gz");
    std::fs::write(&path, &bytes).unwrap();
    running.store.put_file(&path, "runs/r/t/model.tar.gz").await.unwrap();
    running.store.get_to_file("runs/r/t/model.tar.gz", running.path("back")).await.unwrap();
    assert_eq!(std::fs::read(running.path("back")).unwrap(), bytes);
    assert_eq!(read(&running.store, "runs/r/t/model.tar.gz", None).await, bytes);
}

async fn ranges(running: Running) {
    let (store, bytes) = (&running.store, noise(100_000));
    store.put_bytes(bytes.clone(), "k").await.unwrap();
    for (range, expected) in [
        (ByteRange::Between { first: 0, last: 0 }, 0..1),
        (ByteRange::Between { first: 65_530, last: 65_540 }, 65_530..65_541),
        (ByteRange::Between { first: 99_990, last: 5_000_000 }, 99_990..100_000),
        (ByteRange::From { first: 1 }, 1..100_000),
        (ByteRange::Last { length: 10 }, 99_990..100_000),
        (ByteRange::From { first: 0 }, 0..100_000),
    ] {
        let (information, _) = store.get_stream("k", Some(range)).await.unwrap();
        let wanted = expected.start as u64..expected.end as u64;
        assert_eq!((information.size, information.range.clone()), (100_000, wanted), "{range:?}");
        assert_eq!(read(store, "k", Some(range)).await, bytes[expected], "{range:?}");
    }
    assert_eq!(store.get_beginning("k", 10).await.unwrap().1, bytes[..10]);
    assert_eq!(store.get_beginning("k", 999_999).await.unwrap().1, bytes);
    store.put_bytes("", "empty").await.unwrap();
    assert_eq!(store.get_beginning("empty", 10).await.unwrap().1, "");
    let outside = store.get_stream("k", Some(ByteRange::From { first: 100_000 })).await;
    assert_eq!(outside.err().unwrap().code(), "artifact-range-not-satisfiable");
}

async fn parts_of_a_large_file(running: Running) {
    let (store, bytes) = (&running.store, noise(100 * 1024 * 1024));
    let path = running.path("large");
    std::fs::write(&path, &bytes).unwrap();
    let stored = store.put_file(&path, "runs/r/t/large").await.unwrap();
    assert_eq!(stored.sha256, sha256(&bytes));
    assert_eq!(store.head("runs/r/t/large").await.unwrap().sha256, Some(stored.sha256.clone()));
    let edge = 16 * 1024 * 1024;
    let across = ByteRange::Between { first: edge as u64 - 3, last: edge as u64 + 2 };
    assert_eq!(read(store, "runs/r/t/large", Some(across)).await, bytes[edge - 3..edge + 3]);
    assert_eq!(store.get_to_file("runs/r/t/large", running.path("back")).await.unwrap(), stored);
    assert!(std::fs::read(running.path("back")).unwrap() == bytes);
}

async fn unicode_and_odd_keys(running: Running) {
    let store = &running.store;
    let keys = [
        "k/ü",
        "k/日本語/🦀",
        "k/a b + & = ? # % %25 ' \" <x> $ @ ! ~ * ( ) [ ] { } ^ ` | ; : ,",
        "k/.hidden",
        "k/..dots..",
        "k/%2e%2e",
        "k/x%meta",
        "k/x%",
    ];
    for key in keys {
        store.put_bytes(key, key).await.unwrap();
    }
    for key in keys {
        assert_eq!(store.get_bytes(key, 999).await.unwrap(), key);
    }
    let listed = store.list("k/", &PageRequest::default()).await.unwrap().entries;
    let listed: Vec<String> = listed.into_iter().map(|entry| entry.key).collect();
    let mut expected = keys.map(str::to_owned);
    expected.sort();
    assert_eq!(listed, expected);
    assert_eq!(store.delete_prefix("k/").await.unwrap(), keys.len() as u64);
    assert!(store.list("k/", &PageRequest::default()).await.unwrap().entries.is_empty());
}

async fn more_than_a_thousand_keys(running: Running) {
    let store = &running.store;
    let keys: Vec<String> = (0..1_030).map(|number| format!("many/{:02}/{number:04}", number % 7)).collect();
    let puts = keys.iter().map(async |key| store.put_bytes("x", key).await.map(|_| ()));
    stream::iter(puts).buffer_unordered(16).try_collect::<()>().await.unwrap();
    store.put_bytes("x", "manyother").await.unwrap();

    let (mut found, mut page, mut pages) = (Vec::new(), PageRequest::default(), 0);
    loop {
        let listing = store.list("many/", &page).await.unwrap();
        found.extend(listing.entries.into_iter().map(|entry| entry.key));
        pages += 1;
        match listing.continuation {
            Some(continuation) => page.continuation = Some(continuation),
            None => break,
        }
    }
    let mut expected = keys.clone();
    expected.sort();
    assert_eq!((found, pages), (expected, 2));

    let by_folder = PageRequest { grouping: Grouping::ByFolder, limit: Some(3), ..PageRequest::default() };
    let first = store.list("many/", &by_folder).await.unwrap();
    assert_eq!(
        (first.entries.len(), first.folders),
        (0, ["many/00/", "many/01/", "many/02/"].map(str::to_owned).into())
    );
    let second = store.list("many/", &PageRequest { continuation: first.continuation, ..by_folder }).await.unwrap();
    assert_eq!(second.folders, ["many/03/", "many/04/", "many/05/"].map(str::to_owned));

    assert_eq!(store.delete_prefix("many/").await.unwrap(), 1_030);
    assert_eq!(store.list("many", &PageRequest::default()).await.unwrap().entries.len(), 1);
}

async fn wrong_settings_are_named(running: Running) {
    let wrong_secret = running.with(|to| to.credentials.secret_access_key = "not-the-secret-0123456789abcdef".into());
    let wrong_id = running.with(|to| to.credentials.access_key_id = "NOBODY0123456789".into());
    for store in [wrong_secret, wrong_id] {
        // A HEAD answer has no body, and versitygw says 404 to an unknown key: an error it must be, at least.
        store.head("k").await.unwrap_err();
        for error in [
            store.check().await.unwrap_err(),
            store.ensure_bucket().await.unwrap_err(),
            store.get_bytes("k", 9).await.unwrap_err(),
            store.list("", &PageRequest::default()).await.unwrap_err(),
            store.delete("k").await.unwrap_err(),
        ] {
            assert_eq!(error.code(), "artifact-store-refused", "{error}");
            let text = error.to_string();
            assert!(text.contains("AWS_SECRET_ACCESS_KEY") && !text.contains("not-the-secret"), "{text}");
        }
    }
    let no_bucket = running.with(|to| to.bucket = "nowhere".into());
    for error in [no_bucket.check().await.unwrap_err(), no_bucket.list("", &PageRequest::default()).await.unwrap_err()]
    {
        assert_eq!(error.code(), "artifact-bucket-missing", "{error}");
        assert!(error.to_string().contains("nowhere"), "{error}");
    }
    no_bucket.ensure_bucket().await.unwrap();
    no_bucket.ensure_bucket().await.unwrap();
    no_bucket.check().await.unwrap();
    let nobody_there = running.with(|to| to.endpoint = "http://127.0.0.1:9".into());
    let error = nobody_there.check().await.unwrap_err();
    assert_eq!(error.code(), "artifact-store-unreachable");
    assert!(error.to_string().contains("http://127.0.0.1:9") && error.to_string().contains("refused"), "{error}");
}

/// Puts other bytes under a digest, as a broken disk or a rude neighbour would.
async fn put_damaged(store: &ArtifactStore, key: &str) {
    let to = store.configuration();
    let credentials = s3::Credentials::new(&to.credentials.access_key_id, &to.credentials.secret_access_key).unwrap();
    let client = s3::Client::builder(&to.endpoint)
        .unwrap()
        .region(&to.region)
        .auth(s3::Auth::Static(credentials))
        .addressing_style(s3::AddressingStyle::Path)
        .build()
        .unwrap();
    let put = client.objects().put(&to.bucket, key).body_bytes("damaged");
    let content_type = format!("text/plain; sha256={}", sha256(b"whole"));
    put.content_type(content_type).send().await.unwrap();
}

async fn damage_is_noticed(running: Running) {
    let store = &running.store;
    put_damaged(store, "d/k").await;
    let error = store.get_to_file("d/k", running.path("back")).await.unwrap_err();
    assert_eq!(error.code(), "artifact-checksum-mismatch");
    assert!(
        error.to_string().contains(&sha256(b"damaged")) && error.to_string().contains(&sha256(b"whole")),
        "{error}"
    );
    assert!(!running.path("back").exists());
    assert_eq!(store.get_bytes("d/k", 99).await.unwrap_err().code(), "artifact-checksum-mismatch");
    let tree = store.get_tree("d", running.path("tree")).await.unwrap_err();
    assert_eq!(tree.code(), "artifact-checksum-mismatch");
    assert_eq!(std::fs::read_dir(running.path("tree")).unwrap().count(), 0, "a partial file was left");
    // A part cannot be verified, and is served.
    assert_eq!(read(store, "d/k", Some(ByteRange::Last { length: 3 })).await, b"ged");
}

fn chunks(bytes: &[u8]) -> impl futures::Stream<Item = Result<Bytes, std::io::Error>> + Send + use<> {
    let chunks: Vec<_> = bytes.chunks(10_007).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
    stream::iter(chunks)
}

async fn streams(running: Running) {
    let (store, bytes) = (&running.store, noise(300_000));
    for (key, length) in [("s/known", StreamLength::Known(300_000)), ("s/unknown", StreamLength::Unknown)] {
        let stored = store.put_stream(chunks(&bytes), length, key).await.unwrap();
        assert_eq!((stored.size, stored.sha256), (300_000, sha256(&bytes)));
        assert_eq!(read(store, key, None).await, bytes);
    }
    let short = store.put_stream(chunks(&bytes), StreamLength::Known(300_001), "s/short").await.unwrap_err();
    assert_eq!(short.code(), "artifact-interrupted");
    let broken = chunks(&bytes).chain(stream::iter([Err(std::io::Error::other("the cable was pulled"))]));
    let error = store.put_stream(broken, StreamLength::Unknown, "s/broken").await.unwrap_err();
    assert_eq!(error.code(), "artifact-interrupted");
    assert!(error.to_string().contains("the cable was pulled"), "{error}");
    for key in ["s/short", "s/broken"] {
        assert_eq!(store.head(key).await.unwrap_err().code(), "artifact-not-found");
    }
    assert_eq!(std::fs::read_dir(running.path("spool")).unwrap().count(), 0, "spooled files were left");
}

async fn uploaded_files(running: Running) {
    let (store, bytes) = (&running.store, noise(50_000));
    let limits = UploadLimits { total_bytes: 50_000, files: 3 };
    let first = store.receive_file("data.csv", chunks(&bytes), limits).await.unwrap();
    assert_eq!(first.key, format!("uploads/{}", sha256(&bytes)));
    assert_eq!((first.kind, first.size, first.files), (UploadedKind::File, 50_000, 1));
    assert_eq!(store.receive_file("other.csv", chunks(&bytes), limits).await.unwrap(), first);
    assert_eq!(read(store, &first.key, None).await, bytes);
    let error = store.receive_file("large.csv", chunks(&noise(50_001)), limits).await.unwrap_err();
    assert_eq!(error.code(), "artifact-too-large");
    assert!(error.to_string().contains("large.csv") && error.to_string().contains("50000 bytes"), "{error}");
    assert_eq!(store.list("uploads/", &PageRequest::default()).await.unwrap().entries.len(), 1);
}

async fn uploaded_folders(running: Running) {
    let store = &running.store;
    let limits = UploadLimits { total_bytes: 100, files: 3 };
    let mut keys = Vec::new();
    for order in [["b/ü.txt", "a.txt"], ["a.txt", "b/ü.txt"]] {
        let mut upload = store.receive_folder(limits).unwrap();
        for path in order {
            upload.add(path, chunks(path.as_bytes())).await.unwrap();
        }
        let uploaded = upload.finish().await.unwrap();
        assert_eq!((uploaded.kind, uploaded.files, uploaded.size), (UploadedKind::Folder, 2, 13));
        keys.push(uploaded.key);
    }
    assert_eq!(keys[0], keys[1], "the order of the files does not count");
    store.fetch(&keys[0], running.path("back")).await.unwrap();
    assert_eq!(tree(&running.path("back")).len(), 3);

    let mut upload = store.receive_folder(limits).unwrap();
    for path in ["../x", "/etc/x", "a/../../x", "a\\b", "", "a//b", "x\0"] {
        assert_eq!(upload.add(path, chunks(b"x")).await.unwrap_err().code(), "artifact-path-unsafe", "{path:?}");
    }
    upload.add("a/b", chunks(b"x")).await.unwrap();
    for path in ["a/b", "a", "a/b/c"] {
        assert_eq!(upload.add(path, chunks(b"x")).await.unwrap_err().code(), "artifact-path-unsafe", "{path:?}");
    }
    upload.add("a-", chunks(b"x")).await.unwrap();
    assert_eq!(upload.add("large", chunks(&[0; 99])).await.unwrap_err().code(), "artifact-too-large");
    upload.add("c", chunks(b"x")).await.unwrap();
    assert_eq!(upload.add("d", chunks(b"x")).await.unwrap_err().code(), "artifact-too-large");
    drop(upload);
    assert_eq!(std::fs::read_dir(running.path("spool")).unwrap().count(), 0, "spooled files were left");

    let empty = store.receive_folder(limits).unwrap().finish().await.unwrap();
    store.fetch(&empty.key, running.path("empty")).await.unwrap();
    assert!(running.path("empty").is_dir() && tree(&running.path("empty")).is_empty());
}

async fn other_buckets(running: Running) {
    let theirs = running.with(|to| to.bucket = "their-data".into());
    theirs.ensure_bucket().await.unwrap();
    theirs.put_bytes("5.1,3.5\n", "iris/2024.csv").await.unwrap();
    let fetch = async |text: &str, name: &str| {
        let reference = ArtifactReference::parse(text).unwrap();
        running.store.fetch_reference(&reference, running.path(name)).await
    };
    assert!(matches!(fetch("s3://their-data/iris/2024.csv", "file").await.unwrap(), Fetched::File(_)));
    assert_eq!(std::fs::read(running.path("file")).unwrap(), b"5.1,3.5\n");
    assert!(matches!(fetch("s3://their-data/iris/", "folder").await.unwrap(), Fetched::Folder(_)));
    assert_eq!(std::fs::read(running.path("folder/2024.csv")).unwrap(), b"5.1,3.5\n");
    assert_eq!(fetch("s3://nobodys-bucket/iris", "no").await.unwrap_err().code(), "artifact-bucket-missing");
    let upload = running.store.receive_file("x.csv", chunks(b"1,2"), UploadLimits::default()).await.unwrap();
    fetch(&format!("upload:{}/x.csv", upload.sha256), "upload").await.unwrap();
    assert_eq!(std::fs::read(running.path("upload")).unwrap(), b"1,2");
    assert_eq!(running.store.head("iris/2024.csv").await.unwrap_err().code(), "artifact-not-found");
    assert_eq!(running.store.in_bucket("evil.example/x").unwrap_err().code(), "artifact-key-invalid");
}
