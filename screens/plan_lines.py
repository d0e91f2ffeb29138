"""Plans as lines to read: all that happens on a host, why one is blocked, hosts by line."""

from __future__ import annotations

from collections.abc import Iterable

from screens.diff_lines import diff_lines, shown_first
from screens.glyphs import Glyph, draw
from screens.plan_words import ACTIVATION_WORDS, VERDICT_WORDS
from screens.widgets.paint import Line, plain
from wizard.planning.plan import Block, HostPlan, Step, Verdict
from wizard.wording import _


def host_diff_lines(host: HostPlan) -> list[Line]:
    """Return everything that happens on a host: every file's diff, then the steps."""
    lines: list[Line] = []
    for change in shown_first(host.changes):
        lines += [*diff_lines(change), plain("")]
    lines += _warning_lines(host)
    for title, steps in (
        (_("Checked before it goes live"), host.validate),
        (_("Makes it live"), host.activate),
        (_("Must be true afterwards"), host.check),
        (_("Proof that only the target can give"), host.probe),
    ):
        lines += _step_lines(title, steps)
    return lines


def _warning_lines(host: HostPlan) -> list[Line]:
    lines = [plain(note, "muted") for note in host.notes]
    for runtime in host.runtimes:
        lines += [plain(f"! {warning}", "warn") for warning in runtime.warnings]
        if runtime.stops:
            stops = _("! stops these containers: {names}").format(names=", ".join(runtime.stops))
            lines.append(plain(stops, "warn"))
    return lines


def _step_lines(title: str, steps: Iterable[Step]) -> list[Line]:
    lines = [plain(f"  {step.name.value} {' '.join(step.args)}") for step in steps]
    return [plain(title, "muted"), *lines] if lines else []


def block_lines(block: Block, hosts: Iterable[str]) -> list[Line]:
    """Return why hosts are blocked, the ways out, and which hosts."""
    lines: list[Line] = [plain(block.detail, "bad"), plain(""), plain(_("Ways out"), "muted")]
    lines += [plain(f"  {draw(Glyph.DOT)} {way}") for way in block.ways_out]
    lines += [plain(""), plain(_("Hosts"), "muted")]
    return lines + [plain(f"  {host}") for host in hosts]


def host_line(host: HostPlan) -> Line:
    """Return one line on a host: name, flavour, what happens."""
    words = _(VERDICT_WORDS[host.verdict])
    if host.verdict is Verdict.CHANGE:
        words = _(ACTIVATION_WORDS[host.activation])
    blocks = [block.detail for runtime in host.runtimes for block in runtime.blocks]
    stops = [name for runtime in host.runtimes for name in runtime.stops]
    if stops:
        blocks.append(_("stops {names}").format(names=", ".join(stops)))
    return (
        (f"{host.host}  ", "strong"),
        (f"{host.flavour}  ", "muted"),
        (words, "warn" if host.verdict is Verdict.BLOCKED else ""),
        ("".join(f"  {block}" for block in blocks), "muted"),
    )
