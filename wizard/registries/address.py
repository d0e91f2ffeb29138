"""What an operator typed as the target's URL, made into one meaning; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from wizard.errors import InputError
from wizard.fleet.policy import TargetChoice
from wizard.target import Addressing
from wizard.wording import _

GUESSED_PREFIXES: Final = (
    "dockerhub",
    "docker-hub",
    "dockerhub-proxy",
    "docker.io",
    "hub",
    "proxy",
    "mirror",
)
"""Projects under which a registry often keeps images of Docker Hub."""

GUESSED_PATHS: Final = (
    "repository/docker-hub",
    "repository/dockerhub",
    "repository/docker-proxy",
    "artifactory/api/docker/docker-remote",
    "artifactory/api/docker/dockerhub",
)
"""Paths of Nexus and Artifactory repositories by the names their documentation uses."""

_HOST: Final = re.compile(r"(\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?")
_PORTS: Final = range(1, 1 << 16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where the target is.

    Attributes:
        url: `https://host[:port]` without a path.
        path: what stood behind it, without slashes at its ends.
    """

    url: str
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """One way in which a client could have to spell the target."""

    addressing: Addressing
    prefix: str = ""


def parse_address(text: str) -> Address:
    """Return the address in what was typed; a missing `https://` is added.

    Raises InputError for anything that hosts could not use: plain HTTP, passwords, queries.
    """
    text = text.strip()
    if not text:
        raise _wrong(text, _("there is no URL"))
    if "://" not in text:
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise _wrong(text, str(error)) from error
    if parts.scheme == "http":
        raise _wrong(text, _("hosts trust a registry by TLS; plain HTTP would need them not to"))
    if parts.scheme != "https":
        raise _wrong(text, _("it does not begin with https://"))
    if "@" in parts.netloc:
        raise _wrong(
            f"https://…@{parts.hostname}", _("a user name and password do not belong in a URL")
        )
    if parts.query or parts.fragment:
        raise _wrong(text, _("there is something behind ? or #"))
    if not _HOST.fullmatch(parts.netloc) or (port is not None and port not in _PORTS):
        raise _wrong(text, _("its host name or port is none"))
    path = "/".join(part for part in parts.path.split("/") if part)
    return Address(url=f"https://{parts.netloc.lower()}", path=path)


def _wrong(text: str, why: str) -> InputError:
    return InputError(
        _("the URL of the target, {url!r}, cannot be used: {why}").format(url=text, why=why),
        state=_("Nothing was changed."),
        todo=_("Write it as https://registry.example.com or https://registry.example.com:5000."),
    )


def spellings(address: Address, choice: TargetChoice) -> tuple[Spelling, ...]:
    """Return the spellings to try, the one that serves most clients first.

    A path behind the host is a Nexus or Artifactory repository, or, behind `v2/`, a project.
    Raises InputError for an addressing that is none, or one that contradicts the prefix.
    """
    given = "/".join(part for part in choice.prefix.split("/") if part) or address.path
    below_api = given.removeprefix("v2/") if given.startswith("v2/") else ""
    base = given.removesuffix("/v2") if given != "v2" else ""
    wanted = choice.addressing
    if wanted not in {"auto", *(one.value for one in Addressing)}:
        raise InputError(
            _("{word!r} is no addressing").format(word=wanted),
            state=_("Nothing was changed."),
            todo=_("Use one of auto, root, prefix and path."),
        )
    if wanted == Addressing.ROOT.value and base:
        raise InputError(
            _("root addressing has no prefix, but {prefix!r} was given").format(prefix=base),
            state=_("Nothing was changed."),
            todo=_("Leave the prefix empty, or choose prefix or path."),
        )
    prefixes: tuple[str, ...] = GUESSED_PREFIXES
    paths: tuple[str, ...] = GUESSED_PATHS
    if below_api:
        prefixes, paths = (below_api,), ()
    elif base:
        prefixes, paths = (base,), (base,)
    by_kind = {
        "root": (Spelling(addressing=Addressing.ROOT),),
        "prefix": tuple(Spelling(addressing=Addressing.PREFIX, prefix=one) for one in prefixes),
        "path": tuple(Spelling(addressing=Addressing.PATH, prefix=one) for one in paths),
    }
    if wanted != "auto":
        return by_kind[wanted]
    found = (*by_kind["prefix"], *by_kind["path"])
    return found if base else (*by_kind["root"], *found)
