"""What containerd makes of config.toml: versions, tables, drop-ins, and what it never says."""

from __future__ import annotations

from typing import Final

from tests.conformance.case import Begins, Case, Logged, Remove, Run, Status, Step, Write
from tests.conformance.cases.containerd_steps import (
    CONFIG,
    CRI_ANSWERS,
    CRI_IS_GONE,
    DUMP,
    FACTS,
    FOLDER,
    RESTART,
    config,
    configured,
    hosts,
    pull,
    served_by_target,
    served_by_upstream,
)
from tests.conformance.flavour import CONTAINERD, CONTAINERD_1, CONTAINERD_2, Flavour

_OLD_TABLE: Final = 'plugins."io.containerd.grpc.v1.cri".registry'
_PATH: Final = f'config_path = "{FOLDER}"'
_SHOWN: Final = rf"config_path = ['\"]{FOLDER}['\"]"
_MIRRORS: Final = '[{registry}.mirrors."docker.io"]\nendpoint = ["{target}"]\n'
_DROP_IN: Final = "/etc/containerd/conf.d/registry.toml"
_LAST_DROP_IN: Final = "/etc/containerd/conf.d/zz-pilotage.toml"
_NEW_TABLE: Final = 'plugins."io.containerd.cri.v1.images".registry'
_LIST: Final = 'config_path = "/etc/one.d:/etc/two.d"'
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
        "dump-shows-the-file-not-the-process",
        "config dump shows what the file says, before any restart.",
        config(_PATH),
        Run(command=DUMP, says=(_SHOWN,)),
    ),
    _case(
        "dump-fails-on-bad-syntax",
        "config dump ends with an error for a file that is no TOML.",
        Write(path=CONFIG, content="version = = 2\n"),
        Run(command=DUMP, status=Status.REFUSED),
        section="§2.5",
    ),
    _case(
        "unknown-keys-are-passed-over",
        "Keys and tables at the top that containerd does not know are ignored, and not dumped.",
        Write(path=CONFIG, content="version = 2\nodd = 1\n[stranger]\nodd = 1\n"),
        Run(command=f"{DUMP} 2>/dev/null", says=("^version = ",), never=("odd", "stranger")),
        section="§2.5",
    ),
    _case(
        "dump-takes-another-file",
        "config dump -c looks at a trial file, and leaves the one in use alone.",
        Write(path="/etc/containerd/trial.toml", content=f"version = 2\n[{_OLD_TABLE}]\n{_PATH}\n"),
        Run(command="containerd -c /etc/containerd/trial.toml config dump", says=(_SHOWN,)),
        section="§2.5",
    ),
    _case(
        "dump-of-1.x-needs-a-file",
        "Without config.toml config dump of 1.x ends with an error, and containerd runs.",
        Remove(path=CONFIG),
        Run(command=DUMP, status=Status.REFUSED, says=("no such file or directory",)),
        RESTART,
        CRI_ANSWERS,
        flavours=CONTAINERD_1,
        section="§2.5",
    ),
    _case(
        "dump-of-no-file-shows-the-defaults",
        "config dump -c /dev/null shows what containerd runs with where there is no file.",
        Remove(path=CONFIG),
        Run(
            command="containerd -c /dev/null config dump",
            says=(r"config_path = ['\"]['\"]", "registry.k8s.io/pause:3"),
        ),
        section="§2.5",
    ),
    _case(
        "dump-does-not-see-mirrors-beside-config_path",
        "config dump does not validate for CRI: mirrors beside config_path pass it.",
        config(_PATH + "\n" + _MIRRORS),
        Run(command=DUMP, says=(_SHOWN,)),
        section="§2.5",
    ),
    _case(
        "mirrors-beside-config_path-take-CRI-away",
        "With mirrors beside config_path containerd runs without CRI.",
        config(_PATH + "\n" + _MIRRORS),
        RESTART,
        Run(command="systemctl is-active containerd", says=("^active$",)),
        CRI_IS_GONE,
        Logged(pattern="`mirrors` cannot be set when `config_path` is provided"),
        section="§2.2",
    ),
    _case(
        "plugins-show-that-CRI-is-gone",
        "ctr plugins ls tells the CRI plugin's state: ok, or error beside mirrors.",
        Run(command="ctr plugins ls", says=(r"io\.containerd\.grpc\.v1\s+cri\s+.*\bok\b",)),
        config(_PATH + "\n" + _MIRRORS),
        RESTART,
        Run(command="ctr plugins ls", says=(r"io\.containerd\.\S+\s+(cri|images)\s+.*\berror\b",)),
        begins=Begins.CLEAN,
        section="§2.2",
    ),
    _case(
        "config_path-counts-after-a-restart-only",
        "A config_path that was written counts after a restart, and not before.",
        config(""),
        RESTART,
        CRI_ANSWERS,
        *hosts(),
        config(_PATH),
        pull(),
        *served_by_upstream(),
        RESTART,
        CRI_ANSWERS,
        pull("only-target"),
        *served_by_target("only-target"),
        section="§2.2",
    ),
    _case(
        "has-no-reload",
        "containerd has no reload: systemctl says so.",
        Run(
            command="systemctl reload containerd",
            status=Status.REFUSED,
            says=("Job type reload is not applicable",),
        ),
        begins=Begins.CLEAN,
        section="§2.2",
    ),
    _case(
        "colon-list-is-split-by-1.x",
        "Until 2.0 every directory of a colon list is looked into.",
        *hosts(),
        *configured(f"/etc/containerd/none.d:{FOLDER}"),
        pull("only-target"),
        *served_by_target("only-target"),
        flavours=CONTAINERD_1,
        section="§2.1",
    ),
    _case(
        "colon-list-hides-hosts.toml-since-2.1",
        "From 2.1 on a colon list is one directory that is not there: hosts.toml is ignored.",
        *hosts(),
        *configured(f"{FOLDER}:/etc/docker/certs.d"),
        pull(),
        *served_by_upstream(),
        flavours=CONTAINERD_2,
        section="§2.2",
    ),
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
        flavours=CONTAINERD_2,
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
        "1.6 takes a file of version 3 for one of version 2.",
        Write(path=CONFIG, content=f"version = 3\n[{_OLD_TABLE}]\n{_PATH}\n"),
        Run(command=DUMP, says=("^version = 2$", _SHOWN)),
        flavours=frozenset({Flavour.CONTAINERD_16}),
        section="§2.1",
    ),
    _case(
        "unversioned-file-with-the-oldest-table-is-ignored",
        "2.x ignores [plugins.cri.registry] in a file without a version.",
        *hosts(),
        Write(path=CONFIG, content=f"[plugins.cri.registry]\n{_PATH}\n"),
        RESTART,
        CRI_ANSWERS,
        pull(),
        *served_by_upstream(),
        flavours=CONTAINERD_2,
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
        flavours=CONTAINERD_2,
    ),
    _case(
        "drop-in-is-not-read-without-an-import",
        "/etc/containerd/conf.d is not read by itself.",
        Write(path=CONFIG, content="version = {version}\n"),
        Write(path=_DROP_IN, content=f"version = {{version}}\n[{{registry}}]\n{_PATH}\n"),
        Run(command=DUMP, never=(_SHOWN + "$",)),
    ),
    _case(
        "bad-syntax-keeps-it-down",
        "A file that is no TOML keeps containerd from starting.",
        Write(path=CONFIG, content="version = = 2\n"),
        Run(command="systemctl restart containerd", status=Status.REFUSED),
        CRI_IS_GONE,
        section="§2.5",
    ),
)
