"""registries.conf: what Podman, Buildah, Skopeo and CRI-O read alike (facts/runtimes.md §3)."""
