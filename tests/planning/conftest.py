"""Settings of the property tests."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("planning", deadline=None)
settings.load_profile("planning")
