"""Scenarios and headless demos in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from wizard.cli.plan_text import folded
from wizard.cli.state_words import word
from wizard.cli.table import pairs, table
from wizard.practice.demo.judging import Check
from wizard.practice.demo.scenarios import Scenario
from wizard.practice.demo.summary import Summary
from wizard.run.states import HostState
from wizard.wording import _, mark

_MEBIBYTE: Final = 1024 * 1024
_PHASES: Final = {
    "start": mark("start of the fleet"),
    "look": mark("look at the hosts beforehand"),
    "doctor": mark("examination of the registry"),
    "provision": mark("provisioning"),
    "doctor_again": mark("examination again"),
    "discovery": mark("discovery"),
    "target": mark("look at the target"),
    "plan": mark("plan"),
    "rollout": mark("rollout"),
    "proof": mark("proof on the hosts"),
    "rollback": mark("rollback"),
    "proof_of_rollback": mark("proof on the hosts again"),
}
_SHOWN: Final = 20


def scenario_lines(scenarios: Iterable[Scenario]) -> list[str]:
    """Return every scenario: its name, what goes wrong, and how it must end."""
    lines: list[str] = []
    for scenario in scenarios:
        lines += [
            scenario.name,
            f"    {_(scenario.summary)}",
            "    " + _("Ends: {words}").format(words=_(scenario.ending.words)),
        ]
    return lines


def scenarios_document(scenarios: Iterable[Scenario]) -> dict[str, object]:
    """Return the content of a `scenarios` document."""
    return {
        "scenarios": [
            {
                "name": scenario.name,
                "summary": _(scenario.summary),
                "ending": _(scenario.ending.words),
            }
            for scenario in scenarios
        ]
    }


def summary_lines(summary: Summary) -> list[str]:
    """Return a headless demo: how long, how much, what went wrong, how hosts ended."""
    memory = summary.memory
    lines = table(
        [_("PHASE"), _("SECONDS")],
        [(_(_PHASES[phase.name]), f"{phase.seconds:.1f}") for phase in summary.phases],
    )
    lines += [
        "",
        *pairs(
            [
                (_("Scenario"), summary.scenario),
                (_("Hosts"), summary.hosts),
                (_("Registry"), summary.registry),
                (_("Addressing"), summary.addressing),
                (_("Blocked"), folded([f"{host} {why}" for host, why in summary.blocked])),
                (_("Seconds"), f"{summary.seconds:.1f}"),
                (_("Memory of the fleet"), _megabytes(memory.fleet)),
                (_("Memory of a run"), _megabytes(memory.runs)),
                (_("Memory of the operator"), _megabytes(memory.operator)),
                (_("Struck"), _struck(summary)),
                (_("After the rollout"), _counted(summary.rollout)),
                (_("After the rollback"), _counted(summary.rollback)),
                (_("Checked"), len(summary.checks)),
                (_("Not as documented"), len(summary.unmet)),
            ]
        ),
    ]
    return lines + [unmet_line(check) for check in summary.unmet[:_SHOWN]]


def unmet_line(check: Check) -> str:
    """Return what was not as it should be."""
    return _("{phase}: {host} {subject}: expected {expected}, found {found}").format(
        phase=_(_PHASES[check.phase]),
        host=check.host or "",
        subject=check.subject,
        expected=check.expected,
        found=check.found or _("nothing"),
    )


def _struck(summary: Summary) -> str:
    return folded([f"{fault} {host or ''}".strip() for fault, host in summary.struck])


def _counted(states: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {word(HostState(state))}" for state, count in states.items())


def _megabytes(size: int) -> str:
    return _("{size} MB").format(size=round(size / _MEBIBYTE)) if size else ""
