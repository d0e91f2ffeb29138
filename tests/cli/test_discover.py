"""`pilotage discover` tells what is on the hosts."""

from __future__ import annotations

from tests.cli.conftest import HOSTS, Pilotage
from tests.cli.practice import PracticeService
from wizard.run.view import Trouble
from wizard.secret import Secret
from wizard.service import MissingSecret, UnknownHostKey

KEY = UnknownHostKey(
    host="db1",
    address="db1",
    port=22,
    fingerprint="SHA256:abc",
    public_key="ssh-ed25519 AAAA",
)


def test_every_host_is_a_line_of_data(pilotage: Pilotage) -> None:
    """Standard output holds the table and nothing else."""
    outcome = pilotage("discover")

    lines = outcome.out.splitlines()
    assert outcome.code == 0
    assert [line.split()[0] for line in lines] == ["HOST", *HOSTS]
    assert "docker 20.10 overlay2" in lines[1]
    assert "Discovery discovery-1 is kept" in outcome.err


def test_json_is_one_document_with_a_version(pilotage: Pilotage) -> None:
    """The document names its kind and holds the facts."""
    document = pilotage("discover", "--json").document

    assert sorted(document) == [
        "document",
        "hosts",
        "missing_secrets",
        "run",
        "troubles",
        "unknown_host_keys",
        "version",
    ]
    assert (document["version"], document["document"]) == (1, "discovery")
    assert [host["host"] for host in document["hosts"]] == list(HOSTS)


def test_hosts_that_were_not_read_end_with_code_five(
    pilotage: Pilotage, service: PracticeService
) -> None:
    """What was read is still printed."""
    service.troubles = (
        Trouble(host="db1", what="Connection refused", state="Unchanged.", todo="Start sshd."),
    )

    outcome = pilotage("discover")

    assert outcome.code == 5
    assert "db1: Connection refused  Start sshd." in outcome.err


def test_a_host_that_is_not_in_the_file_is_refused(
    pilotage: Pilotage, service: PracticeService
) -> None:
    """Nothing is started."""
    outcome = pilotage("discover", "--host", "web9")

    assert outcome.code == 2
    assert "“web9” is not a host of the migration file." in outcome.err
    assert service.calls == []


def test_without_a_terminal_unknown_keys_are_listed_not_asked_about(
    pilotage: Pilotage, service: PracticeService
) -> None:
    """Nothing is approved silently, and `--yes` does not approve either."""
    service.unknown_keys = (KEY,)

    outcome = pilotage("discover", "--yes")

    assert outcome.code == 5
    assert "SHA256:abc" in outcome.err
    assert service.called("approve_host_keys") == []


def test_on_a_terminal_a_key_is_approved_and_its_host_read_again(
    pilotage: Pilotage, service: PracticeService
) -> None:
    """Only the host that waited for the answer is read again."""
    service.unknown_keys = (KEY,)

    outcome = pilotage("discover", typed="yes\n")

    assert outcome.code == 0
    (approved,) = service.called("approve_host_keys")
    assert [key.fingerprint for key in approved["keys"]] == ["SHA256:abc"]
    assert [asked["hosts"] for asked in service.called("start_discovery")] == [(), ("db1",)]


def test_a_changed_key_is_never_offered(pilotage: Pilotage, service: PracticeService) -> None:
    """It needs its fingerprint on the command line."""
    service.unknown_keys = (
        UnknownHostKey(
            host="db1",
            address="db1",
            port=22,
            fingerprint="SHA256:new",
            public_key="ssh-ed25519 BBBB",
            changed_from="SHA256:old",
        ),
    )

    outcome = pilotage("discover", typed="")

    assert outcome.code == 5
    assert "db1: the host key has CHANGED" in outcome.err
    assert service.called("approve_host_keys") == []


def test_a_missing_secret_is_asked_for_without_echo(
    pilotage: Pilotage, service: PracticeService
) -> None:
    """The answer goes to the next discovery and onto no stream."""
    service.missing_secrets = (MissingSecret(key="sudo:default", hosts=("db1",)),)

    outcome = pilotage("discover", typed="hunter2\n")

    assert outcome.code == 0
    assert service.called("start_discovery")[1]["secrets"] == {"sudo:default": Secret("hunter2")}
    assert "hunter2" not in outcome.out + outcome.err
