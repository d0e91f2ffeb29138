"""The script of an errand, and its answer out of framed lines; pure.

As every script for a host it is in braces, so that one that is cut short does nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Final

from wizard.errand.errand import Errand, ErrandAnswer, ErrandName, ErrandOutcome, ErrandStep
from wizard.errors import InputError, ProtocolError
from wizard.secret import Secret
from wizard.transaction.compose import variables
from wizard.transaction.frames import Frame, read_frame, read_frames
from wizard.wording import _

_SHARED: Final = ("surroundings.sh", "frame.sh", "lock.sh", "errand.sh")
_NEEDED: Final = {
    ErrandName.DOCKER_INSTALL: ("docker_repository.sh",),
    ErrandName.HARBOR_HOST: ("host_needs.sh", "harbor_place.sh"),
    ErrandName.HARBOR_INSTALL: ("own_api.sh", "harbor_place.sh"),
    ErrandName.HARBOR_REMOVE: ("harbor_place.sh",),
    ErrandName.NEXUS_HOST: ("host_needs.sh", "own_api.sh", "nexus_container.sh"),
    ErrandName.NEXUS_INSTALL: ("host_needs.sh", "own_api.sh", "nexus_container.sh"),
    ErrandName.NEXUS_LICENCE: ("own_api.sh", "nexus_container.sh"),
    ErrandName.NEXUS_REMOVE: ("nexus_container.sh",),
}
"""What errands of one subject have in common."""


def errand_script(errand: Errand, *, nonce: str, payload: Secret | None) -> bytes:
    """Return what `/bin/sh -s` reads on the host; `payload` is within it, and in no argv.

    Raises InputError for words that no shell can be given.
    """
    words = (*errand.arguments, payload.reveal() if payload else "")
    if any("\0" in word for word in words):
        raise InputError(_("A NUL byte cannot be sent to a host."))
    library = _library(errand.name)
    return b"".join(
        (
            b"{\n",
            library,
            b"errand_main() {\nunset -v ",
            " ".join(sorted(variables(library.decode()) - {"PILOTAGE_ROOT"})).encode(),
            b"\nROOT=${PILOTAGE_ROOT-}\nNONCE=",
            _quoted(nonce),
            b"\nPAYLOAD=",
            _quoted(words[-1]),
            b"\nsettle\n",
            errand.name.value.encode(),
            *(b" " + _quoted(word) for word in errand.arguments),
            b"\nexit 0\n}\nerrand_main\n}\n",
        )
    )


def errand_answer(lines: Iterable[bytes], *, nonce: str, host: str, said: str) -> ErrandAnswer:
    """Return the answer; `said` are the script's last words. Raises ProtocolError without one."""
    frames = read_frames(lines, nonce=nonce, host=host)
    ended = [frame for frame in frames if frame.get("kind") == "ended"]
    outcomes = {one.value: one for one in ErrandOutcome}
    if len(ended) != 1 or (ended[0].get("outcome") or "") not in outcomes:
        raise ProtocolError(
            _("its shell gave no answer to the errand: {words}").format(words=said or "…"),
            host=host,
            state=_("What it had done by then is not known."),
            todo=_("Send it again: what is done already is left as it is."),
        )
    return ErrandAnswer(
        outcome=outcomes[ended[0].get("outcome") or ""],
        detail=ended[0].get("detail") or "",
        steps=tuple(_step(frame) for frame in frames if frame.get("kind") == "told"),
    )


def told_step(line: bytes, *, nonce: str, host: str) -> ErrandStep | None:
    """Return the step that a line tells of, None for any other line; raises ProtocolError."""
    frame = read_frame(line, nonce=nonce, host=host)
    return _step(frame) if frame and frame.get("kind") == "told" else None


def _step(frame: Frame) -> ErrandStep:
    return ErrandStep(
        subject=frame.get("subject") or "",
        result=frame.get("result") or "",
        detail=frame.get("detail") or "",
    )


@cache
def _library(name: ErrandName) -> bytes:
    folder = resources.files("assets") / "host"
    names = (*_SHARED, *_NEEDED.get(name, ()), f"errand_{name.value}.sh")
    lines = (
        line
        for one in names
        for line in (folder / one).read_text(encoding="utf-8").splitlines()
        if line and not line.lstrip().startswith("#")
    )
    return ("\n".join(lines) + "\n").encode()


def _quoted(text: str) -> bytes:
    return b"'" + text.encode().replace(b"'", b"'\\''") + b"'"
