"""Pull secrets put into a cluster by the real kubectl, in each shell that a host may have."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.errand.kube_api import KubeAPI, serving
from tests.errand.kubectl import need_kubectl
from tests.transaction.practice_host import SHELLS
from wizard.errand.errand import Errand, ErrandAnswer, ErrandName, ErrandOutcome
from wizard.errand.script import errand_answer, errand_script
from wizard.registries.pull_secret import PullSecret, manifests
from wizard.secret import Secret

_NONCE = "0123456789abcdef"
_NAME = "pilotage-pull"


@pytest.fixture
def cluster() -> Iterator[KubeAPI]:
    """Yield a cluster with two namespaces, one of whose accounts has a pull secret already."""
    need_kubectl()
    api = KubeAPI()
    for namespace in ("web", "db"):
        api.add("namespaces", namespace, namespace)
    api.add("serviceaccounts", "web", "default")
    api.add("serviceaccounts", "db", "default", imagePullSecrets=[{"name": "theirs"}])
    with serving(api):
        yield api


@pytest.fixture
def root(tmp_path: Path, cluster: KubeAPI) -> Path:
    """Return the root of a control-plane host."""
    config = tmp_path / "etc/kubernetes/admin.conf"
    config.parent.mkdir(parents=True)
    clusters = [{"name": "c", "cluster": {"server": cluster.url}}]
    contexts = [{"name": "c", "context": {"cluster": "c", "user": "u"}}]
    document = {"kind": "Config", "clusters": clusters, "contexts": contexts}
    config.write_text(json.dumps({**document, "users": [], "current-context": "c"}))
    return tmp_path


def _carried_out(
    root: Path, *, shell: str = "dash", namespaces: str = "web db", word: str = "s3cret"
) -> ErrandAnswer:
    wanted = PullSecret(
        registry="registry.example.net",
        username="robot$fleet",
        namespaces=tuple(namespaces.split()),
    )
    errand = Errand(
        name=ErrandName.PULL_SECRET,
        host="cp1",
        arguments=(_NAME, namespaces, "default"),
        has_payload=True,
    )
    script = errand_script(errand, nonce=_NONCE, payload=manifests(wanted, Secret(word)))
    done = subprocess.run(
        [*SHELLS[shell], "-s"],
        input=script,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(root),
            "PILOTAGE_ROOT": str(root),
            # A kubectl that lives for an instant has no use for threads that tidy up.
            "GOMAXPROCS": "1",
            "GOGC": "off",
        },
        capture_output=True,
        timeout=120,
        check=False,
    )
    said = done.stderr.decode()
    return errand_answer(done.stdout.splitlines(), nonce=_NONCE, host="cp1", said=said)


@pytest.mark.parametrize("shell", SHELLS)
def test_secrets_and_accounts_are_as_wanted_and_others_names_stay(
    cluster: KubeAPI, root: Path, shell: str
) -> None:
    """The list of an account is added to, never replaced; first the server tries all of it."""
    answer = _carried_out(root, shell=shell)

    assert (answer.outcome, answer.detail) == (ErrandOutcome.DONE, "")
    assert [(step.subject, step.result) for step in answer.steps] == [
        ("secret pilotage-pull in web", "changed"),
        ("secret pilotage-pull in db", "changed"),
        ("service account default in web", "changed"),
        ("service account default in db", "changed"),
    ]
    assert cluster.pull_secrets("web") == [_NAME]
    assert cluster.pull_secrets("db") == ["theirs", _NAME]
    dry = [is_dry for _method, _path, is_dry in cluster.writes]
    assert dry == sorted(dry, reverse=True)
    assert dry.count(True) == dry.count(False) == 4


def test_a_second_time_changes_nothing_and_a_new_password_secrets_only(
    cluster: KubeAPI, root: Path
) -> None:
    """It may be sent again after a lost answer, and a rotated robot needs no change of accounts."""
    _carried_out(root)
    before = json.dumps(list(cluster.objects.values()))

    answer = _carried_out(root)

    assert answer.outcome is ErrandOutcome.UNCHANGED
    assert {step.result for step in answer.steps} == {"same"}
    assert json.dumps(list(cluster.objects.values())) == before

    answer = _carried_out(root, word="another")

    results = [step.result for step in answer.steps]
    assert results == ["changed", "changed", "same", "same"]


def test_a_secret_that_somebody_else_made_is_not_taken_over(cluster: KubeAPI, root: Path) -> None:
    """The server tells the conflict in the dry run, so nothing is changed anywhere."""
    cluster.add("secrets", "db", _NAME, data={".dockerconfigjson": "e30="})

    answer = _carried_out(root)

    assert answer.outcome is ErrandOutcome.REFUSED
    assert "conflict" in answer.detail
    assert [one for one in cluster.writes if not one[2]] == []


def test_a_namespace_or_account_that_is_not_there_is_told(cluster: KubeAPI, root: Path) -> None:
    """Before anything is changed."""
    answer = _carried_out(root, namespaces="web nowhere")

    assert answer.outcome is ErrandOutcome.REFUSED
    assert "namespace nowhere" in answer.detail
    assert cluster.writes == []

    del cluster.objects["serviceaccounts", "db", "default"]
    answer = _carried_out(root)

    assert answer.outcome is ErrandOutcome.REFUSED
    assert "service account default in db" in answer.detail
    assert [one for one in cluster.writes if not one[2]] == []


def test_an_account_that_changes_meanwhile_is_read_again(cluster: KubeAPI, root: Path) -> None:
    """What was put into its list in between is still there."""
    cluster.moved = [("web", "just-now")]

    answer = _carried_out(root, namespaces="web")

    assert answer.outcome is ErrandOutcome.DONE
    assert cluster.pull_secrets("web") == ["just-now", _NAME]


def test_a_host_without_a_cluster_says_so(root: Path, cluster: KubeAPI) -> None:
    """Workers have no administrator's file."""
    (root / "etc/kubernetes/admin.conf").unlink()

    answer = _carried_out(root)

    assert answer.outcome is ErrandOutcome.REFUSED
    assert "name a control-plane host" in answer.detail


def test_a_script_that_is_cut_short_does_nothing(cluster: KubeAPI, root: Path) -> None:
    """Wherever the connection ends."""
    errand = Errand(name=ErrandName.PULL_SECRET, host="cp1", arguments=(_NAME, "web", "default"))
    script = errand_script(errand, nonce=_NONCE, payload=Secret("---\n"))

    for end in range(len(script) - 200, len(script) - 3, 13):
        done = subprocess.run(
            ["dash", "-s"],
            input=script[:end],
            env={"PATH": os.environ["PATH"], "PILOTAGE_ROOT": str(root)},
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert _NONCE.encode() not in done.stdout
    assert cluster.writes == []


def test_what_kubectl_grumbles_beside_its_answer_is_no_part_of_it(
    cluster: KubeAPI, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With any aggregated API down, as that of metrics, each command says so first."""
    wrapper = root / "bin/kubectl"
    wrapper.parent.mkdir()
    grumble = "E1129 15:00:00.1 7 memcache.go:265] couldn't get resource list for metrics.k8s.io"
    wrapper.write_text(
        f'#!/bin/sh\necho "{grumble}" >&2\nexec {need_kubectl()} "$@"\n', encoding="ascii"
    )
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{wrapper.parent}:{os.environ['PATH']}")

    first = _carried_out(root, namespaces="db")
    second = _carried_out(root, namespaces="db")

    assert (first.outcome, first.detail) == (ErrandOutcome.DONE, "")
    assert second.outcome is ErrandOutcome.UNCHANGED
    assert cluster.pull_secrets("db") == ["theirs", _NAME]
