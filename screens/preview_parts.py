"""What the preview lists: groups of identical changes, blocks, waves; each with its detail."""

from __future__ import annotations

from screens.glyphs import Glyph, draw
from screens.plan_lines import (
    Group,
    block_lines,
    diff_lines,
    grouped_blocks,
    grouped_changes,
    short_title,
    shown_first,
)
from screens.widgets.paint import Line, plain
from screens.words import ACTIVATION_WORDS, grouped, wave_name
from wizard.planning.plan import Activation, Block, HostPlan, Plan, Verdict
from wizard.wording import _

_NAMES_IN_LINE = 8


class PreviewParts:
    """A plan by parts; a part's key is `<kind>:<number>`."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.groups = grouped_changes(plan)
        self.blocks = grouped_blocks(plan)
        self.blocked = [host for host in plan.hosts if host.verdict is Verdict.BLOCKED]

    def rows(self) -> list[tuple[str | None, Line]]:
        """Return a line per part: changes first, then what is blocked, then the waves."""
        rows: list[tuple[str | None, Line]] = [
            (f"group:{number}", _group_line(group)) for number, group in enumerate(self.groups)
        ]
        rows += [
            (f"block:{number}", _block_line(block, hosts))
            for number, (block, hosts) in enumerate(self.blocks)
        ]
        rows += [
            (f"wave:{number}", _wave_line(number, hosts))
            for number, hosts in enumerate(self.plan.waves)
        ]
        return rows

    def detail(self, key: str) -> list[Line]:
        """Return what the lower half shows for a part."""
        kind, number = _split(key)
        match kind:
            case "group":
                changes = shown_first(self.groups[number].sample.changes)
                return [line for change in changes for line in [*diff_lines(change), plain("")]]
            case "block":
                return block_lines(*self.blocks[number])
            case "wave":
                return [plain(f"  {name}") for name in self.plan.waves[number]]
            case _nothing:
                return []

    def hosts(self, key: str) -> list[HostPlan]:
        """Return the hosts of a part."""
        kind, number = _split(key)
        names: tuple[str, ...] = ()
        match kind:
            case "group":
                names = self.groups[number].hosts
            case "block":
                names = self.blocks[number][1]
            case "wave":
                names = self.plan.waves[number]
        wanted = set(names)
        return [host for host in self.plan.hosts if host.host in wanted]


def _split(key: str) -> tuple[str, int]:
    kind, _colon, number = key.partition(":")
    return kind, int(number or 0)


def _group_line(group: Group) -> Line:
    activation = group.sample.activation
    is_harmful = activation is Activation.RESTART
    files = " · ".join(short_title(change) for change in shown_first(group.sample.changes))
    return (
        (f"{grouped(len(group.hosts)):>5} ", "strong"),
        (f"{draw(Glyph.ARMED if is_harmful else Glyph.DONE)} ", "warn" if is_harmful else "ok"),
        (f"{_(ACTIVATION_WORDS[activation])}  ", "warn" if is_harmful else "muted"),
        (files, ""),
    )


def _block_line(block: Block, hosts: tuple[str, ...]) -> Line:
    return (
        (f"{grouped(len(hosts)):>5} ", "strong"),
        (f"{draw(Glyph.BAD)} {_('blocked')}: ", "bad"),
        (block.detail, ""),
    )


def _wave_line(number: int, hosts: tuple[str, ...]) -> Line:
    return (
        (f"{grouped(len(hosts)):>5} ", "strong"),
        (f"{draw(Glyph.OPEN)} {wave_name(number)}: ", "live"),
        (", ".join(hosts[:_NAMES_IN_LINE]), "muted"),
    )
