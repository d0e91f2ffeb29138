"""A buildkitd of the host's own (facts/runtimes.md §0, §5)."""
