"""The one error of the real fleet."""

from __future__ import annotations


class FleetError(Exception):
    """Say what went wrong with the real fleet, and where; the text is meant for a person."""
