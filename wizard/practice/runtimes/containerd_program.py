"""The program `containerd` as people and scripts call it on a practice host."""

from __future__ import annotations

import re
from typing import Final

from wizard.practice.machine.calls import Call, Reply
from wizard.practice.runtimes.command_line import UnknownOption, failure, read_arguments
from wizard.practice.runtimes.containerd import Containerd
from wizard.practice.runtimes.containerd_config import (
    DEFAULT_FILE,
    Configuration,
    ask_for_file,
    default_tree,
    load,
)
from wizard.practice.runtimes.containerd_plugins import SECOND, BadConfig

_VALUED: Final = ("-c", "--config", "--root", "--state", "-a", "--address", "-l", "--log-level")


class ContainerdProgram:
    """Answers `--version`, `config dump` and `config default`."""

    def __init__(self, containerd: Containerd) -> None:
        self._containerd = containerd

    async def __call__(self, call: Call) -> Reply:
        """Answer a call (facts/runtimes.md §2.3, §2.5: a dump runs no plugin's own checks)."""
        release = self._containerd.release
        try:
            given = read_arguments(call.arguments, valued=_VALUED, switches=("--version", "-v"))
        except UnknownOption as error:
            words = f"flag provided but not defined: {str(error).lstrip('-')}"
            return failure(f"containerd: {words}")
        if given.has("--version", "-v"):
            module = "containerd/v2" if release >= SECOND else "containerd"
            version = self._containerd.design.version
            shown = version if re.search(r"[+~]", version) else f"v{version}"
            return Reply(output=f"containerd github.com/containerd/{module} {shown} practice\n")
        if given.words == ("config", "default"):
            config = Configuration(tree=default_tree(release), release=release)
            return Reply(output=config.dump())
        if given.words != ("config", "dump"):
            return failure("containerd: a containerd runs already")
        machine = self._containerd.machine
        file = machine.on_host(given.last("-c", "--config") or DEFAULT_FILE)
        try:
            if release < SECOND and file == DEFAULT_FILE:
                ask_for_file(machine.root, file)
            config = load(machine.root, file, release)
        except BadConfig as error:
            return failure(f"containerd: {error}")
        warnings = "".join(f'level=warning msg="{warning}"\n' for warning in config.warnings)
        return Reply(output=config.dump(), errors=warnings)
