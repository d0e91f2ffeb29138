"""What containerd makes of config.toml: what counts of it when, and what it never says."""

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
from tests.conformance.flavour import (
    CONTAINERD,
    CONTAINERD_1,
    CONTAINERD_2,
    SINCE_CONTAINERD_22,
    Flavour,
)

_OLD_TABLE: Final = 'plugins."io.containerd.grpc.v1.cri".registry'
_PATH: Final = f'config_path = "{FOLDER}"'
_SHOWN: Final = rf"config_path = ['\"]{FOLDER}['\"]"
_MIRRORS: Final = '[{registry}.mirrors."docker.io"]\nendpoint = ["{target}"]\n'
_LOCAL_PULLS: Final = '[plugins."io.containerd.cri.v1.images"]\nuse_local_image_pull = true\n'


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
            says=(r"config_path = ['\"]['\"]", r"(registry\.k8s\.io|k8s\.gcr\.io)/pause:3"),
        ),
        section="§2.5",
    ),
    _case(
        "dump-has-its-socket-in-a-plugin-since-2.3",
        "2.3 dumps the socket's address as a plugin's, and has no table grpc any more.",
        Write(path=CONFIG, content="version = {version}\n"),
        Run(command=DUMP, says=(r"server\.v1\.grpc'\]$",), never=(r"^\[grpc\]",)),
        flavours=frozenset({Flavour.CONTAINERD_23}),
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
        "reads-no-directory-without-config_path-since-2.2",
        "Since 2.2 two directories are the default: a list that the transfer service cannot read.",
        *hosts(),
        Write(path=CONFIG, content="version = {version}\n"),
        RESTART,
        CRI_ANSWERS,
        pull(),
        *served_by_upstream(),
        flavours=SINCE_CONTAINERD_22,
        section="§2.2",
    ),
    _case(
        "reads-its-default-directories-where-it-pulls-by-itself",
        "Since 2.2 the default directories count where a setting keeps the transfer service out.",
        *hosts(),
        Write(path=CONFIG, content=f"version = {{version}}\n{_LOCAL_PULLS}"),
        RESTART,
        CRI_ANSWERS,
        pull("only-target"),
        *served_by_target("only-target"),
        flavours=SINCE_CONTAINERD_22,
        section="§2.1",
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
