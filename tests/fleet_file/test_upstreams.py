"""Further upstreams on one line, as the wizard's field has them."""

from __future__ import annotations

import pytest

from wizard.fleet.policy import PlaceChoice
from wizard.fleet.upstreams import places_of, places_text

_PLACES = (
    PlaceChoice(upstream="quay.io", prefix="quay"),
    PlaceChoice(upstream="registry.k8s.io", prefix="mirrors/k8s"),
    PlaceChoice(upstream="ghcr.io", addressing="root"),
)


def test_a_line_says_what_it_was_made_from() -> None:
    """Written and read again, nothing is lost."""
    line = places_text(_PLACES)

    assert (line, places_of(line)) == (
        "quay.io=quay, registry.k8s.io=mirrors/k8s, ghcr.io=/",
        _PLACES,
    )


@pytest.mark.parametrize("text", ["", "  ", ",", " , "])
def test_nothing_is_no_upstream(text: str) -> None:
    """An empty field moves docker.io alone."""
    assert places_of(text) == ()


def test_what_the_line_does_not_say_stays() -> None:
    """The canary of a place, and an addressing that was chosen, are the file's."""
    chosen = PlaceChoice(upstream="quay.io", addressing="path", prefix="q", canary="a/b:1")

    assert places_of("quay.io=q", (chosen,)) == (chosen,)
    assert places_of("quay.io=other", (chosen,)) == (
        PlaceChoice(upstream="quay.io", prefix="other", canary="a/b:1"),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("quay.io", "expected quay.io=project"),
        ("quay.io=", "expected quay.io=project"),
        ("docker.io=hub", "docker.io is always moved"),
        ("quay=q", "such as quay.io"),
        ("quay.io=q quay.io=r", "quay.io is there twice"),
        ("quay.io=../etc", "expected a project or path"),
        ("https://quay.io=q", "such as quay.io"),
    ],
)
def test_a_mistake_says_what_was_expected(text: str, expected: str) -> None:
    """The words stand under the field."""
    with pytest.raises(ValueError, match=expected):
        places_of(text)
