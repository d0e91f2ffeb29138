"""Which tables containerd reads: by the versions of its files, its own, and what is imported."""

from __future__ import annotations

from typing import Final

from tests.conformance.case import Begins, Case, Run, Status, Step, Write
from tests.conformance.cases.containerd_steps import (
    CONFIG,
    CRI_ANSWERS,
    DUMP,
    FACTS,
    FOLDER,
    RESTART,
    hosts,
    pull,
    served_by_target,
    served_by_upstream,
)
from tests.conformance.flavour import (
    CONTAINERD,
    CONTAINERD_1,
    CONTAINERD_2,
    UNTIL_CONTAINERD_22,
    Flavour,
)

_OLD_TABLE: Final = 'plugins."io.containerd.grpc.v1.cri".registry'
_PATH: Final = f'config_path = "{FOLDER}"'
_SHOWN: Final = rf"config_path = ['\"]{FOLDER}['\"]"
_DROP_IN: Final = "/etc/containerd/conf.d/registry.toml"
_LAST_DROP_IN: Final = "/etc/containerd/conf.d/zz-pilotage.toml"
_NEW_TABLE: Final = 'plugins."io.containerd.cri.v1.images".registry'
_LIST: Final = 'config_path = "/etc/one.d:/etc/two.d"'
_BOTH: Final = f"[{_OLD_TABLE}]\n{_PATH}\n[{_NEW_TABLE}]\n{_LIST}\n"
_23: Final = frozenset({Flavour.CONTAINERD_23})
_IMPORTS: Final = 'imports = ["/etc/containerd/conf.d/*.toml"]\n'
_PAUSE: Final = (
    '[plugins."io.containerd.grpc.v1.cri"]\nsandbox_image = "registry.example/pause:1"\n'
)


def _case(
    name: str,
    fact: str,
    *steps: Step,
    flavours: frozenset[Flavour] = CONTAINERD,
    begins: Begins = Begins.ANYHOW,
    section: str = "§2.3",
) -> Case:
    return Case(
        name=f"containerd-{name}",
        fact=fact,
        source=f"{FACTS} {section}",
        flavours=flavours,
        begins=begins,
        same_in_all=True,
        steps=steps,
    )


CASES: tuple[Case, ...] = (
    _case(
        "old-table-counts-in-a-file-of-version-2",
        "2.x takes the old registry table from a file of version 2.",
        *hosts(),
        Write(path=CONFIG, content=f"version = 2\n[{_OLD_TABLE}]\n{_PATH}\n"),
        RESTART,
        CRI_ANSWERS,
        pull("only-target"),
        *served_by_target("only-target"),
    ),
    _case(
        "old-table-is-ignored-in-a-file-of-version-3",
        "2.1 and 2.2 ignore the old registry table in a file of version 3.",
        *hosts(),
        Write(path=CONFIG, content=f"version = 3\n[{_OLD_TABLE}]\n{_PATH}\n"),
        RESTART,
        CRI_ANSWERS,
        pull(),
        *served_by_upstream(),
        flavours=UNTIL_CONTAINERD_22,
    ),
    _case(
        "old-table-counts-in-a-file-of-version-3-since-2.3",
        "2.3 takes the old registry table from a file of version 3.",
        *hosts(),
        Write(path=CONFIG, content=f"version = 3\n[{_OLD_TABLE}]\n{_PATH}\n"),
        RESTART,
        CRI_ANSWERS,
        pull("only-target"),
        *served_by_target("only-target"),
        flavours=_23,
    ),
    _case(
        "version-4-is-refused-before-2.3",
        "2.1 and 2.2 take no file of version 4.",
        Write(path=CONFIG, content="version = 4\n"),
        Run(command=DUMP, status=Status.REFUSED, says=("equal to or less than `3`, got `4`",)),
        flavours=UNTIL_CONTAINERD_22,
        section="§2.1",
    ),
    _case(
        "version-3-is-refused-by-1.7",
        "1.7 does not take a file of version 3.",
        Write(path=CONFIG, content=f"version = 3\n[{_OLD_TABLE}]\n{_PATH}\n"),
        Run(command=DUMP, status=Status.REFUSED),
        flavours=frozenset({Flavour.CONTAINERD_17}),
        section="§2.1",
    ),
    _case(
        "version-3-is-taken-for-2-by-1.6",
        "1.5 and 1.6 take a file of version 3 for one of version 2.",
        Write(path=CONFIG, content=f"version = 3\n[{_OLD_TABLE}]\n{_PATH}\n"),
        Run(command=DUMP, says=("^version = 2$", _SHOWN)),
        flavours=frozenset({Flavour.CONTAINERD_15, Flavour.CONTAINERD_16}),
        section="§2.1",
    ),
    _case(
        "unversioned-file-with-the-oldest-table-is-ignored",
        "2.1 and 2.2 ignore [plugins.cri.registry] in a file without a version.",
        *hosts(),
        Write(path=CONFIG, content=f"[plugins.cri.registry]\n{_PATH}\n"),
        RESTART,
        CRI_ANSWERS,
        pull(),
        *served_by_upstream(),
        flavours=UNTIL_CONTAINERD_22,
    ),
    _case(
        "unversioned-file-with-the-oldest-table-counts-since-2.3",
        "2.3 takes [plugins.cri.registry] from a file without a version.",
        *hosts(),
        Write(path=CONFIG, content=f"[plugins.cri.registry]\n{_PATH}\n"),
        RESTART,
        CRI_ANSWERS,
        pull("only-target"),
        *served_by_target("only-target"),
        flavours=_23,
    ),
    _case(
        "drop-in-wipes-the-section-in-1.x",
        "In 1.x a drop-in replaces the plugin's whole section: sandbox_image is lost.",
        Write(path=CONFIG, content=f"version = 2\n{_IMPORTS}{_PAUSE}"),
        Write(path=_DROP_IN, content=f"version = 2\n[{_OLD_TABLE}]\n{_PATH}\n"),
        Run(command=DUMP, says=(_SHOWN,), never=("registry.example/pause:1",)),
        flavours=CONTAINERD_1,
    ),
    _case(
        "drop-in-is-merged-by-2.x",
        "In 2.x a drop-in adds to the plugin's section: sandbox_image stays.",
        Write(path=CONFIG, content=f"version = 2\n{_IMPORTS}{_PAUSE}"),
        Write(path=_DROP_IN, content=f"version = 2\n[{_OLD_TABLE}]\n{_PATH}\n"),
        Run(command=DUMP, says=(_SHOWN, "registry.example/pause:1")),
        flavours=CONTAINERD_2,
    ),
    _case(
        "drop-in-counts-after-a-restart",
        "A config_path in a drop-in that is imported serves pulls after a restart.",
        *hosts(),
        Write(path=CONFIG, content=f"version = {{version}}\n{_IMPORTS}"),
        Write(path=_DROP_IN, content=f"version = {{version}}\n[{{registry}}]\n{_PATH}\n"),
        RESTART,
        CRI_ANSWERS,
        pull("only-target"),
        *served_by_target("only-target"),
    ),
    _case(
        "last-drop-in-has-the-last-word-in-2.x",
        "Of two drop-ins of one pattern the one with the later name says what config_path is.",
        Write(path=CONFIG, content=f"version = {{version}}\n{_IMPORTS}"),
        Write(path=_DROP_IN, content=f"version = {{version}}\n[{{registry}}]\n{_LIST}\n"),
        Write(path=_LAST_DROP_IN, content=f"version = {{version}}\n[{{registry}}]\n{_PATH}\n"),
        Run(command=DUMP, says=(_SHOWN,), never=("/etc/one.d",)),
        flavours=CONTAINERD_2,
    ),
    _case(
        "what-a-drop-in-imports-is-read-last-in-2.x",
        "A file that a drop-in imports wins over every drop-in of the main file.",
        Write(path=CONFIG, content=f"version = {{version}}\n{_IMPORTS}"),
        Write(
            path=_DROP_IN, content='version = {version}\nimports = ["/etc/containerd/in.toml"]\n'
        ),
        Write(path=_LAST_DROP_IN, content=f"version = {{version}}\n[{{registry}}]\n{_PATH}\n"),
        Write(
            path="/etc/containerd/in.toml",
            content=f"version = {{version}}\n[{{registry}}]\n{_LIST}\n",
        ),
        Run(command=DUMP, says=("/etc/one.d:/etc/two.d",), never=(_SHOWN,)),
        flavours=CONTAINERD_2,
    ),
    _case(
        "old-table-wins-over-the-new-one-in-files-of-version-2",
        "Under a root of version 2 the old table wins, in whichever file and order it stands.",
        Write(path=CONFIG, content=f"version = 2\n{_IMPORTS}[{_OLD_TABLE}]\n{_PATH}\n"),
        Write(path=_DROP_IN, content=f"version = 2\n[{_NEW_TABLE}]\n{_LIST}\n"),
        Run(command=DUMP, says=(_SHOWN,), never=("/etc/one.d",)),
        Write(path=CONFIG, content=f"version = 2\n{_IMPORTS}[{_NEW_TABLE}]\n{_LIST}\n"),
        Write(path=_DROP_IN, content=f"version = 2\n[{_OLD_TABLE}]\n{_PATH}\n"),
        Run(command=DUMP, says=(_SHOWN,), never=("/etc/one.d",)),
        flavours=UNTIL_CONTAINERD_22,
    ),
    _case(
        "later-file-wins-over-the-old-table-since-2.3",
        "2.3 brings each file to the newest version before it merges: the later file wins.",
        Write(path=CONFIG, content=f"version = 2\n{_IMPORTS}[{_OLD_TABLE}]\n{_LIST}\n"),
        Write(path=_DROP_IN, content=f"version = 2\n[{_NEW_TABLE}]\n{_PATH}\n"),
        Run(command=DUMP, says=(_SHOWN,), never=("/etc/one.d",)),
        flavours=_23,
    ),
    _case(
        "new-table-wins-in-a-file-of-version-3",
        "2.1 and 2.2 read the new table alone where a file of version 3 has both.",
        Write(path=CONFIG, content=f"version = 3\n{_BOTH}"),
        Run(command=DUMP, says=("/etc/one.d:/etc/two.d",), never=(_SHOWN,)),
        flavours=UNTIL_CONTAINERD_22,
    ),
    _case(
        "old-table-wins-in-a-file-of-version-3-since-2.3",
        "2.3 lets the old table win where a file of version 3 has both.",
        Write(path=CONFIG, content=f"version = 3\n{_BOTH}"),
        Run(command=DUMP, says=(_SHOWN,), never=("/etc/one.d",)),
        flavours=_23,
    ),
    _case(
        "old-table-is-ignored-in-a-file-of-version-4",
        "2.3 reads the new table alone in a file of version 4.",
        Write(path=CONFIG, content=f"version = 4\n{_BOTH}"),
        Run(command=DUMP, says=("/etc/one.d:/etc/two.d",), never=(_SHOWN,)),
        flavours=_23,
    ),
    _case(
        "drop-in-says-the-version-of-all-files-until-2.2",
        "The version that the last file says is that of all: old tables of the others go with it.",
        Write(path=CONFIG, content=f"version = 2\n{_IMPORTS}{_PAUSE}"),
        Write(path=_DROP_IN, content=f"version = 3\n[{_NEW_TABLE}]\n{_PATH}\n"),
        Run(command=DUMP, says=(_SHOWN,), never=("registry.example/pause:1",)),
        Write(path=CONFIG, content=f"version = 3\n{_IMPORTS}{_PAUSE}"),
        Write(path=_DROP_IN, content=f"version = 2\n[{_OLD_TABLE}]\n{_PATH}\n"),
        Run(command=DUMP, says=(_SHOWN, "registry.example/pause:1")),
        flavours=UNTIL_CONTAINERD_22,
    ),
    _case(
        "files-are-each-of-their-own-version-since-2.3.7",
        "2.3.7 reads each file by its own version, one that says none by all old tables.",
        Write(path=CONFIG, content=f"version = 2\n{_IMPORTS}{_PAUSE}"),
        Write(path=_DROP_IN, content=f"version = 3\n[{_NEW_TABLE}]\n{_PATH}\n"),
        Run(command=DUMP, says=(_SHOWN, "registry.example/pause:1")),
        Write(path=CONFIG, content=f"version = 4\n{_IMPORTS}"),
        Write(path=_DROP_IN, content=f"[{_OLD_TABLE}]\n{_PATH}\n"),
        Run(command=DUMP, says=(_SHOWN,)),
        flavours=_23,
    ),
    _case(
        "drop-in-is-not-read-without-an-import",
        "/etc/containerd/conf.d is not read by itself.",
        Write(path=CONFIG, content="version = {version}\n"),
        Write(path=_DROP_IN, content=f"version = {{version}}\n[{{registry}}]\n{_PATH}\n"),
        Run(command=DUMP, never=(_SHOWN + "$",)),
    ),
)
