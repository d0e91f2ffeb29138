"""What is written reads back the same, and what people wrote in the file stays."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from tests.fleet_file.conftest import Read
from tests.fleet_file.strategies import migrations
from wizard.errors import InputError, MigrationFileError
from wizard.fleet.host import Fleet, Host
from wizard.fleet.hosts_section import Lookup
from wizard.fleet.migration import load, save
from wizard.fleet.policy import CanaryChoice, Migration, RolloutPolicy, TargetChoice

WRITTEN = """\
# Our fleet, ask Kim before you change it.
version: 1

hosts:
  - web[1:2]   # the shop
  - db1

target:
  url: https://registry.example.net  # not the old one
  ca_file: ca.pem

rollout:
  waves: [1, 50%]  # slow
  # the boss wants a long soak
  soak: 60
"""


@pytest.fixture
def written(read: Read) -> Migration:
    """Return the migration of a file that people wrote."""
    return read(WRITTEN)


@settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(migration=migrations())
def test_a_written_migration_reads_back_the_same(
    path: Path, lookup: Lookup, migration: Migration
) -> None:
    """For any fleet, target, policy and secrets."""
    path.unlink(missing_ok=True)
    save(migration, path, lookup=lookup)

    assert load(path, lookup=lookup) == migration


@settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(before=migrations(), after=migrations())
def test_any_migration_can_follow_any_other_in_a_file(
    path: Path, lookup: Lookup, before: Migration, after: Migration
) -> None:
    """Edited in place, with every comment kept."""
    path.unlink(missing_ok=True)
    save(before, path, lookup=lookup)
    path.write_text("# first\n" + path.read_text(encoding="utf-8") + "# last\n", encoding="utf-8")

    save(after, path, lookup=lookup)

    text = path.read_text(encoding="utf-8")
    assert load(path, lookup=lookup) == after
    assert (text.count("# first\n"), text.count("# last\n")) == (1, 1)


def test_an_equal_migration_leaves_the_file_alone(
    written: Migration, path: Path, lookup: Lookup
) -> None:
    """Not even its time of change moves."""
    before = path.stat()

    changed = save(written, path, lookup=lookup)

    assert changed is False
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


def test_a_changed_value_is_replaced_where_it_stands(
    written: Migration, path: Path, lookup: Lookup
) -> None:
    """Comments, order, ranges and what was not changed stay byte for byte."""
    policy = replace(written.policy, soak=90.0, concurrency=3)

    save(replace(written, policy=policy), path, lookup=lookup)

    expected = WRITTEN.replace("soak: 60\n", "soak: 90\n  concurrency: 3\n")
    assert path.read_text(encoding="utf-8") == expected


def test_a_value_that_goes_takes_its_line_along(
    written: Migration, path: Path, lookup: Lookup
) -> None:
    """The others stay."""
    assert written.target is not None
    target = replace(written.target, ca_file="", prefix="hub")

    save(replace(written, target=target), path, lookup=lookup)

    expected = WRITTEN.replace("  ca_file: ca.pem\n", "  prefix: hub\n")
    assert path.read_text(encoding="utf-8") == expected


def test_a_fleet_that_is_written_anew_keeps_its_comments(
    written: Migration, path: Path, lookup: Lookup
) -> None:
    """They stand above the new section."""
    fleet = Fleet(hosts=(*written.fleet.hosts, Host(name="db2", address="db2", port=2222)))

    save(replace(written, fleet=fleet), path, lookup=lookup)

    expected = WRITTEN.replace(
        "hosts:\n  - web[1:2]   # the shop\n  - db1\n",
        "# the shop\nhosts:\n  web1:\n  web2:\n  db1:\n  db2: {port: 2222}\n",
    )
    assert path.read_text(encoding="utf-8") == expected


def test_a_new_section_is_appended(read: Read, path: Path, lookup: Lookup) -> None:
    """The wizard adds the target to a file that only had hosts."""
    migration = read("version: 1\nhosts: [web1]  # all\n")
    target = TargetChoice(url="https://registry.example.net")

    save(replace(migration, target=target), path, lookup=lookup)

    assert path.read_text(encoding="utf-8") == (
        "version: 1\nhosts: [web1]  # all\n"
        "\ntarget:\n  kind: plain\n  url: https://registry.example.net\n"
    )


def test_line_ends_of_the_file_are_kept(read: Read, path: Path, lookup: Lookup) -> None:
    """CRLF stays CRLF, in new lines too."""
    migration = read(WRITTEN.replace("\n", "\r\n"))
    policy = replace(migration.policy, concurrency=3)

    save(replace(migration, policy=policy), path, lookup=lookup)

    content = path.read_bytes()
    assert content.endswith(b"  soak: 60\r\n  concurrency: 3\r\n")
    assert content.count(b"\n") == content.count(b"\r\n")


def test_a_new_file_is_complete_and_calm(path: Path, lookup: Lookup) -> None:
    """Shared options stand once; the policy is written out, so that it can be repeated."""
    hosts = tuple(
        Host(name=f"web{number}", address=f"web{number}", user="deploy", group="web")
        for number in (1, 2)
    )
    migration = Migration(
        fleet=Fleet(hosts=(*hosts, Host(name="db1", address="10.0.0.7"))),
        target=TargetChoice(url="https://registry.example.net"),
        policy=RolloutPolicy(canary=CanaryChoice(hosts=("web1",))),
        sudo_passwords=(("default", "ask"),),
    )

    save(migration, path, lookup=lookup)

    assert (
        path.read_text(encoding="utf-8")
        == """\
version: 1

groups:
  web:
    user: deploy

hosts:
  web1: {group: web}
  web2: {group: web}
  db1: {address: 10.0.0.7}

credentials:
  default:
    sudo_password: ask

target:
  kind: plain
  url: https://registry.example.net

rollout:
  canary: {hosts: [web1]}
  waves: [3, 25%, 100%]
  concurrency: 20
  max_failed_per_wave: 0
  max_failed_total: 0
  max_unreachable_total: 0
  soak: 10
  lease: 120
  ask_between_waves: false
  allow_restart: []
  leave_out_blocked: false
"""
    )


def test_hosts_of_ssh_config_stay_aliases(read: Read, path: Path, lookup: Lookup) -> None:
    """What ssh_config says is not copied, so that a change there is seen."""
    migration = read("version: 1\nhosts:\n  old: {alias: legacy, port: 22}\n")

    path.unlink()
    save(migration, path, lookup=lookup)

    assert "old: {alias: legacy, port: 22}" in path.read_text(encoding="utf-8")
    assert load(path, lookup=lookup) == migration


def test_mode_and_link_of_the_file_are_kept(
    written: Migration, path: Path, tmp_path: Path, lookup: Lookup
) -> None:
    """The link still leads to the real file, which has its mode."""
    real = tmp_path / "real.yaml"
    path.rename(real)
    real.chmod(0o640)
    path.symlink_to(real)

    save(replace(written, target=None), path, lookup=lookup)

    assert path.readlink() == real
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert load(real, lookup=lookup).target is None
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "home",
        "migration.yaml",
        "real.yaml",
    ]


def test_a_file_that_cannot_be_understood_is_not_overwritten(
    written: Migration, path: Path, lookup: Lookup
) -> None:
    """Somebody is in the middle of editing it."""
    path.write_text(WRITTEN + "oops: 1\n", encoding="utf-8")

    with pytest.raises(MigrationFileError):
        save(replace(written, target=None), path, lookup=lookup)

    assert path.read_text(encoding="utf-8") == WRITTEN + "oops: 1\n"


def test_a_folder_that_is_gone_is_named(written: Migration, tmp_path: Path, lookup: Lookup) -> None:
    """Nothing is written anywhere."""
    with pytest.raises(InputError) as raised:
        save(written, tmp_path / "gone" / "migration.yaml", lookup=lookup)

    assert "No such file or directory" in raised.value.what


@pytest.mark.parametrize(
    "wrong",
    [
        Host(name="web 1", address="web1"),
        Host(name="-o", address="web1"),
        Host(name="web1", address="a b"),
        Host(name="web[1:2]", address="web1"),
        Host(name="web1", address="web1", labels=(("a", "b c"),)),
    ],
)
def test_what_would_read_differently_is_not_written(
    wrong: Host, path: Path, lookup: Lookup
) -> None:
    """A file that cannot be read back is worse than none."""
    with pytest.raises(MigrationFileError):
        save(Migration(fleet=Fleet(hosts=(wrong,))), path, lookup=lookup)

    assert not path.exists()


def test_a_secret_is_never_written(written: Migration, path: Path, lookup: Lookup) -> None:
    """Only references are, and the refusal does not repeat it."""
    with pytest.raises(MigrationFileError) as raised:
        save(replace(written, sudo_passwords=(("default", "hunter2"),)), path, lookup=lookup)

    assert "hunter2" not in str(raised.value)
    assert path.read_text(encoding="utf-8") == WRITTEN
