"""Whether a host is as documented: what passes, and what must not."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import pytest

from wizard.planning.plan import FileChange, FilePurpose, HostPlan
from wizard.practice.demo.endings import Files, HostEnding, Server
from wizard.practice.demo.judging import Found, HostTruth, check_host, wrong_files
from wizard.practice.demo.truth import Entry, HostPhotograph, Kind
from wizard.run.states import HostState

CONFIG, CA = "/etc/docker/daemon.json", "/etc/docker/certs.d/r:5000/ca.crt"
BEFORE, AFTER, BY_HAND = b"{}\n", b'{"registry-mirrors": []}\n', b'{"edited": true}\n'
OWNER = (0, 0)


def folder() -> Entry:
    """Return a directory."""
    return Entry(kind=Kind.FOLDER, mode=0o755, owner=OWNER, content="")


def file(content: bytes, mode: int = 0o644) -> Entry:
    """Return a file with that content."""
    digest = hashlib.sha256(content).hexdigest()
    return Entry(kind=Kind.FILE, mode=mode, owner=OWNER, content=digest)


def host(entries: Mapping[str, Entry], *undecided: str) -> HostPhotograph:
    """Return a host with those entries beside what every host has."""
    always = {"/etc": folder(), "/etc/docker": folder()}
    return HostPhotograph(entries={**always, **entries}, undecided=undecided)


AS_BEFORE = host({CONFIG: file(BEFORE, 0o640)})
FOLDERS = {"/etc/docker/certs.d": folder(), "/etc/docker/certs.d/r:5000": folder()}
AS_PLANNED = host({CONFIG: file(AFTER, 0o640), CA: file(b"PEM"), **FOLDERS})
PLAN = HostPlan(
    host="web1",
    runtimes=(),
    changes=(
        FileChange(path=CA, real_path=CA, purpose=FilePurpose.CA, before=None, after="PEM"),
        FileChange(
            path=CONFIG,
            real_path=CONFIG,
            purpose=FilePurpose.CONFIG,
            before=None,
            after=AFTER.decode(),
        ),
    ),
)
TRUTH = HostTruth(before=AS_BEFORE, plan=PLAN, edited={CONFIG: hashlib.sha256(BY_HAND).hexdigest()})


@pytest.mark.parametrize(
    ("files", "found", "wrong"),
    [
        (Files.AS_BEFORE, AS_BEFORE, ()),
        (Files.AS_BEFORE, AS_PLANNED, (CA, CONFIG, *FOLDERS)),
        (Files.AS_BEFORE, host({}), (CONFIG,)),
        (Files.AS_PLANNED, AS_PLANNED, ()),
        (Files.AS_PLANNED, AS_BEFORE, (CA, CONFIG)),
        (Files.AS_PLANNED, host({**AS_PLANNED.entries, "/etc/x": file(b"")}), ("/etc/x",)),
        (Files.AS_PLANNED, host({**AS_PLANNED.entries, CA: file(b"PEM", 0o666)}), (CA,)),
        (Files.EDITED_BEFORE, host({CONFIG: file(BY_HAND, 0o640)}), ()),
        (Files.EDITED_BEFORE, AS_BEFORE, (CONFIG,)),
        (Files.EDITED_PLANNED, host({**AS_PLANNED.entries, CONFIG: file(BY_HAND, 0o640)}), ()),
        (Files.EDITED_PLANNED, AS_PLANNED, (CONFIG,)),
    ],
)
def test_files_are_as_documented_or_named(
    files: Files, found: HostPhotograph, wrong: tuple[str, ...]
) -> None:
    """Every byte, every mode, nothing more and nothing less."""
    assert wrong_files(files, TRUTH, found) == tuple(sorted(wrong))


@pytest.mark.parametrize("state", [HostState.ROLLED_BACK, HostState.CONFLICT])
def test_a_ledger_stays_open_only_where_a_person_is_needed(state: HostState) -> None:
    """Anywhere else it would mean that a host is still at work on itself."""
    ending = HostEnding(states=(state,), files=Files.AS_BEFORE, serves=Server.UPSTREAM)
    found = Found(photograph=host({CONFIG: file(BEFORE, 0o640)}, "r1/conflict"), serves="upstream")

    files, serves = check_host("proof", "web1", ending, TRUTH, found)

    assert files.is_met is (state is HostState.CONFLICT)
    assert serves.is_met


@pytest.mark.parametrize("files", [Files.AS_BEFORE, Files.AS_PLANNED])
def test_a_change_in_force_stays_only_where_its_files_are(files: Files) -> None:
    """A ledger that says `confirmed` on a host with its own files would be a lie."""
    ending = HostEnding(states=(HostState.CONFIRMED,), files=files, serves=Server.TARGET)
    entries = AS_BEFORE if files is Files.AS_BEFORE else AS_PLANNED
    photograph = HostPhotograph(entries=entries.entries, undecided=(), confirmed=("r1/confirmed",))
    found = Found(photograph=photograph, serves="target")

    [checked, _serves] = check_host("proof", "web1", ending, TRUTH, found)

    assert checked.is_met is (files is Files.AS_PLANNED)


def test_a_pull_that_somebody_else_answers_is_told() -> None:
    """The silent fallback: everything else is right."""
    ending = HostEnding(states=(HostState.CONFIRMED,), files=Files.AS_PLANNED, serves=Server.TARGET)
    checks = check_host(
        "proof", "web1", ending, TRUTH, Found(photograph=AS_PLANNED, serves="upstream")
    )

    assert [(check.subject, check.is_met) for check in checks] == [
        ("files", True),
        ("serves", False),
    ]
