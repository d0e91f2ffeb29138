"""Secrets by reference: `env:NAME`, `file:PATH` or `ask`; never the secret itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Final

from wizard.errors import InputError, NeedsTerminal
from wizard.fleet.host_options import absolute
from wizard.fleet.policy import Migration
from wizard.fleet.whole_file import read_regular
from wizard.secret import Secret
from wizard.wording import _

MAX_BYTES: Final = 64 * 1024
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class ReferenceKind(Enum):
    """Where a secret comes from."""

    ENVIRONMENT = "env"
    FILE = "file"
    ASK = "ask"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretReference:
    """Where a secret is found; `name` is the variable or the absolute path, empty for `ask`."""

    kind: ReferenceKind
    name: str = ""

    def __str__(self) -> str:
        """Return the reference as it is written in a file."""
        return f"{self.kind.value}:{self.name}" if self.name else self.kind.value


def parse_reference(text: str) -> SecretReference:
    """Return the reference that `text` is; raises ValueError without repeating `text`."""
    if text == "ask":
        return SecretReference(kind=ReferenceKind.ASK)
    kind, _colon, name = text.partition(":")
    if kind == "env" and _VARIABLE.fullmatch(name):
        return SecretReference(kind=ReferenceKind.ENVIRONMENT, name=name)
    if kind == "file" and name:
        return SecretReference(kind=ReferenceKind.FILE, name=name)
    raise ValueError(
        _("expected env:NAME, file:PATH or ask; secrets themselves are never written here.")
    )


def absolute_reference(text: str, base: Path) -> str:
    """Return a secret's reference with an absolute path; raises ValueError."""
    parsed = parse_reference(text)
    if parsed.kind is ReferenceKind.FILE:
        return str(SecretReference(kind=parsed.kind, name=absolute(parsed.name, base)))
    return str(parsed)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretSource:
    """Find the secrets that references name.

    Attributes:
        ask: shows a question and returns the answer; raises NeedsTerminal where nobody can
            answer.
        home: folder for `~`; relative paths start at `base`.
    """

    environ: Mapping[str, str]
    ask: Callable[[str], Secret]
    base: Path = field(default_factory=Path)

    def resolve(self, text: str, *, purpose: str) -> Secret:
        """Return the secret that the reference `text` names; `purpose` says what it is for.

        Raises InputError when the variable or file is missing, empty or open to others, and
        NeedsTerminal when it is to be asked for without a terminal.
        """
        try:
            reference = parse_reference(text)
        except ValueError as error:
            raise InputError(
                _("The reference of {purpose} is wrong: {reason}").format(
                    purpose=purpose, reason=error
                )
            ) from error
        match reference.kind:
            case ReferenceKind.ASK:
                return self.ask(purpose)
            case ReferenceKind.ENVIRONMENT:
                return self._from_environment(reference.name, purpose)
            case ReferenceKind.FILE:
                return _from_file(self.base / Path(reference.name).expanduser(), purpose)

    def _from_environment(self, name: str, purpose: str) -> Secret:
        value = self.environ.get(name, "")
        if not value:
            raise InputError(
                _("The environment variable {name} for {purpose} is not set.").format(
                    name=name, purpose=purpose
                ),
                todo=_("Set it for this command, or use file:PATH or ask."),
            )
        return Secret(value)


def secret_references(migration: Migration) -> tuple[tuple[str, str], ...]:
    """Return (key of `wizard.service.Secrets`, reference) of each secret for the hosts."""
    return (
        *((f"sudo:{name}", text) for name, text in migration.sudo_passwords),
        *((f"login:{name}", text) for name, text in migration.login_passwords),
        *((f"passphrase:{path}", text) for path, text in migration.passphrases),
    )


def known_secrets(
    migration: Migration, environ: Mapping[str, str], base: Path
) -> dict[str, Secret]:
    """Return the secrets for the hosts that can be had without asking anybody.

    A variable that is not set is left out: whoever needs it is asked for it. Raises InputError
    when a file is missing, empty or open to others.
    """
    source = SecretSource(environ=environ, ask=nobody_to_ask, base=base)
    return {
        key: source.resolve(text, purpose=key)
        for key, text in secret_references(migration)
        if is_known(text, environ)
    }


def is_known(text: str, environ: Mapping[str, str]) -> bool:
    """Tell whether the reference `text` can be resolved without asking anybody."""
    reference = parse_reference(text)
    match reference.kind:
        case ReferenceKind.ASK:
            return False
        case ReferenceKind.ENVIRONMENT:
            return bool(environ.get(reference.name))
        case ReferenceKind.FILE:
            return True


def nobody_to_ask(purpose: str) -> Secret:
    """Raise NeedsTerminal: an `ask` of `SecretSource` for where nobody can answer."""
    raise NeedsTerminal(_("Nobody can be asked for {purpose}.").format(purpose=purpose))


def _from_file(path: Path, purpose: str) -> Secret:
    def refuse_open_to_others(mode: int) -> None:
        if mode & 0o077:
            raise InputError(
                _("The file for {purpose} is open to other users.").format(purpose=purpose),
                file=str(path),
                state=_("Its mode is {mode:04o}.").format(mode=mode),
                todo=_("Make it yours alone: chmod 600."),
            )

    try:
        content = read_regular(path, limit=MAX_BYTES, check=refuse_open_to_others)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError(
            _("The file for {purpose} cannot be read: {reason}").format(
                purpose=purpose, reason=reason
            ),
            file=str(path),
        ) from error
    return _decoded(content, path, purpose)


def _decoded(content: bytes, path: Path, purpose: str) -> Secret:
    try:
        value = content.decode()
    except UnicodeDecodeError:
        raise InputError(
            _("The file for {purpose} is not UTF-8 text.").format(purpose=purpose), file=str(path)
        ) from None
    value = value.removesuffix("\n").removesuffix("\r")
    if not value or "\n" in value:
        raise InputError(
            _("The file for {purpose} must hold exactly one line.").format(purpose=purpose),
            file=str(path),
        )
    return Secret(value)
