"""What is wrong with fields of the target as they are typed; nothing where all is right."""

from __future__ import annotations

from wizard.fleet.choice_sections import registry_url
from wizard.fleet.policy import TargetChoice
from wizard.fleet.proxy_url import proxy_of
from wizard.fleet.upstreams import places_of, prefix_of
from wizard.wording import _


def place_text(choice: TargetChoice) -> str:
    """Return where a target is as one line, its project or path behind the host."""
    return f"{choice.url}/{choice.prefix}" if choice.prefix else choice.url


def place_of(text: str) -> tuple[str, str]:
    """Return URL and prefix of one line, as the migration file has them; raises ValueError."""
    scheme, _colon, rest = text.partition("://")
    host, _slash, path = rest.partition("/")
    return registry_url(f"{scheme}://{host}"), prefix_of(path)


def wrong_url(text: str) -> str:
    """Return what is wrong with the target's URL, or nothing."""
    if not text:
        return _("the registry's URL is needed")
    if not text.startswith("https://"):
        return _("it must begin with https:// and name a host")
    try:
        place_of(text)
    except ValueError as error:
        return str(error)
    return ""


def wrong_proxy(text: str) -> str:
    """Return what is wrong with this machine's proxy to the target, or nothing."""
    try:
        proxy_of(text)
    except ValueError as error:
        return str(error)
    return ""


def wrong_upstreams(text: str) -> str:
    """Return what is wrong with the line of further upstreams, or nothing."""
    try:
        places_of(text)
    except ValueError as error:
        return str(error)
    return ""


def wrong_reference(text: str) -> str:
    """Return what is wrong with a reference to a secret, or nothing."""
    if not text or text == "ask" or text.startswith(("env:", "file:")):
        return ""
    return _("not the password itself: ask, env:NAME or file:PATH")
