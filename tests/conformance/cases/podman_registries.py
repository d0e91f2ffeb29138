"""Where Podman pulls from by registries.conf, its drop-ins and a user's own files."""

from __future__ import annotations

from typing import Final

from tests.conformance.case import (
    Asked,
    Case,
    NotAsked,
    Registry,
    Run,
    Status,
    Step,
    Write,
)
from tests.conformance.cases.docker_steps import FACTS, TARGET_CA, manifest
from tests.conformance.flavour import PODMAN

_TARGET, _PREFIXED, _UPSTREAM = Registry.TARGET, Registry.PREFIX_TARGET, Registry.UPSTREAM
_MAIN: Final = "/etc/containers/registries.conf"
_DROP_INS: Final = "/etc/containers/registries.conf.d"
_OURS: Final = f"{_DROP_INS}/zz-pilotage.conf"
_OF_ROOT: Final = "/root/.config/containers/registries.conf"
_CERTS: Final = "/etc/containers/certs.d"
_TRUSTED: Final = Write(path=f"{_CERTS}/{{target_host}}/ca.crt", content="{target_ca}")
_TRUSTED_PREFIX: Final = Write(path=f"{_CERTS}/{{prefix_host}}/ca.crt", content="{target_ca}")
_TABLE: Final = '[[registry]]\nprefix = "docker.io"\nlocation = "docker.io"\n'
_IMAGE: Final = "docker.io/library/hello"


def _mirror(location: str = "{target_host}", path: str = _OURS, *more: str) -> Write:
    """Write a table of docker.io with that mirror."""
    keys = "".join(f"{line}\n" for line in (f'location = "{location}"', *more))
    return Write(path=path, content=f"{_TABLE}[[registry.mirror]]\n{keys}")


def _pull(tag: str = "latest", *, status: Status = Status.DONE, says: tuple[str, ...] = ()) -> Run:
    return Run(command=f"podman pull {_IMAGE}:{tag}", status=status, says=says)


def _case(name: str, fact: str, *steps: Step, section: str = "§3.2") -> Case:
    return Case(
        name=f"podman-{name}",
        fact=fact,
        source=section if "/" in section else f"{FACTS} {section}",
        flavours=PODMAN,
        steps=steps,
    )


CASES: tuple[Case, ...] = (
    _case(
        "without-tables-asks-upstream",
        "Without tables everything of docker.io comes from Docker Hub.",
        _pull(),
        Asked(registry=_UPSTREAM, pattern=manifest()),
        NotAsked(registry=_TARGET),
    ),
    _case(
        "through-a-mirror-leaves-upstream-alone",
        "A drop-in is read at the next pull, and its mirror serves all of it.",
        _TRUSTED,
        _mirror(),
        _pull("only-target"),
        Asked(registry=_TARGET, pattern=manifest("only-target")),
        NotAsked(registry=_UPSTREAM),
    ),
    _case(
        "puts-a-path-of-a-mirror-after-v2",
        "A mirror with a path is asked below it: a project of Harbor serves docker.io.",
        _TRUSTED_PREFIX,
        _mirror("{prefix_host}/{project}"),
        _pull(),
        Asked(registry=_PREFIXED, pattern=manifest(path="/v2/{project}/library/hello")),
        NotAsked(registry=_UPSTREAM),
    ),
    _case(
        "passes-a-mirror-over-without-a-word",
        "A mirror that is not trusted is passed over: Docker Hub serves, and the pull succeeds.",
        _mirror(),
        _pull(),
        Asked(registry=_UPSTREAM, pattern=manifest()),
        NotAsked(registry=_TARGET, pattern="manifests"),
    ),
    _case(
        "tells-of-mirrors-when-all-failed",
        "Only where upstream fails too is it said that the mirror has failed.",
        _mirror(),
        _pull("only-target", status=Status.REFUSED, says=("Mirrors also failed",)),
    ),
    _case(
        "takes-the-last-table-of-a-prefix",
        "Of two tables with one prefix the later file counts as a whole: mirrors are not added up.",
        _TRUSTED,
        _mirror(path=f"{_DROP_INS}/50-first.conf"),
        Write(path=f"{_DROP_INS}/60-second.conf", content=_TABLE),
        _pull(),
        Asked(registry=_UPSTREAM, pattern=manifest()),
        NotAsked(registry=_TARGET),
        section="§3.1",
    ),
    _case(
        "reads-a-drop-in-behind-the-main-file",
        "A drop-in replaces the table of registries.conf itself.",
        _TRUSTED,
        Write(path=_MAIN, content=_TABLE),
        _mirror(),
        _pull("only-target"),
        NotAsked(registry=_UPSTREAM),
        section="§3.1",
    ),
    _case(
        "reads-files-of-the-user-alone",
        "With a registries.conf of the user's own, nothing below /etc is read.",
        _TRUSTED,
        _mirror(),
        Write(path=_OF_ROOT, content='unqualified-search-registries = ["docker.io"]\n'),
        _pull(),
        Asked(registry=_UPSTREAM, pattern=manifest()),
        NotAsked(registry=_TARGET),
        section="§3.1",
    ),
    _case(
        "reads-drop-ins-of-the-user-last",
        "A drop-in of the user comes after those of the system.",
        _TRUSTED,
        _mirror(),
        Write(path=f"{_OF_ROOT}.d/own.conf", content=_TABLE),
        _pull(),
        Asked(registry=_UPSTREAM, pattern=manifest()),
        NotAsked(registry=_TARGET),
        section="§3.1",
    ),
    _case(
        "ignores-files-of-another-name",
        "Only files that end in .conf are drop-ins.",
        _TRUSTED,
        _mirror(path=f"{_DROP_INS}/zz-pilotage.conf.bak"),
        _pull(),
        NotAsked(registry=_TARGET),
        section="§3.1",
    ),
    _case(
        "takes-the-first-version-beside-a-drop-in",
        "A registries.conf of the first version goes with drop-ins of the second.",
        _TRUSTED,
        Write(path=_MAIN, content="[registries.search]\nregistries = ['docker.io']\n"),
        _mirror(),
        _pull("only-target"),
        NotAsked(registry=_UPSTREAM),
        section="github.com/containers/image/pull/838",
    ),
    _case(
        "refuses-a-drop-in-of-the-first-version",
        "A drop-in has to be of the second version: else every pull fails.",
        Write(
            path=f"{_DROP_INS}/10-old.conf",
            content="[registries.search]\nregistries = ['docker.io']\n",
        ),
        _pull(status=Status.REFUSED, says=("must be in v2 format but is in v1",)),
        section="github.com/containers/image/pull/838",
    ),
    _case(
        "refuses-both-versions-in-a-file",
        "Both versions in one file make every pull fail.",
        Write(path=_MAIN, content=f"[registries.search]\nregistries = ['docker.io']\n{_TABLE}"),
        _pull(status=Status.REFUSED, says=("mixing sysregistry v1/v2 is not supported",)),
        section="§3.1",
    ),
    _case(
        "refuses-a-scheme-in-a-location",
        "A URL for a location makes every pull fail.",
        _mirror("https://{target_host}"),
        _pull(status=Status.REFUSED, says=("URI schemes are not supported",)),
        section="§3.1",
    ),
    _case(
        "refuses-what-is-not-toml",
        "A drop-in that cannot be read makes every pull fail, of other registries too.",
        Write(path=f"{_DROP_INS}/10-bad.conf", content="[[registry\n"),
        _pull(status=Status.REFUSED),
        section="§3.1",
    ),
    _case(
        "follows-a-redirect-without-a-way-back",
        "A location elsewhere is a redirect: what is not there is nowhere.",
        _TRUSTED_PREFIX,
        Write(
            path=_OURS,
            content='[[registry]]\nprefix = "docker.io"\nlocation = "{prefix_host}/nothing-here"\n',
        ),
        _pull(status=Status.REFUSED),
        NotAsked(registry=_UPSTREAM),
    ),
    _case(
        "takes-the-longest-prefix",
        "A table for a part of docker.io is used for that part, and ours is not.",
        _TRUSTED,
        _mirror(),
        Write(
            path=f"{_DROP_INS}/10-part.conf",
            content='[[registry]]\nlocation = "docker.io/library"\n',
        ),
        _pull(),
        Asked(registry=_UPSTREAM, pattern=manifest()),
        NotAsked(registry=_TARGET),
    ),
    _case(
        "trusts-by-the-certs-of-docker",
        "Without a directory of its own for a registry, that of Docker counts.",
        Write(path=TARGET_CA, content="{target_ca}"),
        _mirror(),
        _pull("only-target"),
        NotAsked(registry=_UPSTREAM),
    ),
    _case(
        "looks-into-one-directory-of-certs",
        "The first directory that there is counts: one without the CA hides Docker's.",
        Write(path=TARGET_CA, content="{target_ca}"),
        Write(path=f"{_CERTS}/{{target_host}}/note.txt", content="empty\n"),
        _mirror(),
        _pull(),
        Asked(registry=_UPSTREAM, pattern=manifest()),
        NotAsked(registry=_TARGET, pattern="manifests"),
    ),
    _case(
        "reads-each-certificate-of-the-directory",
        "Every *.crt of the directory is trusted, whatever it is called.",
        Write(path=f"{_CERTS}/{{target_host}}/pilotage-ca.crt", content="{target_ca}"),
        _mirror(),
        _pull("only-target"),
        NotAsked(registry=_UPSTREAM),
    ),
    _case(
        "asks-no-registry-with-half-a-pair",
        "A client certificate without its key keeps it from the mirror, and nothing is said.",
        _TRUSTED,
        Write(path=f"{_CERTS}/{{target_host}}/client.cert", content="{target_ca}"),
        _mirror(),
        _pull(),
        Asked(registry=_UPSTREAM, pattern=manifest()),
        NotAsked(registry=_TARGET),
    ),
    _case(
        "tells-the-mirrors-that-it-has",
        "podman info names the mirrors of a prefix in their order, from what the files say now.",
        _mirror(),
        Run(
            command="podman info --format "
            '\'{{with index .Registries "docker.io"}}'
            "{{range .Mirrors}}{{.Location}} {{end}}{{end}}'",
            says=("^{target_host} $",),
        ),
    ),
    _case(
        "has-no-mirrors-without-a-table",
        "Without a table podman info knows nothing of docker.io.",
        Run(
            command="podman info --format "
            '\'{{with index .Registries "docker.io"}}'
            "{{range .Mirrors}}{{.Location}} {{end}}{{end}}.'",
            says=(r"^\.$",),
        ),
    ),
    _case(
        "tells-the-digest-that-it-pulled",
        "The digest that the name led to is among the repository digests of the image.",
        _pull(),
        Run(
            command="podman image inspect --format "
            f"'{{{{range .RepoDigests}}}}{{{{.}}}} {{{{end}}}}' {_IMAGE}:latest",
            says=(r"docker\.io/library/hello@sha256:[0-9a-f]{64} ",),
        ),
        Run(command=f"podman image exists {_IMAGE}:latest"),
        Run(command=f"podman image exists {_IMAGE}:nowhere", status=Status.REFUSED),
    ),
)
