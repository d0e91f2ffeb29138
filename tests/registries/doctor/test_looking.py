"""Looks one after another: what cannot be seen stops nothing."""

from __future__ import annotations

from wizard.registries.doctor.looking import one_after_another, well
from wizard.registries.doctor.observation import Seen, Severity, Topic


async def _well() -> Seen:
    return Seen(observations=(well(Topic.QUEUE, "it moves"),))


async def _of_another_form() -> Seen:
    parts: list[object] = ["no record"]
    return Seen(observations=tuple(well(Topic.HEALTH, part["x"]) for part in parts))  # type: ignore[index]  # any JSON


async def test_an_answer_of_another_form_is_an_observation_and_the_rest_goes_on() -> None:
    """A release that nobody here knows may nest its answers otherwise."""
    seen = await one_after_another([(Topic.HEALTH, _of_another_form), (Topic.QUEUE, _well)])
    assert [(one.topic, one.severity) for one in seen.observations] == [
        (Topic.HEALTH, Severity.UNKNOWN),
        (Topic.QUEUE, Severity.WELL),
    ]
