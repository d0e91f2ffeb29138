"""A Nexus in memory: its management API and its Docker content, with the quirks of each version."""
