"""Every mistake in a migration file is refused with its line, its column and what was expected."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.fleet_file.conftest import Read
from wizard.errors import InputError, MigrationFileError
from wizard.fleet.hosts_section import Lookup
from wizard.fleet.migration import load

HEAD = "version: 1\nhosts: [web1]\n"

CASES = {
    "empty_file": ("", 1, 1, "The file is empty."),
    "only_comments": ("# nothing\n", 1, 1, "The file is empty."),
    "only_null": ("~\n", 1, 1, "The file is empty."),
    "a_list": ("- web1\n", 1, 1, "expected “key: value” lines"),
    "a_word": ("web1\n", 1, 1, "expected “key: value” lines"),
    "no_version": ("hosts: [web1]\n", 1, 1, "no “version”"),
    "newer_version": ("version: 2\nhosts: [web1]\n", 1, 10, "this Pilotage reads version 1"),
    "version_as_word": ("version: one\nhosts: [web1]\n", 1, 10, "expected a whole number"),
    "no_hosts": ("version: 1\n", 1, 1, "There are no hosts."),
    "hosts_are_a_word": ("version: 1\nhosts: web1\n", 2, 8, "expected a list of names"),
    "unknown_key": (HEAD + "targt: {}\n", 3, 1, "The file has no key “targt”."),
    "unknown_host_key": ("version: 1\nhosts:\n  web1: {prot: 22}\n", 3, 10, "no key “prot”"),
    "unknown_group_key": (HEAD + "groups: {g: {labls: {}}}\n", 3, 14, "no key “labls”"),
    "unknown_target_key": (HEAD + "target:\n  uri: x\n", 4, 3, "The target has no key “uri”."),
    "unknown_rollout_key": (HEAD + "rollout:\n  wave: 1\n", 4, 3, "no key “wave”"),
    "duplicate_key": (HEAD + "hosts: [web2]\n", 3, 1, "is there twice, first in line 2"),
    "duplicate_host": (
        "version: 1\nhosts:\n  - web1\n  - web2\n  - web1\n",
        5,
        5,
        "The host “web1” is there twice, first in line 3.",
    ),
    "duplicate_host_by_range": (
        "version: 1\nhosts:\n  - web[1:3]\n  - web2\n",
        4,
        5,
        "The host “web2” is there twice",
    ),
    "duplicate_host_in_group": (
        "version: 1\nhosts: [web1]\ngroups: {g: {hosts: [web1]}}\n",
        3,
        22,
        "The host “web1” is there twice, first in line 2.",
    ),
    "host_without_name": ("version: 1\nhosts:\n  - port: 22\n", 3, 5, "This host has no “name”."),
    "host_is_a_list": ("version: 1\nhosts: [[web1]]\n", 2, 9, "Expected the name of a host."),
    "host_name_like_an_option": ("version: 1\nhosts: ['-oProxyCommand=x']\n", 2, 9, "is named"),
    "host_name_with_blank": ("version: 1\nhosts: ['web 1']\n", 2, 9, "A host is named with"),
    "host_name_with_escape": ('version: 1\nhosts: ["a\\e[2J"]\n', 2, 9, "A host is named with"),
    "range_downwards": ("version: 1\nhosts:\n  - web[9:1]\n", 3, 5, "counts downwards"),
    "range_mixed": ("version: 1\nhosts:\n  - web[1:c]\n", 3, 5, "mixes numbers and letters"),
    "range_bomb": ("version: 1\nhosts:\n  - w[1:999999][1:999999]\n", 3, 5, "at most 50000"),
    "range_of_long_numbers": (
        "version: 1\nhosts:\n  - web[000000001:300000000].example\n",
        3,
        5,
        "stands for 300000000 names; at most 50000",
    ),
    "range_addresses_differ": (
        "version: 1\nhosts:\n  web[1:3]: {address: '10.0.0.[1:2]'}\n",
        3,
        23,
        "stands for 2, but the name for 3",
    ),
    "unknown_group": (
        "version: 1\nhosts:\n  web1: {group: wbe}\ngroups: {web: {}}\n",
        3,
        17,
        "There is no group “wbe”.",
    ),
    "two_groups": (
        "version: 1\ngroups:\n  a: {hosts: {web1: {group: b}}}\n  b:\n",
        3,
        29,
        "The host stands under group “a”.",
    ),
    "port_too_large": ("version: 1\nhosts:\n  a: {port: 70000}\n", 3, 13, "from 1 to 65535"),
    "port_octal": ("version: 1\nhosts:\n  a: {port: 022}\n", 3, 13, "expected a whole number"),
    "port_list": ("version: 1\nhosts:\n  a: {port: [22]}\n", 3, 13, "“port”: expected a text"),
    "user_missing": ("version: 1\nhosts:\n  a: {user: }\n", 3, 13, "“user”: expected a text"),
    "user_with_blank": ("version: 1\nhosts:\n  a: {user: a b}\n", 3, 13, "expected a login name"),
    "sudo_unknown": (
        "version: 1\nhosts:\n  a: {sudo: passwordles}\n",
        3,
        13,
        "expected none, passwordless, password or auto",
    ),
    "flag_as_text": (
        "version: 1\nhosts:\n  a: {identities_only: 'true'}\n",
        3,
        24,
        "expected true or false",
    ),
    "jump_with_option": (
        "version: 1\nhosts:\n  a: {proxy_jump: '-oX=y'}\n",
        3,
        19,
        "expected hops",
    ),
    "known_hosts_off": (
        "version: 1\nhosts:\n  a: {known_hosts: none}\n",
        3,
        20,
        "Host keys are always checked",
    ),
    "labels_list": ("version: 1\nhosts:\n  a: {labels: [x]}\n", 3, 15, "expected “key: value”"),
    "label_odd": (
        "version: 1\nhosts:\n  a: {labels: {'x y': z}}\n",
        3,
        16,
        "a label and its value",
    ),
    "secret_in_the_file": (
        HEAD + "credentials:\n  default:\n    sudo_password: hunter2\n",
        5,
        20,
        "secrets themselves are never written here",
    ),
    "target_without_url": (HEAD + "target:\n  kind: plain\n", 4, 3, "The target has no “url”."),
    "target_kind": (HEAD + "target: {kind: quay, url: 'https://r'}\n", 3, 16, "expected plain,"),
    "target_url_with_path": (HEAD + "target: {url: 'https://r/v2/x'}\n", 3, 15, "no path after"),
    "target_url_with_login": (HEAD + "target: {url: 'https://u:hunter2@r'}\n", 3, 15, "a login"),
    "target_url_no_scheme": (HEAD + "target: {url: registry.lan}\n", 3, 15, "expected https://"),
    "target_url_bad_port": (HEAD + "target: {url: 'https://r:99999'}\n", 3, 15, "expected https"),
    "target_proxy_with_login": (
        HEAD + "target: {url: 'https://r', proxy: 'http://u:hunter2@p:1'}\n",
        3,
        35,
        "a login does not belong here",
    ),
    "target_proxy": (HEAD + "target: {url: 'https://r', proxy: p}\n", 3, 35, "http://host:port"),
    "target_password": (
        HEAD + "target: {url: 'https://r', password: hunter2}\n",
        3,
        38,
        "secrets themselves are never written here",
    ),
    "target_canary": (HEAD + "target: {url: 'https://r', canary: X}\n", 3, 36, "expected an image"),
    "wave_zero": (HEAD + "rollout:\n  waves: [1, 0]\n", 4, 14, "The wave size is “0”"),
    "wave_over_all": (HEAD + "rollout:\n  waves: [101%]\n", 4, 11, "The wave size is “101%”"),
    "wave_half": (HEAD + "rollout:\n  waves: [2.5]\n", 4, 11, "expected hosts as 3, or a share"),
    "waves_empty": (HEAD + "rollout:\n  waves: []\n", 4, 10, "expected at least one size"),
    "upstream_unknown_key": (
        HEAD + "target:\n  url: https://r\n  upstreams: {quay.io: {prefx: q}}\n",
        5,
        25,
        "no key “prefx”",
    ),
    "upstream_is_docker_io": (
        HEAD + "target:\n  url: https://r\n  upstreams: {docker.io: {prefix: q}}\n",
        5,
        15,
        "docker.io is always moved",
    ),
    "upstream_is_no_host": (
        HEAD + "target:\n  url: https://r\n  upstreams: {quay: {prefix: q}}\n",
        5,
        15,
        "such as quay.io",
    ),
    "upstream_without_place": (
        HEAD + "target:\n  url: https://r\n  upstreams: {quay.io: }\n",
        5,
        15,
        "neither “prefix” nor “addressing”",
    ),
    "upstream_without_prefix": (
        HEAD + "target:\n  url: https://r\n  upstreams:\n    quay.io: {addressing: path}\n",
        6,
        27,
        "has no “prefix”",
    ),
    "upstream_at_the_root_with_prefix": (
        HEAD + "target:\n  url: https://r\n  upstreams: {q.io: {addressing: root, prefix: q}}\n",
        5,
        48,
        "do not go together",
    ),
    "target_at_the_root_with_prefix": (
        HEAD + "target: {url: https://r, addressing: root, prefix: hub}\n",
        3,
        52,
        "do not go together",
    ),
    "both_canary_kinds": (
        HEAD + "rollout:\n  canary: {hosts: [web1], per_flavour: 1}\n",
        4,
        40,
        "The canary is chosen by hosts and per_flavour; expected one of them.",
    ),
    "canary_host_unknown": (
        HEAD + "rollout:\n  canary: {hosts: [web1, web7]}\n",
        4,
        26,
        "The canary “web7” is not a host of this file.",
    ),
    "canary_label_unknown": (
        HEAD + "rollout:\n  canary: {label: role=web}\n",
        4,
        19,
        "No host has the label “role=web”.",
    ),
    "canary_label_odd": (HEAD + "rollout:\n  canary: {label: role}\n", 4, 19, "a label and its"),
    "soak_in_days": (HEAD + "rollout: {soak: 2d}\n", 3, 17, "as 90s or 2m"),
    "lease_too_short": (HEAD + "rollout: {lease: 1}\n", 3, 18, "expected 10 to 86400 seconds"),
    "restart_unknown": (HEAD + "rollout: {allow_restart: [podman]}\n", 3, 27, "is no runtime"),
    "tab": ("version: 1\nhosts:\n\t- web1\n", 3, 1, "A tab stands where YAML wants spaces."),
    "bracket_open": ("version: 1\nhosts: [web1\n", 3, 1, "This is not YAML"),
    "quote_open": ("version: 1\nhosts: ['web1\n", 3, 1, "This is not YAML"),
    "control_character": ("version: 1\nhosts: [we\x01b]\n", 2, 11, "control character (U+0001)"),
    "alias": (HEAD + "defaults: &a {port: 1}\ngroups: {g: *a}\n", 3, 11, "Anchors are not used"),
    "alias_alone": (HEAD + "groups: {g: *a}\n", 3, 13, "Aliases are not used"),
    "tag": ("version: 1\nhosts: !!python/name:os.system [a]\n", 2, 8, "Tags are not used"),
    "two_documents": (HEAD + "---\nversion: 1\n", 3, 1, "A second document starts here"),
    "too_deep": ("version: " + "[" * 40 + "]" * 40 + "\n", 1, 26, "nested too deeply"),
    "mapping_as_key": ("version: 1\n? {a: b}\n: c\n", 2, 3, "A key must be a word"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_mistake_has_its_place(name: str, read: Read, path: Path) -> None:
    """File, line, column and the expectation are in the error."""
    text, line, column, words = CASES[name]

    with pytest.raises(MigrationFileError) as raised:
        read(text)

    assert (line, column) == (raised.value.line, raised.value.column)
    assert words in raised.value.what
    assert f"{path}:{line}:{column}: " in str(raised.value)


@pytest.mark.parametrize("name", [name for name in CASES if "hunter2" in CASES[name][0]])
def test_a_secret_in_the_wrong_place_is_not_repeated(name: str, read: Read) -> None:
    """Error texts get into logs."""
    with pytest.raises(MigrationFileError) as raised:
        read(CASES[name][0])

    assert "hunter2" not in str(raised.value) + repr(raised.value.__cause__)


def test_the_nearest_key_is_offered(read: Read) -> None:
    """A slip of the finger is recognised."""
    with pytest.raises(MigrationFileError) as raised:
        read(CASES["unknown_key"][0])

    assert raised.value.todo == "Did you mean “target”?"


def test_an_alias_bomb_is_refused_before_it_grows(read: Read) -> None:
    """The first anchor ends the reading."""
    bomb = "a: &a [x]\n" + "".join(f"b{i}: &b{i} [{'*a,' * 9}]\n" for i in range(50))

    with pytest.raises(MigrationFileError) as raised:
        read(bomb)

    assert (raised.value.line, raised.value.column) == (1, 4)


def test_a_bracket_bomb_is_refused(read: Read) -> None:
    """Depth is bounded before the stack is."""
    with pytest.raises(MigrationFileError):
        read("hosts: " + "[" * 500_000)


def test_bytes_that_are_not_utf8_have_their_place(path: Path, lookup: Lookup) -> None:
    """Latin-1 umlauts are found in their line."""
    path.write_bytes(b"version: 1\nhosts: [m" + b"\xfcller]\n")

    with pytest.raises(MigrationFileError) as raised:
        load(path, lookup=lookup)

    assert (raised.value.line, raised.value.column) == (2, 10)
    assert raised.value.what == "The byte 0xfc is not UTF-8."


def test_a_missing_file_says_how_to_name_one(path: Path, lookup: Lookup) -> None:
    """The option is in the error."""
    with pytest.raises(MigrationFileError) as raised:
        load(path, lookup=lookup)

    assert "No such file or directory" in raised.value.what
    assert "--migration FILE" in raised.value.todo


def test_a_directory_is_no_file(tmp_path: Path, lookup: Lookup) -> None:
    """It is said so."""
    with pytest.raises(MigrationFileError) as raised:
        load(tmp_path, lookup=lookup)

    assert "Is a directory" in raised.value.what


def test_a_pipe_is_no_file(path: Path, lookup: Lookup) -> None:
    """It is refused without waiting for a writer."""
    os.mkfifo(path)

    with pytest.raises(MigrationFileError) as raised:
        load(path, lookup=lookup)

    assert "not a regular file" in raised.value.what


def test_an_unreadable_file_is_named(path: Path, lookup: Lookup) -> None:
    """A link that leads in a circle cannot be read by anybody, root included."""
    path.symlink_to(path)

    with pytest.raises(MigrationFileError) as raised:
        load(path, lookup=lookup)

    assert "Too many levels of symbolic links" in raised.value.what


def test_a_broken_ssh_config_names_its_own_line(home: Path, read: Read) -> None:
    """The mistake is there, not in the migration file."""
    (home / ".ssh" / "config").write_text("Host *\n  Port many\n", encoding="utf-8")

    with pytest.raises(InputError) as raised:
        read("version: 1\nssh_config: true\nhosts: [web1]\n")

    assert raised.value.file == f"{home}/.ssh/config:2"
