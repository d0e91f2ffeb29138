"""What a migration file says is what the migration is."""

from __future__ import annotations

from pathlib import Path

from tests.fleet_file.conftest import Read
from wizard.fleet.host import Host, Sudo
from wizard.fleet.policy import (
    CanaryChoice,
    Migration,
    PlaceChoice,
    RolloutPolicy,
    TargetChoice,
)


def test_a_list_of_names_is_a_fleet(read: Read) -> None:
    """A name is its own address; the rest are defaults."""
    migration = read("version: 1\nhosts: [web1, 10.0.0.7, 'fd00::7']\n")

    assert migration.fleet.hosts == (
        Host(name="web1", address="web1"),
        Host(name="10.0.0.7", address="10.0.0.7"),
        Host(name="fd00::7", address="fd00::7"),
    )
    assert (migration.target, migration.policy) == (None, RolloutPolicy())


def test_ranges_count_with_their_zeros(read: Read) -> None:
    """Numbers, letters and several ranges in one name; addresses count along."""
    text = "version: 1\nhosts:\n  r[a:b]-web[09:10]:\n    address: 10.0.[1:2].[9:10]\n"

    assert [(host.name, host.address) for host in read(text).fleet.hosts] == [
        ("ra-web09", "10.0.1.9"),
        ("ra-web10", "10.0.1.10"),
        ("rb-web09", "10.0.2.9"),
        ("rb-web10", "10.0.2.10"),
    ]


def test_the_nearest_level_decides(read: Read, tmp_path: Path, home: Path) -> None:
    """Host over group over defaults; labels are united."""
    text = """\
version: 1
defaults: {user: deploy, port: 2200, labels: {site: a, tier: x}}
groups:
  web:
    port: 2201
    sudo: password
    credential: web
    identity_file: [~/.ssh/web, keys/web]
    identities_only: true
    proxy_jump: bastion, admin@inner:2222
    known_hosts: hosts.pub
    labels: {tier: web}
hosts:
  web1: {group: web, port: 2202, labels: {rack: r1}}
"""

    assert read(text).fleet.hosts == (
        Host(
            name="web1",
            address="web1",
            port=2202,
            user="deploy",
            sudo=Sudo.PASSWORD,
            proxy_jump=("bastion", "admin@inner:2222"),
            identity_files=(f"{home}/.ssh/web", f"{tmp_path}/keys/web"),
            identities_only=True,
            known_hosts_files=(f"{tmp_path}/hosts.pub",),
            group="web",
            labels=(("rack", "r1"), ("site", "a"), ("tier", "web")),
            credential="web",
        ),
    )


def test_a_group_may_hold_its_hosts(read: Read) -> None:
    """They come after the others, in the order of the groups."""
    text = "version: 1\ngroups:\n  db: {user: db, hosts: [db[1:2]]}\nhosts: [{name: web1}]\n"

    hosts = read(text.replace("[db[1:2]]", '["db[1:2]"]')).fleet.hosts

    assert [(host.name, host.group, host.user) for host in hosts] == [
        ("web1", "", "root"),
        ("db1", "db", "db"),
        ("db2", "db", "db"),
    ]


def test_an_alias_takes_its_options_from_ssh_config(read: Read, home: Path) -> None:
    """HostName, Port, User, IdentityFile, ProxyJump and UserKnownHostsFile are honoured."""
    host = read("version: 1\nhosts:\n  old: {alias: legacy, port: 22}\n").fleet.hosts[0]

    assert host == Host(
        name="old",
        address="legacy.example.net",
        port=22,
        user="admin",
        proxy_jump=("bastion",),
        identity_files=(f"{home}/.ssh/legacy_key",),
        known_hosts_files=(f"{home}/.ssh/fleet_hosts",),
        alias="legacy",
    )
    assert host.ssh_warnings == ("StrictHostKeyChecking of ssh_config is not honoured",)


def test_ssh_config_true_looks_every_host_up(read: Read) -> None:
    """By its name, unless it says `alias: false`."""
    text = "version: 1\nssh_config: true\nhosts:\n  legacy:\n  web1: {alias: false}\n  web2:\n"

    hosts = read(text).fleet.hosts

    assert [(host.name, host.address, host.user, host.alias) for host in hosts] == [
        ("legacy", "legacy.example.net", "admin", "legacy"),
        ("web1", "web1", "root", ""),
        ("web2", "web2", "everybody", "web2"),
    ]


def test_ssh_config_may_be_another_file(read: Read, tmp_path: Path) -> None:
    """Its path starts at the migration file."""
    (tmp_path / "fleet_ssh").write_text("Host *\n  User other\n", encoding="utf-8")

    migration = read("version: 1\nssh_config: fleet_ssh\nhosts: [web1]\n")

    assert migration.ssh_config == f"{tmp_path}/fleet_ssh"
    assert migration.fleet.hosts[0].user == "other"


def test_target_rollout_and_secrets_are_read(read: Read, tmp_path: Path, home: Path) -> None:
    """Every key once, paths made absolute."""
    text = """\
version: 1
hosts: [web1, web2]
credentials:
  default: {sudo_password: ask, login_password: "env:LOGIN"}
passphrases: {~/.ssh/key: "file:secrets/phrase"}
target:
  kind: harbor
  url: https://registry.example.net:8443/
  addressing: prefix
  prefix: /hub-proxy/
  ca_file: ca.pem
  ca_trust: system
  tags: upstream
  canary: library/pilotage-canary:one
  username: robot$pilot
  password: env:TOKEN
  upstreams:
    quay.io: {prefix: /quay/}
    registry.k8s.io: {addressing: path, prefix: repository/k8s, canary: "pause:proof"}
    ghcr.io: {addressing: root}
rollout:
  canary: {hosts: web2}
  waves: [1, 50%]
  concurrency: 5
  max_failed_per_wave: 1
  max_failed_total: 2
  max_unreachable_total: 3
  soak: 1.5m
  lease: 1h
  ask_between_waves: true
  allow_restart: [containerd]
  leave_out_blocked: true
"""

    migration = read(text)

    assert migration == Migration(
        fleet=migration.fleet,
        target=TargetChoice(
            kind="harbor",
            url="https://registry.example.net:8443",
            addressing="prefix",
            prefix="hub-proxy",
            ca_file=f"{tmp_path}/ca.pem",
            ca_trust="system",
            tags="upstream",
            canary="library/pilotage-canary:one",
            username="robot$pilot",
            password="env:TOKEN",  # noqa: S106  # a reference
            upstreams=(
                PlaceChoice(upstream="quay.io", prefix="quay"),
                PlaceChoice(
                    upstream="registry.k8s.io",
                    addressing="path",
                    prefix="repository/k8s",
                    canary="pause:proof",
                ),
                PlaceChoice(upstream="ghcr.io", addressing="root"),
            ),
        ),
        policy=RolloutPolicy(
            canary=CanaryChoice(hosts=("web2",)),
            waves=("1", "50%"),
            concurrency=5,
            max_failed_per_wave=1,
            max_failed_total=2,
            max_unreachable_total=3,
            soak=90.0,
            lease=3600.0,
            ask_between_waves=True,
            allow_restart=("containerd",),
            leave_out_blocked=True,
        ),
        sudo_passwords=(("default", "ask"),),
        login_passwords=(("default", "env:LOGIN"),),
        passphrases=((f"{home}/.ssh/key", f"file:{tmp_path}/secrets/phrase"),),
    )


def test_words_of_yaml_are_only_words(read: Read) -> None:
    """A user called no, a host called on, a label like a number."""
    text = "version: 1\nhosts:\n  on: {user: no, labels: {release: 1.10}}\n"

    (host,) = read(text).fleet.hosts

    assert (host.name, host.user, host.labels) == ("on", "no", (("release", "1.10"),))


def test_a_byte_order_mark_and_crlf_are_read(read: Read) -> None:
    """Editors on other systems write them."""
    assert read("\ufeffversion: 1\r\nhosts: [web1]\r\n").fleet.hosts[0].name == "web1"


def test_five_thousand_hosts_are_read(read: Read) -> None:
    """A large fleet is one line with a range."""
    assert len(read("version: 1\nhosts:\n  - n[0001:5000]\n").fleet.hosts) == 5000
