//! Uploads in parts: `multipart/<id>/upload.json` and one file `<number>.<sha256>` a part.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};
use serde::{Deserialize, Serialize};

use super::disk::Disk;
use super::protocol::Protocol;
use super::receive::{Announced, receive};
use super::record::{Headers, Record};
use crate::artifacts::digest::sum_of;

const MOST_PARTS: i32 = 10_000;
const DESCRIPTION: &str = "upload.json";

#[derive(Serialize, Deserialize)]
struct Description {
    bucket: String,
    key: String,
    #[serde(flatten)]
    headers: Headers,
}

impl Protocol {
    pub(super) async fn begin_upload(
        &self,
        input: CreateMultipartUploadInput,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        self.require_bucket(&input.bucket).await?;
        let id = uuid::Uuid::new_v4().simple().to_string();
        let description = Description {
            bucket: input.bucket.clone(),
            key: input.key.clone(),
            headers: Headers {
                content_type: input.content_type,
                content_encoding: input.content_encoding,
                content_disposition: input.content_disposition,
                content_language: input.content_language,
                cache_control: input.cache_control,
                metadata: input.metadata.unwrap_or_default().into_iter().collect(),
                checksums: BTreeMap::new(),
            },
        };
        let name = id.clone();
        self.on_disk(move |disk| {
            let folder = disk.multipart_folder().join(name);
            std::fs::create_dir(&folder)?;
            std::fs::write(folder.join(DESCRIPTION), serde_json::to_vec(&description)?)
        })
        .await?;
        Ok(S3Response::new(CreateMultipartUploadOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(id),
            ..Default::default()
        }))
    }

    pub(super) async fn store_part(
        &self,
        request: S3Request<UploadPartInput>,
    ) -> S3Result<S3Response<UploadPartOutput>> {
        let announced = Announced::new(request.headers, request.trailing_headers);
        let input = request.input;
        if !(1..=MOST_PARTS).contains(&input.part_number) {
            return Err(s3_error!(InvalidArgument, "A part's number is 1 to 10000."));
        }
        let (folder, _) = self.upload(&input.bucket, &input.key, &input.upload_id).await?;
        let received = receive(&self.disk, input.body, announced).await?;
        let digest = received.sum.sha256.clone();
        self.on_disk(move |_| {
            let file = File::open(&received.bytes.0)?;
            file.sync_all()?;
            let (number, target) = (input.part_number, format!("{}.{}", input.part_number, received.sum.sha256));
            let older = parts_in(&folder)?.remove(&number).filter(|older| *older != received.sum.sha256);
            std::fs::rename(&received.bytes.0, folder.join(target))?;
            older.map_or(Ok(()), |older| std::fs::remove_file(folder.join(format!("{number}.{older}"))))
        })
        .await?;
        Ok(S3Response::new(UploadPartOutput { e_tag: Some(ETag::Strong(digest)), ..Default::default() }))
    }

    pub(super) async fn finish_upload(
        &self,
        input: CompleteMultipartUploadInput,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        let (folder, description) = self.upload(&input.bucket, &input.key, &input.upload_id).await?;
        let listed = input.multipart_upload.and_then(|upload| upload.parts).unwrap_or_default();
        let listed: Vec<(i32, String)> = listed
            .into_iter()
            .map(|part| (part.part_number.unwrap_or(0), part.e_tag.map(ETag::into_value).unwrap_or_default()))
            .collect();
        if listed.is_empty() {
            return Err(s3_error!(MalformedXML, "No parts are listed."));
        }
        if !listed.is_sorted_by(|left, right| left.0 < right.0) {
            return Err(s3_error!(InvalidPartOrder, "The parts must be listed by rising number."));
        }
        let scanned = folder.clone();
        let present = self.on_disk(move |_| parts_in(&scanned)).await?;
        if let Some((number, _)) = listed.iter().find(|(number, tag)| present.get(number) != Some(tag)) {
            return Err(s3_error!(InvalidPart, "Part {number} is missing or is another one."));
        }
        let tags: String = listed.iter().map(|(_, tag)| tag.as_str()).collect();
        let etag = format!("{}-{}", sum_of(tags.as_bytes()).sha256, listed.len());
        let record = Record { etag, headers: description.headers, ..Record::default() };
        let (bucket, key) = (input.bucket.clone(), input.key.clone());
        let record = self.on_disk(move |disk| join(disk, &folder, &listed, &bucket, &key, record)).await?;
        Ok(S3Response::new(CompleteMultipartUploadOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            e_tag: Some(record.tag()),
            ..Default::default()
        }))
    }

    pub(super) async fn abandon_upload(
        &self,
        input: AbortMultipartUploadInput,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        let (folder, _) = self.upload(&input.bucket, &input.key, &input.upload_id).await?;
        self.on_disk(move |_| std::fs::remove_dir_all(folder)).await?;
        Ok(S3Response::new(AbortMultipartUploadOutput::default()))
    }

    async fn upload(&self, bucket: &str, key: &str, id: &str) -> S3Result<(PathBuf, Description)> {
        let unknown =
            || s3_error!(NoSuchUpload, "There is no such upload: it was finished, abandoned, or never begun.");
        // The id becomes a folder's name: only what we ourselves give out.
        let name = uuid::Uuid::parse_str(id).map_err(|_| unknown())?.simple().to_string();
        let read = self
            .on_disk(move |disk| {
                let folder = disk.multipart_folder().join(name);
                match std::fs::read(folder.join(DESCRIPTION)) {
                    Ok(bytes) => Ok(Some((folder, serde_json::from_slice::<Description>(&bytes)?))),
                    Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
                    Err(error) => Err(error),
                }
            })
            .await?;
        read.filter(|(_, upload)| upload.bucket == bucket && upload.key == key).ok_or_else(unknown)
    }
}

/// Part number → digest.
fn parts_in(folder: &Path) -> io::Result<BTreeMap<i32, String>> {
    let mut parts = BTreeMap::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name();
        let part = name.to_str().and_then(|name| name.split_once('.'));
        if let Some((number, digest)) = part.and_then(|(number, digest)| Some((number.parse().ok()?, digest))) {
            parts.insert(number, digest.to_owned());
        }
    }
    Ok(parts)
}

fn join(
    disk: &Disk,
    folder: &Path,
    parts: &[(i32, String)],
    bucket: &str,
    key: &str,
    record: Record,
) -> io::Result<Record> {
    let bytes = disk.incoming();
    let mut target = File::create(&bytes.0)?;
    for (number, digest) in parts {
        // Copied by the kernel, without passing through our memory.
        io::copy(&mut File::open(folder.join(format!("{number}.{digest}")))?, &mut target)?;
    }
    drop(target);
    let record = disk.commit(bucket, key, &bytes, record)?;
    std::fs::remove_dir_all(folder)?;
    Ok(record)
}
