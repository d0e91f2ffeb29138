"""A text stream that no secret gets through."""

from __future__ import annotations

import io
from typing import TextIO

from wizard.secret import Secret, redact


class RedactedText(io.TextIOBase):
    """Passes lines on to `sink` with the secrets' values replaced.

    A line is held back until it is complete, so that a secret cannot slip through in two halves.
    """

    def __init__(self, sink: TextIO, secrets: tuple[Secret, ...]) -> None:
        super().__init__()
        self._sink = sink
        self._secrets = secrets
        self._partial = ""

    def writable(self) -> bool:
        """Tell that it can be written to."""
        return True

    def write(self, text: str) -> int:
        """Take text; complete lines go on at once."""
        *lines, self._partial = (self._partial + text).split("\n")
        for line in lines:
            self._sink.write(redact(line, self._secrets) + "\n")
        self._sink.flush()
        return len(text)

    def close(self) -> None:
        """Let go what is left of an incomplete line."""
        if self._partial:
            self.write("\n")
        super().close()
