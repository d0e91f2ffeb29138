"""Every call that the client has is one of the contract, and so is every answer."""

from __future__ import annotations

import inspect
import re
from dataclasses import replace
from importlib import resources
from typing import Any, ClassVar

import httpx
import pytest

from tests.contracts.contract import ContractViolation, read_contract
from tests.registries.nexus.contract import REST, amend
from tests.registries.nexus.stage import HUB, QUAY, WANTED, contracted, provisioned, staged
from wizard.practice.nexus.nexus import PracticeNexus
from wizard.practice.nexus.setting import Setting
from wizard.registries.failures import Failure, RegistryFailure
from wizard.registries.nexus.client import Nexus
from wizard.registries.nexus.wanted import Quota

V1 = "/service/rest/v1"
EVERY_CHANGE = {
    f"POST {V1}/system/eula 204",
    f"PUT {V1}/security/realms/active 204",
    f"PUT {V1}/security/anonymous 200",
    f"POST {V1}/security/roles 200",
    f"PUT {V1}/security/roles/{{id}} 204",
    f"PUT {V1}/security/users/{{userId}} 204",
    f"PUT {V1}/security/ssrf-protection 200",
    f"POST {V1}/blobstores/file 204",
    f"PUT {V1}/blobstores/file/{{name}} 204",
    f"POST {V1}/repositories/docker/proxy 201",
    f"PUT {V1}/repositories/docker/proxy/{{repositoryName}} 204",
    f"POST {V1}/repositories/docker/hosted 201",
    f"PUT {V1}/repositories/docker/hosted/{{repositoryName}} 204",
    f"POST {V1}/repositories/docker/group 201",
    f"PUT {V1}/repositories/docker/group/{{repositoryName}} 204",
    f"POST {V1}/tasks 201",
    f"PUT {V1}/tasks/{{taskId}} 204",
    f"POST {V1}/capabilities 200",
    f"PUT {V1}/capabilities/{{capabilityId}} 204",
}
POLICIES_BY_VERSION = {
    90: {f"POST {V1}/cleanup-policies 201", f"PUT {V1}/cleanup-policies/{{policyName}} 204"},
    96: {
        "POST /service/rest/internal/cleanup-policies 200",
        "PUT /service/rest/internal/cleanup-policies/{name} 200",
    },
}


class Recorded(Nexus):
    """A client that remembers which of its calls were used."""

    used: ClassVar[set[str]] = set()

    def __getattribute__(self, name: str) -> Any:
        """Remember a call."""
        Recorded.used.add(name)
        return super().__getattribute__(name)


@pytest.mark.parametrize("minor", [90, 96])
async def test_every_change_is_in_the_contract(minor: int) -> None:
    """Made, and then put right after somebody changed each thing; the guard is there since 3.92."""
    server = PracticeNexus(Setting(minor=minor, names={"hub.internal": "10.0.0.7"}))
    transport = contracted(server)
    Recorded.used.clear()
    async with staged(server, transport=transport) as stage:
        nexus = Recorded(stage.nexus._api)
        await provisioned(nexus)
        for policy in server.storage.policies.values():
            policy["criteriaLastDownloaded"] = 1
        for task in server.storage.tasks.values():
            task["enabled"] = False
        server.security.roles["pilotage-docker-anonymous"]["privileges"] = []
        later = replace(
            WANTED,
            upstreams=(replace(HUB, server="https://hub.internal", is_private=True), QUAY),
            hosted=(replace(WANTED.hosted[0], http_port=9083),),
            groups=(replace(WANTED.groups[0], http_port=9084),),
            quota=Quota(bytes=10**12),
            base_url="https://repo.example",
        )
        await provisioned(nexus, later)
        assert await stage.nexus.knows_us() is True
        calls = {name for name, _call in inspect.getmembers(Nexus, inspect.iscoroutinefunction)}
    unused = {one for one in calls - Recorded.used if not one.startswith("_")}
    assert unused == {"knows_us"} | (set() if minor >= 92 else {"set_guard"})
    changes = {one for one in transport.operations if not one.startswith("GET ")}
    guard = set() if minor >= 92 else {f"PUT {V1}/security/ssrf-protection 200"}
    assert changes == (EVERY_CHANGE - guard) | POLICIES_BY_VERSION[minor]


async def test_a_field_that_is_none_is_seen() -> None:
    """The transport would find a misspelt field; otherwise the tests above prove nothing."""
    server = PracticeNexus()
    async with staged(server, transport=contracted(server)) as stage:
        with pytest.raises(ContractViolation, match="httPort"):
            await stage.nexus.create_docker_repository("hosted", {"docker": {"httPort": 1}})


async def _ask(answer: httpx.Response) -> tuple[Failure, list[str]]:
    seen: list[str] = []

    def play(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.path)
        return answer

    async with staged(PracticeNexus(), transport=httpx.MockTransport(play)) as stage:
        with pytest.raises(RegistryFailure) as caught:
            await stage.nexus.blob_stores()
    return caught.value.kind, seen


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(200, html="<html>"), Failure.NOT_A_REGISTRY),
        (httpx.Response(200, json={"name": "no list"}), Failure.NOT_A_REGISTRY),
        (httpx.Response(200, json=[{"nobody": 1}]), Failure.NOT_A_REGISTRY),
        (httpx.Response(401), Failure.UNAUTHORISED),
        (httpx.Response(403), Failure.FORBIDDEN),
        (httpx.Response(302, headers={"Location": "/login"}), Failure.REDIRECTED),
    ],
)
async def test_an_answer_that_is_none_is_told_and_not_asked_again(
    answer: httpx.Response, kind: Failure
) -> None:
    """A wrong password above all: it is never tried into a lock-out."""
    assert await _ask(answer) == (kind, [f"{V1}/blobstores"])


@pytest.mark.parametrize("status", [402, 403, 404, 405])
async def test_policies_are_looked_for_in_both_places(status: int) -> None:
    """Whatever way a server has to say that the first is not there."""
    asked = []

    def play(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.method} {request.url.path}")
        if "/internal/" not in request.url.path:
            return httpx.Response(status)
        return httpx.Response(200, json=[])

    async with staged(PracticeNexus(), transport=httpx.MockTransport(play)) as stage:
        assert await stage.nexus.cleanup_policies() == ()
    assert asked == [
        f"GET {V1}/cleanup-policies",
        "GET /service/rest/internal/cleanup-policies",
    ]


def test_what_an_installation_asks_on_the_host_is_in_the_contract() -> None:
    """Its calls are in shell scripts: each method, path, type of content and answer."""
    scripts = resources.files("assets") / "host"
    text = "".join(
        (scripts / f"errand_nexus_{name}.sh").read_text("utf-8") for name in ("install", "licence")
    )
    calls = {(method, path) for method, path in re.findall(r"\bapi ([A-Z]+) (/\S+)", text)}
    contract = read_contract(REST, amend=amend)

    found = {call: contract.find(call[0], f"/service/rest{call[1]}") for call in sorted(calls)}

    assert sorted(calls) == [
        ("GET", "/v1/security/realms/active"),
        ("GET", "/v1/status/writable"),
        ("GET", "/v1/system/eula"),
        ("POST", "/v1/system/eula"),
        ("PUT", "/v1/security/users/admin/change-password"),
    ]
    sent = {
        method: (operation.content and tuple(operation.content.schemas), tuple(operation.answers))
        for (method, _path), operation in found.items()
        if method != "GET"
    }
    assert [(types, "204" in answers) for types, answers in sent.values()] == [
        (("application/json",), True),
        (("text/plain",), True),
    ]
