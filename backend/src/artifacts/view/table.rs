//! A page of a CSV (RFC 4180, or with tabs or semicolons), read as a stream with flat memory.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use dagwright_shared::api::TablePage;
use futures::{Stream, StreamExt};
use tokio_util::io::{StreamReader, SyncIoBridge};

use super::ViewError;

/// At most this many rows a page.
pub const MOST_ROWS: u64 = 1_000;
/// A cell is cut here, with `…`.
const LONGEST_CELL: usize = 4_096;
/// A row longer than this is not one: a quote was opened and never closed.
const LONGEST_ROW: u64 = 4 * 1024 * 1024;
const MOST_COLUMNS: usize = 2_000;
/// The total is counted up to this size; above, it would cost reading the whole file for every page.
const COUNTED: u64 = 32 * 1024 * 1024;

/// Which page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableQuestion {
    /// The first row, not counting the header.
    pub offset: u64,
    /// At most [`MOST_ROWS`].
    pub limit: u64,
}

/// Reads a page of the table in `bytes`, which are `size` in all. The first line names the columns; the delimiter
/// (comma, tab or semicolon) is the one that is most in it.
///
/// # Errors
/// [`ViewError::Table`] names the row and line; [`ViewError::Unreadable`] when the stream breaks.
pub async fn table_page<E>(
    bytes: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
    size: u64,
    question: TableQuestion,
) -> Result<TablePage, ViewError>
where
    E: std::error::Error + Send + Sync + 'static,
{
    let bytes = bytes.map(|chunk| chunk.map_err(io::Error::other)).boxed();
    let reader = SyncIoBridge::new(StreamReader::new(bytes));
    let read = tokio::task::spawn_blocking(move || read_page(reader, size, question));
    read.await.map_err(|error| ViewError::Unreadable(error.to_string()))?
}

fn read_page(reader: impl Read, size: u64, question: TableQuestion) -> Result<TablePage, ViewError> {
    let since_row = Arc::new(AtomicU64::new(0));
    let mut reader = BufReader::with_capacity(64 * 1024, Guarded { inner: reader, since_row: Arc::clone(&since_row) });
    let delimiter = delimiter_of(reader.fill_buf().map_err(unreadable)?);
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(reader);
    let columns: Vec<String> = reader.byte_headers().map_err(|error| explain(&error))?.iter().map(cell).collect();
    if columns.len() > MOST_COLUMNS {
        return Err(ViewError::Table(format!("it has {} columns; at most {MOST_COLUMNS} are shown", columns.len())));
    }
    let limit = question.limit.clamp(1, MOST_ROWS);
    let (mut rows, mut row) = (Vec::new(), csv::ByteRecord::new());
    let mut number = 0;
    let total = loop {
        since_row.store(0, Ordering::Relaxed);
        if !reader.read_byte_record(&mut row).map_err(|error| explain(&error))? {
            break Some(number);
        }
        if (question.offset..question.offset.saturating_add(limit)).contains(&number) {
            if row.len() != columns.len() {
                let line = row.position().map_or(0, csv::Position::line);
                return Err(ViewError::Table(format!(
                    "row {} (line {line}) has {} fields where the first line has {}",
                    number + 1,
                    row.len(),
                    columns.len()
                )));
            }
            rows.push(row.iter().map(cell).collect());
        }
        number += 1;
        if size > COUNTED && number >= question.offset.saturating_add(limit) {
            break None;
        }
    };
    Ok(TablePage { columns, rows, offset: question.offset, total })
}

fn delimiter_of(first: &[u8]) -> u8 {
    let line = first.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    let count = |delimiter: u8| line.iter().filter(|byte| **byte == delimiter).count();
    // In doubt the comma: `max_by_key` takes the last of equals.
    [b';', b'\t', b','].into_iter().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',')
}

fn cell(bytes: &[u8]) -> String {
    let cut = bytes.get(..LONGEST_CELL).filter(|_| bytes.len() > LONGEST_CELL);
    match cut {
        Some(cut) => format!("{}…", String::from_utf8_lossy(cut).trim_end_matches('\u{fffd}')),
        None => String::from_utf8_lossy(bytes).into_owned(),
    }
}

fn explain(error: &csv::Error) -> ViewError {
    match error.kind() {
        csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::InvalidData => ViewError::Table(error.to_string()),
        csv::ErrorKind::Io(error) => ViewError::Unreadable(error.to_string()),
        _ => ViewError::Table(error.to_string()),
    }
}

fn unreadable(error: io::Error) -> ViewError {
    ViewError::Unreadable(error.to_string())
}

/// Ends a row that never ends before it fills the memory.
struct Guarded<R> {
    inner: R,
    since_row: Arc<AtomicU64>,
}

impl<R: Read> Read for Guarded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let since = self.since_row.fetch_add(read as u64, Ordering::Relaxed) + read as u64;
        if since > LONGEST_ROW {
            let text = "one row is longer than 4 MiB, so a quote was probably opened and never closed";
            return Err(io::Error::new(io::ErrorKind::InvalidData, text));
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::stream;

    async fn page(text: &str, offset: u64, limit: u64) -> Result<TablePage, ViewError> {
        let chunks: Vec<io::Result<Bytes>> =
            text.as_bytes().chunks(7).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
        table_page(stream::iter(chunks), text.len() as u64, TableQuestion { offset, limit }).await
    }

    #[tokio::test]
    async fn pages_have_columns_rows_and_a_total() {
        let mut text = String::from("name,\"the, value\"\r\n");
        for number in 0..25 {
            text.push_str(&format!("\"row \"\"{number}\"\"\nü\",{number}\r\n"));
        }
        let middle = page(&text, 10, 5).await.unwrap();
        assert_eq!(middle.columns, ["name", "the, value"]);
        assert_eq!((middle.rows.len(), middle.offset, middle.total), (5, 10, Some(25)));
        assert_eq!(middle.rows[0], ["row \"10\"\nü", "10"]);
        assert_eq!(page(&text, 20, 10).await.unwrap().rows.len(), 5);
        assert_eq!(page(&text, 99, 10).await.unwrap().rows.len(), 0);
        assert_eq!(page(&text, 0, 0).await.unwrap().rows.len(), 1);
    }

    #[tokio::test]
    async fn other_delimiters_and_a_byte_order_mark_are_understood() {
        for delimiter in [',', ';', '\t'] {
            let text = format!("\u{feff}a{delimiter}b\n1{delimiter}2\n");
            let page = page(&text, 0, 9).await.unwrap();
            assert_eq!((page.columns, page.rows), (vec!["a".into(), "b".into()], vec![vec!["1".into(), "2".into()]]));
        }
        let one_column = page("a\n1\n\n2", 0, 9).await.unwrap();
        assert_eq!((one_column.columns.len(), one_column.rows.len()), (1, 2));
        let nothing = page("", 0, 9).await.unwrap();
        assert_eq!((nothing.columns.len(), nothing.total), (0, Some(0)));
    }

    #[tokio::test]
    async fn a_row_of_another_length_is_named_where_it_is_shown() {
        let text = "a,b\n1,2\n3\n4,5\n";
        let error = page(text, 0, 9).await.unwrap_err();
        assert_eq!(error.code(), "view-table");
        assert!(error.to_string().contains("row 2 (line 3) has 1 fields where the first line has 2"), "{error}");
        assert_eq!(page(text, 2, 9).await.unwrap().rows, [["4", "5"]]);
    }

    #[tokio::test]
    async fn a_quote_that_never_closes_does_not_fill_the_memory() {
        let chunk = Bytes::from("x,y\n".repeat(16_384));
        let endless = stream::iter([Ok(Bytes::from("a,b\n\"1,2\n"))]).chain(stream::repeat_with(move || {
            let next: io::Result<Bytes> = Ok(chunk.clone());
            next
        }));
        let error = table_page(endless, u64::MAX, TableQuestion { offset: 0, limit: 9 }).await.unwrap_err();
        assert!(error.to_string().contains("a quote was probably opened"), "{error}");
    }

    #[tokio::test]
    async fn a_large_file_is_not_read_to_its_end() {
        let chunk = Bytes::from("1,2\n".repeat(1_000));
        let endless = stream::iter([Ok(Bytes::from("a,b\n"))]).chain(stream::repeat_with(move || {
            let next: io::Result<Bytes> = Ok(chunk.clone());
            next
        }));
        let page = table_page(endless, u64::MAX, TableQuestion { offset: 5_000, limit: 2 }).await.unwrap();
        assert_eq!((page.rows.len(), page.total), (2, None));
    }

    #[tokio::test]
    async fn broken_bytes_and_streams_are_answered() {
        let text = format!("a,b\n{},\u{1F980}\n", "x".repeat(5_000));
        let cut = page(&text, 0, 9).await.unwrap();
        assert_eq!(cut.rows[0][0].chars().count(), 4_097);
        let latin: Vec<io::Result<Bytes>> = vec![Ok(Bytes::from_static(b"a,b\n\xfc,1\n"))];
        let page = table_page(stream::iter(latin), 8, TableQuestion { offset: 0, limit: 9 }).await.unwrap();
        assert_eq!(page.rows[0][0], "\u{fffd}");
        let broken = stream::iter([Ok(Bytes::from_static(b"a,b\n1")), Err(io::Error::other("gone"))]);
        let error = table_page(broken, 8, TableQuestion { offset: 0, limit: 9 }).await.unwrap_err();
        assert!(error.code() == "view-unreadable" && error.to_string().contains("gone"), "{error}");
    }
}
