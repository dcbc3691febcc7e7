//! Bounded retries for transient faults of the store. The only retry layer: the S3 client underneath tries once.

use std::time::Duration;

use rand::Rng;

use super::error::ArtifactError;

/// Attempts in all; with the delays below, a store that restarts within about six seconds is not noticed.
pub(super) const ATTEMPTS: u32 = 5;
const FIRST_DELAY: Duration = Duration::from_millis(200);
const LONGEST_DELAY: Duration = Duration::from_secs(4);

/// Runs `attempt` until it succeeds, fails for good, or has failed [`ATTEMPTS`] times.
///
/// Not an `AsyncFn`: futures of those borrow in a way that the compiler cannot yet prove to be `Send`.
pub(super) async fn with_retries<T, F>(attempt: impl Fn() -> F) -> Result<T, ArtifactError>
where
    F: Future<Output = Result<T, ArtifactError>>,
{
    let mut tried = 1;
    loop {
        match attempt().await {
            Err(error) if error.is_transient() && tried < ATTEMPTS => {
                tracing::debug!(%error, tried, "artifact store: trying again");
                tokio::time::sleep(delay_after(tried)).await;
                tried += 1;
            }
            result => return result,
        }
    }
}

/// Doubling, with jitter so that many tasks do not come back at the same moment.
pub(super) fn delay_after(tried: u32) -> Duration {
    let full = FIRST_DELAY.saturating_mul(1 << tried.min(10).saturating_sub(1)).min(LONGEST_DELAY);
    full.mul_f64(rand::rng().random_range(0.75..=1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    fn transient() -> ArtifactError {
        ArtifactError::Unreachable { endpoint: "http://127.0.0.1:1".into(), reason: "connection refused".into() }
    }

    #[tokio::test]
    async fn a_transient_fault_is_tried_again_and_given_up_in_the_end() {
        let tries = Cell::new(0);
        let try_again = |succeed_at: u32| {
            tries.set(tries.get() + 1);
            let result = if tries.get() < succeed_at { Err(transient()) } else { Ok(tries.get()) };
            async { result }
        };
        assert_eq!(with_retries(|| try_again(3)).await.unwrap(), 3);
        tries.set(0);
        assert_eq!(with_retries(|| try_again(100)).await.unwrap_err().code(), "artifact-store-unreachable");
        assert_eq!(tries.get(), ATTEMPTS);
    }

    #[tokio::test]
    async fn a_lasting_fault_is_not_tried_again() {
        let tries = Cell::new(0);
        let result: Result<(), _> = with_retries(|| {
            tries.set(tries.get() + 1);
            async { Err(ArtifactError::NotFound { bucket: "b".into(), key: "k".into() }) }
        })
        .await;
        assert_eq!((result.unwrap_err().code(), tries.get()), ("artifact-not-found", 1));
    }
}
