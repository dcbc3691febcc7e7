//! What is particular to a plain process: it sees this machine as it is, so paths cannot be chosen.

use super::{Refusal, SandboxMount};

/// A plain process finds a volume at the pipeline's path only when the volume's folder is that very path.
pub(crate) fn check_mounts(mounts: &[SandboxMount]) -> Result<(), Refusal> {
    for mount in mounts {
        let host = mount.sub_path.as_ref().map_or_else(|| mount.host.clone(), |sub_path| mount.host.join(sub_path));
        if host != std::path::Path::new(&mount.path) {
            return Err(Refusal::new(
                "sandbox.mount",
                format!("A plain process cannot have a volume at `{}`: nothing can be mounted for it", mount.path),
                "Install bubblewrap (`apt install bubblewrap`), Docker or Podman, and start Dagwright again",
            ));
        }
        if mount.access == super::MountAccess::ReadOnly {
            return Err(Refusal::new(
                "sandbox.mount",
                format!("A plain process cannot be kept from writing to the volume at `{}`", mount.path),
                "Install bubblewrap (`apt install bubblewrap`), Docker or Podman, or mount the volume to be written",
            ));
        }
    }
    Ok(())
}
