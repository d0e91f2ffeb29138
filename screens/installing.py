"""What installing a registry takes, whichever it is: words, a look, errands, what is next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from screens.typed_hosts import is_bare, parse_typed
from wizard.errors import InputError
from wizard.fleet.host import Fleet, Host
from wizard.fleet.policy import Migration, TargetChoice
from wizard.secret import Secret
from wizard.service import Errand, ErrandAnswer, MigrationService, Preflight
from wizard.wording import _

Values = Mapping[str, str]
"""What was typed, by the fields' names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One line of a form.

    Attributes:
        value: that it begins with.
        is_needed: it may not be left empty.
    """

    name: str
    label: str
    value: str = ""
    placeholder: str = ""
    is_needed: bool = False
    is_secret: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """What came of it.

    Attributes:
        choice: the target as the migration has it from now on, None where it is not ready.
        next_steps: what is left to do, in its order.
        keeps_password: admin has the password that was sent.
    """

    is_ready: bool
    told: str
    choice: TargetChoice | None
    next_steps: tuple[str, ...]
    keeps_password: bool = True


class Hands(Protocol):
    """What an installation needs of whoever shows it."""

    async def send(
        self, words: str, errand: Errand, *, payload: Secret | None = None
    ) -> ErrandAnswer:
        """Have an errand carried out while `words` say what is done; raises PilotageError."""
        ...

    async def accepts(self, licence: str) -> bool:
        """Show the words of a licence, which only the operator accepts."""
        ...

    async def show_once(self, name: str, secret: Secret) -> None:
        """Show a secret that nobody tells again."""
        ...


class Installing(Protocol):
    """One product that is to be installed on one host."""

    @property
    def title(self) -> str:
        """Return what is installed where."""
        ...

    def look(self) -> Errand:
        """Return the errand that reads what it needs of the host."""
        ...

    def judged(self, answer: ErrandAnswer) -> Preflight:
        """Tell what stands against it there."""
        ...

    def plan(self) -> tuple[str, ...]:
        """Return what would be done, in its order."""
        ...

    async def carry_out(self, hands: Hands) -> Installed:
        """Do it; what is done already stays as it is. Raises PilotageError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A host that something is installed on, and a migration that it is of."""

    migration: Migration
    host: str


def place_of(text: str, migration: Migration, service: MigrationService) -> Place:
    """Return the host that was typed: one of the migration, or `user@address`; raises InputError.

    The migration itself stays as it is: a registry's host need not be moved.
    """
    name = text.strip()
    if name in {host.name for host in migration.fleet.hosts}:
        return Place(migration=migration, host=name)
    try:
        [host] = parse_typed(name)
    except ValueError as error:
        raise InputError(
            _("“{value}” is no host of the migration, and not user@address.").format(value=name)
        ) from error
    if is_bare(host) and host.name in service.ssh_aliases():
        [host] = service.ssh_hosts((host.name,))
    return Place(migration=_with_host(migration, host), host=host.name)


def _with_host(migration: Migration, host: Host) -> Migration:
    others = tuple(one for one in migration.fleet.hosts if one.name != host.name)
    return replace(migration, fleet=Fleet(hosts=(*others, host)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What is asked before a product is installed.

    Attributes:
        wrong: tells what is wrong with what was typed as a whole, or nothing.
    """

    title: str
    words: str
    asked: tuple[Asked, ...]
    wrong: Callable[[Values], str]


def asked_password() -> Asked:
    """Return the line for the password of the first administrator."""
    return Asked(
        name="password",
        label=_("Password of admin"),
        placeholder=_("empty: one is made and shown once"),
        is_secret=True,
    )


def filled(asked: tuple[Asked, ...], before: Values, needed: frozenset[str]) -> tuple[Asked, ...]:
    """Return the lines with what was typed before, and with those marked that must not be empty."""
    return tuple(
        replace(one, value=before.get(one.name, one.value), is_needed=one.name in needed)
        for one in asked
    )
