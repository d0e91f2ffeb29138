"""Script bytes for each verb; pure.

A script is the shell files that the verb needs, one function with what it is about, and one
call, all in one pair of braces: no shell runs anything of it before it has read the last line, so
that a script cut short anywhere does nothing. Without braces one that is cut in the name of a
function would run a program with the rest of that name, such as `w` or `make`. Contents travel in
single quotes: every byte but the quote itself stands for itself there, in every shell, with
or without a final newline.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Final

from wizard.errors import PlanError
from wizard.planning.plan import FileChange, HostPlan, Step, StepName
from wizard.transaction.answers import Verb
from wizard.transaction.step_files import RUNTIME_FILES, needed_files

SHARED: Final = ("surroundings.sh", "frame.sh", "lock.sh", "ledger.sh")
LEDGER: Final = (
    *SHARED,
    "files.sh",
    "steps.sh",
    "reverting.sh",
    "watchdog.sh",
    "ledger_entry.sh",
)
"""What `revert.sh` of a ledger consists of; beside it lie its steps and what they are made of."""

_VERB_FILES: Final[Mapping[Verb, tuple[str, ...]]] = {
    Verb.APPLY: ("answer.sh", "preconditions.sh", "apply.sh"),
    Verb.REVERT: (*LEDGER, "answer.sh", "taking_back.sh"),
    Verb.UNDO: (*LEDGER, "answer.sh", "taking_back.sh"),
    Verb.CHECK: (*LEDGER, "answer.sh", "armed.sh", "confirm.sh"),
    Verb.CONFIRM: (*LEDGER, "answer.sh", "armed.sh", "confirm.sh"),
    Verb.RENEW: (*SHARED, "answer.sh", "armed.sh"),
    Verb.STATUS: (*SHARED, "answer.sh", "status.sh"),
    Verb.LEDGERS: (*SHARED, "files.sh", "status.sh"),
}
_RUN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_PATH: Final = re.compile(r"(?:/(?!\.\.?(?:/|$))[^\x00-\x1f\x7f'\\/]+)+(?<! )")
_WRITER: Final = re.compile(r"[1-9][0-9]{0,9}:[1-9][0-9]{0,9}")
_VARIABLE: Final = re.compile(
    r"\$\{?#?([A-Za-z_]\w*)|(?:^|(?<=[\s;&|{(]))([A-Za-z_]\w*)=|\bfor ([A-Za-z_]\w*)\b"
)
_INDENT: Final = re.compile(rb"^ +", re.MULTILINE)
"""What a ledger keeps for a person to read, and a shell that is sent a verb has no use for."""
_READ: Final = re.compile(r"\bread -r ([\w ]+)")
_OF_THE_HOST: Final = frozenset({"HOME", "PATH", "PILOTAGE_ROOT", "_"})
"""What a script takes from the environment that it is started in, and `read` throws away."""

_OBSERVERS: Final = {StepName.SAME_PROCESS: "process", StepName.SAME_CONTAINERS: "containers"}
_KEEPERS: Final = {StepName.CONTAINERD_SAME_SETTINGS: "keep_containerd_settings"}
"""What is kept before files are written, for steps that compare with it after."""
_FILES_KEPT: Final = 64
"""Shell files whose lines and variables are kept: verbs share most of them."""
_NEEDED_INODES: Final = 64
_NEEDED_KIB: Final = 512
_KIB: Final = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """Shell text for each verb, what a ledger keeps, quoted for an assignment, and all files."""

    verbs: Mapping[Verb, bytes]
    ledger: bytes
    files: Mapping[str, str]

    @classmethod
    def of(cls, files: Mapping[str, str]) -> Library:
        """Return the library made of shell files by name."""
        return cls(
            verbs={
                verb: _INDENT.sub(b"", _text(files, names)) + _forget(files, _with_steps(names))
                for verb, names in _VERB_FILES.items()
            },
            ledger=_quoted(_text(files, LEDGER) + _forget(files, _with_steps(LEDGER))),
            files=files,
        )

    def runtime_steps(self, plan: HostPlan) -> bytes:
        """Return the functions of runtimes that the plan's steps call."""
        stages = (plan.validate, plan.activate, plan.check, plan.probe, plan.deactivate)
        steps = (step for stage in (*stages, plan.check_reverted) for step in stage)
        return _text(self.files, needed_files(self.files, steps))


@cache
def shipped_library() -> Library:
    """Return the library of the files that ship with Pilotage, read once."""
    return Library.of(shipped_files())


def shipped_files() -> dict[str, str]:
    """Return the shell files of the host transaction by name."""
    folder = resources.files("assets") / "host"
    names = {name for names in _VERB_FILES.values() for name in (*names, *LEDGER, *RUNTIME_FILES)}
    return {name: (folder / name).read_text(encoding="utf-8") for name in sorted(names)}


def apply_script(
    plan: HostPlan,
    *,
    run: str,
    holder: str,
    lease: float,
    nonce: str,
    library: Library | None = None,
) -> bytes:
    """Return the script that applies `plan`; it reverts itself `lease` seconds after arming.

    Raises PlanError when a path or a content cannot be sent to a host.
    """
    library = library or shipped_library()
    return b"".join(
        (
            b"{\n",
            library.verbs[Verb.APPLY],
            _changes(plan.changes, plan.one_at_a_time),
            _contents(plan.changes),
            _baseline(plan.validate),
            *(
                _steps(name, steps)
                for name, steps in (
                    (b"plan_validate", plan.validate),
                    (b"plan_activate", plan.activate),
                    (b"plan_probe", plan.probe),
                )
            ),
            b"library() {\nLIBRARY=",
            library.ledger,
            b"\nREVERT_STEPS=",
            _quoted(library.runtime_steps(plan) + _revert_steps(plan)),
            b'\neval "$LIBRARY"\neval "$REVERT_STEPS"\n}\n',
            _main(
                Verb.APPLY,
                _about(run=_checked_run(run), holder=holder, nonce=nonce, lease=lease)
                + b"library\nplan_changes\n",
            ),
        )
    )


def verb_script(
    verb: Verb,
    *,
    run: str,
    holder: str,
    nonce: str,
    lease: float = 0,
    force: Iterable[str] = (),
    library: Library | None = None,
) -> bytes:
    """Return the script of any verb but apply; `force` names paths to revert regardless.

    Raises PlanError as `apply_script`.
    """
    library = library or shipped_library()
    forced = "\n".join(_checked_path(path) for path in force)
    run = "" if verb is Verb.LEDGERS else _checked_run(run)
    about = _about(run=run, holder=holder, nonce=nonce, lease=lease)
    about += b"FORCE=" + _quoted(forced.encode()) + b"\n"
    return b"{\n" + library.verbs[verb] + _main(verb, about)


def _with_steps(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the files and those that they read from a ledger, or bring along for one."""
    if "apply.sh" in names:
        return (*LEDGER, *RUNTIME_FILES, *names)
    return (*RUNTIME_FILES, *names) if "ledger_entry.sh" in names else names


def _text(files: Mapping[str, str], names: Iterable[str]) -> bytes:
    return "".join(_without_comments(files[name]) for name in names).encode()


@lru_cache(maxsize=_FILES_KEPT)
def _without_comments(text: str) -> str:
    lines = (line for line in text.splitlines() if line and not line.lstrip().startswith("#"))
    return "".join(f"{line}\n" for line in lines)


@lru_cache(maxsize=_FILES_KEPT)
def variables(text: str) -> frozenset[str]:
    """Return the names of the variables that shell text, whole lines, reads or sets."""
    found = {name for groups in _VARIABLE.findall(text) for name in groups if name}
    found |= {name for names in _READ.findall(text) for name in names.split()}
    return frozenset(found) - _OF_THE_HOST


def _forget(files: Mapping[str, str], names: Iterable[str]) -> bytes:
    """Return a shell function that unsets every variable of the script.

    What root's environment says must not be taken for something that the script found out,
    and what the script holds must not get into the environment of the programs that it runs.
    """
    found = frozenset[str]().union(*(variables(_without_comments(files[name])) for name in names))
    return f"forget() {{\nunset -v {' '.join(sorted(found))}\n}}\n".encode()


def _main(verb: Verb, about: bytes) -> bytes:
    return b"".join(
        (
            b"pilotage_main() {\nforget\nROOT=${PILOTAGE_ROOT-}\n",
            about,
            b"settle\n",
            verb.value.encode(),
            b"\nexit 0\n}\npilotage_main\n}\n",
        )
    )


def _checked_run(run: str) -> str:
    if not _RUN.fullmatch(run):
        raise PlanError(f"{run!r} cannot name a run on a host")
    return run


def _about(*, run: str, holder: str, nonce: str, lease: float) -> bytes:
    one_line = " ".join(holder.split()) or "-"
    return b"".join(
        (
            b"RUN=" + _quoted(run.encode()),
            b"\nHOLDER=" + _quoted(one_line.encode()),
            b"\nNONCE=" + _quoted(nonce.encode()),
            b"\nLEASE=%d\n" % max(1, round(lease)),
        )
    )


def _changes(changes: tuple[FileChange, ...], alone: str) -> bytes:
    lines = [f"FILES='{' '.join(str(number) for number, _ in _numbered(changes))}'"]
    size = 0
    for number, change in _numbered(changes):
        before = change.before
        parting = "none" if change.parting is None else _sha256(change.parting)
        lines += (
            f"path_{number}='{_checked_path(change.path)}'",
            f"real_{number}='{_checked_path(change.real_path)}'",
            f"before_{number}={'absent' if before is None else before.sha256}",
            f"after_{number}={_sha256(change.after)}",
            f"parting_{number}={parting}",
            f"mode_{number}={change.mode:o}",
            f"writer_{number}={_checked_writer(change.writer)}",
        )
        size += len(change.after) + len(change.parting or "") + (before.size if before else 0)
    lines += (
        f"ALONE={_quoted(' '.join(alone.split()).encode()).decode()}",
        f"NEEDED_KIB={_NEEDED_KIB + 4 * size // _KIB}",
        f"NEEDED_INODES={_NEEDED_INODES}",
    )
    return b"plan_changes() {\n" + "\n".join(lines).encode() + b"\n}\n"


def _contents(changes: tuple[FileChange, ...]) -> bytes:
    """Return a shell function that sets CONTENT to `after` or `parting` of a file."""
    parts = [b"content() {\ncase $1_$2 in\n"]
    for number, change in _numbered(changes):
        parts.append(b"after_%d) CONTENT=%s ;;\n" % (number, _content(change.path, change.after)))
        if change.parting is not None:
            content = _content(change.path, change.parting)
            parts.append(b"parting_%d) CONTENT=%s ;;\n" % (number, content))
    parts.append(b"*) return 1 ;;\nesac\n}\n")
    return b"".join(parts)


def _content(path: str, text: str) -> bytes:
    if "\0" in text:
        raise PlanError("a NUL byte cannot be written", file=path)
    return _quoted(text.encode())


def _steps(name: bytes, steps: tuple[Step, ...]) -> bytes:
    calls = (
        b" ".join(
            (b"step", step.name.value.encode(), *(_quoted(arg.encode()) for arg in step.args))
        )
        + b" || return\n"
        for step in steps
    )
    return name + b"() {\n" + b"".join(calls) + b"return 0\n}\n"


def _baseline(steps: tuple[Step, ...]) -> bytes:
    calls = (
        b" ".join((_KEEPERS[step.name].encode(), *(_quoted(arg.encode()) for arg in step.args)))
        + b" || return\n"
        for step in steps
        if step.name in _KEEPERS
    )
    return b"plan_baseline() {\n" + b"".join(calls) + b"return 0\n}\n"


def _revert_steps(plan: HostPlan) -> bytes:
    """Return what the ledger keeps of the plan's steps; the baseline is only what they use."""
    observed = {
        ":".join((_OBSERVERS[step.name], *step.args)): None
        for step in (*plan.check, *plan.check_reverted)
        if step.name in _OBSERVERS
    }
    user = b"DOCKER_UID=%d\n" % plan.docker_uid if plan.docker_uid else b""
    return b"".join(
        (
            user,
            b"OBSERVE=" + _quoted(" ".join(map(_checked_word, observed)).encode()) + b"\n",
            _steps(b"plan_check", plan.check),
            _steps(b"plan_deactivate", plan.deactivate),
            _steps(b"plan_check_reverted", plan.check_reverted),
        )
    )


def _numbered(changes: tuple[FileChange, ...]) -> Iterable[tuple[int, FileChange]]:
    return enumerate(changes, start=1)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _checked_word(word: str) -> str:
    """Return what the host splits at spaces and expands like a file name, if it stays one word."""
    if re.search(r"[\s*?\[]", word):
        raise PlanError("this client of a runtime cannot be named to a host", file=word)
    return word


def _checked_writer(writer: str) -> str:
    if writer and not _WRITER.fullmatch(writer):
        raise PlanError(f"{writer!r} cannot write on a host")
    return writer


def _checked_path(path: str) -> str:
    if not _PATH.fullmatch(path):
        raise PlanError("this path cannot be sent to a host", file=path)
    return path


def _quoted(text: bytes) -> bytes:
    return b"'" + text.replace(b"'", b"'\\''") + b"'"
