"""Bring a registry to what is wanted, one subject after another: read, diff, change, read back.

A *subject* is one thing of the product: a project, a repository, a schedule. It is found by its
exact name before it is made, so a second pass, or one after a kill at any point, doubles
nothing. What is wanted is shown as differences first; nothing is changed by looking.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from wizard.errors import RegistryError
from wizard.registries.subject_name import SubjectName, is_meant
from wizard.secret import Secret
from wizard.target import TargetKind
from wizard.wording import _


class Action(Enum):
    """What a subject needs."""

    NOTHING = "nothing"
    CREATE = "create"
    CHANGE = "change"
    BY_HAND = "by_hand"
    """The product has no way to do it for us; the differences say what a person must do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One field that is not as wanted; secrets are never told, only that they will be set."""

    field: str
    found: str
    wanted: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What looking at one subject told.

    Attributes:
        subject: what people call it, `project dockerhub`.
        action: what it needs.
        differences: empty where nothing is needed.
        warnings: what the operator should know before it is done.
        tells_once: doing it brings a secret that nobody tells again.
        named: the same for programs, of subjects that an examination can name.
    """

    subject: str
    action: Action
    differences: tuple[Difference, ...] = ()
    warnings: tuple[str, ...] = ()
    tells_once: bool = False
    named: SubjectName | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvisioningPlan:
    """What provisioning would do to a registry.

    Attributes:
        version: as it tells it; empty where it does not.
        findings: what each subject needs, in the order in which they are taken.
        licence: words that only the operator can accept; empty where nothing is to be accepted.
    """

    url: str
    kind: TargetKind
    version: str = ""
    findings: tuple[Finding, ...] = ()
    licence: str = ""

    def needing(self, *actions: Action) -> tuple[Finding, ...]:
        """Return the findings that need one of these actions."""
        return tuple(one for one in self.findings if one.action in actions)

    def mending(self, names: Collection[SubjectName]) -> tuple[Finding, ...]:
        """Return what of the plan mends what these subjects are to mend; empty for nothing.

        What is still to be made before the last of them comes along, since it may rest on that.
        """
        return self._with_bases(lambda one: is_meant(one.named, names))

    def only(self, subjects: Collection[str]) -> tuple[Finding, ...]:
        """Return what these subjects need, and what they may rest on, as above."""
        return self._with_bases(lambda one: one.subject in subjects)

    def _with_bases(self, is_chosen: Callable[[Finding], bool]) -> tuple[Finding, ...]:
        chosen = [one.action is not Action.NOTHING and is_chosen(one) for one in self.findings]
        if not any(chosen):
            return ()
        last = max(index for index, is_so in enumerate(chosen) if is_so)
        return tuple(
            one
            for index, one in enumerate(self.findings)
            if chosen[index] or (index < last and one.action is Action.CREATE)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What became of one subject.

    Attributes:
        finding: what was to be done.
        shown_once: a secret that the product tells only now, with its user's name.
    """

    finding: Finding
    shown_once: tuple[str, Secret] | None = None


class Subject(Protocol):
    """One thing of a product that is to be as wanted."""

    async def look(self) -> Finding:
        """Return what it needs, changing nothing; raises RegistryFailure.

        Of a subject that rests on one which is still to be made, CREATE.
        """
        ...

    async def change(self) -> tuple[str, Secret] | None:
        """Make or change it; return a secret that is told only once; raises RegistryFailure."""
        ...


async def look_at(subjects: Sequence[Subject]) -> tuple[Finding, ...]:
    """Return what provisioning would do, in its order; raises RegistryFailure."""
    return tuple([await subject.look() for subject in subjects])


async def provision(
    subjects: Sequence[Subject],
    *,
    only: Collection[str] | None = None,
    begun: Callable[[Finding], None] = lambda _finding: None,
) -> AsyncIterator[Done]:
    """Bring each subject to what is wanted and yield it when it was read back.

    Subjects are taken in order, since later ones rest on earlier ones; what is left for a person
    is yielded and passed over. One with a secret is yielded before it is read back. With `only`,
    what people call some subjects, all are looked at and the others are left as they are;
    with none of them, nothing is done.

    Raises RegistryFailure of the product, and RegistryError where a change was accepted and is not
    there when it is read back: products drop fields in silence (facts/harbor.md §2.3, §2.14). What
    came before stays done, and a second pass goes on there.
    """
    for subject in subjects:
        finding = await subject.look()
        if only is not None and finding.subject not in only:
            continue
        if finding.action in {Action.NOTHING, Action.BY_HAND}:
            yield Done(finding=finding)
            continue
        begun(finding)
        shown_once = await subject.change()
        if shown_once:
            # Told before it can be lost: nobody will tell it again.
            yield Done(finding=finding, shown_once=shown_once)
        after = await subject.look()
        if after.action in {Action.CREATE, Action.CHANGE}:
            raise RegistryError(
                _("{subject}: the change was accepted and is not there: {differences}").format(
                    subject=finding.subject, differences=told(after)
                ),
                state=_("What came before it is done; nothing was changed on any host."),
                todo=_("See the registry's own log, then provision again: it goes on from here."),
            )
        if after.action is Action.BY_HAND:
            # Only the attempt told that the product leaves it to a person.
            yield Done(finding=after)
        elif not shown_once:
            yield Done(finding=finding)


def told(finding: Finding) -> str:
    """Return the differences of a finding in one line."""
    return "; ".join(f"{one.field}: {one.found} → {one.wanted}" for one in finding.differences)
