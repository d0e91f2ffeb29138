"""asyncssh finds the same libraries, without a compiler's help."""

from __future__ import annotations

import ctypes.util
import subprocess
import sys

import pytest

from wizard.ssh.library import loadable

SEE = """
import sys
started = []
sys.addaudithook(lambda event, _: started.append(event) if event in STARTS else None)
STARTS = {"subprocess.Popen", "os.posix_spawn", "os.fork", "os.exec", "os.system"}
IMPORT
import asyncssh.crypto.umac, asyncssh.crypto.pq, asyncssh.mac
print(asyncssh.crypto.pq.sntrup_available, *asyncssh.mac.get_mac_algs())
print(*started)
"""


def _seen(statement: str) -> list[str]:
    """Return the algorithms after an import of asyncssh, and the starts of programs during it."""
    script = SEE.replace("IMPORT", statement)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the usual search starts nothing")
def test_asyncssh_is_imported_without_programs_and_knows_no_less() -> None:
    """Every process that reaches hosts would pay for them."""
    usual, _ = _seen("import asyncssh")
    ours, started = _seen("from wizard.ssh.library import asyncssh")

    assert (usual, "") == (ours, started)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere libraries have other names")
def test_the_loader_names_a_library_as_the_usual_search_does() -> None:
    """One that is everywhere, and one that is nowhere."""
    assert ctypes.util.find_library("z") == loadable("z")
    assert loadable("of-nobody") is None


def test_the_usual_search_is_left_as_it_was() -> None:
    """Others in the process may want it."""
    assert ctypes.util.find_library.__module__ == "ctypes.util"
