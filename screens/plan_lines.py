"""Plans as lines to read: groups of identical changes, diffs, blocks, waves, hosts."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from screens.glyphs import Glyph, draw
from screens.widgets.paint import Line, plain
from screens.words import ACTIVATION_WORDS, VERDICT_WORDS
from wizard.planning.plan import Block, FileChange, FilePurpose, HostPlan, Plan, Step, Verdict
from wizard.wording import _

_CONTEXT = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Hosts whose files change alike, and are activated alike."""

    sample: HostPlan
    hosts: tuple[str, ...]


def grouped_changes(plan: Plan) -> list[Group]:
    """Return groups of hosts with identical changes, the largest first."""
    groups: dict[tuple[object, ...], list[HostPlan]] = {}
    for host in plan.hosts:
        if host.verdict is Verdict.CHANGE:
            key = (host.activation, *(_key(change) for change in host.changes))
            groups.setdefault(key, []).append(host)
    found = [
        Group(sample=hosts[0], hosts=tuple(host.host for host in hosts))
        for hosts in groups.values()
    ]
    return sorted(found, key=lambda group: -len(group.hosts))


def grouped_blocks(plan: Plan) -> list[tuple[Block, tuple[str, ...]]]:
    """Return each distinct block with its hosts, the most frequent first."""
    groups: dict[Block, list[str]] = {}
    for host in plan.hosts:
        if host.verdict is Verdict.BLOCKED:
            for block in dict.fromkeys(b for runtime in host.runtimes for b in runtime.blocks):
                groups.setdefault(block, []).append(host.host)
    found = [(block, tuple(hosts)) for block, hosts in groups.items()]
    return sorted(found, key=lambda pair: -len(pair[1]))


def _key(change: FileChange) -> tuple[str, str | None, str]:
    return (change.real_path, change.before.text if change.before else None, change.after)


def change_counts(change: FileChange) -> tuple[int, int]:
    """Return how many lines are added and removed."""
    before = change.before.text if change.before else ""
    lines = list(difflib.unified_diff(_lines(before), _lines(change.after), n=0))[2:]
    added = sum(line.startswith("+") for line in lines)
    return added, sum(line.startswith("-") for line in lines)


def shown_first(changes: Iterable[FileChange]) -> list[FileChange]:
    """Return changes in reading order: configuration before the certificates it refers to."""
    order = (FilePurpose.CONFIG, FilePurpose.HOSTS, FilePurpose.CA)
    return sorted(changes, key=lambda change: order.index(change.purpose))


def short_title(change: FileChange) -> str:
    """Return the file's name with what happens to it: `daemon.json +2 -1`."""
    added, removed = change_counts(change)
    name = change.path.rpartition("/")[2]
    return f"{name} +{added} -{removed}" if change.before else _("{name} new").format(name=name)


def change_title(change: FileChange) -> str:
    """Return the path with what happens to it: `/etc/docker/daemon.json +2 -0`."""
    added, removed = change_counts(change)
    new = "" if change.before else _(" new")
    return f"{change.path}{new} +{added} -{removed}"


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


def diff_lines(change: FileChange) -> list[Line]:
    """Return a file's unified diff with the numbers of both sides and signs on each line."""
    lines: list[Line] = [plain(change_title(change), "title")]
    if change.real_path != change.path:
        lines.append(plain(_("  is a link to {path}").format(path=change.real_path), "muted"))
    return lines + text_diff(change.before.text if change.before else "", change.after)


def text_diff(old: str, new: str) -> list[Line]:
    """Return the unified diff of two texts with the numbers of both sides."""
    before, after = _lines(old), _lines(new)
    lines: list[Line] = []
    matcher = difflib.SequenceMatcher(a=before, b=after, autojunk=False)
    for number, hunk in enumerate(matcher.get_grouped_opcodes(_CONTEXT)):
        if number:
            lines.append(plain(f"     {draw(Glyph.DOT)}", "muted"))
        for tag, a1, a2, b1, b2 in hunk:
            if tag == "equal":
                pairs = zip(range(a1, a2), range(b1, b2), strict=True)
                lines += [_diff_line(a + 1, b + 1, " ", before[a]) for a, b in pairs]
                continue
            lines += [_diff_line(a + 1, None, "-", before[a]) for a in range(a1, a2)]
            lines += [_diff_line(None, b + 1, "+", after[b]) for b in range(b1, b2)]
    return lines


def _diff_line(old: int | None, new: int | None, sign: str, text: str) -> Line:
    tone = {"+": "added", "-": "removed"}.get(sign, "")
    ending = ""
    if text.endswith("\r\n"):
        ending = " CRLF"
    elif not text.endswith("\n"):
        ending = _(" (no line end)")
    return (
        (f"{old or '':>4} {new or '':>4} ", "muted"),
        (f"{sign} {text.rstrip(chr(10)).rstrip(chr(13))}", tone),
        (ending, "muted"),
    )


def _lines(text: str) -> list[str]:
    """Split at line feeds only: a runtime sees no other line ends."""
    lines = text.split("\n")
    ended = [line + "\n" for line in lines[:-1]]
    return [*ended, lines[-1]] if lines[-1] else ended


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
