"""`target.provision`: what is wanted of the product, each mistake told at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizard.errors import MigrationFileError
from wizard.fleet.migration import load
from wizard.fleet.policy import TargetChoice
from wizard.fleet.provision_choice import (
    AccountChoice,
    HarborChoice,
    HarborUpstream,
    MemberChoice,
    ProjectChoice,
    ProvisionChoice,
    provision_secrets,
)
from wizard.fleet.provision_words import NO_LIMIT, size_of
from wizard.run.registry_calls import target_references

HEAD = """\
version: 1
hosts: [a]
target:
  url: https://registry.example.net
  provision:
"""


def read(path: Path, lines: str) -> ProvisionChoice | None:
    """Return what a file says below `provision:`."""
    file = path / "migration.yaml"
    indented = "".join(f"    {line}\n" for line in lines.splitlines())
    file.write_text(HEAD + indented, encoding="utf-8")
    target = load(file, lookup=lambda _alias, _file: pytest.fail("no alias")).target
    return target.provision if target else None


def test_values_are_read_by_their_types(tmp_path: Path) -> None:
    """Keys become the names of what they stand for; what is left out has its default."""
    lines = (
        "accounts: {docker.io: {username: acme, password: 'file:hub'}}\n"
        "harbor:\n"
        "  upstreams:\n"
        "    quay.io:\n"
        "    docker.io: {project: hub, connections: 8}\n"
        "  projects:\n"
        "    hub: {keep: 30d since pull, public: false, members: {bob: {role: guest}}}\n"
        "  settings: {read_only: false, session_timeout: 60, banner_message: '60'}\n"
    )
    assert read(tmp_path, lines) == ProvisionChoice(
        accounts=(
            AccountChoice(upstream="docker.io", username="acme", password=f"file:{tmp_path}/hub"),
        ),
        harbor=HarborChoice(
            upstreams=(
                HarborUpstream(upstream="quay.io"),
                HarborUpstream(upstream="docker.io", project="hub", connections=8),
            ),
            projects=(
                ProjectChoice(
                    name="hub",
                    keep="30d since pull",
                    public=False,
                    members=(MemberChoice(name="bob", role="guest"),),
                ),
            ),
            settings=(("read_only", False), ("session_timeout", 60), ("banner_message", "60")),
        ),
    )


def test_an_empty_section_is_a_choice_and_no_section_is_none(tmp_path: Path) -> None:
    """`provision: {}` asks for the defaults; without it nothing is provisioned."""
    assert read(tmp_path, "{}") == ProvisionChoice()
    assert read(tmp_path, "") is None


@pytest.mark.parametrize(
    ("line", "place", "told"),
    [
        ("harbour: {}", (6, 5), "The section provision has no key “harbour”."),
        ("harbor: {robot: {}}", (6, 14), "“harbor” has no key “robot”."),
        ("accounts: {quay.io: {username: a}}", (6, 25), "“quay.io” has no “password”."),
        ("accounts: {docker.io: {username: a, password: hunter2}}", (6, 51), "expected env:NAME"),
        ("accounts: {hub: {username: a, password: ask}}", (6, 16), "such as quay.io"),
        ("harbor: {projects: {Hub: {}}}", (6, 25), "lower-case letters"),
        ("harbor: {projects: {hub: {keep: a month}}}", (6, 37), "“30d since pull”"),
        ("harbor: {projects: {hub: {quota: 3 XB}}}", (6, 38), "200GiB"),
        ("harbor: {projects: {hub: {block_from: bad}}}", (6, 43), "low, medium, high or critical"),
        ("harbor: {projects: {hub: {members: {b: {role: x}}}}}", (6, 51), "limited_guest"),
        ("harbor: {scan: 0 3 * * *}", (6, 20), "six fields"),
        ("harbor: {settings: {ldap_search_password: x}}", (6, 25), "is a secret"),
        ("nexus: {cleanup_days: soon}", (6, 27), "whole number"),
        ("nexus: {upstreams: {quay.io: {port: 70000}}}", (6, 41), "from 0 to 65535"),
        ("nexus: {eula: yes}", (6, 19), "expected accepted"),
        ("nexus: {hosted: [a]}", (6, 21), "“key: value” lines"),
        ("nexus: {housekeeping: no}", (6, 27), "true or false"),
    ],
)
def test_mistakes_are_told_with_line_and_column(
    tmp_path: Path, line: str, place: tuple[int, int], told: str
) -> None:
    """An unknown key, a missing one, a wrong value: each where it stands."""
    with pytest.raises(MigrationFileError) as failure:
        read(tmp_path, line)
    error = failure.value
    assert ((error.line, error.column), told in str(error), "hunter2" in str(error)) == (
        place,
        True,
        False,
    )


@pytest.mark.parametrize(
    ("text", "size"), [("none", NO_LIMIT), ("10B", 10), ("2GiB", 2 << 30), ("3 TB", 3 * 10**12)]
)
def test_sizes_have_the_units_of_the_field(text: str, size: int) -> None:
    """Binary and decimal units are told apart."""
    assert size_of(text) == size


def test_each_secret_has_a_key_of_its_own(tmp_path: Path) -> None:
    """Accounts by their upstream, headers of webhooks by project and name."""
    hook = "{address: 'https://x', events: [PUSH_ARTIFACT], header: 'env:HOOK'}"
    choice = read(
        tmp_path,
        "accounts: {docker.io: {username: a, password: ask}}\n"
        f"harbor: {{projects: {{hub: {{webhooks: {{tell: {hook}}}}}}}}}",
    )
    assert choice
    assert provision_secrets(choice) == (
        ("account:docker.io", "ask"),
        ("webhook:hub/tell", "env:HOOK"),
    )


def test_processes_of_runs_are_not_handed_what_provisioning_takes(tmp_path: Path) -> None:
    """Every variable with a secret of the target is known by its reference."""
    choice = read(tmp_path, "accounts: {docker.io: {username: a, password: 'env:HUB'}}")
    target = TargetChoice(url="https://registry.test", password="env:ADMIN", provision=choice)  # noqa: S106  # a reference
    assert target_references(target) == ("env:ADMIN", "env:HUB")
