"""The product finds its way around every face of the practice registry, and pushes its canary."""

from __future__ import annotations

import pytest

from tests.practice.registry.conftest import Practice
from wizard.fleet.policy import TargetChoice
from wizard.practice.registry.faces import Face
from wizard.practice.registry.images import TARGET_TAGS
from wizard.practice.registry.registry import PracticeRegistry, RegistryDesign
from wizard.practice.registry.tokens import Authentication
from wizard.registries.canary import build_canary
from wizard.registries.failures import Failure, RegistryFailure
from wizard.registries.probing import probe_target
from wizard.secret import Secret
from wizard.target import Addressing, TargetReport

NEXUS = "repository/docker-hub"
ANYBODY = Authentication(users={"pilot": Secret("harbour")})
USERS_ONLY = Authentication(users={"pilot": Secret("harbour")}, anonymous_pull=False)
SUFFIX = "0123456789ab"
FACES = [
    pytest.param(Face.ROOT, "", Addressing.ROOT, id="root"),
    pytest.param(Face.PREFIX, "dockerhub", Addressing.PREFIX, id="prefix"),
    pytest.param(Face.PATH, NEXUS, Addressing.PATH, id="path"),
]


async def probe(
    practice: Practice,
    registry: PracticeRegistry,
    *,
    prefix: str = "",
    canary: str = "",
    password: str = "",
) -> TargetReport:
    """Probe as the wizard's Registry step does."""
    choice = TargetChoice(
        url=registry.url, prefix=prefix, canary=canary, username="pilot" if password else ""
    )
    return await probe_target(
        choice,
        ca_pem=practice.ca_pem,
        password=Secret(password) if password else None,
        clock=practice.clock,
        suffixes=lambda: SUFFIX,
    )


@pytest.mark.parametrize("authentication", [None, ANYBODY, USERS_ONLY])
@pytest.mark.parametrize(("face", "prefix", "addressing"), FACES)
async def test_a_canary_is_pushed_through_every_face(
    practice: Practice,
    face: Face,
    prefix: str,
    addressing: Addressing,
    authentication: Authentication | None,
) -> None:
    """Addressing is found, the canary is read back, and its bytes are in the store."""
    design = RegistryDesign(face=face, prefix=prefix, authentication=authentication)
    async with practice.registry(design) as registry:
        registry.add_hello(TARGET_TAGS)
        password = "harbour" if authentication else ""
        report = await probe(practice, registry, prefix=prefix, password=password)

    assert (addressing, prefix) == (report.target.addressing, report.target.prefix)
    assert report.target.canary is not None
    assert build_canary(f"proof-{SUFFIX}").digest == report.target.canary.digest
    name = f"{prefix}/" if face is Face.PREFIX else ""
    stored = registry.content.manifest(f"{name}library/pilotage-canary", f"proof-{SUFFIX}")
    assert stored is not None
    assert build_canary(f"proof-{SUFFIX}").index == stored.content


@pytest.mark.parametrize(("face", "prefix", "addressing"), FACES)
async def test_every_face_is_found_by_a_named_canary_alone(
    practice: Practice, face: Face, prefix: str, addressing: Addressing
) -> None:
    """The usual prefixes and paths are tried; neither portal nor 404 is taken for a registry."""
    async with practice.registry(RegistryDesign(face=face, prefix=prefix)) as registry:
        registry.add_hello(TARGET_TAGS)
        report = await probe(practice, registry, canary="library/hello:only-target")

    assert (addressing, prefix) == (report.target.addressing, report.target.prefix)


async def test_a_push_without_a_login_is_unauthorised(practice: Practice) -> None:
    """Everybody may pull, so the token is given; what it does not allow is refused."""
    async with practice.registry(RegistryDesign(authentication=ANYBODY)) as registry:
        with pytest.raises(RegistryFailure) as raised:
            await probe(practice, registry)

    assert Failure.UNAUTHORISED is raised.value.kind


async def test_nothing_can_be_pushed_to_the_upstream(practice: Practice) -> None:
    """It answers as a proxy does, and nothing is kept."""
    async with practice.registry(RegistryDesign(face=Face.UPSTREAM)) as registry:
        with pytest.raises(RegistryFailure) as raised:
            await probe(practice, registry)

    assert Failure.FORBIDDEN is raised.value.kind
    assert registry.content.names() == []


async def test_an_impostor_is_found_out_before_anything_is_sent(practice: Practice) -> None:
    """It has the same content and another CA; its log stays empty."""
    async with practice.registry() as registry:
        registry.add_hello(TARGET_TAGS)
        async with registry.impostor(practice.unknown) as impostor:
            with pytest.raises(RegistryFailure) as raised:
                await probe(practice, impostor)

            assert Failure.UNTRUSTED is raised.value.kind
            assert impostor.requests() == ()
            assert registry.port != impostor.port


async def test_a_project_under_an_unusual_name_has_to_be_named(practice: Practice) -> None:
    """The portal's HTTP 200 is not believed, however many paths are tried."""
    design = RegistryDesign(face=Face.PREFIX, prefix="team-blue")
    async with practice.registry(design) as registry:
        registry.add_hello(TARGET_TAGS)
        with pytest.raises(RegistryFailure, match="HTTP 200 text/html") as raised:
            await probe(practice, registry)

        assert Failure.NOT_A_REGISTRY is raised.value.kind
        assert "give that as the prefix" in raised.value.todo
        assert registry.content.names() == ["team-blue/library/hello"]
