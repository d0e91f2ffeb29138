"""What a reload of Docker takes up, what it keeps and what it hides."""

from __future__ import annotations

from tests.conformance.case import Case, Logged, Note, Remove, Run, Same, Status, Step, Write
from tests.conformance.cases.docker_steps import (
    DAEMON,
    DROP_IN,
    FACTS,
    FAILING_START,
    NO_MIRRORS,
    PID,
    RELOAD,
    START,
    daemon,
    has_mirrors,
    mirrors,
)
from tests.conformance.flavour import CLASSIC, DOCKER, SINCE_28, Flavour

_SETTLING_24 = frozenset({Flavour.DOCKER_20, Flavour.DOCKER_24})
_INSECURE = "docker info -f '{{json .RegistryConfig.IndexConfigs}}'"
_EVENTS = (
    "docker events --since 1 --until $(date +%s.%N) --filter type=daemon --filter event=reload "
    "--format '{{json .Actor.Attributes}}' | tail -n 1"
)
_SILENT_RELOAD = Run(command="systemctl reload docker")
_FAILED = Logged(pattern="level=error")
_SET: tuple[Step, ...] = (mirrors("https://mirror.example"), *RELOAD)
_KEPT = has_mirrors("https://mirror.example/")


def _case(name: str, fact: str, *steps: Step, flavours: frozenset[Flavour] = CLASSIC) -> Case:
    return Case(
        name=f"reload-{name}",
        fact=fact,
        source=f"{FACTS} §1.3",
        flavours=flavours,
        same_in_all=True,
        steps=steps,
    )


CASES: tuple[Case, ...] = (
    _case(
        "takes-up-mirrors",
        "registry-mirrors take effect by a reload, in the same process.",
        Note(command=PID),
        *_SET,
        _KEPT,
        Same(command=PID),
        flavours=DOCKER,
    ),
    _case(
        "replaces-mirrors",
        "A present key replaces all mirrors.",
        *_SET,
        mirrors("https://other.example"),
        *RELOAD,
        has_mirrors("https://other.example/"),
    ),
    _case(
        "keeps-mirrors-without-the-key",
        "A key that is gone keeps the old mirrors.",
        *_SET,
        daemon(),
        *RELOAD,
        _KEPT,
        flavours=DOCKER,
    ),
    _case(
        "keeps-mirrors-without-the-file",
        "A file that is gone keeps the old mirrors.",
        *_SET,
        Remove(path=DAEMON),
        _SILENT_RELOAD,
        Logged(pattern="Reloaded configuration|no such file"),
        _KEPT,
    ),
    _case(
        "clears-mirrors-by-an-empty-list",
        "An empty list clears the mirrors.",
        *_SET,
        mirrors(),
        *RELOAD,
        NO_MIRRORS,
        flavours=DOCKER,
    ),
    _case(
        "then-original-bytes-is-the-way-back",
        "Clearing, then writing the original bytes without a reload, leaves what a start would.",
        *_SET,
        mirrors(),
        *RELOAD,
        daemon(),
        NO_MIRRORS,
        START,
        NO_MIRRORS,
    ),
    _case(
        "of-bad-json-fails-silently",
        "systemctl reload ends with 0 although Docker refused the file and kept its mirrors.",
        *_SET,
        daemon('"registry-mirrors": ["https://other.example"],'),
        _SILENT_RELOAD,
        _FAILED,
        _KEPT,
    ),
    _case(
        "of-a-bad-mirror-fails-silently",
        "A mirror that Docker refuses leaves the old ones, and systemctl reload ends with 0.",
        *_SET,
        mirrors("https://user:pass@other.example"),
        _SILENT_RELOAD,
        _FAILED,
        _KEPT,
        flavours=DOCKER,
    ),
    _case(
        "of-an-unknown-key-fails-silently",
        "A misspelt key makes a reload fail, and systemctl reload ends with 0.",
        *_SET,
        daemon('"registry-mirros": ["https://other.example"]'),
        _SILENT_RELOAD,
        _FAILED,
        _KEPT,
    ),
    _case(
        "that-failed-lets-the-next-start-fail",
        "What a reload refused silently keeps Docker from starting later.",
        mirrors("https://user:pass@other.example"),
        _SILENT_RELOAD,
        _FAILED,
        Run(command="systemctl is-active docker"),
        FAILING_START,
    ),
    _case(
        "tells-an-event-when-it-is-taken-up",
        "A reload that was taken up is told by an event, with the mirrors as they were written.",
        mirrors("https://told.example"),
        *RELOAD,
        Run(command=_EVENTS, says=(r"registry-mirrors.*https://told\.example\W+\]",), patient=True),
    ),
    _case(
        "tells-no-event-when-it-failed",
        "A reload that failed is told by no event.",
        mirrors("https://told.example"),
        *RELOAD,
        mirrors("https://untold.example", "https://user:pass@untold.example"),
        _SILENT_RELOAD,
        _FAILED,
        Run(command=_EVENTS, says=("told.example",), never=("untold.example",)),
    ),
    _case(
        "resets-absent-limits",
        "max-concurrent-downloads goes back to 3 when its key is gone.",
        daemon('"max-concurrent-downloads": 7'),
        *RELOAD,
        Run(command=_EVENTS, says=('"max-concurrent-downloads":"7"',), patient=True),
        daemon(),
        *RELOAD,
        Run(command=_EVENTS, says=('"max-concurrent-downloads":"3"',), patient=True),
    ),
    _case(
        "keeps-insecure-registries-without-the-key",
        "A key that is gone keeps the insecure registries too; an empty list clears them.",
        daemon('"insecure-registries": ["insecure.example"]'),
        *RELOAD,
        Run(command=_INSECURE, says=("insecure.example",)),
        daemon(),
        *RELOAD,
        Run(command=_INSECURE, says=("insecure.example",)),
        daemon('"insecure-registries": []'),
        *RELOAD,
        Run(command=_INSECURE, never=("insecure.example",)),
    ),
    _case(
        "takes-up-live-restore",
        "live-restore takes effect by a reload, in both directions.",
        daemon('"live-restore": true'),
        *RELOAD,
        Run(command="docker info -f '{{.LiveRestoreEnabled}}'", says=("^true$",)),
        daemon('"live-restore": false'),
        *RELOAD,
        Run(command="docker info -f '{{.LiveRestoreEnabled}}'", says=("^false$",)),
    ),
    _case(
        "takes-up-labels",
        "labels take effect by a reload.",
        daemon('"labels": ["rack=seven"]'),
        *RELOAD,
        Run(command="docker info -f '{{json .Labels}}'", says=('^\\["rack=seven"\\]$',)),
    ),
    _case(
        "stops-half-way-until-24",
        "Until 24 a reload that fails keeps what its steps had taken up before.",
        daemon(
            '"insecure-registries": ["half.example"], '
            '"registry-mirrors": ["https://user:pass@other.example"]'
        ),
        _SILENT_RELOAD,
        _FAILED,
        Run(command=_INSECURE, says=("half.example",)),
        flavours=_SETTLING_24,
    ),
    _case(
        "is-all-or-nothing-since-25",
        "From 25.0 on a reload that fails takes nothing up.",
        daemon(
            '"insecure-registries": ["half.example"], '
            '"registry-mirrors": ["https://user:pass@other.example"]'
        ),
        _SILENT_RELOAD,
        _FAILED,
        Run(command=_INSECURE, never=("half.example",)),
        flavours=CLASSIC - _SETTLING_24,
    ),
    _case(
        "only-logs-a-conflict-with-a-flag",
        "A setting that conflicts with a flag is only logged by a reload, and the flag stays.",
        daemon(),
        Write(
            path=DROP_IN,
            content="[Service]\nExecStart=\nExecStart=/usr/sbin/dockerd -H fd:// "
            "--containerd=/run/containerd/containerd.sock "
            "--registry-mirror=https://flag.example\n",
        ),
        Run(command="systemctl daemon-reload"),
        START,
        has_mirrors("https://flag.example/"),
        mirrors("https://file.example"),
        _SILENT_RELOAD,
        Logged(pattern="as a flag and in the configuration file: registry-mirrors"),
        has_mirrors("https://flag.example/"),
    ),
    _case(
        "is-refused-where-nothing-runs",
        "systemctl reload of a Docker that is down does say so.",
        Run(command="systemctl stop docker.socket docker.service"),
        Run(
            command="systemctl reload docker",
            status=Status.REFUSED,
            says=("not active, cannot reload",),
        ),
    ),
    _case(
        "names-the-reason-in-the-journal",
        "From 28 on the journal says that the daemon was not reconfigured, and why.",
        mirrors("https://user:pass@other.example"),
        _SILENT_RELOAD,
        Logged(pattern="Error (reloading configuration|reconfiguring the daemon).*invalid mirror"),
        flavours=CLASSIC & SINCE_28,
    ),
)
