"""What operators type as a URL, and how a registry may have to be spelled."""

from __future__ import annotations

import pytest

from wizard.errors import InputError
from wizard.fleet.policy import TargetChoice
from wizard.registries.address import Address, Spelling, parse_address, spellings
from wizard.target import Addressing


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("https://registry.example.com", Address(url="https://registry.example.com")),
        ("  https://registry.example.com/ ", Address(url="https://registry.example.com")),
        ("registry.example.com", Address(url="https://registry.example.com")),
        ("Registry.Example.com:5000", Address(url="https://registry.example.com:5000")),
        ("https://[::1]:5000/", Address(url="https://[::1]:5000")),
        ("https://h.test/hub", Address(url="https://h.test", path="hub")),
        ("h.test//repository/hub//", Address(url="https://h.test", path="repository/hub")),
    ],
)
def test_what_can_be_meant_is_understood(typed: str, expected: Address) -> None:
    """A missing scheme, spaces, slashes and a path each have one meaning."""
    assert expected == parse_address(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "http://registry.example.com",
        "ftp://registry.example.com",
        "https://",
        "https://op:s3cret@registry.example.com",
        "https://registry.example.com/?q=1",
        "https://registry.example.com/#here",
        "https://registry.example.com:0",
        "https://registry.example.com:70000",
        "https://registry.example.com:port",
        "https://two words",
        "https://[::1",
    ],
)
def test_what_hosts_could_not_use_is_refused_with_a_way_out(typed: str) -> None:
    """The error says how to write it, and repeats no password."""
    with pytest.raises(InputError) as caught:
        parse_address(typed)
    assert "https://registry.example.com" in caught.value.todo
    assert "s3cret" not in str(caught.value)


def _spelled(url: str, *, addressing: str = "auto", prefix: str = "") -> tuple[Spelling, ...]:
    choice = TargetChoice(url=url, addressing=addressing, prefix=prefix)
    return spellings(parse_address(url), choice)


ROOT = Spelling(addressing=Addressing.ROOT)


def _prefix(name: str) -> Spelling:
    return Spelling(addressing=Addressing.PREFIX, prefix=name)


def _path(name: str) -> Spelling:
    return Spelling(addressing=Addressing.PATH, prefix=name)


def test_without_a_prefix_the_root_is_tried_first_and_then_usual_names() -> None:
    """The root serves most clients."""
    tried = _spelled("https://h.test")
    assert tried[0] == ROOT
    assert _prefix("dockerhub") in tried
    assert _path("artifactory/api/docker/docker-remote") in tried


@pytest.mark.parametrize(
    ("url", "choice", "expected"),
    [
        ("https://h.test", {"prefix": "hub"}, (_prefix("hub"), _path("hub"))),
        ("https://h.test/hub", {}, (_prefix("hub"), _path("hub"))),
        ("https://h.test/v2/hub", {}, (_prefix("hub"),)),
        ("https://h.test/repository/hub/v2/", {"addressing": "path"}, (_path("repository/hub"),)),
        ("https://h.test/v2/", {"addressing": "root"}, (ROOT,)),
        ("https://h.test", {"addressing": "prefix", "prefix": "/a/b/"}, (_prefix("a/b"),)),
    ],
)
def test_what_the_operator_gave_is_all_that_is_tried(
    url: str, choice: dict[str, str], expected: tuple[Spelling, ...]
) -> None:
    """A path in the URL is a prefix, `v2` is not part of it."""
    assert expected == _spelled(url, **choice)


@pytest.mark.parametrize(
    "choice", [{"addressing": "sideways"}, {"addressing": "root", "prefix": "hub"}]
)
def test_an_addressing_that_cannot_be_is_refused(choice: dict[str, str]) -> None:
    """The choices are named, the contradiction too."""
    with pytest.raises(InputError):
        _spelled("https://h.test", **choice)
