"""Read `target.provision` of a migration file: what is wanted of the product behind the target."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from wizard.fleet.host_options import absolute
from wizard.fleet.provision_choice import ProvisionChoice, Text
from wizard.fleet.provision_words import cron_of, keep_of, size_of
from wizard.fleet.secret_reference import absolute_reference
from wizard.fleet.section import Section
from wizard.fleet.upstreams import upstream_of
from wizard.fleet.value_section import Checks, field_names, read_value
from wizard.target import UPSTREAM
from wizard.wording import _

_NAME: Final = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")
_URL: Final = re.compile(r"https?://[^\s/@]+(?:/[^\s@]*)?")
_SECRET_SETTING: Final = re.compile(r"password|passwd|secret|token$|private_key")


def read_provision(target: Section, base: Path) -> ProvisionChoice | None:
    """Return what is wanted of the target's product, or None where nothing is said of it."""
    title = _("the section provision")
    section = target.section("provision", title, field_names(ProvisionChoice))
    if section is None:
        return None
    choice = read_value(section, ProvisionChoice, provision_checks(base))
    _refuse_secret_settings(section)
    return choice


def provision_checks(base: Path) -> Checks:
    """Return the checks of all texts; relative paths start at `base`."""
    return {
        Text.REFERENCE: _or_empty(partial(absolute_reference, base=base)),
        Text.FILE: _or_empty(lambda text: absolute(text, base)),
        Text.UPSTREAM: _upstream,
        Text.URL: _or_empty(_url),
        Text.NAME: _or_empty(_name),
        Text.KEEP: _or_empty(lambda text: str(keep_of(text))),
        Text.SIZE: _or_empty(_size),
        Text.CRON: _or_empty(cron_of),
    }


def _or_empty(check: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: check(text) if text else ""


def _upstream(text: str) -> str:
    return text if text == UPSTREAM else upstream_of(text)


def _url(text: str) -> str:
    if not _URL.fullmatch(text):
        raise ValueError(_("expected https://host[:port][/path] without a login."))
    return text


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError(_("expected lower-case letters and digits, with single . _ - between."))
    return text


def _size(text: str) -> str:
    size_of(text)
    return text


def _refuse_secret_settings(section: Section) -> None:
    """Refuse settings of Harbor that would put a secret into the file."""
    harbor = section.section("harbor", "“harbor”", None)
    settings = harbor.section("settings", "“settings”", None) if harbor else None
    for key, _node in settings.node.entries if settings else ():
        if _SECRET_SETTING.search(key.text):
            raise section.source.refuse(
                key,
                _("“{key}” is a secret, which is never written here.").format(key=key.text),
                todo=_("Set it in Harbor: Administration, Configuration."),
            )
