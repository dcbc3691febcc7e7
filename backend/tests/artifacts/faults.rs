//! Lines that break and servers that go away for a moment: a real proxy between client and server cuts them.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::time::Duration;

use dagwright::artifacts::ArtifactStore;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::servers::{self, Running};

/// Cuts its connections whenever this many bytes have passed, as often as it may.
struct Proxy {
    address: String,
    cuts_left: Arc<AtomicI64>,
    connections: Arc<AtomicU32>,
}

impl Proxy {
    async fn before(running: &Running, cut_after: usize, cuts: i64) -> (Self, ArtifactStore) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let target = running.store.configuration().endpoint.trim_start_matches("http://").to_owned();
        let (cuts_left, connections) = (Arc::new(AtomicI64::new(cuts)), Arc::new(AtomicU32::new(0)));
        let proxy = Self { address, cuts_left: Arc::clone(&cuts_left), connections: Arc::clone(&connections) };
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                let server = TcpStream::connect(&target).await.unwrap();
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                let cuts_left = Arc::clone(&cuts_left);
                tokio::spawn(async move {
                    tokio::select! {
                        () = pass(from_client, to_server, cut_after, &cuts_left) => {}
                        () = pass(from_server, to_client, cut_after, &cuts_left) => {}
                    }
                });
            }
        });
        let endpoint = proxy.address.clone();
        (proxy, running.with(|to| to.endpoint = endpoint))
    }
}

async fn pass(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    cut_after: usize,
    cuts_left: &AtomicI64,
) {
    let (mut buffer, mut passed) = (vec![0; 32 * 1024], 0);
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        passed += read;
        if passed > cut_after && cuts_left.fetch_sub(1, Ordering::SeqCst) > 0 {
            return;
        }
        if to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}

fn bytes(mebibytes: usize) -> Vec<u8> {
    (0..mebibytes * 1024 * 1024 / 8).flat_map(|number| (number as u64).to_le_bytes()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_goes_on_where_the_line_broke() {
    let running = servers::embedded().await.unwrap();
    let bytes = bytes(8);
    running.store.put_bytes(bytes.clone(), "k").await.unwrap();
    let (proxy, store) = Proxy::before(&running, 1024 * 1024, 6).await;
    store.get_to_file("k", running.path("back")).await.unwrap();
    assert!(std::fs::read(running.path("back")).unwrap() == bytes);
    assert!(proxy.cuts_left.load(Ordering::SeqCst) <= 0 && proxy.connections.load(Ordering::SeqCst) >= 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_cut_is_sent_again() {
    let running = servers::embedded().await.unwrap();
    for (mebibytes, name) in [(6, "whole"), (70, "parts")] {
        let bytes = bytes(mebibytes);
        std::fs::write(running.path(name), &bytes).unwrap();
        let (proxy, store) = Proxy::before(&running, 3 * 1024 * 1024, 2).await;
        let stored = store.put_file(running.path(name), name).await.unwrap();
        assert!(proxy.cuts_left.load(Ordering::SeqCst) <= 0, "nothing was cut");
        let back = running.store.get_to_file(name, running.path("back")).await.unwrap();
        assert_eq!((back.size, &back.sha256), (bytes.len() as u64, &stored.sha256));
    }
    assert_eq!(std::fs::read_dir(running.path("artifacts/incoming")).unwrap().count(), 0);
    assert_eq!(std::fs::read_dir(running.path("artifacts/multipart")).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_changed_meanwhile_is_not_patched_together() {
    let running = servers::embedded().await.unwrap();
    running.store.put_bytes(bytes(8), "k").await.unwrap();
    let (_proxy, store) = Proxy::before(&running, 1024 * 1024, 1).await;
    let (_, mut stream) = store.get_stream("k", None).await.unwrap();
    running.store.put_bytes(vec![7; 8 * 1024 * 1024], "k").await.unwrap();
    let error = loop {
        match futures::StreamExt::next(&mut stream).await {
            Some(Ok(_)) => {}
            Some(Err(error)) => break error,
            None => panic!("two objects were served as one"),
        }
    };
    assert_eq!(error.code(), "artifact-store-error", "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_stays_broken_is_given_up() {
    let running = servers::embedded().await.unwrap();
    running.store.put_bytes(bytes(1), "k").await.unwrap();
    let (_proxy, store) = Proxy::before(&running, 0, i64::MAX).await;
    let given_up = tokio::time::timeout(Duration::from_secs(20), store.get_bytes("k", u64::MAX)).await.unwrap();
    assert_eq!(given_up.unwrap_err().code(), "artifact-store-unreachable");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_changes_while_it_is_sent_is_not_stored() {
    let running = servers::embedded().await.unwrap();
    let path = running.path("growing");
    std::fs::write(&path, bytes(16)).unwrap();
    let writer = {
        let path = path.clone();
        std::thread::spawn(move || {
            for number in 0..40_u8 {
                std::thread::sleep(Duration::from_millis(20));
                let mut file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
                std::io::Seek::seek(&mut file, std::io::SeekFrom::End(-1)).unwrap();
                std::io::Write::write_all(&mut file, &[number]).unwrap();
            }
        })
    };
    let mut refused = false;
    while !writer.is_finished() {
        match running.store.put_file(&path, "growing").await {
            Ok(stored) => {
                let back = running.store.get_to_file("growing", running.path("back")).await.unwrap();
                assert_eq!(back, stored, "stored under a wrong digest");
            }
            Err(error) => {
                assert_eq!(error.code(), "artifact-changed-while-reading", "{error}");
                refused = true;
            }
        }
    }
    writer.join().unwrap();
    assert!(refused, "the file never changed between the two readings");
}
