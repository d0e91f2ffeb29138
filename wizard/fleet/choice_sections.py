"""Read `target`, `rollout`, `credentials` and `passphrases` of a migration file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from wizard.fleet.host import Fleet
from wizard.fleet.host_options import absolute, check_label, credential_name
from wizard.fleet.policy import CanaryChoice, PlaceChoice, RolloutPolicy, TargetChoice
from wizard.fleet.provision_section import read_provision
from wizard.fleet.proxy_url import proxy_of
from wizard.fleet.secret_reference import absolute_reference
from wizard.fleet.section import Section, alternatives
from wizard.fleet.upstreams import prefix_of, upstream_of
from wizard.wording import _

Pairs = tuple[tuple[str, str], ...]
RESTARTABLE: Final = ("docker", "containerd")
_TARGET_KEYS: Final = (
    "kind",
    "url",
    "addressing",
    "prefix",
    "ca_file",
    "ca_trust",
    "tags",
    "proxy",
    "canary",
    "username",
    "password",
    "upstreams",
    "provision",
)
_PLACE_KEYS: Final = ("addressing", "prefix", "canary")
_ROLLOUT_KEYS: Final = (
    "canary",
    "waves",
    "concurrency",
    "max_failed_per_wave",
    "max_failed_total",
    "max_unreachable_total",
    "soak",
    "lease",
    "ask_between_waves",
    "allow_restart",
    "leave_out_blocked",
)
_KINDS: Final = ("plain", "harbor", "nexus", "artifactory")
_ADDRESSINGS: Final = ("auto", "root", "prefix", "path")
_CA_TRUSTS: Final = ("registry", "system")
_TAGS: Final = ("target", "upstream")
_AUTHORITY: Final = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")
_IMAGE: Final = re.compile(
    r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*:[\w.-]{1,128}"
)
_WAVE: Final = re.compile(r"([1-9][0-9]{0,5})(%?)")
_WHOLE: Final = 100
_MANY: Final = 1_000_000


def read_target(top: Section, base: Path) -> TargetChoice | None:
    """Return the target, or None where the file names none yet."""
    section = top.section("target", _("the target"), _TARGET_KEYS)
    if section is None:
        return None
    if not section.has("url"):
        raise section.refuse("", _("The target has no “url”."))
    ca_file = section.text("ca_file")
    password = section.checked("password", lambda text: absolute_reference(text, base))
    return TargetChoice(
        kind=_one_of(section, "kind", _KINDS),
        url=section.checked("url", registry_url) or "",
        addressing=_one_of(section, "addressing", _ADDRESSINGS),
        prefix=_prefix_of_place(section),
        ca_file=absolute(ca_file, base) if ca_file else "",
        ca_trust=_one_of(section, "ca_trust", _CA_TRUSTS),
        tags=_one_of(section, "tags", _TAGS),
        proxy=section.checked("proxy", lambda text: proxy_of(text, base)) or "",
        canary=section.checked("canary", _canary_image) or "",
        username=section.text("username") or "",
        password=password or "",
        upstreams=tuple(_places(section)),
        provision=read_provision(section, base),
    )


def _places(target: Section) -> Iterator[PlaceChoice]:
    section = target.section("upstreams", _("the section upstreams"), None)
    for key, _node in section.node.entries if section else ():
        try:
            name = upstream_of(key.text)
        except ValueError as error:
            raise target.source.refuse(key, f"“{key.text}”: {error}") from error
        title = _("upstream {name}").format(name=name)
        place = section.section(name, title, _PLACE_KEYS) if section else None
        if place is None:
            raise target.source.refuse(
                key,
                _("The upstream {name} has neither “prefix” nor “addressing”.").format(name=name),
            )
        yield _place(name, place)


def _place(name: str, section: Section) -> PlaceChoice:
    choice = PlaceChoice(
        upstream=name,
        addressing=_one_of(section, "addressing", _ADDRESSINGS),
        prefix=_prefix_of_place(section),
        canary=section.checked("canary", _canary_image) or "",
    )
    if not choice.prefix and choice.addressing != "root":
        raise section.refuse(
            "addressing",
            _("The upstream {name} has no “prefix”.").format(name=name),
            todo=_("Name its project or path, or say “addressing: root”."),
        )
    return choice


def _prefix_of_place(section: Section) -> str:
    prefix = section.checked("prefix", prefix_of) or ""
    if prefix and section.text("addressing") == "root":
        raise section.refuse(
            "prefix",
            _("“prefix” and “addressing: root” do not go together."),
            todo=_("Leave one of the two out."),
        )
    return prefix


def read_rollout(top: Section, fleet: Fleet) -> RolloutPolicy:
    """Return the rollout policy; what is not set has its default."""
    section = top.section("rollout", _("the rollout"), _ROLLOUT_KEYS)
    if section is None:
        return RolloutPolicy()
    chosen: dict[str, Any] = {
        "canary": _canary(section, fleet),
        "waves": _waves(section),
        "concurrency": section.integer("concurrency", minimum=1, maximum=1000),
        "max_failed_per_wave": section.integer("max_failed_per_wave", minimum=0, maximum=_MANY),
        "max_failed_total": section.integer("max_failed_total", minimum=0, maximum=_MANY),
        "max_unreachable_total": section.integer("max_unreachable_total", minimum=0, maximum=_MANY),
        "soak": section.seconds("soak", minimum=0, maximum=86_400),
        "lease": section.seconds("lease", minimum=10, maximum=86_400),
        "ask_between_waves": section.flag("ask_between_waves"),
        "allow_restart": _restartable(section),
        "leave_out_blocked": section.flag("leave_out_blocked"),
    }
    return RolloutPolicy(**{key: value for key, value in chosen.items() if value is not None})


def read_credentials(top: Section, base: Path) -> tuple[Pairs, Pairs]:
    """Return references of sudo passwords and of login passwords, by credential name."""
    section = top.section("credentials", _("the section credentials"), None)
    sudo: list[tuple[str, str]] = []
    login: list[tuple[str, str]] = []
    for key, _node in section.node.entries if section else ():
        try:
            name = credential_name(key.text)
        except ValueError as error:
            raise top.source.refuse(key, str(error)) from error
        title = _("credential {name}").format(name=name)
        one = section.section(name, title, ("sudo_password", "login_password")) if section else None
        for option, found in (("sudo_password", sudo), ("login_password", login)):
            value = (
                one.checked(option, lambda text: absolute_reference(text, base)) if one else None
            )
            if value is not None:
                found.append((name, value))
    return tuple(sudo), tuple(login)


def read_passphrases(top: Section, base: Path) -> Pairs:
    """Return references of passphrases by absolute path of the private key."""
    section = top.section("passphrases", _("the section passphrases"), None)
    if section is None:
        return ()
    return tuple(
        (
            absolute(key.text, base),
            section.checked(key.text, lambda text: absolute_reference(text, base)) or "",
        )
        for key, _node in section.node.entries
    )


def registry_url(text: str) -> str:
    """Return `https://host[:port]`; raises ValueError that never repeats a password."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError(_("expected https://host[:port].")) from None
    if "@" in parts.netloc:
        raise ValueError(_("a URL must not hold a login; use “username” and “password: env:NAME”."))
    if parts.scheme not in {"https", "http"} or not _AUTHORITY.fullmatch(parts.netloc):
        raise ValueError(_("expected https://host[:port]."))
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(_("expected no path after the host; a project or path is “prefix”."))
    if port == 0:
        raise ValueError(_("expected a port from 1 to 65535."))
    return f"{parts.scheme}://{parts.netloc}"


def _canary_image(text: str) -> str:
    if text and not _IMAGE.fullmatch(text):
        raise ValueError(_("expected an image such as library/pilotage-canary:2024-01."))
    return text


def _canary(section: Section, fleet: Fleet) -> CanaryChoice | None:
    canary = section.section("canary", _("the canary"), ("hosts", "label", "per_flavour"))
    if canary is None:
        return None
    kinds = [key.text for key, _node in canary.node.entries]
    if len(kinds) > 1:
        raise canary.refuse(
            kinds[1],
            _("The canary is chosen by {kinds}; expected one of them.").format(
                kinds=_(" and ").join(kinds)
            ),
        )
    names = {host.name for host in fleet.hosts}
    hosts: list[str] = []
    for node in canary.nodes("hosts"):
        if node.text not in names:
            raise section.source.refuse(
                node, _("The canary “{name}” is not a host of this file.").format(name=node.text)
            )
        hosts.append(node.text)
    if canary.has("hosts") and not hosts:
        raise canary.refuse("hosts", _("“hosts”: expected at least one host."))
    label = canary.checked("label", _canary_label) or ""
    if label and not any(
        label in {f"{key}={value}" for key, value in host.labels} for host in fleet.hosts
    ):
        raise canary.refuse("label", _("No host has the label “{label}”.").format(label=label))
    per_flavour = canary.integer("per_flavour", minimum=1, maximum=1000)
    return CanaryChoice(hosts=tuple(hosts), label=label, per_flavour=per_flavour or 1)


def _canary_label(text: str) -> str:
    key, _equals, value = text.partition("=")
    check_label(key, value)
    return text


def _waves(section: Section) -> tuple[str, ...] | None:
    if not section.has("waves"):
        return None
    sizes = section.nodes("waves")
    if not sizes:
        raise section.refuse("waves", _("“waves”: expected at least one size."))
    for node in sizes:
        match = _WAVE.fullmatch(node.text)
        if not match or (match[2] and int(match[1]) > _WHOLE):
            raise section.source.refuse(
                node,
                _("The wave size is “{text}”; expected hosts as 3, or a share as 25%.").format(
                    text=node.text
                ),
            )
    return tuple(node.text for node in sizes)


def _restartable(section: Section) -> tuple[str, ...] | None:
    for node in section.nodes("allow_restart"):
        if node.text not in RESTARTABLE:
            raise section.source.refuse(
                node,
                _("“{name}” is no runtime; expected {names}.").format(
                    name=node.text, names=alternatives(RESTARTABLE)
                ),
            )
    return section.texts("allow_restart")


def _one_of(section: Section, key: str, names: tuple[str, ...]) -> str:
    text = section.text(key)
    if text is None:
        return names[0]
    if text not in names:
        raise section.refuse(
            key,
            _("“{key}” is “{text}”; expected {names}.").format(
                key=key, text=text, names=alternatives(names)
            ),
        )
    return text
