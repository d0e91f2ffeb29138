"""SSH options that a host gets from itself, its group, the defaults or ssh_config."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from wizard.fleet.host import Host, Sudo
from wizard.fleet.section import Section
from wizard.wording import _

OPTION_KEYS: Final = (
    "user",
    "port",
    "sudo",
    "identity_file",
    "identities_only",
    "identity_agent",
    "proxy_jump",
    "known_hosts",
    "host_key_alias",
    "credential",
    "labels",
)
_USER: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@\\-]*\$?")
_HOP: Final = re.compile(
    r"(?:[A-Za-z0-9_][A-Za-z0-9_.\\-]*@)?(?:\[[0-9A-Fa-f:.%]+\]|[A-Za-z0-9_][\w.-]*)(?::\d{1,5})?"
)
_CREDENTIAL: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_LABEL: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class HostOptions:
    """Options as far as they are set; None leaves the decision to the next level."""

    user: str | None = None
    port: int | None = None
    sudo: Sudo | None = None
    identity_files: tuple[str, ...] | None = None
    identities_only: bool | None = None
    identity_agent: str | None = None
    proxy_jump: tuple[str, ...] | None = None
    known_hosts_files: tuple[str, ...] | None = None
    host_key_alias: str | None = None
    credential: str | None = None
    labels: tuple[tuple[str, str], ...] = ()

    def over(self, weaker: HostOptions) -> HostOptions:
        """Return these options, gaps filled by `weaker` ones; labels are united."""
        merged: dict[str, Any] = {}
        for field in dataclasses.fields(self):
            own = getattr(self, field.name)
            merged[field.name] = getattr(weaker, field.name) if own is None else own
        merged["labels"] = tuple(sorted({**dict(weaker.labels), **dict(self.labels)}.items()))
        return HostOptions(**merged)

    def host(self, *, name: str, address: str, **others: Any) -> Host:
        """Return the host with these options; what is not set takes the default of `Host`."""
        chosen = {
            field.name: value
            for field in dataclasses.fields(self)
            if (value := getattr(self, field.name)) is not None
        }
        for optional in ("identity_agent", "host_key_alias"):
            chosen[optional] = chosen.get(optional) or None
        return Host(name=name, address=address, **chosen, **others)


def read_options(section: Section, base: Path) -> HostOptions:
    """Return the options that a section sets; relative paths start at the folder `base`."""
    _refuse_unchecked_keys(section)
    proxy_jump = section.texts("proxy_jump")
    return HostOptions(
        user=section.checked("user", _user),
        port=section.integer("port", minimum=1, maximum=65535),
        sudo=section.choice("sudo", Sudo),
        identity_files=_paths(section, "identity_file", base),
        identities_only=section.flag("identities_only"),
        identity_agent=section.text("identity_agent"),
        proxy_jump=None if proxy_jump is None else _hops(section, proxy_jump),
        known_hosts_files=_paths(section, "known_hosts", base),
        host_key_alias=section.text("host_key_alias"),
        credential=section.checked("credential", credential_name),
        labels=_labels(section),
    )


def absolute(path: str, base: Path) -> str:
    """Return `path` with `~` expanded and made absolute from the folder `base`."""
    return os.path.normpath(base / Path(path).expanduser())


def credential_name(text: str) -> str:
    """Return `text`; raises ValueError if it cannot name a credential."""
    if not _CREDENTIAL.fullmatch(text):
        raise ValueError(_("expected a name of letters, digits, dots, dashes and underscores."))
    return text


def check_label(key: str, value: str) -> None:
    """Raise ValueError if the two cannot be a label."""
    if not _LABEL.fullmatch(key) or not _LABEL.fullmatch(value):
        raise ValueError(
            _("a label and its value are letters, digits, dots, dashes, slashes and underscores.")
        )


def _user(text: str) -> str:
    if not _USER.fullmatch(text):
        raise ValueError(_("expected a login name."))
    return text


def _hops(section: Section, texts: tuple[str, ...]) -> tuple[str, ...]:
    hops = tuple(hop.strip() for text in texts for hop in text.split(","))
    if hops in {("none",), ("",)}:
        return ()
    for hop in hops:
        if not _HOP.fullmatch(hop):
            raise section.refuse(
                "proxy_jump",
                _("“proxy_jump”: expected hops as [user@]host[:port], commas between them."),
            )
    return hops


def _paths(section: Section, key: str, base: Path) -> tuple[str, ...] | None:
    texts = section.texts(key)
    if texts is None:
        return None
    if not all(texts):
        raise section.refuse(key, _("“{key}”: expected a path.").format(key=key))
    return tuple(absolute(text, base) for text in texts)


def _labels(section: Section) -> tuple[tuple[str, str], ...]:
    labels = section.section("labels", _("the labels of {title}").format(title=section.title), None)
    if labels is None:
        return ()
    pairs: dict[str, str] = {}
    for key, _node in labels.node.entries:
        value = labels.text(key.text) or ""
        try:
            check_label(key.text, value)
        except ValueError as error:
            raise section.source.refuse(
                key, _("“labels”: {reason}").format(reason=error)
            ) from error
        pairs[key.text] = value
    return tuple(sorted(pairs.items()))


def _refuse_unchecked_keys(section: Section) -> None:
    """OpenSSH's `none` and /dev/null would switch off the check of host keys."""
    for path in section.texts("known_hosts") or ():
        if path in {"none", "/dev/null"}:
            raise section.refuse(
                "known_hosts",
                _("Host keys are always checked; “{path}” would switch that off.").format(
                    path=path
                ),
                todo=_("Leave “known_hosts” out and approve fingerprints once."),
            )


def options_of(host: Host) -> Mapping[str, Any]:
    """Return a host's options by the field names of `HostOptions`."""
    return {field.name: getattr(host, field.name) for field in dataclasses.fields(HostOptions)}
