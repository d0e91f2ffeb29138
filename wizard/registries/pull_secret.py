"""Pull secrets of Kubernetes for the target, as manifests; pure.

Only secrets are manifests. A service account's list of them is not: its API type has no merge for
that list, so `kubectl apply` and every strategic or merge patch replace what others put there
(kubernetes issues 72475 and 91250: it cannot be changed in v1). It is appended to by a JSON patch.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import Any, Final

from wizard.errors import InputError
from wizard.secret import Secret
from wizard.wording import _

TYPE: Final = "kubernetes.io/dockerconfigjson"
DEFAULT_NAME: Final = "pilotage-pull"
_SUBDOMAIN: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LABEL: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_SUBDOMAIN_LIMIT: Final = 253
_LABEL_LIMIT: Final = 63


@dataclass(frozen=True, slots=True, kw_only=True)
class PullSecret:
    """One login, in several namespaces.

    Attributes:
        registry: `host[:port]` as images are named. It is never docker.io: kubelet would offer the
            login to Docker Hub too, whenever a pull falls back there (facts/runtimes.md §2).
        username: as the registry knows it, `robot$fleet-pull`; `$` stays as it is.
        namespaces: that exist already.
        service_accounts: in each of them, whose pods shall use it.
    """

    registry: str
    username: str
    name: str = DEFAULT_NAME
    namespaces: tuple[str, ...]
    service_accounts: tuple[str, ...] = ()


def manifests(wanted: PullSecret, password: Secret) -> Secret:
    """Return a Secret for each namespace, as YAML; it holds the login, so it is secret itself.

    Raises InputError for a name that Kubernetes would refuse.
    """
    _check(wanted)
    data = base64.b64encode(docker_config(wanted, password).reveal().encode()).decode()
    documents = [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": wanted.name, "namespace": namespace},
            "type": TYPE,
            "data": {".dockerconfigjson": data},
        }
        for namespace in dict.fromkeys(wanted.namespaces)
    ]
    return Secret("".join(f"---\n{_yaml(document)}" for document in documents))


def docker_config(wanted: PullSecret, password: Secret) -> Secret:
    """Return what the secret holds: a config.json with one login."""
    pair = f"{wanted.username}:{password.reveal()}".encode()
    login = {
        "username": wanted.username,
        "password": password.reveal(),
        "auth": base64.b64encode(pair).decode(),
    }
    return Secret(json.dumps({"auths": {wanted.registry: login}}, separators=(",", ":")))


def _yaml(value: dict[str, Any], indent: str = "") -> str:
    lines = []
    for key, inner in value.items():
        if isinstance(inner, dict):
            lines.append(f"{indent}{key}:\n{_yaml(inner, indent + '  ')}")
        else:
            lines.append(f"{indent}{key}: {json.dumps(inner)}\n")
    return "".join(lines)


def _check(wanted: PullSecret) -> None:
    if not wanted.namespaces:
        raise InputError(
            _("No namespace is named."), todo=_("Name those whose pods pull from the registry.")
        )
    if ":" in wanted.username or not wanted.username:
        raise InputError(_("“{name}” is no user of a registry.").format(name=wanted.username))
    _check_name(wanted.name, _SUBDOMAIN, _SUBDOMAIN_LIMIT)
    for namespace in wanted.namespaces:
        _check_name(namespace, _LABEL, _LABEL_LIMIT)
    for account in wanted.service_accounts:
        _check_name(account, _SUBDOMAIN, _SUBDOMAIN_LIMIT)


def _check_name(name: str, form: re.Pattern[str], limit: int) -> None:
    if len(name) > limit or not form.fullmatch(name):
        raise InputError(
            _("“{name}” is no name that Kubernetes takes.").format(name=name),
            todo=_("Use lower case letters, digits and “-”."),
        )
