"""Where tests write: in memory, where it has room and keeps all that a file has.

Tests make many small files and remove them again. A file system on a disk pays for that long
afterwards: ext4 looks past each inode that was removed a moment ago for a free one.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from wizard.practice.home import default_base
from wizard.practice.limits import MOST


def write_in_memory() -> None:
    """Let temporary files of this process, and of those it starts, be in memory if they can.

    A person's own TMPDIR stays. There has to be room for the largest practice fleet.
    """
    if "TMPDIR" in os.environ or sys.platform != "linux":
        return
    place = default_base({}, hosts=MOST)
    if place == Path(tempfile.gettempdir()):
        return
    try:
        with tempfile.NamedTemporaryFile(dir=place) as file:
            # Not before Linux 6.6 in memory; attributes as "immutable" not much longer.
            os.setxattr(file.name, "user.pilotage", b"")
    except OSError:
        return
    os.environ["TMPDIR"] = tempfile.tempdir = str(place)
