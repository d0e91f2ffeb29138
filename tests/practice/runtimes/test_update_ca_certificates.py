"""`update-ca-certificates` beyond what the conformance suite shows: the package's certificates."""

from __future__ import annotations

from tests.practice.runtimes.stage import SYSTEM_STORE, PracticeMachine, Stage
from wizard.practice.machine.update_ca_certificates import CONFIGURATION, LOCAL, PACKAGED

ONE, TWO = "-- one --\n", "-- two --"


async def updated(host: PracticeMachine, *options: str) -> tuple[str, str]:
    """Return the line with the figures, and the warnings."""
    reply = await host.run("update-ca-certificates", *options)
    [figures] = [line for line in reply.output.splitlines() if "added" in line]
    return figures, reply.errors


async def test_certificates_of_the_package_are_those_that_are_named(stage: Stage) -> None:
    """One with an exclamation mark is taken away, and one that is not there is warned of."""
    host = await stage.machine("docker-26")
    host.write(f"{PACKAGED}/m/One (1).crt", ONE)
    host.write(f"{PACKAGED}/m/Two.crt", TWO)
    host.write(CONFIGURATION, "# ours\nm/One (1).crt\nm/Two.crt\nm/Three.crt\n")

    both = await updated(host)
    bundle = host.machine.file(SYSTEM_STORE)
    assert both == (
        "2 added, 0 removed; done.",
        f"W: {PACKAGED}/m/Three.crt not found, but listed in {CONFIGURATION}.\n",
    )
    assert bundle.read_text() == f"{ONE}{TWO}\n"
    assert (bundle.parent / "One_=1=.pem").read_text() == ONE

    host.write(CONFIGURATION, "m/One (1).crt\n!m/Two.crt\n")
    assert await updated(host) == ("0 added, 1 removed; done.", "")
    assert bundle.read_text() == ONE


async def test_orphans_go_as_soon_as_anything_changes(stage: Stage) -> None:
    """The link of a removed certificate goes when another one is added."""
    host = await stage.machine("docker-26")
    host.write(f"{LOCAL}/old.crt", ONE)
    await updated(host)
    host.machine.file(f"{LOCAL}/old.crt").unlink()
    host.write(f"{LOCAL}/new.crt", TWO)
    await updated(host)

    links = sorted(p.name for p in host.machine.file(SYSTEM_STORE).parent.iterdir())
    assert [name for name in links if name.endswith(".pem")] == ["new.pem"]


async def test_an_option_that_it_does_not_have_changes_nothing(stage: Stage) -> None:
    """It says how it is used instead."""
    host = await stage.machine("docker-26")
    before = host.machine.file(SYSTEM_STORE).read_bytes()
    reply = await host.run("update-ca-certificates", "--help")

    assert reply.output == "/usr/sbin/update-ca-certificates: [--verbose] [--fresh]\n"
    assert host.machine.file(SYSTEM_STORE).read_bytes() == before
