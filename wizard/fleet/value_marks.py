"""Marks in the types of values that the migration file holds; pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of a whole number: the least and the most that it may be."""

    minimum: int
    maximum: int


@dataclass(frozen=True, slots=True)
class Keyed:
    """Of a tuple of values: written as a mapping, whose keys are this field of each value."""

    field: str
