"""Pilotage: move a fleet of container hosts onto your own registry."""

__version__ = "0.1.0"
