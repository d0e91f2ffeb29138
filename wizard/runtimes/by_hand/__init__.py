"""Runtimes that are found and not changed: what a person does for each, word for word."""
