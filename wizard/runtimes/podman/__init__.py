"""Podman, and with it Buildah and Skopeo, which read the same files (facts/runtimes.md §3)."""
