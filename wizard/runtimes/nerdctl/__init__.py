"""nerdctl, which reads hosts.toml below directories of its own (facts/runtimes.md §2.4)."""
