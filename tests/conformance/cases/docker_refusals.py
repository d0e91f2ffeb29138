"""Which daemon.json keeps Docker from starting, and in which words."""

from __future__ import annotations

from tests.conformance.case import Begins, Case, Logged, Run, Status, Write
from tests.conformance.cases.docker_steps import (
    DAEMON,
    DROP_IN,
    FACTS,
    FAILING_START,
    NOT_ACTIVE,
    START,
    daemon,
    mirrors,
)
from tests.conformance.flavour import BEFORE_28, CLASSIC, SINCE_23, SINCE_28, Flavour

_OLD = frozenset({Flavour.DOCKER_20})
_DEFAULTS_FILE = frozenset({Flavour.DOCKER_20, Flavour.DOCKER_26, Flavour.DOCKER_28})
_COMMAND = "/usr/sbin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock"


def _refused(
    name: str,
    fact: str,
    file: Write,
    words: str,
    *,
    flavours: frozenset[Flavour] = CLASSIC,
    section: str = "§1.1",
) -> Case:
    return Case(
        name=f"start-refuses-{name}",
        fact=fact,
        source=f"{FACTS} {section}",
        flavours=flavours,
        begins=Begins.ANYHOW,
        same_in_all=True,
        steps=(file, FAILING_START, Logged(pattern=words), NOT_ACTIVE),
    )


CASES: tuple[Case, ...] = (
    _refused(
        "mirror-without-scheme-before-28.3",
        "A mirror without a scheme keeps Docker from starting.",
        mirrors("mirror.example:5000"),
        r"invalid mirror: unsupported scheme .{1,2}mirror\.example",
        flavours=CLASSIC & BEFORE_28,
    ),
    _refused(
        "mirror-without-scheme",
        "From 28.3 on a mirror without a scheme is refused with other words.",
        mirrors("mirror.example:5000"),
        "invalid mirror: no scheme specified for .{1,2}mirror.example:5000",
        flavours=CLASSIC & SINCE_28,
    ),
    _refused(
        "mirror-of-another-scheme",
        "Mirrors are http or https, nothing else.",
        mirrors("ftp://mirror.example"),
        "invalid mirror: unsupported scheme .{1,2}ftp",
    ),
    _refused(
        "path-of-a-mirror",
        "Until 24.0.7 a mirror with a path keeps Docker from starting.",
        mirrors("https://mirror.example/proj"),
        "invalid mirror: path, query, or fragment at end of the URI",
        flavours=_OLD,
    ),
    _refused(
        "user-of-a-mirror",
        "A user and password in a mirror are refused in every release.",
        mirrors("https://user:pass@mirror.example"),
        "invalid mirror: username/password not allowed in URI",
    ),
    _refused(
        "query-of-a-mirror",
        "A query in a mirror is refused in every release.",
        mirrors("https://mirror.example?project=x"),
        "query,? or fragment at end of the URI",
    ),
    _refused(
        "fragment-of-a-mirror",
        "A fragment in a mirror is refused in every release.",
        mirrors("https://mirror.example#x"),
        "query,? or fragment at end of the URI",
    ),
    _refused(
        "text-for-a-list",
        "A text where a list belongs keeps Docker from starting.",
        daemon('"registry-mirrors": "https://mirror.example"'),
        "cannot unmarshal string into Go",
    ),
    _refused(
        "misspelt-key",
        "A key that is no option keeps Docker from starting.",
        daemon('"registry-mirros": ["https://mirror.example"]'),
        "directives don't match any configuration option: registry-mirros",
    ),
    _refused(
        "trailing-comma",
        "A comma behind the last setting keeps Docker from starting.",
        daemon('"registry-mirrors": ["https://mirror.example"],'),
        "invalid character '}' looking for beginning of object key string",
    ),
    _refused(
        "comment",
        "JSON has no comments: one keeps Docker from starting.",
        daemon('"debug": false // because'),
        "invalid character '/' after object key:value pair",
    ),
    _refused(
        "list-for-everything",
        "A file that is a list keeps Docker from starting.",
        Write(path=DAEMON, content="[]\n"),
        "cannot unmarshal array into Go",
    ),
    _refused(
        "byte-order-mark-before-23",
        "Before 23.0 a byte order mark keeps Docker from starting.",
        Write(path=DAEMON, content=b'\xef\xbb\xbf{"debug": false}\n'),
        "invalid character 'ï' looking for beginning of value",
        flavours=_OLD,
    ),
    _refused(
        "empty-file-before-23",
        "Before 23.0 a file of no bytes keeps Docker from starting.",
        Write(path=DAEMON, content=b""),
        "configure the Docker daemon with file .*: EOF",
        flavours=_OLD,
    ),
    _refused(
        "scheme-of-an-insecure-registry",
        "A scheme other than http and https in insecure-registries keeps Docker from starting.",
        daemon('"insecure-registries": ["ftp://mirror.example"]'),
        "insecure registry ftp://mirror.example should not contain '://'",
        section="§1.2",
    ),
    _refused(
        "hosts-beside-the-unit's-flag",
        "The stock unit gives -H, so hosts in daemon.json keeps Docker from starting.",
        daemon('"hosts": ["unix:///var/run/docker.sock"]'),
        r"specified both as a flag and in the configuration file: hosts: \(from flag: \[fd://\]",
        section="§1.5",
    ),
    Case(
        name="start-refuses-flag-beside-equal-setting",
        fact="A mirror in both a flag of the unit and daemon.json is refused, even if equal.",
        source=f"{FACTS} §1.5",
        flavours=CLASSIC,
        begins=Begins.ANYHOW,
        same_in_all=True,
        steps=(
            Write(
                path=DROP_IN,
                content=f"[Service]\nExecStart=\nExecStart={_COMMAND} "
                "--registry-mirror=https://mirror.example\n",
            ),
            Run(command="systemctl daemon-reload"),
            mirrors("https://mirror.example"),
            FAILING_START,
            Logged(
                pattern="directives are specified both as a flag and in the configuration file: "
                r"registry-mirrors: \(from flag: \[https://mirror.example/?\], "
                r"from file: \[https://mirror.example\]\)"
            ),
            NOT_ACTIVE,
        ),
    ),
    Case(
        name="start-refuses-flag-of-the-defaults-file",
        fact="Debian's unit takes flags from /etc/default/docker, which conflict just so.",
        source=f"{FACTS} §1.5",
        flavours=_DEFAULTS_FILE,
        begins=Begins.ANYHOW,
        same_in_all=True,
        steps=(
            Write(
                path="/etc/default/docker",
                content='DOCKER_OPTS="--registry-mirror=https://other.example"\n',
            ),
            mirrors("https://mirror.example"),
            FAILING_START,
            Logged(pattern="as a flag and in the configuration file: registry-mirrors: "),
            NOT_ACTIVE,
        ),
    ),
    Case(
        name="start-limit-holds-until-reset-failed",
        fact="After three starts in a minute only reset-failed lets a mended Docker start.",
        source=f"{FACTS} §1.5",
        flavours=CLASSIC,
        begins=Begins.ANYHOW,
        same_in_all=True,
        steps=(
            mirrors("https://user:pass@mirror.example"),
            FAILING_START,
            FAILING_START,
            FAILING_START,
            FAILING_START,
            Logged(pattern="Start request repeated too quickly"),
            daemon(),
            Run(command="systemctl start docker", status=Status.REFUSED),
            Run(command="systemctl is-failed docker", says=("^failed$",)),
            Run(command="systemctl reset-failed docker.service docker.socket"),
            START,
            Run(command="systemctl is-active docker", says=("^active$",)),
        ),
    ),
    Case(
        name="start-takes-byte-order-mark",
        fact="From 23.0 on Docker takes a byte order mark.",
        source=f"{FACTS} §1.1",
        flavours=CLASSIC & SINCE_23,
        begins=Begins.ANYHOW,
        same_in_all=True,
        steps=(
            Write(
                path=DAEMON,
                content=b'\xef\xbb\xbf{"registry-mirrors": ["https://mirror.example"]}\n',
            ),
            START,
            Run(
                command="docker info -f '{{json .RegistryConfig.Mirrors}}'",
                says=(r'^\["https://mirror.example/"\]$',),
            ),
        ),
    ),
    Case(
        name="start-takes-empty-file",
        fact="From 23.0 on Docker takes a file of no bytes.",
        source=f"{FACTS} §1.1",
        flavours=CLASSIC & SINCE_23,
        begins=Begins.ANYHOW,
        same_in_all=True,
        steps=(Write(path=DAEMON, content=b""), START),
    ),
)
