"""Servers to put before a target, for clients that no setting of theirs leads into a project."""
