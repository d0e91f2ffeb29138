"""The practice fleet: hosts, runtimes and registries that behave as the real ones do."""
