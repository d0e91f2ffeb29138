"""What the preview lists: groups of identical changes, blocks, waves; each with its detail."""

from __future__ import annotations

from collections import Counter

from screens.diff_lines import change_title, diff_lines
from screens.glyphs import Glyph, draw
from screens.plan_lines import block_lines
from screens.plan_words import ACTIVATION_WORDS
from screens.widgets.paint import Line
from screens.words import grouped, wave_name
from wizard.planning.grouping import (
    BlockGroup,
    ChangeGroup,
    grouped_blocks,
    grouped_changes,
)
from wizard.planning.plan import Activation, FilePurpose, HostPlan, Plan, Verdict
from wizard.wording import _

_NAMES_IN_LINE = 8


class PreviewParts:
    """A plan by parts; a part's key is `<kind>:<number>`."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.groups = sorted(grouped_changes(plan.hosts), key=_reading_order)
        self.blocks = grouped_blocks(plan.hosts)
        self._activations = {host.host: host.activation for host in plan.hosts}
        self.blocked = [host for host in plan.hosts if host.verdict is Verdict.BLOCKED]

    def rows(self) -> list[tuple[str | None, Line]]:
        """Return a line per part: changes first, then what is blocked, then the waves."""
        rows: list[tuple[str | None, Line]] = [
            (f"group:{number}", self._group_line(group)) for number, group in enumerate(self.groups)
        ]
        rows += [
            (f"block:{number}", _block_line(group)) for number, group in enumerate(self.blocks)
        ]
        rows += [
            (f"wave:{number}", _wave_line(number, hosts))
            for number, hosts in enumerate(self.plan.waves)
        ]
        return rows

    def _group_line(self, group: ChangeGroup) -> Line:
        counts = Counter(self._activations[name] for name in group.hosts)
        words = ", ".join(
            _(ACTIVATION_WORDS[activation])
            if count == len(group.hosts)
            else f"{_(ACTIVATION_WORDS[activation])} {count}"
            for activation, count in counts.items()
        )
        is_harmful = Activation.RESTART in counts
        return (
            (f"{grouped(len(group.hosts)):>5} ", "strong"),
            (f"{draw(Glyph.ARMED if is_harmful else Glyph.DONE)} ", "warn" if is_harmful else "ok"),
            (f"{words}  ", "warn" if is_harmful else "muted"),
            (change_title(group.change), ""),
        )

    def detail(self, key: str) -> list[Line]:
        """Return what the lower half shows for a part."""
        kind, number = _split(key)
        match kind:
            case "group":
                return diff_lines(self.groups[number].change)
            case "block":
                return block_lines(self.blocks[number].block, self.blocks[number].hosts)
            case "wave":
                return [((f"  {name}", ""),) for name in self.plan.waves[number]]
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
                names = self.blocks[number].hosts
            case "wave":
                names = self.plan.waves[number]
        wanted = set(names)
        return [host for host in self.plan.hosts if host.host in wanted]


def _reading_order(group: ChangeGroup) -> int:
    """Configuration stands before the certificates that it refers to."""
    return (FilePurpose.CONFIG, FilePurpose.HOSTS, FilePurpose.CA).index(group.change.purpose)


def _split(key: str) -> tuple[str, int]:
    kind, _colon, number = key.partition(":")
    return kind, int(number or 0)


def _block_line(group: BlockGroup) -> Line:
    word = _("blocked")
    return (
        (f"{grouped(len(group.hosts)):>5} ", "strong"),
        (f"{draw(Glyph.BAD)} {word}: ", "bad"),
        (group.block.detail, ""),
    )


def _wave_line(number: int, hosts: tuple[str, ...]) -> Line:
    return (
        (f"{grouped(len(hosts)):>5} ", "strong"),
        (f"{draw(Glyph.OPEN)} {wave_name(number)}: ", "live"),
        (", ".join(hosts[:_NAMES_IN_LINE]), "muted"),
    )
