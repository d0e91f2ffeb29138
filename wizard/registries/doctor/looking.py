"""Look at a product part by part; what cannot be seen stops nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from wizard.registries.doctor.observation import Observation, Reading, Seen, Severity, Topic
from wizard.registries.failures import Failure, RegistryFailure
from wizard.wording import _

_ORDER = {topic: order for order, topic in enumerate(Topic)}
Look = Callable[[], Awaitable[Seen]]


async def one_after_another(looks: Iterable[tuple[Topic, Look]]) -> Seen:
    """Return what all looks see, by topic; one that fails is an observation, UNKNOWN, of its own.

    A login that is refused ends it, since each further one could lock the user out: so the
    first look must be one that needs the login.
    """
    observations: list[Observation] = []
    readings: list[Reading] = []
    for topic, look in looks:
        try:
            seen = await look()
        except RegistryFailure as error:
            if error.kind is Failure.UNAUTHORISED:
                observations.append(_refused(error))
                break
            unknown = Observation(
                topic=topic,
                severity=Severity.UNKNOWN,
                found=_("it could not be asked: {reason}").format(reason=error.reason),
                todo=error.todo,
            )
            observations.append(unknown)
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            # Answers are read as the products that are known give them.
            strange = Observation(
                topic=topic,
                severity=Severity.UNKNOWN,
                found=_("its answer is not of the form that is known: {reason}").format(
                    reason=error
                ),
            )
            observations.append(strange)
        else:
            observations += seen.observations
            readings += seen.readings
    observations.sort(key=lambda one: _ORDER[one.topic])
    return Seen(observations=tuple(observations), readings=tuple(readings))


def _refused(error: RegistryFailure) -> Observation:
    return Observation(
        topic=Topic.LOGIN,
        severity=Severity.BROKEN,
        found=_("the user name or the password is wrong: {reason}").format(reason=error.reason),
        todo=_("Correct it; nothing more was asked, since failed logins lock a user out."),
        source="goharbor/harbor, src/core/auth/authenticator.go",
    )


def is_refused(seen: Seen) -> bool:
    """Tell whether a login was refused on the way."""
    return any(
        one.topic is Topic.LOGIN and one.severity is Severity.BROKEN for one in seen.observations
    )


def well(topic: Topic, found: str) -> Observation:
    """Return that nothing is wrong with a topic."""
    return Observation(topic=topic, severity=Severity.WELL, found=found)
