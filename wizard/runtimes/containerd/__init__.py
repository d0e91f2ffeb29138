"""containerd 1.6 to 2.3 as Kubernetes uses it, through CRI (facts/runtimes.md §2)."""
