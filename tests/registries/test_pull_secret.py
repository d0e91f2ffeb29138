"""Pull secrets are what kubectl itself would make of the same login, for each namespace."""

from __future__ import annotations

import base64
import json
import subprocess
from typing import Any

import pytest
import yaml

from tests.errand.kubectl import need_kubectl
from wizard.errors import InputError
from wizard.registries.pull_secret import PullSecret, docker_config, manifests
from wizard.secret import Secret

_PASSWORD = Secret("p4$$'\"\\ wörd:x")
_WANTED = PullSecret(
    registry="registry.example.net:5000",
    username="robot$team+fleet-pull",
    namespaces=("web", "db"),
    service_accounts=("default",),
)


def _documents(wanted: PullSecret = _WANTED) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(manifests(wanted, _PASSWORD).reveal()))


def test_each_namespace_gets_a_secret_of_its_own_and_accounts_are_left_alone() -> None:
    """A manifest of a service account would take other people's secrets from it."""
    documents = _documents()

    assert [(one["kind"], one["metadata"]["namespace"]) for one in documents] == [
        ("Secret", "web"),
        ("Secret", "db"),
    ]
    assert {one["type"] for one in documents} == {"kubernetes.io/dockerconfigjson"}


def test_a_robot_and_its_password_survive_byte_for_byte() -> None:
    """No shell and no YAML reads `$`, quotes or backslashes on the way."""
    [document, _other] = _documents()

    config = json.loads(base64.b64decode(document["data"][".dockerconfigjson"]))

    login = config["auths"]["registry.example.net:5000"]
    assert (login["username"], login["password"]) == (_WANTED.username, _PASSWORD.reveal())
    assert base64.b64decode(login["auth"]).decode() == f"{_WANTED.username}:{_PASSWORD.reveal()}"


def test_kubectl_makes_the_same_of_that_login() -> None:
    """The real client is asked, which needs no cluster for it."""
    need_kubectl()
    made = subprocess.run(
        [
            *("kubectl", "create", "secret", "docker-registry", _WANTED.name, "-n", "web"),
            *("--dry-run=client", "-o", "json", "--docker-server", _WANTED.registry),
            *("--docker-username", _WANTED.username, "--docker-password", _PASSWORD.reveal()),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    theirs = json.loads(made.stdout)
    [ours, _other] = _documents()

    assert ours["type"] == theirs["type"]
    assert json.loads(docker_config(_WANTED, _PASSWORD).reveal()) == json.loads(
        base64.b64decode(theirs["data"][".dockerconfigjson"])
    )


def test_the_whole_text_is_a_secret() -> None:
    """It cannot be printed by mistake."""
    text = manifests(_WANTED, _PASSWORD)

    assert base64.b64encode(_PASSWORD.reveal().encode()).decode() not in f"{text} {text!r}"


@pytest.mark.parametrize(
    "wrong",
    [
        {"namespaces": ()},
        {"namespaces": ("Web",)},
        {"namespaces": ("a" * 64,)},
        {"namespaces": ("web\nkind: Pod",)},
        {"name": "-x"},
        {"service_accounts": ("a b",)},
        {"username": ""},
        {"username": "a:b"},
    ],
)
def test_a_name_that_kubernetes_refuses_is_refused_here(wrong: dict[str, Any]) -> None:
    """Before anything is written."""
    given: dict[str, Any] = {"registry": "r", "username": "u", "namespaces": ("web",), **wrong}

    with pytest.raises(InputError):
        manifests(PullSecret(**given), _PASSWORD)
