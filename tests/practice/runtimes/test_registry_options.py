"""Mirrors and insecure registries by release (facts/runtimes.md §1.1, §1.2)."""

from __future__ import annotations

import pytest

from wizard.practice.runtimes.registry_options import BadOption, insecure_registries, mirror_url
from wizard.practice.runtimes.releases import Release

_EITHER = "must use either 'https://' or 'http://'"
_PATH = "path, query, or fragment at end of the URI"


@pytest.mark.parametrize(
    ("text", "release", "expected"),
    [
        ("https://h.test", (20, 10, 24), "https://h.test/"),
        ("https://h.test/", (29, 7, 2), "https://h.test/"),
        ("http://h.test:5000", (24, 0, 7), "http://h.test:5000/"),
        ("https://h.test/proj", (24, 0, 8), "https://h.test/proj/"),
        ("https://h.test/proj", (29, 7, 2), "https://h.test/proj/"),
    ],
)
def test_mirror_that_is_taken(text: str, release: Release, expected: str) -> None:
    """It is kept with one slash at its end; paths are taken since 24.0.8."""
    assert mirror_url(text, release) == expected


@pytest.mark.parametrize(
    ("text", "release", "expected"),
    [
        ("https://h.test/proj", (20, 10, 24), f'{_PATH} "https://h.test/proj"'),
        ("https://h.test/proj", (24, 0, 7), f'{_PATH} "https://h.test/proj"'),
        ("https://h.test/?q=1", (20, 10, 24), f'{_PATH} "https://h.test/?q=1"'),
        ("https://h.test/?q=1", (26, 1, 5), 'query or fragment at end of the URI "https://h.test/?q=1"'),
        ("https://h.test/#f", (28, 5, 2), 'query or fragment at end of the URI "https://h.test/#f"'),
        ("host:5000", (20, 10, 24), 'unsupported scheme "host" in "host:5000"'),
        ("host:5000", (27, 5, 1), 'unsupported scheme "host" in "host:5000"'),
        ("host:5000", (28, 3, 0), f'no scheme specified for "host:5000": {_EITHER}'),
        ("ftp://h.test", (26, 1, 5), 'unsupported scheme "ftp" in "ftp://h.test"'),
        ("ftp://h.test", (28, 5, 2), f'unsupported scheme "ftp" in "ftp://h.test": {_EITHER}'),
        (
            "https://u:p@h.test",
            (20, 10, 24),
            'username/password not allowed in URI "https://u:xxxxx@h.test"',
        ),
        (
            "https://u:p@h.test",
            (28, 5, 2),
            'username/password not allowed in URI "https://u:xxxxx@h.test"',
        ),
    ],
)  # fmt: skip
def test_mirror_that_is_not_taken(text: str, release: Release, expected: str) -> None:
    """The words are those of the real daemons; passwords are covered."""
    with pytest.raises(BadOption) as caught:
        mirror_url(text, release)

    assert str(caught.value) == f"invalid mirror: {expected}"


def resolve(name: str) -> str:
    """Return an address of the tests' own name service."""
    return {"inside.test": "10.1.2.3", "10.1.2.3": "10.1.2.3", "127.0.0.1": "127.0.0.1"}.get(
        name, ""
    )


@pytest.mark.parametrize(
    ("authority", "expected"),
    [
        ("127.0.0.1:5000", True),
        ("inside.test:443", True),
        ("10.1.2.3", True),
        ("named.test:5000", True),
        ("named.test", False),
        ("bare.test", True),
        ("elsewhere.test", False),
    ],
)
def test_whose_certificate_does_not_count(authority: str, *, expected: bool) -> None:
    """Networks by address, names by their exact text, loopback always (§1.2)."""
    listed = ["10.0.0.0/8", "named.test:5000", "https://bare.test"]

    assert insecure_registries(listed, (26, 1, 5)).covers(authority, resolve) is expected


@pytest.mark.parametrize(
    ("release", "expected"),
    [((26, 1, 5), ("127.0.0.0/8",)), ((28, 5, 2), ("::1/128", "127.0.0.0/8"))],
)
def test_loopback_is_always_insecure(release: Release, expected: tuple[str, ...]) -> None:
    """As recorded on real hosts."""
    assert insecure_registries([], release).networks == expected


def test_scheme_that_is_no_scheme() -> None:
    """Fatal at start, and `--validate` does not see it (§1.2)."""
    with pytest.raises(BadOption, match="insecure registry ftp://x should not contain '://'"):
        insecure_registries(["ftp://x"], (29, 7, 2))
