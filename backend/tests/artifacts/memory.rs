//! Large artifacts pass with flat memory. A child process (this very test once more) holds server and client, so its
//! peak is all of it. `DAGWRIGHT_TEST_MEMORY_MIB=2048` for the size the product promises.

use std::io::Write;
use std::process::Command;
use std::time::Instant;

use dagwright::artifacts::StreamLength;

use crate::servers;

/// More than every buffer together, far less than any object.
const ALLOWED_GROWTH_KIB: u64 = 24 * 1024;

const IN_CHILD: &str = "DAGWRIGHT_TEST_MEMORY_CHILD";

#[tokio::test(flavor = "multi_thread")]
async fn memory_stays_flat() {
    if let Ok(mebibytes) = std::env::var(IN_CHILD) {
        return server_and_client(mebibytes.parse().unwrap()).await;
    }
    let size = std::env::var("DAGWRIGHT_TEST_MEMORY_MIB").unwrap_or_else(|_| "256".to_owned());
    let child = tokio::task::spawn_blocking(move || {
        Command::new(std::env::current_exe().unwrap())
            .args(["memory::memory_stays_flat", "--exact", "--nocapture"])
            .env(IN_CHILD, &size)
            .output()
            .unwrap()
    });
    let output = child.await.unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    let report = text.lines().find_map(|line| line.split_once("MEMORY ")).unwrap().1;
    let _closed = writeln!(std::io::stderr(), "{report}");
    let growth: u64 = report.split_once("grew ").unwrap().1.split_once(" KiB").unwrap().0.parse().unwrap();
    assert!(growth < ALLOWED_GROWTH_KIB, "{report}");
}

async fn server_and_client(mebibytes: u64) {
    let running = servers::embedded().await.unwrap();
    let store = &running.store;
    let (source, back) = (running.path("source"), running.path("back"));
    write_large(&source, 70);
    store.put_file(&source, "warm").await.unwrap();
    store.get_to_file("warm", &back).await.unwrap();
    write_large(&source, mebibytes);
    let before = peak_kib();

    let started = Instant::now();
    let stored = store.put_file(&source, "large").await.unwrap();
    let put = started.elapsed();
    let started = Instant::now();
    assert_eq!(store.get_to_file("large", &back).await.unwrap().sha256, stored.sha256);
    let get = started.elapsed();
    store.delete("large").await.unwrap();
    let started = Instant::now();
    let stream = tokio_util::io::ReaderStream::new(tokio::fs::File::open(&source).await.unwrap());
    let streamed = store.put_stream(stream, StreamLength::Unknown, "streamed").await.unwrap();
    let stream = started.elapsed();
    assert_eq!((streamed.sha256, streamed.size), (stored.sha256, mebibytes * 1024 * 1024));
    let (_, body) = store.get_stream("streamed", None).await.unwrap();
    futures::TryStreamExt::try_for_each(body, async |_| Ok(())).await.unwrap();

    let after = peak_kib();
    let mut out = std::io::stdout();
    writeln!(
        out,
        "MEMORY {mebibytes} MiB: put {put:.1?}, get {get:.1?}, stream {stream:.1?}; peak {before} -> {after} KiB, grew {} KiB",
        after - before
    )
    .unwrap();
}

fn write_large(path: &std::path::Path, mebibytes: u64) {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    let mut block = vec![0; 1024 * 1024];
    for number in 0..mebibytes {
        block[..8].copy_from_slice(&number.to_le_bytes());
        file.write_all(&block).unwrap();
    }
    file.flush().unwrap();
}

/// The process's highest resident size so far.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
