//! Sees to it that an image is there, and says how its pull goes.

use std::collections::HashMap;

use bollard::Docker;
use bollard::query_parameters::CreateImageOptionsBuilder;
use futures::StreamExt;

use super::super::Refusal;
use super::super::running::Control;
use super::is_missing;

/// Pulls the image when the engine does not have it.
pub(super) async fn ensure(docker: &Docker, image: &str, control: &Control) -> Result<(), Refusal> {
    let failed = |why: &str| {
        Refusal::new(
            "sandbox.image",
            format!("The image `{image}` is not here and cannot be pulled: {why}"),
            "Look at the image's name and at this machine's way to its registry; or load it (`docker load`, `podman load`)",
        )
    };
    match docker.inspect_image(image).await {
        Ok(_) => return Ok(()),
        Err(error) if is_missing(&error) => {}
        Err(error) => return Err(failed(&error.to_string())),
    }
    control.preparing(format!("pulling image {image}"));
    let (name, tag) = split(image);
    let mut options = CreateImageOptionsBuilder::default().from_image(name);
    if let Some(tag) = tag {
        options = options.tag(tag);
    }
    let mut pull = docker.create_image(Some(options.build()), None, None);
    let mut layers: HashMap<String, (i64, i64)> = HashMap::new();
    while let Some(told) = pull.next().await {
        let told = told.map_err(|error| failed(&error.to_string()))?;
        if let Some(error) = told.error_detail.and_then(|detail| detail.message) {
            return Err(failed(&error));
        }
        if let (Some(layer), Some(progress)) = (told.id, told.progress_detail)
            && let (Some(current), Some(total)) = (progress.current, progress.total)
            && total > 0
        {
            layers.insert(layer, (current, total));
            let (current, total) = layers.values().fold((0, 0), |sum, layer| (sum.0 + layer.0, sum.1 + layer.1));
            control.preparing(format!("pulling image {image}: {} of {} MiB", current >> 20, total >> 20));
        }
    }
    docker.inspect_image(image).await.map(|_| ()).map_err(|error| failed(&error.to_string()))
}

/// Without a tag the API would pull every tag there is. A digest goes with the name.
fn split(image: &str) -> (&str, Option<&str>) {
    if image.contains('@') {
        return (image, None);
    }
    match image.rsplit_once(':') {
        // A colon before a slash is a registry's port.
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (image, Some("latest")),
    }
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn names_tags_ports_and_digests_are_told_apart() {
        assert_eq!(split("python:3.11"), ("python", Some("3.11")));
        assert_eq!(split("python"), ("python", Some("latest")));
        assert_eq!(split("registry:5000/team/image"), ("registry:5000/team/image", Some("latest")));
        assert_eq!(split("registry:5000/image:1"), ("registry:5000/image", Some("1")));
        assert_eq!(split("image@sha256:abc"), ("image@sha256:abc", None));
    }
}
