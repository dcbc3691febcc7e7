//! Logs: complete, in order, any text, and fast; and what a task costs.

use std::time::Instant;

use crate::bench::{HOST_KINDS, bench};

#[tokio::test]
async fn both_streams_come_in_order_and_any_text_survives() {
    for kind in HOST_KINDS {
        let Some(bench) = bench(kind).await else { continue };
        let script = "import sys\nfor i in range(200):\n print('aus', i, 'ÄÖ漢字🦀')\n print('err', i, file=sys.stderr)\n\
                      sys.stdout.buffer.write(b'\\xff\\x00raw')";
        let (outcome, _) = bench.run(bench.command(&["python3", "-c", script])).await;
        assert!(outcome.succeeded());
        let running = bench.sandbox.start(bench.command(&["python3", "-c", script]));
        let log = running.log().to_owned();
        running.wait().await;
        let mut expected = Vec::new();
        for number in 0..200 {
            expected.extend(format!("aus {number} ÄÖ漢字🦀\nerr {number}\n").into_bytes());
        }
        expected.extend(b"\xff\x00raw");
        assert!(std::fs::read(log).unwrap() == expected, "{kind:?}");
    }
}

#[tokio::test]
async fn ten_megabytes_of_log_pass_quickly_and_whole() {
    for kind in HOST_KINDS {
        let Some(bench) = bench(kind).await else { continue };
        let begin = Instant::now();
        let (outcome, log) = bench.run(bench.shell("yes 0123456789abcdef | head -c 10485760")).await;
        assert!(outcome.succeeded());
        assert_eq!(log.len(), 10 << 20);
        assert!(begin.elapsed().as_secs() < 5, "{kind:?}: {:?}", begin.elapsed());
    }
}

/// The cost of a task that does nothing. The bound is wide, for busy machines: it catches a sleep in the way. The number is printed.
#[tokio::test]
async fn a_task_that_does_nothing_costs_little() {
    for kind in HOST_KINDS {
        let Some(bench) = bench(kind).await else { continue };
        let count = 50;
        let begin = Instant::now();
        for _ in 0..count {
            assert!(bench.run(bench.command(&["/bin/true"])).await.0.succeeded());
        }
        let each = begin.elapsed() / count;
        eprintln!("{kind:?}: {each:?} for each task that does nothing");
        assert!(each.as_millis() < 500, "{kind:?}: {each:?}");
    }
}
