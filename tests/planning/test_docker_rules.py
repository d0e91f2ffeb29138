"""How Docker prints versions and mirrors, takes flags, and matches insecure registries."""

from __future__ import annotations

import pytest

from wizard.planning.versions import parse_version
from wizard.runtimes.docker.config import flag_values, normal_mirrors, without_flag
from wizard.runtimes.docker.insecure import comparable, is_insecure


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20.10.24+dfsg1", (20, 10, 24)),
        ("24.0.7-0ubuntu2~22.04.1", (24, 0, 7)),
        ("v2.1.9", (2, 1, 9)),
        ("1.6", (1, 6, 0)),
        ("17.03.2-ce", (17, 3, 2)),
        ("", None),
        ("dev", None),
    ],
)
def test_versions_are_read_as_distributions_print_them(
    text: str, expected: tuple[int, int, int] | None
) -> None:
    """Suffixes of packages are left out; what is no version is None."""
    assert expected == parse_version(text)


def test_flags_are_read_in_both_spellings() -> None:
    """`--name value`, `--name=value` and one dash are the same flag."""
    flags = ("-H", "fd://", "--registry-mirror", "https://a", "-registry-mirror=https://b", "x")
    assert flag_values(flags, "registry-mirror") == ("https://a", "https://b")
    assert without_flag(flags, "registry-mirror") == ("-H", "fd://", "x")
    assert flag_values(("--registry-mirror",), "registry-mirror") == ()


def test_mirrors_are_compared_as_the_daemon_prints_them() -> None:
    """The daemon prints one trailing slash."""
    assert normal_mirrors(["https://a", "https://b/"]) == ("https://a/", "https://b/")


@pytest.mark.parametrize(
    ("url", "entry", "insecure"),
    [
        ("https://r.corp:5000", "r.corp:5000", True),
        ("https://r.corp:5000", "R.Corp:5000", True),
        ("https://r.corp:5000", "http://r.corp:5000", True),
        ("https://r.corp:5000", "r.corp", False),
        ("https://10.1.2.3:5000", "10.0.0.0/8", True),
        ("https://10.1.2.3:5000", "11.0.0.0/8", False),
        ("https://r.corp", "10.0.0.0/8", False),
        ("http://r.corp", "r.corp", False),
        ("https://[::1", "::1/128", False),
    ],
)
def test_insecure_entries_match_exactly_or_by_network(
    url: str, entry: str, *, insecure: bool
) -> None:
    """An entry must have the same host and port, or be a network with the address."""
    assert insecure is is_insecure(url, [entry])


def test_entries_that_every_daemon_has_do_not_count_as_pending() -> None:
    """Loopback networks are always there; spelling and order do not matter."""
    running = ["127.0.0.0/8", "::1/128", "R.corp:5000", "10.0.0.1/8"]
    assert comparable(["10.0.0.0/8", "http://r.corp:5000"]) == comparable(running)
