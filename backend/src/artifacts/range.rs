//! Byte ranges as browsers ask for them (RFC 9110 §14). Pure.

use std::ops::Range;

use super::error::ArtifactError;

/// One range of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteRange {
    /// `bytes=first-last`, both inclusive.
    Between { first: u64, last: u64 },
    /// `bytes=first-`
    From { first: u64 },
    /// `bytes=-length`: the last `length` bytes.
    Last { length: u64 },
}

impl ByteRange {
    /// Reads a `Range` header. `None` for what we do not serve as a part (several ranges, other units, nonsense):
    /// RFC 9110 has the whole object answered then.
    pub fn parse(header: &str) -> Option<Self> {
        let range = header.trim().strip_prefix("bytes=")?.trim();
        let (first, last) = range.split_once('-')?;
        match (first.trim(), last.trim()) {
            ("", "") => None,
            ("", length) => number(length).map(|length| Self::Last { length }),
            (first, "") => number(first).map(|first| Self::From { first }),
            (first, last) => {
                let (first, last) = (number(first)?, number(last)?);
                (first <= last).then_some(Self::Between { first, last })
            }
        }
    }

    /// The half-open range of an object of `size` bytes, cut at its end.
    ///
    /// # Errors
    /// [`ArtifactError::RangeNotSatisfiable`] when no byte of the object lies in it.
    pub fn resolve(self, key: &str, size: u64) -> Result<Range<u64>, ArtifactError> {
        let range = match self {
            Self::Between { first, last } => first..last.saturating_add(1).min(size),
            Self::From { first } => first..size,
            Self::Last { length } => size.saturating_sub(length)..size,
        };
        if range.start < range.end {
            Ok(range)
        } else {
            Err(ArtifactError::RangeNotSatisfiable { key: key.to_owned(), size })
        }
    }
}

fn number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_as_the_rfc_says() {
        assert_eq!(ByteRange::parse("bytes=0-499"), Some(ByteRange::Between { first: 0, last: 499 }));
        assert_eq!(ByteRange::parse("bytes=9500-"), Some(ByteRange::From { first: 9500 }));
        assert_eq!(ByteRange::parse("bytes=-500"), Some(ByteRange::Last { length: 500 }));
        for header in ["", "bytes=", "bytes=-", "bytes=5-1", "bytes=a-b", "bytes=0-1,4-5", "lines=1-2", "bytes=+1-2"] {
            assert_eq!(ByteRange::parse(header), None, "{header}");
        }
    }

    #[test]
    fn ranges_are_cut_at_the_end_or_refused() {
        assert_eq!(ByteRange::Between { first: 5, last: u64::MAX }.resolve("k", 10).unwrap(), 5..10);
        assert_eq!(ByteRange::Last { length: 99 }.resolve("k", 10).unwrap(), 0..10);
        for range in [ByteRange::From { first: 10 }, ByteRange::Last { length: 0 }] {
            assert_eq!(range.resolve("k", 10).unwrap_err().code(), "artifact-range-not-satisfiable");
        }
        assert!(ByteRange::From { first: 0 }.resolve("k", 0).is_err());
    }
}
