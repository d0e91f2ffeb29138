"""k3s and RKE2: registries.yaml, read once per start of the service (facts/runtimes.md §4)."""
