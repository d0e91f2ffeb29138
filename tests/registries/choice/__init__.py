"""Which registry fits a fleet and its needs."""
