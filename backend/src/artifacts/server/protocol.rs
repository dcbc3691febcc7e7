//! The S3 operations we serve, each handed to the file that does it. What is not here is answered NotImplemented.

use std::sync::Arc;

use s3s::dto::*;
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};

use super::disk::Disk;
use super::receive::internal;

#[derive(Clone)]
pub(super) struct Protocol {
    pub(super) disk: Arc<Disk>,
}

impl Protocol {
    pub(super) fn new(disk: Disk) -> Self {
        Self { disk: Arc::new(disk) }
    }

    /// Runs blocking work on the disk off the async threads.
    pub(super) async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Disk) -> std::io::Result<T> + Send + 'static,
    ) -> S3Result<T> {
        let disk = Arc::clone(&self.disk);
        let joined = tokio::task::spawn_blocking(move || work(&disk)).await;
        joined.map_err(std::io::Error::other).flatten().map_err(internal)
    }

    pub(super) async fn require_bucket(&self, bucket: &str) -> S3Result<()> {
        let name = bucket.to_owned();
        if self.on_disk(move |disk| Ok(disk.bucket_folder(&name).is_dir())).await? {
            return Ok(());
        }
        Err(s3_error!(NoSuchBucket, "There is no bucket \"{bucket}\"."))
    }
}

#[async_trait::async_trait]
impl S3 for Protocol {
    async fn create_bucket(&self, request: S3Request<CreateBucketInput>) -> S3Result<S3Response<CreateBucketOutput>> {
        let bucket = request.input.bucket;
        let folder = bucket.clone();
        let made = self
            .on_disk(move |disk| match std::fs::create_dir(disk.bucket_folder(&folder)) {
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
                result => result.map(|()| true),
            })
            .await?;
        if !made {
            return Err(s3_error!(BucketAlreadyOwnedByYou, "The bucket \"{bucket}\" is already there."));
        }
        Ok(S3Response::new(CreateBucketOutput { location: Some(format!("/{bucket}")) }))
    }

    async fn head_bucket(&self, request: S3Request<HeadBucketInput>) -> S3Result<S3Response<HeadBucketOutput>> {
        self.require_bucket(&request.input.bucket).await?;
        Ok(S3Response::new(HeadBucketOutput::default()))
    }

    async fn delete_bucket(&self, request: S3Request<DeleteBucketInput>) -> S3Result<S3Response<DeleteBucketOutput>> {
        let bucket = request.input.bucket;
        self.require_bucket(&bucket).await?;
        let removed = self
            .on_disk(move |disk| match std::fs::remove_dir(disk.bucket_folder(&bucket)) {
                Err(error) if error.kind() == std::io::ErrorKind::DirectoryNotEmpty => Ok(false),
                result => result.map(|()| true),
            })
            .await?;
        if !removed {
            return Err(s3_error!(BucketNotEmpty, "The bucket still holds objects."));
        }
        Ok(S3Response::new(DeleteBucketOutput {}))
    }

    async fn put_object(&self, request: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        self.store_object(request).await
    }

    async fn get_object(&self, request: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        self.read_object(request.input).await
    }

    async fn head_object(&self, request: S3Request<HeadObjectInput>) -> S3Result<S3Response<HeadObjectOutput>> {
        self.look_at_object(request.input).await
    }

    async fn copy_object(&self, request: S3Request<CopyObjectInput>) -> S3Result<S3Response<CopyObjectOutput>> {
        self.copy_within(request.input).await
    }

    async fn delete_object(&self, request: S3Request<DeleteObjectInput>) -> S3Result<S3Response<DeleteObjectOutput>> {
        let DeleteObjectInput { bucket, key, .. } = request.input;
        self.require_bucket(&bucket).await?;
        self.on_disk(move |disk| disk.remove(&bucket, &key)).await?;
        Ok(S3Response::new(DeleteObjectOutput::default()))
    }

    async fn delete_objects(
        &self,
        request: S3Request<DeleteObjectsInput>,
    ) -> S3Result<S3Response<DeleteObjectsOutput>> {
        let DeleteObjectsInput { bucket, delete, .. } = request.input;
        self.require_bucket(&bucket).await?;
        let quiet = delete.quiet.unwrap_or(false);
        let keys: Vec<String> = delete.objects.into_iter().map(|object| object.key).collect();
        let (deleted, errors) = self
            .on_disk(move |disk| {
                let (mut deleted, mut errors) = (Vec::new(), Vec::new());
                for key in keys {
                    match disk.remove(&bucket, &key) {
                        Ok(()) => deleted.push(DeletedObject { key: Some(key), ..Default::default() }),
                        Err(error) => errors.push(Error {
                            code: Some("InternalError".to_owned()),
                            message: Some(error.kind().to_string()),
                            key: Some(key),
                            version_id: None,
                        }),
                    }
                }
                Ok((deleted, errors))
            })
            .await?;
        let deleted = Some(deleted).filter(|_| !quiet);
        Ok(S3Response::new(DeleteObjectsOutput { deleted, errors: Some(errors), ..Default::default() }))
    }

    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        self.list_page(request.input).await
    }

    async fn create_multipart_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        self.begin_upload(request.input).await
    }

    async fn upload_part(&self, request: S3Request<UploadPartInput>) -> S3Result<S3Response<UploadPartOutput>> {
        self.store_part(request).await
    }

    async fn complete_multipart_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        self.finish_upload(request.input).await
    }

    async fn abort_multipart_upload(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        self.abandon_upload(request.input).await
    }
}
