"""What a practice host is on disk: its root directory, and the programs on its PATH.

A host has few files of its own; the programs are links in a directory that all hosts of one kind
share. Everything belongs to the user who practises, so nothing here needs root.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Final

from wizard.errors import InputError
from wizard.wording import _

TOOLS: Final = tuple(
    """base64 cat chmod cp date df env fold grep ln ls mkdir mkfifo mv od readlink rm rmdir sed
    sha256sum sleep stat sync tail tr true uname wc""".split()  # noqa: SIM905
)
"""What the host scripts need of this machine; a word list reads better than 27 quoted words."""
MORE_TOOLS: Final = tuple(
    """awk basename chown cmp cut dd diff dirname du find flock getfattr head id lsattr mktemp
    nohup ps setsid sort tee timeout touch uniq xargs""".split()  # noqa: SIM905
)
"""What the host scripts do without, and what people use who look around."""
SHELL: Final = "/bin/sh"
LOGIN: Final = "op"
"""The user of a host who is not root."""
_FOLDERS: Final = (
    *(
        "root",
        f"home/{LOGIN}",
        "etc/ssl/certs",
        "etc/systemd/system/multi-user.target.wants",
        "proc",
        "tmp",
    ),
    *("run/systemd/system", "usr/local/share/ca-certificates", "var/lib"),
)
_ORDINARY: Final = 0o644
_SYSTEM: Final[Mapping[str, bytes]] = {
    "/etc/os-release": b'ID=debian\nVERSION_ID="13"\nPRETTY_NAME="Debian GNU/Linux 13"\n',
    "/etc/passwd": (
        b"root:x:0:0:root:/root:/bin/sh\n"
        b"op:x:1000:1000:the operator:/home/op:/bin/sh\n"
        b"nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
    ),
}


@dataclass(frozen=True, slots=True)
class ProgramFolders:
    """The directories of programs of one fleet, made when the first host of a kind needs them.

    Attributes:
        folder: they are below it.
        search: where this machine's own tools are looked for, a PATH.
    """

    folder: Path
    search: str
    _made: dict[str, Path] = field(default_factory=dict)

    def of(self, simulated: Iterable[str], *, busybox: bool = False) -> Path:
        """Return the directory with these simulated programs and this machine's tools.

        Args:
            simulated: names of programs that the fleet answers.
            busybox: take the tools, and the shell, of busybox.

        Raises InputError when this machine lacks a tool.
        """
        names = sorted(simulated)
        words = " ".join((str(busybox), *names))
        kind = hashlib.sha256(words.encode()).hexdigest()[:12]
        made = self._made.get(kind)
        if made is None:
            made = self._made[kind] = self._make(kind, names, self._tools(busybox=busybox))
        return made

    def _make(self, kind: str, simulated: Iterable[str], tools: Mapping[str, str]) -> Path:
        place = self.folder / kind
        place.mkdir(parents=True)
        for name, tool in tools.items():
            (place / name).symlink_to(tool)
        shim = self._script("program.sh")
        for name in simulated:
            (place / name).unlink(missing_ok=True)
            (place / name).symlink_to(shim)
        (place / "sudo").unlink(missing_ok=True)
        (place / "sudo").symlink_to(self._script("sudo.sh"))
        return place

    def _script(self, name: str) -> Path:
        place = self.folder / name
        if not place.exists():
            text = (resources.files("assets") / "practice" / name).read_bytes()
            # Open for writing, a file cannot be run: so it gets its name when it is whole.
            staged = place.with_suffix(".new")
            staged.write_bytes(text)
            staged.chmod(0o700)
            staged.rename(place)
        return place

    def _tools(self, *, busybox: bool) -> dict[str, str]:
        """Return where each tool of this machine is."""
        found = {name: self._find(name) for name in (*TOOLS, *MORE_TOOLS)}
        if busybox:
            found |= self._applets(found)
        found["sh"] = found.get("sh") or SHELL
        missing = [name for name in TOOLS if not found[name]]
        if missing:
            raise InputError(
                _("A practice host needs programs that this machine lacks: {names}").format(
                    names=" ".join(missing)
                ),
                state=_("Nothing was started."),
                todo=_("Install GNU coreutils, sed, grep, findutils and util-linux."),
            )
        return {name: tool for name, tool in found.items() if tool}

    def _find(self, name: str) -> str:
        # Homebrew names GNU's tools `gstat` and the like, beside those of macOS, which take
        # other options.
        return (platform.system() == "Darwin" and self._own(f"g{name}")) or self._own(name)

    def _own(self, name: str) -> str:
        return shutil.which(name, path=self.search) or ""

    def _applets(self, names: Iterable[str]) -> dict[str, str]:
        busybox = self._own("busybox")
        if not busybox:
            raise InputError(
                _("A host of the design has the tools of busybox, which this machine lacks."),
                state=_("Nothing was started."),
                todo=_("Install busybox, or leave the host out."),
            )
        listed = subprocess.run(  # noqa: S603  # busybox of this machine
            (busybox, "--list"), capture_output=True, text=True, check=True, timeout=10
        ).stdout.split()
        return dict.fromkeys({"sh", *names} & set(listed), busybox)


def build_root(root: Path, files: Mapping[str, bytes]) -> None:
    """Make the root directory of a host with a system and the files of its design.

    Args:
        root: does not exist yet.
        files: by absolute path on the host; those of the system are written first.
    """
    for folder in _FOLDERS:
        (root / folder).mkdir(parents=True)
    for path, content in {**_SYSTEM, **files}.items():
        place = root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        # Whatever the umask of this process is, a host has ordinary files.
        place.chmod(_ORDINARY)


def search_path(environ: Mapping[str, str]) -> str:
    """Return where the tools of this machine are looked for."""
    return os.pathsep.join((environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))
