"""Wrong input of every kind: its own clear message, and nothing is changed."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.fleet import Fleet
from tests.story.operator import Operator
from tests.story.photograph import look, photograph

pytestmark = [pytest.mark.fleet, pytest.mark.usefixtures("warm_operator")]

HOST = "forky-docker"


def error_of(operator: Operator, *arguments: str, expect: int) -> dict[str, Any]:
    """Return the error document of a command that must fail."""
    document = operator.json(*arguments, expect=expect)
    error: dict[str, Any] = document["error"]
    return error


def test_unreadable_migration_file(operator: Operator) -> None:
    """A directory in the place of the file is named as such."""
    operator.migration_file.mkdir()

    error = error_of(operator, "discover", expect=2)

    assert operator.migration_file.name in error["file"]
    assert error["todo"]


def test_unknown_key(operator: Operator) -> None:
    """A misspelt key is refused with its line and the key that was meant."""
    operator.write_migration([HOST])
    text = operator.migration_file.read_text()
    operator.migration_file.write_text(text.replace("ca_file:", "ca_flie:"))
    line = text.splitlines().index("  ca_file: ca.pem") + 1

    error = error_of(operator, "discover", expect=2)

    assert (error["line"], error["column"]) == (line, 3)
    assert "ca_flie" in error["what"]
    assert "ca_file" in error["what"] + error["todo"]


def test_duplicate_host(operator: Operator) -> None:
    """A host that stands twice in the file is refused, with the place of the second."""
    operator.write_migration([HOST])
    text = operator.migration_file.read_text()
    operator.migration_file.write_text(text.replace(f"  {HOST}:\n", f"  {HOST}: {{}}\n  {HOST}:\n"))

    error = error_of(operator, "discover", expect=2)

    assert HOST in error["what"]
    assert error["line"]


def test_unreachable_host(fleet: Fleet, operator: Operator) -> None:
    """A host that is cut off is told as such, the other one is read all the same."""
    operator.write_migration([HOST, "book-docker"])
    fleet.cut(HOST)
    try:
        found = operator.json("discover", expect=5)
    finally:
        fleet.mend(HOST)

    assert [facts["host"] for facts in found["hosts"]] == ["book-docker"]
    assert [(t["host"], t["failure"]) for t in found["troubles"]] == [(HOST, "timed_out")]


def test_changed_host_key(fleet: Fleet, operator: Operator, tmp_path: Path) -> None:
    """A host that shows another key than the known one is not talked to."""
    operator.write_migration([HOST])
    key = tmp_path / "other_key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    public = " ".join(key.with_suffix(".pub").read_text().split()[:2])
    known = tmp_path / "known_hosts"
    known.write_text(f"{fleet.hosts[HOST].address} {public}\n")
    content = yaml.safe_load(operator.migration_file.read_text())
    content["defaults"]["known_hosts"] = str(known)
    operator.migration_file.write_text(yaml.safe_dump(content))

    found = operator.json("discover", expect=5)

    assert [(t["host"], t["failure"]) for t in found["troubles"]] == [(HOST, "key_changed")]
    assert found["unknown_host_keys"][0]["changed_from"].startswith("SHA256:")


def test_wrong_sudo_password(operator: Operator) -> None:
    """A wrong sudo password is tried once and told; the host stays as it is."""
    operator.write_migration(["trixie-sudo"])
    wrong = operator.folder / "wrong"
    wrong.write_text("not the password\n")
    wrong.chmod(0o600)
    content = yaml.safe_load(operator.migration_file.read_text())
    content["credentials"]["default"]["sudo_password"] = f"file:{wrong}"
    operator.migration_file.write_text(yaml.safe_dump(content))

    done = operator.run("discover", "--json", expect=5)

    assert "sudo_wrong_password" in done.stdout
    assert "not the password" not in done.stdout + done.stderr


def test_daemon_json_that_is_not_json(fleet: Fleet, operator: Operator) -> None:
    """A broken daemon.json blocks its host with the place of the mistake; it is not touched."""
    operator.write_migration([HOST])
    original = fleet.exec(HOST, "cat /etc/docker/daemon.json").stdout
    fleet.exec(HOST, "printf '{ \"debug\": false, }\\n' > /etc/docker/daemon.json")
    try:
        before = photograph(fleet, HOST)
        plan = operator.json("plan", "-o", "plan.json")
        error = error_of(operator, "apply", "plan.json", "--yes", expect=4)
        assert photograph(fleet, HOST) == before
    finally:
        if original:
            fleet.exec(HOST, "cat > /etc/docker/daemon.json", input=original)
        else:
            look(fleet, HOST, "rm -f /etc/docker/daemon.json")

    [host] = plan["plan"]["hosts"]
    reasons = {
        one["runtime"]: [block["reason"] for block in one["blocks"]] for one in host["runtimes"]
    }
    assert reasons == {"docker": ["config_not_json"], "podman": []}
    assert HOST in error["what"]


def test_plan_of_other_content_is_refused(operator: Operator) -> None:
    """A plan whose content no longer has its hash is not applied."""
    operator.write_migration([HOST])
    file = operator.folder / operator.planned()
    file.write_text(file.read_text().replace("registry-mirrors", "registry-mirrores", 1))

    error = error_of(operator, "apply", "plan.json", "--yes", expect=4)

    assert "hash" in error["what"]


def test_file_that_changed_since_the_plan_is_drift(fleet: Fleet, operator: Operator) -> None:
    """A file that somebody changed after the plan is left as that person made it."""
    operator.write_migration([HOST])
    plan = operator.planned()
    path = "/etc/docker/daemon.json"
    look(fleet, HOST, f"test ! -e {path} && printf '{{\"debug\": false}}\\n' > {path}")
    try:
        before = photograph(fleet, HOST)
        operator.run("apply", plan, "--yes", "--on-failed-gate", "stop", expect=4)
        assert photograph(fleet, HOST) == before
    finally:
        look(fleet, HOST, f"rm -f {path}")
