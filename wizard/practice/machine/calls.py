"""What a host script says to a simulated program, and what it hears."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a program on a practice host.

    Attributes:
        program: its name, as `docker`.
        arguments: what follows the name.
        environment: those variables of the caller that simulated programs read.
        given: bytes of the file or of the standard input that came with it (a CA, an archive).
    """

    program: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    given: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """How a program ended: exit status, standard output, standard error."""

    status: int = 0
    output: str = ""
    errors: str = ""


Program = Callable[[Call], Awaitable[Reply]]
"""A simulated program of one host."""
