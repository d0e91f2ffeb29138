"""Host keys that nobody approved yet: shown with their fingerprints, approved one by one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from wizard.cli.questions import choose
from wizard.cli.surroundings import Session
from wizard.cli.table import table
from wizard.errors import InputError
from wizard.service import UnknownHostKey
from wizard.wording import _


def key_lines(keys: Sequence[UnknownHostKey]) -> list[str]:
    """Return a table of keys; a changed key says what was known before."""
    return table(
        [_("HOST"), _("ADDRESS"), _("FINGERPRINT"), _("KNOWN BEFORE")],
        [
            (key.host, f"{key.address} port {key.port}", key.fingerprint, key.changed_from)
            for key in keys
        ],
    )


def offer_keys(session: Session, keys: Sequence[UnknownHostKey]) -> list[UnknownHostKey]:
    """Ask about each new key and approve those that the operator compared; returns these.

    A changed key is never offered: it is shown, and needs its fingerprint on the command line.
    """
    approved: list[UnknownHostKey] = []
    say = session.output.say
    for key in keys:
        if key.changed_from:
            say(
                _("{host}: the host key has CHANGED; it is not offered here.").format(host=key.host)
            )
            continue
        say(
            _("{host} ({address} port {port}) shows a key that is not known yet:").format(
                host=key.host, address=key.address, port=key.port
            )
        )
        say(f"    {key.fingerprint}")
        answer = choose(
            session,
            _("Is this the fingerprint that its console or its owner shows?"),
            ["yes", "no", "stop"],
            default="no",
        )
        if answer == "stop":
            break
        if answer == "yes":
            approved.append(key)
    if approved:
        session.service.approve_host_keys(approved)
    return approved


def named_keys(keys: Sequence[UnknownHostKey], fingerprints: Iterable[str]) -> list[UnknownHostKey]:
    """Return the keys that `HOST=SHA256:…` texts name.

    Raises InputError for a malformed text, an unknown host, or another fingerprint than the one
    that the host showed.
    """
    chosen: list[UnknownHostKey] = []
    for text in fingerprints:
        host, _equals, fingerprint = text.partition("=")
        if not host or not fingerprint.startswith("SHA256:"):
            raise InputError(_("“{text}” is not HOST=SHA256:fingerprint.").format(text=text))
        shown = [key for key in keys if key.host == host]
        match = [key for key in shown if key.fingerprint == fingerprint]
        if not shown:
            raise InputError(
                _("{host} shows no key that is unknown.").format(host=host),
                state=_("Nothing was approved."),
                todo=_("List unknown keys: pilotage hosts approve"),
            )
        if not match:
            raise InputError(
                _("{host} shows another key: {shown}.").format(
                    host=host, shown=", ".join(key.fingerprint for key in shown)
                ),
                state=_("Nothing was approved."),
                todo=_("Find out why before you trust it: compare on the host's own console."),
            )
        chosen.extend(match)
    return chosen
