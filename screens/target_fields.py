"""What is wrong with fields of the target as they are typed; nothing where all is right."""

from __future__ import annotations

from urllib.parse import urlsplit

from wizard.fleet.proxy_url import proxy_of
from wizard.fleet.upstreams import places_of
from wizard.wording import _


def wrong_url(text: str) -> str:
    """Return what is wrong with the target's URL, or nothing."""
    parts = urlsplit(text)
    if not text:
        return _("the registry's URL is needed")
    if parts.scheme != "https" or not parts.hostname:
        return _("it must begin with https:// and name a host")
    if parts.query or parts.fragment or parts.username:
        return _("only https://host[:port] belongs here")
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
