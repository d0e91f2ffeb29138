"""Secrets that a product tells only once: kept where the operator said before they are made."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

from wizard.cli.surroundings import Session
from wizard.errors import InputError, PilotageError
from wizard.fleet.whole_file import write_new
from wizard.secret import Secret
from wizard.wording import _

_FOR_ITS_OWNER: Final = 0o600


class SecretLost(PilotageError):
    """A secret that nobody tells again could not be written where it was to be kept."""

    exit_code = 9

    def __init__(self, name: str, file: str, reason: OSError) -> None:
        super().__init__(
            _("the secret of {name} could not be written: {reason}").format(
                name=name, reason=reason.strerror or str(reason)
            ),
            file=file,
            state=_("{name} is there at the registry, and nobody knows its secret.").format(
                name=name
            ),
            todo=_("Make room, then give it another: “pilotage registry renew-robot”."),
        )


class Keeper(Protocol):
    """Where secrets go that nobody tells again."""

    @property
    def place(self) -> str | None:
        """Return the file that they are in, if it is one."""
        ...

    def keep(self, name: str, secret: Secret) -> None:
        """Take one at once, before anything else can fail."""
        ...

    def close(self) -> None:
        """End it, whether or not there was any."""
        ...


def open_keeper(session: Session, names: Sequence[str], file: Path | None) -> Keeper:
    """Return where the secrets of `names` go, if any come.

    Raises InputError, before anything is changed, where the file is there already, or where
    secrets would come and nobody would see them.
    """
    if file is not None:
        write_new(file, "", mode=_FOR_ITS_OWNER)
        return _InFile(session, file)
    if names and (session.as_json or not session.surroundings.is_terminal):
        raise InputError(
            _("Secrets will be told once, and nobody would see them: {names}.").format(
                names=", ".join(names)
            ),
            todo=_("Name a new file for them with --secrets-to FILE."),
        )
    return _OnTerminal(session)


class _InFile:
    """A line `name<TAB>secret` for each, durable before the next subject is begun."""

    def __init__(self, session: Session, file: Path) -> None:
        self._session = session
        self._file = file
        self._count = 0

    @property
    def place(self) -> str | None:
        return str(self._file) if self._count else None

    def keep(self, name: str, secret: Secret) -> None:
        self._session.remember(secret)
        try:
            with self._file.open("a", encoding="utf-8") as file:
                file.write(f"{name}\t{secret.reveal()}\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise SecretLost(name, str(self._file), error) from error
        self._count += 1

    def close(self) -> None:
        if self._count:
            self._session.output.say(_("The secrets are in {file}.").format(file=self._file))
        else:
            self._file.unlink(missing_ok=True)


class _OnTerminal:
    """Said on standard output, which is a terminal."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def place(self) -> str | None:
        return None

    def keep(self, name: str, secret: Secret) -> None:
        self._session.remember(secret)
        self._session.output.line(
            _("secret of {name}, shown this once: {secret}").format(
                name=name, secret=secret.reveal()
            )
        )

    def close(self) -> None:
        pass
