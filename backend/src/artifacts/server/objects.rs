//! Whole objects over the protocol: put, get, head, copy, list.

use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

use super::listing::{self, Question};
use super::protocol::Protocol;
use super::receive::{Announced, internal, receive};
use super::record::{Headers, Record, timestamp};

const READ_BUFFER: usize = 128 * 1024;

impl Protocol {
    pub(super) async fn store_object(
        &self,
        request: S3Request<PutObjectInput>,
    ) -> S3Result<S3Response<PutObjectOutput>> {
        let announced = Announced::new(request.headers, request.trailing_headers);
        let input = request.input;
        if input.if_match.is_some() || input.if_none_match.is_some() {
            return Err(s3_error!(NotImplemented, "Conditional writes are not served here."));
        }
        self.require_bucket(&input.bucket).await?;
        let received = receive(&self.disk, input.body, announced).await?;
        let headers = Headers {
            content_type: input.content_type,
            content_encoding: input.content_encoding,
            content_disposition: input.content_disposition,
            content_language: input.content_language,
            cache_control: input.cache_control,
            metadata: input.metadata.unwrap_or_default().into_iter().collect(),
            checksums: received.checksums,
        };
        let record = Record { etag: received.sum.sha256, headers, ..Record::default() };
        let (bucket, key, bytes) = (input.bucket, input.key, received.bytes);
        let record = self.on_disk(move |disk| disk.commit(&bucket, &key, &bytes, record)).await?;
        Ok(S3Response::new(PutObjectOutput {
            e_tag: Some(record.tag()),
            checksum_crc32: record.checksum("crc32"),
            checksum_crc32c: record.checksum("crc32c"),
            checksum_crc64nvme: record.checksum("crc64nvme"),
            checksum_sha1: record.checksum("sha1"),
            checksum_sha256: record.checksum("sha256"),
            ..Default::default()
        }))
    }

    async fn find(&self, bucket: &str, key: &str) -> S3Result<(std::fs::File, Record)> {
        self.require_bucket(bucket).await?;
        let (bucket, owned) = (bucket.to_owned(), key.to_owned());
        let found = self.on_disk(move |disk| disk.open_object(&bucket, &owned)).await?;
        found.ok_or_else(|| s3_error!(NoSuchKey, "There is no object \"{key}\"."))
    }

    pub(super) async fn read_object(&self, input: GetObjectInput) -> S3Result<S3Response<GetObjectOutput>> {
        let (file, record) = self.find(&input.bucket, &input.key).await?;
        check_conditions(&record, input.if_match, input.if_none_match)?;
        let part = input.range.map(|range| range.check(record.size)).transpose()?;
        let range = part.clone().unwrap_or(0..record.size);
        let mut file = tokio::fs::File::from_std(file);
        file.seek(std::io::SeekFrom::Start(range.start)).await.map_err(internal)?;
        let length = range.end - range.start;
        let body = StreamingBlob::wrap(ReaderStream::with_capacity(file.take(length), READ_BUFFER));
        let content_range = part.map(|part| format!("bytes {}-{}/{}", part.start, part.end - 1, record.size));
        Ok(S3Response::new(GetObjectOutput {
            body: Some(body),
            content_length: Some(signed(length)),
            content_range,
            accept_ranges: Some("bytes".to_owned()),
            content_type: record.headers.content_type.clone(),
            content_encoding: record.headers.content_encoding.clone(),
            content_disposition: record.headers.content_disposition.clone(),
            content_language: record.headers.content_language.clone(),
            cache_control: record.headers.cache_control.clone(),
            metadata: Some(record.headers.metadata.clone().into_iter().collect()),
            e_tag: Some(record.tag()),
            last_modified: Some(record.last_modified()),
            ..Default::default()
        }))
    }

    pub(super) async fn look_at_object(&self, input: HeadObjectInput) -> S3Result<S3Response<HeadObjectOutput>> {
        let (_, record) = self.find(&input.bucket, &input.key).await?;
        check_conditions(&record, input.if_match, input.if_none_match)?;
        Ok(S3Response::new(HeadObjectOutput {
            content_length: Some(signed(record.size)),
            accept_ranges: Some("bytes".to_owned()),
            content_type: record.headers.content_type.clone(),
            content_encoding: record.headers.content_encoding.clone(),
            content_disposition: record.headers.content_disposition.clone(),
            content_language: record.headers.content_language.clone(),
            cache_control: record.headers.cache_control.clone(),
            checksum_crc32: record.checksum("crc32"),
            checksum_crc32c: record.checksum("crc32c"),
            checksum_crc64nvme: record.checksum("crc64nvme"),
            checksum_sha1: record.checksum("sha1"),
            checksum_sha256: record.checksum("sha256"),
            metadata: Some(record.headers.metadata.clone().into_iter().collect()),
            e_tag: Some(record.tag()),
            last_modified: Some(record.last_modified()),
            ..Default::default()
        }))
    }

    pub(super) async fn copy_within(&self, input: CopyObjectInput) -> S3Result<S3Response<CopyObjectOutput>> {
        let CopySource::Bucket { bucket: from_bucket, key: from_key, .. } = input.copy_source else {
            return Err(s3_error!(NotImplemented, "Only /bucket/key can be copied from."));
        };
        self.require_bucket(&input.bucket).await?;
        let (mut file, mut record) = self.find(&from_bucket, &from_key).await?;
        let replace =
            input.metadata_directive.is_some_and(|directive| directive.as_str() == MetadataDirective::REPLACE);
        if replace {
            record.headers.content_type = input.content_type;
            record.headers.content_encoding = input.content_encoding;
            record.headers.metadata = input.metadata.unwrap_or_default().into_iter().collect();
        }
        let same = *from_bucket == *input.bucket && *from_key == *input.key;
        let (bucket, key) = (input.bucket, input.key);
        let record = if same {
            let headers = record.headers;
            let rewritten = self
                .on_disk(move |disk| disk.rewrite_record(&bucket, &key, |present| present.headers = headers))
                .await?;
            rewritten.ok_or_else(|| s3_error!(NoSuchKey, "The object was deleted meanwhile."))?
        } else {
            self.on_disk(move |disk| {
                let bytes = disk.incoming();
                std::io::copy(&mut file, &mut std::fs::File::create(&bytes.0)?)?;
                disk.commit(&bucket, &key, &bytes, record)
            })
            .await?
        };
        let copy_object_result = CopyObjectResult {
            e_tag: Some(record.tag()),
            last_modified: Some(record.last_modified()),
            ..Default::default()
        };
        Ok(S3Response::new(CopyObjectOutput { copy_object_result: Some(copy_object_result), ..Default::default() }))
    }

    pub(super) async fn list_page(&self, input: ListObjectsV2Input) -> S3Result<S3Response<ListObjectsV2Output>> {
        self.require_bucket(&input.bucket).await?;
        let limit = input.max_keys.unwrap_or(1000).clamp(0, 1000);
        let (bucket, prefix) = (input.bucket.clone(), input.prefix.clone().unwrap_or_default());
        let delimiter = input.delimiter.clone().unwrap_or_default();
        // The token is the last name of the page before, in plain text.
        let after = input.continuation_token.clone().or(input.start_after.clone()).unwrap_or_default();
        let page = self
            .on_disk(move |disk| {
                let limit = usize::try_from(limit).unwrap_or(0);
                let question = Question { prefix: &prefix, delimiter: &delimiter, after: &after, limit };
                if limit == 0 {
                    Ok(listing::Page::default())
                } else {
                    listing::page(&disk.bucket_folder(&bucket), &question)
                }
            })
            .await?;
        let contents: Vec<Object> = page
            .objects
            .into_iter()
            .map(|object| Object {
                key: Some(object.key),
                size: Some(signed(object.size)),
                last_modified: Some(timestamp(object.modified)),
                ..Default::default()
            })
            .collect();
        let prefixes: Vec<CommonPrefix> =
            page.prefixes.into_iter().map(|prefix| CommonPrefix { prefix: Some(prefix) }).collect();
        let count = i32::try_from(contents.len() + prefixes.len()).unwrap_or(i32::MAX);
        Ok(S3Response::new(ListObjectsV2Output {
            name: Some(input.bucket),
            prefix: input.prefix,
            delimiter: input.delimiter,
            start_after: input.start_after,
            continuation_token: input.continuation_token,
            max_keys: Some(limit),
            key_count: Some(count),
            is_truncated: Some(page.more_after.is_some()),
            next_continuation_token: page.more_after,
            contents: Some(contents),
            common_prefixes: Some(prefixes),
            ..Default::default()
        }))
    }
}

fn check_conditions(
    record: &Record,
    if_match: Option<ETagCondition>,
    if_none_match: Option<ETagCondition>,
) -> S3Result<()> {
    let matches = |condition: &ETagCondition| match condition {
        ETagCondition::Any => true,
        ETagCondition::ETag(tag) => tag.value() == record.etag,
    };
    if if_match.is_some_and(|condition| !matches(&condition)) {
        return Err(s3_error!(PreconditionFailed, "The object is another one by now."));
    }
    if if_none_match.is_some_and(|condition| matches(&condition)) {
        return Err(s3_error!(NotModified));
    }
    Ok(())
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
