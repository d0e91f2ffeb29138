"""Secrets on their way to a run, and the log that must not have them."""

from __future__ import annotations

import io
import os

import pytest

from wizard.errors import RunError
from wizard.run.redacted_log import RedactedText
from wizard.run.secret_pipe import read_secrets, write_secrets
from wizard.secret import Secret

SECRET = Secret("pä$$ \"word'\n")


def test_secrets_pass_through_a_pipe_unchanged() -> None:
    """Every character arrives."""
    reader, writer = os.pipe()
    write_secrets(writer, {"sudo:default": SECRET})
    assert read_secrets(reader) == {"sudo:default": SECRET}


@pytest.mark.parametrize("document", [b"", b"{", b"[1]", b'"hunter2"'])
def test_broken_document_is_refused_without_quoting_it(document: bytes) -> None:
    """What came through the pipe may be a secret in pieces."""
    reader, writer = os.pipe()
    os.write(writer, document)
    os.close(writer)
    with pytest.raises(RunError) as told:
        read_secrets(reader)
    assert "hunter2" not in str(told.value)
    assert told.value.__cause__ is None


def test_log_shows_no_secret_even_when_it_comes_in_pieces() -> None:
    """A line is looked at as a whole."""
    sink = io.StringIO()
    log = RedactedText(sink, (Secret("hunter2"),))
    log.write("the word is hun")
    log.write("ter2, is it?\nand ")
    log.write("more")
    log.close()
    assert sink.getvalue() == "the word is ‹secret›, is it?\nand more\n"
