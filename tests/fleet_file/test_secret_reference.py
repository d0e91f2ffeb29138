"""Secrets come from where their references say, or are refused without being repeated."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizard.errors import InputError, NeedsTerminal
from wizard.fleet.secret_reference import SecretSource
from wizard.secret import Secret


def nobody(purpose: str) -> Secret:
    """Stand for a place where nobody can answer."""
    raise NeedsTerminal(purpose)


@pytest.fixture
def source(tmp_path: Path) -> SecretSource:
    """Return a source with one variable and nobody to ask."""
    return SecretSource(environ={"TOKEN": "s3cret", "EMPTY": ""}, ask=nobody, base=tmp_path)


def test_a_variable_gives_its_value(source: SecretSource) -> None:
    """The whole value, nothing stripped."""
    assert source.resolve("env:TOKEN", purpose="the test") == Secret("s3cret")


def test_a_file_gives_its_line(source: SecretSource, tmp_path: Path) -> None:
    """Without the line end that editors add."""
    for name, content in {
        "unix": b"s3 cret \n",
        "other": b"s3 cret \r\n",
        "bare": b"s3 cret ",
    }.items():
        file = tmp_path / name
        file.write_bytes(content)
        file.chmod(0o600)

        assert source.resolve(f"file:{name}", purpose="the test") == Secret("s3 cret ")


def test_asking_without_anybody_is_refused(source: SecretSource) -> None:
    """The purpose is in the error."""
    with pytest.raises(NeedsTerminal, match="the sudo password"):
        source.resolve("ask", purpose="the sudo password")


@pytest.mark.parametrize(
    ("content", "mode", "words"),
    [
        (b"s3cret\n", 0o644, "open to other users"),
        (b"s3cret\n", 0o660, "open to other users"),
        (b"", 0o600, "exactly one line"),
        (b"\n", 0o600, "exactly one line"),
        (b"s3cret\nmore\n", 0o600, "exactly one line"),
        (b"\xff\xfe", 0o600, "not UTF-8"),
        (b"x" * 70_000, 0o600, "not a regular file of at most"),
    ],
)
def test_doubtful_files_are_refused(
    source: SecretSource, tmp_path: Path, content: bytes, mode: int, words: str
) -> None:
    """Each for its own reason, the content not repeated."""
    file = tmp_path / "secret"
    file.write_bytes(content)
    file.chmod(mode)

    with pytest.raises(InputError) as raised:
        source.resolve("file:secret", purpose="the test")

    assert words in raised.value.what
    assert raised.value.file == str(file)
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("env:MISSING", "MISSING for the test is not set"),
        ("env:EMPTY", "EMPTY for the test is not set"),
        ("file:missing", "No such file or directory"),
        ("file:.", "Is a directory"),
        ("s3cret", "never written here"),
        ("env:", "never written here"),
        ("file:", "never written here"),
        ("env:S3CRET-VALUE", "never written here"),
    ],
)
def test_other_references_are_refused(source: SecretSource, reference: str, words: str) -> None:
    """A secret in the place of a reference is not repeated."""
    with pytest.raises(InputError) as raised:
        source.resolve(reference, purpose="the test")

    assert words in raised.value.what
    assert "s3cret" not in str(raised.value)
    assert "S3CRET-VALUE" not in str(raised.value)
