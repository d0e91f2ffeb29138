"""Ensure: looked at first, changed once, read back, and nothing doubled by a second pass."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from wizard.errors import RegistryError
from wizard.registries.provisioning import (
    Action,
    Difference,
    Done,
    Finding,
    Subject,
    look_at,
    provision,
)
from wizard.secret import Secret


@dataclass(slots=True, kw_only=True)
class Product:
    """A product that keeps values by name, or takes them and keeps nothing."""

    kept: dict[str, str] = field(default_factory=dict)
    changes: list[str] = field(default_factory=list)
    keeps: bool = True


@dataclass(slots=True, kw_only=True)
class Thing:
    """A subject whose value should be `new`."""

    product: Product
    name: str
    by_hand: bool = False

    async def look(self) -> Finding:
        """Compare."""
        found = self.product.kept.get(self.name)
        if found == "new":
            return Finding(subject=self.name, action=Action.NOTHING)
        action = Action.CREATE if found is None else Action.CHANGE
        return Finding(
            subject=self.name,
            action=Action.BY_HAND if self.by_hand else action,
            differences=(Difference(field="value", found=found or "", wanted="new"),),
        )

    async def change(self) -> tuple[str, Secret] | None:
        """Keep it, perhaps."""
        self.product.changes.append(self.name)
        if self.product.keeps:
            self.product.kept[self.name] = "new"
        return ("robot", Secret("told once")) if self.name == "robot" else None


def _subjects(product: Product) -> list[Subject]:
    return [Thing(product=product, name=name) for name in ("project", "robot")]


async def _provisioned(subjects: list[Subject]) -> list[Done]:
    return [done async for done in provision(subjects)]


async def test_looking_changes_nothing_and_tells_what_would_be_done() -> None:
    """One is to be changed, one to be made."""
    product = Product(kept={"project": "old"})
    findings = await look_at(_subjects(product))
    assert [(one.subject, one.action) for one in findings] == [
        ("project", Action.CHANGE),
        ("robot", Action.CREATE),
    ]
    assert product.changes == []


async def test_of_no_subjects_nothing_is_done() -> None:
    """As of others than are named; nothing named is not all of it."""
    product = Product()
    done = [one async for one in provision(_subjects(product), only=())]
    done += [one async for one in provision(_subjects(product), only=["robot"])]
    assert ([one.finding.subject for one in done], product.changes) == (["robot"], ["robot"])


async def test_a_second_pass_does_nothing() -> None:
    """What is as wanted is left alone."""
    product = Product()
    await _provisioned(_subjects(product))
    again = await _provisioned(_subjects(product))
    assert [done.finding.action for done in again] == [Action.NOTHING, Action.NOTHING]
    assert product.changes == ["project", "robot"]


async def test_a_secret_is_handed_on_before_anything_can_go_wrong() -> None:
    """The product tells it once; a failing read-back must not lose it."""
    product = Product(keeps=False)
    passing = provision([Thing(product=product, name="robot")])
    done = await anext(passing)
    with pytest.raises(RegistryError, match="robot: the change was accepted and is not there"):
        await anext(passing)
    assert done.shown_once == ("robot", Secret("told once"))


async def test_what_only_a_person_can_do_is_passed_over() -> None:
    """It is told, and the rest goes on."""
    product = Product()
    subjects = [Thing(product=product, name="eula", by_hand=True), *_subjects(product)]
    done = await _provisioned(subjects)
    assert [one.finding.action for one in done] == [Action.BY_HAND, Action.CREATE, Action.CREATE]
    assert product.changes == ["project", "robot"]


async def test_what_is_not_there_when_it_is_read_back_is_not_told_as_done() -> None:
    """Only a secret has to be told before."""
    passing = provision([Thing(product=Product(keeps=False), name="project")])
    with pytest.raises(RegistryError, match="project: the change was accepted and is not there"):
        await anext(passing)
