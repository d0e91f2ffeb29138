"""A value that must never be seen: passwords, passphrases, tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_HIDDEN: Final = "‹secret›"


class Secret:
    """Hold a secret string so that printing, logging or pickling it cannot show it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the secret itself; call this only where it goes onto the wire."""
        return self._value

    def __repr__(self) -> str:
        """Return a placeholder."""
        return _HIDDEN

    __str__ = __repr__

    def __bool__(self) -> bool:
        """Tell whether there is anything in it."""
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        """Compare by value."""
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        """Hash by value."""
        return hash(self._value)

    def __reduce__(self) -> str | tuple[object, ...]:
        """Refuse to be pickled: pickles end up on disk."""
        raise TypeError("a secret cannot be serialised")


def redact(text: str, secrets: tuple[Secret, ...]) -> str:
    """Return `text` with every secret's value replaced by a placeholder."""
    for secret in secrets:
        if secret:
            text = text.replace(secret.reveal(), _HIDDEN)
    return text


class SecretKind:
    """Kinds of secrets, as in `login:default`, `sudo:default`, `passphrase:/path/of/key`."""

    LOGIN = "login"
    SUDO = "sudo"
    PASSPHRASE = "passphrase"  # noqa: S105  # a kind, not a secret


Secrets = Mapping[str, Secret]
"""Secrets by `<kind>:<credential name or key path>`."""
