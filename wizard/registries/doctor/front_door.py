"""What every client meets before it pulls: trust, certificate, clock, and who it must be.

Independent of the product; the sources are facts/harbor.md §7 and facts/nexus_artifactory.md §8.
"""

from __future__ import annotations

import email.utils
import ssl
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

import httpx

from wizard.clock import Clock
from wizard.registries.authority import Challenge, parse_challenge
from wizard.registries.certificates import (
    describe,
    presented_fingerprint,
    verified_certificate,
)
from wizard.registries.doctor.observation import Observation, Severity, Topic
from wizard.registries.failures import RegistryFailure
from wizard.registries.http import send
from wizard.registries.places import SHOW_CERTIFICATE
from wizard.registries.sources import CLIENT_CERTIFICATES, HARBOR_SETTINGS, NO_MIRROR_LOGIN
from wizard.registries.subject_name import SubjectKind, named
from wizard.target import TargetKind
from wizard.wording import _, mark, ngettext

_DAY: Final = 86_400
SOON: Final = 30 * _DAY
"""Seconds before its end from which a certificate is trouble; renewals take people weeks."""
SKEW: Final = 60.0
"""Seconds of difference from which tokens may be too young or too old (JWT `nbf`, `exp`)."""
_RENEW_HARBOR: Final = mark(
    "Have it renewed now: when it ends every pull fails. Harbor keeps a copy, so run"
    " its prepare again and restart it after the renewal."
)
_RENEW: Final = mark(
    "Have it renewed now: when it ends every pull fails. Then reload what shows it, the"
    " registry or the front before it."
)


async def at_the_front_door(
    url: str,
    *,
    kind: TargetKind,
    client: httpx.AsyncClient,
    clock: Clock,
    is_proxied: bool = False,
) -> tuple[Observation, ...]:
    """Return what a client meets at `url`/v2/, anonymous, before it asks for any image.

    One that nobody can talk to is one observation, and raises nothing. Behind a proxy its
    certificate is not looked at past that: somebody else may be there.
    """
    try:
        response = await send(client, clock, "GET", f"{url}/v2/")
    except RegistryFailure as error:
        return (await _not_reached(url, error, is_proxied=is_proxied),)
    seen = [
        Observation(topic=Topic.TRUST, severity=Severity.WELL, found=_certificate_words(response)),
        *certificate_observations(verified_certificate(response), kind, now=clock.now()),
        *clock_observations(response.headers.get("date", ""), now=clock.now()),
        *_challenge_observations(url, response, kind),
    ]
    return tuple(seen)


async def _not_reached(url: str, error: RegistryFailure, *, is_proxied: bool) -> Observation:
    found = error.reason
    if error.kind in SHOW_CERTIFICATE and not is_proxied:
        shown = await presented_fingerprint(url)
        found = _("{reason}; it shows a certificate with SHA-256 fingerprint {shown}").format(
            reason=error.reason, shown=shown or "?"
        )
    return Observation(
        topic=Topic.TRUST,
        severity=Severity.BROKEN,
        found=found,
        todo=error.todo,
        source=CLIENT_CERTIFICATES,
    )


def certificate_observations(
    certificate: Mapping[str, object], kind: TargetKind, *, now: float
) -> tuple[Observation, ...]:
    """Return whether a verified certificate ends soon; `now` in seconds since the epoch."""
    end = certificate.get("notAfter")
    if not isinstance(end, str):
        return ()
    left = ssl.cert_time_to_seconds(end) - now
    days = int(left // _DAY)
    found = ngettext(
        "the certificate is valid for {days} day", "the certificate is valid for {days} days", days
    ).format(days=days)
    if left > SOON:
        return (Observation(topic=Topic.CERTIFICATE, severity=Severity.WELL, found=found),)
    return (
        Observation(
            topic=Topic.CERTIFICATE,
            severity=Severity.TROUBLE,
            found=found,
            todo=_(_RENEW_HARBOR if kind is TargetKind.HARBOR else _RENEW),
            source=HARBOR_SETTINGS if kind is TargetKind.HARBOR else "",
        ),
    )


def clock_observations(date: str, *, now: float) -> tuple[Observation, ...]:
    """Return how far the registry's clock is from `now`, by its Date header."""
    try:
        told = email.utils.parsedate_to_datetime(date).timestamp()
    except ValueError:
        return ()
    skew = told - now
    found = _("its clock differs from this machine's by {seconds} s").format(seconds=round(skew))
    if abs(skew) <= SKEW:
        return (Observation(topic=Topic.CLOCK, severity=Severity.WELL, found=found),)
    return (
        Observation(
            topic=Topic.CLOCK,
            severity=Severity.TROUBLE,
            found=found,
            todo=_("Synchronise both clocks: tokens are refused as too young or too old."),
        ),
    )


def _challenge_observations(
    url: str, response: httpx.Response, kind: TargetKind
) -> tuple[Observation, ...]:
    if response.status_code == httpx.codes.OK:
        return (
            Observation(
                topic=Topic.TOKENS,
                severity=Severity.WELL,
                found=_("the root of its API lets anybody in"),
            ),
        )
    header = response.headers.get("www-authenticate", "")
    if response.status_code != httpx.codes.UNAUTHORIZED or not header:
        return (
            Observation(
                topic=Topic.TOKENS,
                severity=Severity.BROKEN,
                found=_("/v2/ answers HTTP {status}, which no registry does").format(
                    status=response.status_code
                ),
                todo=_("See that the front passes /v2/ on to the registry."),
            ),
        )
    return (challenge_observation(url, parse_challenge(header), kind),)


def challenge_observation(url: str, challenge: Challenge, kind: TargetKind) -> Observation:
    """Return what a client makes of a registry's challenge; pure."""
    if challenge.scheme == "basic":
        if kind is TargetKind.NEXUS:
            return _basic_nexus()
        return Observation(
            topic=Topic.TOKENS,
            severity=Severity.TROUBLE,
            found=_("it asks everybody for a user and a password, without tokens"),
            todo=_("Let everybody read: runtimes cannot log in to a mirror."),
            source=NO_MIRROR_LOGIN,
        )
    try:
        realm = urlsplit(challenge.realm)
    except ValueError:
        realm = urlsplit("")
    if challenge.scheme != "bearer" or not realm.netloc or realm.scheme not in {"http", "https"}:
        return Observation(
            topic=Topic.TOKENS,
            severity=Severity.BROKEN,
            found=_("its token service is at {realm}, which no client can ask").format(
                realm=challenge.realm or "?"
            ),
            todo=_(
                "Set the external URL. Nexus 3.77 to 3.80 reads proxy headers wrong: send Host"
                " and no X-Forwarded-Port, or upgrade to 3.81."
            ),
            source="sonatype/nexus-public#565, sonatype/nexus-public#651",
        )
    has_two_ports = realm.netloc.rpartition("]")[2].count(":") > 1
    if realm.scheme == "http" or has_two_ports:
        return Observation(
            topic=Topic.TOKENS,
            severity=Severity.BROKEN,
            found=_("its token service is said to be at {realm}").format(realm=challenge.realm),
            todo=_(
                "Set external_url (Harbor) or the base URL (Nexus), and have the front send"
                " X-Forwarded-Proto once and Host without a second port."
            ),
            source="goharbor/harbor#13553, sonatype/nexus-public#651",
        )
    if realm.netloc != urlsplit(url).netloc:
        return Observation(
            topic=Topic.TOKENS,
            severity=Severity.TROUBLE,
            found=_("its token service is at another address, {realm}").format(
                realm=challenge.realm
            ),
            todo=_("Every host must reach and trust that too, or set external_url."),
            source=HARBOR_SETTINGS,
        )
    return Observation(
        topic=Topic.TOKENS,
        severity=Severity.WELL,
        found=_("its token service is at {realm}").format(realm=challenge.realm),
    )


def _basic_nexus() -> Observation:
    return Observation(
        topic=Topic.TOKENS,
        severity=Severity.BROKEN,
        found=_("it answers with Basic, so nobody pulls without a login"),
        todo=_(
            "Activate the realm DockerToken and set forceBasicAuth to false on the repository;"
            " the field is hidden in the web pages of some versions and true unless it is sent."
        ),
        source="sonatype/nexus-public#921",
        fixed_by=named(SubjectKind.REALMS, SubjectKind.REPOSITORY),
    )


def _certificate_words(response: httpx.Response) -> str:
    told = describe(verified_certificate(response))
    return _("its certificate is trusted: {told}").format(told=told or "?")
