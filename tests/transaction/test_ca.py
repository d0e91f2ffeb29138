"""The steps about certificates: a new CA is looked at before anything relies on it."""

from __future__ import annotations

import dataclasses

import pytest

from tests.transaction import asking
from tests.transaction.conftest import EVERY_SHELL
from tests.transaction.plans import CA
from tests.transaction.practice_host import PracticeHost
from wizard.planning.plan import FileChange, FilePurpose, HostPlan, Step, StepName
from wizard.transaction.answers import Answer, Outcome

URL = "https://registry.corp:5000/v2/"
STORE = "/usr/local/share/ca-certificates/pilotage-ca.crt"


def _plan(path: str, *, validate: tuple[Step, ...] = (), store: str = "") -> HostPlan:
    update = (Step(name=StepName.CA_STORE_UPDATE, args=(store,)),) if store else ()
    clear = (Step(name=StepName.CA_STORE_UPDATE, args=(store, "fresh")),) if store else ()
    change = FileChange(
        path=path, real_path=path, purpose=FilePurpose.CA, before=None, after="the CA\n"
    )
    return HostPlan(
        host="practice",
        runtimes=(),
        changes=(change,),
        validate=validate,
        activate=update,
        deactivate=clear,
    )


async def _checked(host: PracticeHost) -> Answer:
    look = Step(name=StepName.CA_CHECK, args=(URL, CA))
    return await asking.apply(host, _plan(CA, validate=(look,)))


@EVERY_SHELL
async def test_curl_looks_by_the_new_file_alone(host: PracticeHost) -> None:
    """It is given the file as it was written, open, and no proxy."""
    host.program(
        "curl", 'echo "$*" >$PILOTAGE_ROOT/practice/curl; cat <&4 >$PILOTAGE_ROOT/practice/given'
    )
    answer = await _checked(host)
    assert answer.outcome is Outcome.APPLIED, answer
    assert (host.root / "practice/given").read_text() == "the CA\n"
    words = (host.root / "practice/curl").read_text().split()
    assert words[-1] == URL
    assert {"--noproxy", "--cacert"} <= set(words)
    assert not {"-k", "--insecure"} & set(words)


@EVERY_SHELL
async def test_the_files_of_a_store_are_looked_by_together(host: PracticeHost) -> None:
    """Of several certificates one is that of the target, and nobody knows which."""
    host.program("curl", "cat <&4 >$PILOTAGE_ROOT/practice/given")
    host.write("/etc/there.crt", b"one more\n")
    look = Step(name=StepName.CA_CHECK, args=(URL, CA, "/etc/there.crt"))
    answer = await asking.apply(host, _plan(CA, validate=(look,)))
    assert answer.outcome is Outcome.APPLIED, answer
    assert (host.root / "practice/given").read_text() == "the CA\none more\n"


@EVERY_SHELL
async def test_a_certificate_that_is_not_right_takes_the_change_back(host: PracticeHost) -> None:
    """Before anything is activated, with the words of whoever looked."""
    before = host.tree()
    host.program("curl", "echo 'curl: (60) certificate has expired' >&2; exit 60")
    answer = await _checked(host)
    assert (answer.outcome, answer.failed_step) == (Outcome.REVERTED, "ca_check")
    assert "certificate has expired" in answer.detail
    assert host.tree() == before


@EVERY_SHELL
@pytest.mark.parametrize(
    ("url", "server", "name"),
    [
        (URL, "registry.corp:5000", "-servername registry.corp -verify_hostname registry.corp"),
        ("https://10.0.0.7/v2/", "10.0.0.7:443", "-verify_ip 10.0.0.7"),
    ],
)
async def test_openssl_looks_where_there_is_no_curl(
    host: PracticeHost, url: str, server: str, name: str
) -> None:
    """Name or address are checked too; the script's own input stays its own."""
    host.program("openssl", 'echo "$*" >$PILOTAGE_ROOT/practice/openssl; cat >/dev/null')
    look = Step(name=StepName.CA_CHECK, args=(url, CA))
    answer = await asking.apply(host, _plan(CA, validate=(look,)))
    assert answer.outcome is Outcome.APPLIED, answer
    asked = (host.root / "practice/openssl").read_text().strip()
    by_file = f"-CAfile {host.root / CA[1:]} -no-CApath -verify_return_error"
    assert asked == f"s_client -connect {server} {by_file} {name}"


async def test_where_nothing_can_look_the_step_says_so(host: PracticeHost) -> None:
    """Discovery and the proof by a pull are what is left."""
    told: list[str] = []
    look = Step(name=StepName.CA_CHECK, args=(URL, CA))
    plan = _plan(CA, validate=(look,))
    answer = await asking.apply(host, plan, on_step=lambda step: told.append(step.detail))
    assert answer.outcome is Outcome.APPLIED, answer
    assert "neither curl nor openssl is here to look at the certificate with" in told


@EVERY_SHELL
@pytest.mark.parametrize(
    ("store", "program", "there", "back"),
    [
        ("debian", "update-ca-certificates", "", "--fresh"),
        ("suse", "update-ca-certificates", "", "--fresh"),
        ("redhat", "update-ca-trust", "", ""),
        ("flatcar", "update-ca-certificates", "", ""),
    ],
)
async def test_a_store_is_rebuilt_there_and_back(
    host: PracticeHost, store: str, program: str, there: str, back: str
) -> None:
    """With the file in place the first time, without it the second."""
    host.program(
        program,
        f'seen=no; [ ! -e "$PILOTAGE_ROOT{STORE}" ] || seen=yes\n'
        'echo "$seen $*" >>$PILOTAGE_ROOT/practice/store',
    )
    applied = await asking.apply(host, _plan(STORE, store=store))
    assert applied.outcome is Outcome.APPLIED, applied
    reverted = await asking.revert(host)
    assert reverted.outcome is Outcome.REVERTED, reverted
    lines = (host.root / "practice/store").read_text().splitlines()
    assert [line.split() for line in lines] == [
        ["yes", *there.split()],
        ["no", *back.split()],
    ]


@EVERY_SHELL
async def test_a_boot_that_takes_the_file_back_rebuilds_the_store_too(host: PracticeHost) -> None:
    """What the file added to the system's certificates is on disk, and outlives a boot."""
    host.program(
        "update-ca-certificates",
        f'seen=no; [ ! -e "$PILOTAGE_ROOT{STORE}" ] || seen=yes\n'
        'echo "$seen $*" >>$PILOTAGE_ROOT/practice/store',
    )
    plan = _plan(STORE, store="debian")
    restart = Step(name=StepName.DOCKER_RESTART, args=("docker.service",))
    plan = dataclasses.replace(plan, deactivate=(*plan.deactivate, restart))
    applied = await asking.apply(host, plan)
    assert applied.outcome is Outcome.APPLIED, applied
    host.boot("second-boot")
    (host.root / "run/docker.pid").unlink()
    host.practice("pid", "0\n")
    host.practice("containerd_pid", "0\n")
    calls = len(host.calls())
    await host.execute(b"", str(host.ledger() / "revert.sh"), "boot")
    assert host.state() == "reverted"
    assert (host.root / "practice/store").read_text() == "yes \nno --fresh\n"
    assert [call for call in host.calls()[calls:] if "restart" in call] == []


async def test_a_store_that_cannot_be_rebuilt_takes_the_change_back(host: PracticeHost) -> None:
    """The words of its program come along."""
    program = '[ "$*" ] || { echo "cannot write bundle" >&2; exit 1; }'
    host.program("update-ca-certificates", program)
    answer = await asking.apply(host, _plan(STORE, store="debian"))
    assert (answer.outcome, answer.failed_step) == (Outcome.REVERTED, "ca_store_update")
    assert "cannot write bundle" in answer.detail
