"""A password that is made here: kept before it is used, so that no cut can lose it."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Final

from wizard.cli.preparation import named_secret
from wizard.cli.surroundings import Session
from wizard.errors import InputError
from wizard.fleet.whole_file import exists, read_whole, write_new
from wizard.secret import Secret
from wizard.service import new_password
from wizard.wording import _

_FOR_ITS_OWNER: Final = 0o600


def chosen_password(session: Session, *, reference: str, file: Path | None, purpose: str) -> Secret:
    """Return the password that a reference names, or one that is made and kept.

    One that is made is in `file`, for its owner alone, before it is returned; what a cut command
    left there is used again. Without a file it is shown on the terminal, this once. Raises
    InputError where both are named, or where nobody would see it.
    """
    if reference and file:
        raise InputError(
            _("A password is named or made, not both."),
            todo=_("Leave out --password or --password-to."),
        )
    if reference:
        return named_secret(session, reference, purpose=purpose)
    if file is not None:
        return session.remember(_in_file(file))
    if session.as_json or not session.surroundings.is_terminal:
        raise InputError(
            _("A password would be made, and nobody would see it: {purpose}.").format(
                purpose=purpose
            ),
            todo=_("Name it with --password, or a file for it with --password-to FILE."),
        )
    password = session.remember(new_password(secrets.choice))
    session.output.line(
        _("{purpose} will be this, shown this once: {secret}").format(
            purpose=purpose, secret=password.reveal()
        )
    )
    return password


def _in_file(file: Path) -> Secret:
    if exists(file):
        text = read_whole(file).strip()
        if not text:
            raise InputError(
                _("There is no password in it."), file=str(file), todo=_("Name a new file.")
            )
        return Secret(text)
    password = new_password(secrets.choice)
    write_new(file, f"{password.reveal()}\n", mode=_FOR_ITS_OWNER)
    return password
