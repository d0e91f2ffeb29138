"""The doctor on products that are in trouble: practice ones, each brought there first."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from tests.contracts.harbor import contracted as harbor_contracted
from tests.registries.conftest import QuickClock
from tests.registries.harbor.stage import ADMIN, BOB, set_up
from tests.registries.harbor.stage import URL as HARBOR
from tests.registries.nexus.stage import URL as NEXUS
from tests.registries.nexus.stage import WANTED, contracted, provisioned, staged
from wizard.fleet.policy import TargetChoice
from wizard.practice.harbor.projects import add_project
from wizard.practice.harbor.state import State
from wizard.practice.nexus.nexus import PracticeNexus
from wizard.practice.nexus.setting import Setting
from wizard.registries.authority import Login
from wizard.registries.doctor.examining import examine
from wizard.registries.doctor.observation import Examination, Measure, Severity, Topic
from wizard.registries.subject_name import SubjectKind, named
from wizard.secret import Secret
from wizard.target import TargetKind

WRONG = Secret("planted-and-wrong")


class Held(httpx.AsyncBaseTransport):
    """Hold what goes to the product's API against its contract; other products have others."""

    def __init__(
        self, base: str, direct: httpx.AsyncBaseTransport, checked: httpx.AsyncBaseTransport
    ) -> None:
        self._base = base
        self._direct = direct
        self._checked = checked

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        is_api = request.url.path.startswith(self._base)
        return await (self._checked if is_api else self._direct).handle_async_request(request)


def harbor_on_stage(clock: QuickClock) -> tuple[State, httpx.AsyncBaseTransport]:
    """Return what a practice Harbor keeps, and the way to it."""
    stage = set_up(clock, checked=False)
    direct = stage.transport
    return stage.state, Held("/api/v2.0/", direct, harbor_contracted(direct))


def bad(found: Examination) -> dict[Topic, Severity]:
    """Return what is not well, but for what a stand-in of the API alone does not have."""
    return {
        one.topic: one.severity
        for one in found.observations
        if one.severity not in {Severity.WELL, Severity.NOTE}
        and one.topic not in {Topic.TRUST, Topic.TOKENS, Topic.PUSH}
    }


def read_only(state: State) -> None:
    """Set Harbor read-only, as a backup that was broken off does."""
    state.configuration["read_only"] = True


def other_url(state: State) -> None:
    """Have a Harbor that thinks that it is elsewhere."""
    state.external_url = "http://harbor.internal"


def private_project(state: State) -> None:
    """Have a project that only its members may read."""
    add_project(state, "hub", {"public": "false"}, registry_id=None, storage=-1)


def public_project(state: State) -> None:
    """Have the project as it should be."""
    add_project(state, "hub", {"public": "true"}, registry_id=None, storage=-1)


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (public_project, {}),
        (read_only, {Topic.READ_ONLY: Severity.BROKEN, Topic.ANONYMOUS: Severity.BROKEN}),
        (other_url, {Topic.ADDRESS: Severity.BROKEN, Topic.ANONYMOUS: Severity.BROKEN}),
        (private_project, {Topic.ANONYMOUS: Severity.BROKEN}),
    ],
)
async def test_a_harbor_in_trouble_says_so(
    clock: QuickClock, spoil: Callable[[State], None], expected: dict[Topic, Severity]
) -> None:
    """By its own API; where no project of that name is, that is trouble too."""
    state, transport = harbor_on_stage(clock)
    spoil(state)
    choice = TargetChoice(url=f"{HARBOR}/v2/hub", username=ADMIN.username)
    found = await examine(
        choice,
        ca_pem=None,
        password=ADMIN.password,
        clock=clock,
        transport=transport,
        with_upload=False,
    )
    assert (found.kind, bad(found)) == (TargetKind.HARBOR, expected)
    measured = {reading.measure for reading in found.readings}
    assert measured == {Measure.ANSWER, Measure.FREE, Measure.QUEUE, Measure.USED}


async def test_somebody_who_is_no_administrator_is_told_what_he_may_not_see(
    clock: QuickClock,
) -> None:
    """It stops nothing else."""
    _state, transport = harbor_on_stage(clock)
    choice = TargetChoice(url=f"{HARBOR}/v2/library", username=BOB.username)
    found = await examine(
        choice,
        ca_pem=None,
        password=BOB.password,
        clock=clock,
        transport=transport,
        with_upload=False,
    )
    assert set(bad(found).values()) == {Severity.UNKNOWN}
    assert [one.severity for one in found.observations if one.topic is Topic.ANONYMOUS] == [
        Severity.WELL
    ]


class Counting(httpx.AsyncBaseTransport):
    """Counts the requests that carry credentials."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self.logins = 0
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Hand on."""
        self.logins += "authorization" in request.headers
        return await self._inner.handle_async_request(request)


@pytest.mark.parametrize("product", ["harbor", "nexus"])
async def test_a_wrong_password_is_tried_once(clock: QuickClock, product: str) -> None:
    """Each further try could lock the user out; an upload is not even begun."""
    if product == "harbor":
        wire, url = Counting(harbor_on_stage(clock)[1]), f"{HARBOR}/v2/library"
    else:
        wire, url = Counting(httpx.ASGITransport(PracticeNexus())), NEXUS
    choice = TargetChoice(url=url, username="admin")
    found = await examine(choice, ca_pem=None, password=WRONG, clock=clock, transport=wire)
    assert [one.topic for one in found.observations if "password is wrong" in one.found] == [
        Topic.LOGIN
    ]
    assert wire.logins == 1
    assert WRONG.reveal() not in repr(found)


async def nexus_found(server: PracticeNexus, clock: QuickClock) -> Examination:
    """Return how a practice Nexus is, every call held against the contract."""
    login = Login(username="admin", password=server.setting.password)
    return await examine(
        TargetChoice(url=NEXUS, username=login.username),
        ca_pem=None,
        password=login.password,
        clock=clock,
        transport=Held("/service/rest/", httpx.ASGITransport(server), contracted(server)),
        with_upload=False,
    )


async def test_a_fresh_nexus_lacks_all_that_a_mirror_needs(clock: QuickClock) -> None:
    """Licence, realm, anonymous access and a proxy; all of it is what provisioning mends."""
    server = PracticeNexus()
    before = await nexus_found(server, clock)
    assert bad(before) == dict.fromkeys(
        (Topic.LICENCE, Topic.ANONYMOUS, Topic.UPSTREAM), Severity.BROKEN
    )
    realm = [one for one in before.observations if one.fixed_by == named(SubjectKind.REALMS)]
    assert [one.severity for one in realm] == [Severity.BROKEN]

    async with staged(server) as stage:
        await provisioned(stage.nexus, WANTED)
    after = await nexus_found(server, clock)
    assert bad(after) == {}
    assert (after.kind, after.edition) == (TargetKind.NEXUS, "COMMUNITY")
    assert {reading.measure for reading in after.readings} >= {Measure.ANSWER, Measure.FREE}


async def test_a_frozen_nexus_and_one_over_its_limits_say_so(clock: QuickClock) -> None:
    """Above either limit nothing new is kept."""
    server = PracticeNexus()
    server.system.writable = False
    server.system.components = 41_000
    found = await nexus_found(server, clock)
    assert bad(found)[Topic.READ_ONLY] is Severity.BROKEN
    assert bad(found)[Topic.USAGE] is Severity.BROKEN


@pytest.mark.parametrize(("minor", "severity"), [(70, Severity.TROUBLE), (96, Severity.WELL)])
async def test_an_old_nexus_is_told_to_be_one(
    clock: QuickClock, minor: int, severity: Severity
) -> None:
    """Before 3.71 cleanup lost manifests of OCI images."""
    found = await examine(
        TargetChoice(url=NEXUS, username="admin"),
        ca_pem=None,
        password=Setting().password,
        clock=clock,
        transport=httpx.ASGITransport(PracticeNexus(Setting(minor=minor))),
        with_upload=False,
    )
    told = [one.severity for one in found.observations if "it is Nexus" in one.found]
    assert told == [severity]


async def test_a_nexus_tells_strangers_nothing(clock: QuickClock) -> None:
    """That is told, and not guessed about."""
    found = await examine(
        TargetChoice(url=NEXUS),
        ca_pem=None,
        password=None,
        clock=clock,
        transport=httpx.ASGITransport(PracticeNexus()),
    )
    assert bad(found) == {Topic.RIGHTS: Severity.UNKNOWN}


async def test_a_harbor_tells_strangers_whether_it_is_healthy(clock: QuickClock) -> None:
    """Where it thinks that it is, only users are told; nobody is asked for what none may see."""
    _state, transport = harbor_on_stage(clock)
    choice = TargetChoice(url=f"{HARBOR}/v2/library")
    found = await examine(choice, ca_pem=None, password=None, clock=clock, transport=transport)
    told = {one.topic: one.severity for one in found.observations}
    assert (told[Topic.HEALTH], told[Topic.ADDRESS]) == (Severity.WELL, Severity.UNKNOWN)
    assert not {Topic.LOGIN, Topic.STORAGE} & set(told)
