"""Reaching hosts: one connection per host and run, over asyncssh."""
