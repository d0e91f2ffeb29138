"""Plan cases: facts and target as JSON, and the exact bytes that must come out.

A case gives only what matters; everything else is a healthy host that reaches and trusts the
target. `"$ca"` stands for the text of the target's CA. Texts are strings, or lists of lines; as
discovery does, those with credentials are withheld, and dumps are covered.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import posixpath
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import tomlkit

from wizard.discovery.credentials import covered_dump, find_secrets
from wizard.discovery.facts import FileFacts, FileKind, HostFacts
from wizard.fleet.policy import RolloutPolicy
from wizard.jsonform import from_data
from wizard.planning.paths import DOCKER_SNAP_CERTS, HOSTS_CA, STATIC_PATHS, STORE_DIRECTORIES
from wizard.planning.plan import FilePurpose, HostPlan, Step, StepName
from wizard.runtimes.docker.config import MIRRORS_KEY, normal_mirrors
from wizard.target import Target

PLANS: Final = Path(__file__).parent.parent / "plans"
DUMPS: Final = Path(__file__).parent / "dumps"
CA: Final = "-----BEGIN CERTIFICATE-----\nTk9UIEEgQ0VSVA==\n-----END CERTIFICATE-----\n"
STAGES: Final = ("validate", "activate", "check", "probe", "deactivate", "check_reverted")
_OF_FILES: Final = (".json", ".toml", ".conf", ".yaml", ".pem")
_PREFIXES: Final = {"root": "", "prefix": "dockerhub-proxy", "path": "artifactory/api/docker/hub"}
_REACHED: Final = {"state": "ok", "state_with_ca": "ok"}
_HEALTHY_DOCKER: Final = {
    "unit": "docker.service",
    "validates": True,
    "runtimes": ["io.containerd.runc.v2", "runc"],
    "default_runtime": "runc",
    "config_changed_at": 1000,
    "config_loaded_at": 2000,
}
_HEALTHY_CRIO: Final = {
    "unit": "crio.service",
    "log_level": "info",
    "crictl": "/usr/bin/crictl",
}
_HEALTHY_K3S: Final = {
    "unit": "k3s-agent.service",
    "crictl": "/var/lib/rancher/k3s/data/current/bin/crictl",
    "ctr": "/var/lib/rancher/k3s/data/current/bin/ctr",
}
_HEALTHY_BUILDKIT: Final = {"unit": "buildkit.service", "buildctl": "/usr/bin/buildctl"}
_CANARY: Final = {
    "repository": "library/pilotage-canary",
    "tag": "20261123",
    "digest": "sha256:" + "c0" * 32,
    "pushed": True,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanCase:
    """One case as values."""

    path: Path
    facts: HostFacts
    target: Target
    policy: RolloutPolicy
    expect: dict[str, Any]


def case_paths() -> list[Path]:
    """Return the files of all cases in stable order."""
    return sorted(PLANS.glob("*/*.json"))


@cache
def load_case(path: Path) -> PlanCase:
    """Return the case in that file, read once for all tests; raises as `read_case`."""
    return read_case(path)


def read_case(path: Path) -> PlanCase:
    """Return the case in that file; raises KeyError where it does not say its source."""
    case = json.loads(path.read_text(encoding="utf-8"))
    for required in ("source", "says", "facts", "expect"):
        case[required]
    return PlanCase(
        path=path,
        facts=host_facts(case["facts"], str(path)),
        target=a_target(**case.get("target", {})),
        policy=from_data(RolloutPolicy, case.get("policy", {}), source=str(path)),
        expect=case["expect"],
    )


def a_target(**said: Any) -> Target:
    """Return the target that a case describes."""
    addressing = said.pop("addressing", "root")
    canary = said.pop("canary", True)
    said["places"] = [
        {**place, "canary": {**_CANARY, "upstream": place["upstream"]}}
        for place in said.get("places", [])
    ]
    given = {
        "url": "https://registry.example",
        "addressing": addressing,
        "prefix": _PREFIXES[addressing],
        "ca_pem": CA if said.pop("ca", True) else None,
        "canary": {**_CANARY, **(canary if isinstance(canary, dict) else {})} if canary else None,
    }
    return from_data(Target, {**given, **said}, source="target")


def host_facts(said: dict[str, Any], source: str = "facts") -> HostFacts:
    """Return the facts that a case describes, on a healthy host."""
    given: dict[str, Any] = {"host": "web1", "collected_at": 0, **said}
    reached = given.pop("target", _REACHED)
    given["answers"] = [reached, *given.get("answers", [])] if reached else []
    if given.get("upstream"):
        given["upstreams"] = [given.pop("upstream")]
    if given.get("docker"):
        given["docker"] = {**_HEALTHY_DOCKER, **given["docker"]}
    if given.get("crio"):
        given["crio"] = {**_HEALTHY_CRIO, **given["crio"]}
    if given.get("k3s"):
        given["k3s"] = {**_HEALTHY_K3S, **given["k3s"]}
    if given.get("buildkit"):
        given["buildkit"] = {**_HEALTHY_BUILDKIT, **given["buildkit"]}
    if given.get("containerd"):
        given["containerd"] = _containerd(given["containerd"])
    given["files"] = _files(given)
    return from_data(HostFacts, given, source=source)


def _containerd(said: dict[str, Any]) -> dict[str, Any]:
    new = said["version"].startswith("2")
    plugin = "io.containerd.cri.v1.images" if new else "io.containerd.grpc.v1.cri"
    unset = f'version = {3 if new else 2}\n[plugins."{plugin}".registry]\nconfig_path = ""\n'
    given = {
        "cri": "ok",
        "unit": "containerd.service",
        "crictl": "/usr/bin/crictl",
        "dump": unset,
        **said,
    }
    name = given.pop("dump_of", None)
    dump = (DUMPS / name).read_text() if name else text_of_lines(given["dump"])
    given["dump"] = covered_dump(dump)
    return given


def _files(said: dict[str, Any]) -> list[FileFacts]:
    known = {
        path: _usual(path)
        for path in (*STATIC_PATHS, *STORE_DIRECTORIES, *_paths_of_runtimes(said))
    }
    for path, content in said.get("files", {}).items():
        known[path] = a_file(path, content)
    user = said.get("docker") or {}
    if user.get("settings"):
        known |= _of_user(known, user)
    return list(known.values())


def _of_user(known: dict[str, FileFacts], docker: dict[str, Any]) -> dict[str, FileFacts]:
    """Return the files of a rootless Docker's user, whose they are unless the case says else."""
    folder = docker["settings"]
    absent = {path: a_file(path, None) for path in (f"{folder}/daemon.json", f"{folder}/certs.d")}
    found = {folder: a_file(folder, {"kind": "directory"}), **absent, **known}
    return {
        path: file if file.uid else dataclasses.replace(file, uid=docker.get("uid", 0))
        for path, file in found.items()
        if path.startswith(folder)
    }


def _k3s_paths(said: dict[str, Any] | None) -> tuple[str, ...]:
    if said is None:
        return ()
    folder = posixpath.dirname(said.get("registries", "/etc/rancher/k3s/registries.yaml"))
    return (folder, f"{folder}/registries.yaml", f"{folder}/pilotage-ca.pem")


def _paths_of_runtimes(said: dict[str, Any]) -> tuple[str, ...]:
    docker = said.get("docker") or {}
    if docker.get("snap"):
        path = docker["config_file"]
        folders = (posixpath.dirname(path), posixpath.dirname(DOCKER_SNAP_CERTS))
        return (path, DOCKER_SNAP_CERTS, *folders)
    buildkit = said.get("buildkit")
    if buildkit is None:
        return _k3s_paths(said.get("k3s"))
    path = buildkit.get("config_file", "/etc/buildkit/buildkitd.toml")
    folder = posixpath.dirname(path)
    return (*_k3s_paths(said.get("k3s")), folder, path, f"{folder}/{HOSTS_CA}")


@cache
def _usual(path: str) -> FileFacts:
    """Return what is at a path that a case does not name."""
    return a_file(path, None if path.endswith(_OF_FILES) else {"kind": "directory"})


def a_file(path: str, said: Any) -> FileFacts:
    """Return the facts of a file: text, lines, None for absent, or fields of FileFacts."""
    if said is None:
        return FileFacts(path=path, real_path=path, kind=FileKind.ABSENT)
    if not isinstance(said, dict):
        said = {"text": said}
    fields = {"path": path, "real_path": path, "kind": "regular", "mode": 0o644, **said}
    if fields.get("text") is not None:
        fields["text"] = text_of_lines(fields["text"])
        encoded = fields["text"].encode()
        fields |= {"sha256": hashlib.sha256(encoded).hexdigest(), "size": len(encoded)}
        secrets = find_secrets(fields["text"])
        if secrets:
            fields |= {"text": None, "secrets": secrets}
    return from_data(FileFacts, fields, source=path)


def text_of_lines(said: str | list[str]) -> str:
    """Return the text that a case gives as a string or as a list of lines."""
    text = said if isinstance(said, str) else "".join(f"{line}\n" for line in said)
    return CA if text == "$ca" else text


def step_words(step: Step) -> str:
    """Return a step as a case writes it: its name, then its arguments."""
    return " ".join((step.name.value, *step.args))


def applied(facts: HostFacts, plan: HostPlan) -> HostFacts:
    """Return the facts of the host after the plan was applied to it."""
    files = {file.path: file for file in facts.files}
    for change in plan.changes:
        uid, _colon, gid = change.writer.partition(":")
        said = {"text": change.after, "uid": int(uid or 0), "gid": int(gid or 0)}
        files[change.path] = a_file(change.path, said)
    facts = dataclasses.replace(facts, files=tuple(files.values()))
    for change in plan.changes:
        if change.purpose is FilePurpose.CONFIG:
            facts = _reloaded(facts, change.path, change.after)
    paths = [step.args[0] for step in plan.check if step.name is StepName.CONTAINERD_CONFIG_PATH]
    if paths and facts.containerd is not None:
        dump = _dump_with(facts.containerd.dump, paths[0], _old_tables(facts))
        facts = dataclasses.replace(
            facts, containerd=dataclasses.replace(facts.containerd, dump=dump)
        )
    return facts


def _reloaded(facts: HostFacts, path: str, text: str) -> HostFacts:
    docker = facts.docker
    if docker is None or path != docker.config_file:
        return facts
    mirrors = json.loads(text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}"))[MIRRORS_KEY]
    running = dataclasses.replace(docker, mirrors=normal_mirrors(mirrors))
    return dataclasses.replace(facts, docker=running)


def _dump_with(dump: str, config_path: str, old_tables: dict[str, Any]) -> str:
    """Return a dump in the same version with that path, and these tables beside it."""
    version = tomllib.loads(dump)["version"]
    plugin = "io.containerd.grpc.v1.cri" if version == 2 else "io.containerd.cri.v1.images"
    registry = {"config_path": config_path, **({} if config_path else old_tables)}
    return tomlkit.dumps({"version": version, "plugins": {plugin: {"registry": registry}}})


def _old_tables(facts: HostFacts) -> dict[str, Any]:
    """Return the registry tables of containerd's own file, which 1.5 has still."""
    file = facts.file(facts.containerd.config_file) if facts.containerd else None
    plugins = tomllib.loads((file.text if file else None) or "").get("plugins", {})
    cri = plugins.get("io.containerd.grpc.v1.cri", plugins.get("cri", {}))
    found = cri.get("registry", {})
    return {name: found[name] for name in ("mirrors", "configs") if name in found}
