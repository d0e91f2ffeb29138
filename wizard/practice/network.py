"""The way of practice runtimes to registries: real HTTPS to loopback addresses."""

from __future__ import annotations


class Network:
    """Names of registries and where they are on loopback."""
