"""Which daemon.json each dockerd takes, and its words if not (facts/runtimes.md §1.1, §1.5)."""

from __future__ import annotations

import pytest

from wizard.practice.runtimes.daemon_json import (
    Flags,
    Refused,
    check_start,
    read_config,
    read_flags,
)
from wizard.practice.runtimes.docker_settings import settings_at_start
from wizard.practice.runtimes.registry_options import BadOption
from wizard.practice.runtimes.releases import Release, release_of

OLD, MIDDLE, EARLY, NEW = (20, 10, 24), (26, 1, 5), (27, 5, 1), (28, 5, 2)
_MERGED = "merged configuration validation from file and command line flags failed: "
_OBJECT = "Go value of type map[string]interface {}"


def words(content: bytes | None, release: Release, *flags: str) -> str:
    """Return what a starting daemon says of a file, or nothing when it takes it."""
    given = read_flags(flags)
    try:
        values = read_config(content, given, release)
        check_start(values, release)
        settings_at_start({**values, **given.values}, release)
    except (Refused, BadOption) as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("content", "release", "expected"),
    [
        (b"", OLD, "EOF"),
        (b"", MIDDLE, ""),
        (b"\xef\xbb\xbf{}", OLD, "invalid character 'ï' looking for beginning of value"),
        (b"\xef\xbb\xbf{}", MIDDLE, ""),
        (b'{"debug":false', OLD, "unexpected EOF"),
        (b'{"debug":false', MIDDLE, "unexpected end of JSON input"),
        (b'{"debug":false} x', OLD, ""),
        (b'{"debug":false} x', MIDDLE, "invalid character 'x' after top-level value"),
        (
            b'{"a":1,}',
            OLD,
            "invalid character '}' looking for beginning of object key string",
        ),
        (
            b'{"a":1,}',
            NEW,
            "invalid JSON: invalid character '}' looking for beginning of object key string",
        ),
        (b"[1]", MIDDLE, f"json: cannot unmarshal array into {_OBJECT}"),
        (b"null", MIDDLE, ""),
    ],
)
def test_json(content: bytes, release: Release, expected: str) -> None:
    """The words are those of 20.10.24, 26.1.5 and 28.5.2, which were asked (§1.1)."""
    assert words(content, release) == expected


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        (OLD, "Config.registry-mirrors of type []string"),
        (MIDDLE, "Config.CommonConfig.ServiceOptions.registry-mirrors of type []string"),
        (NEW, "Config.registry-mirrors of type []string"),
    ],
)
def test_string_for_an_array(release: Release, expected: str) -> None:
    """A mirror that is no list keeps every daemon from starting (§1.1)."""
    told = words(b'{"registry-mirrors":"https://h.test"}', release)

    assert told.endswith(f"cannot unmarshal string into Go struct field {expected}")


@pytest.mark.parametrize("release", [OLD, MIDDLE, NEW])
def test_unknown_key(release: Release) -> None:
    """A misspelt key keeps every daemon from starting (§1.1)."""
    assert words(b'{"registry-mirros":[]}', release) == (
        "the following directives don't match any configuration option: registry-mirros"
    )


@pytest.mark.parametrize("release", [OLD, NEW])
def test_singular_key_is_taken_and_means_nothing(release: Release) -> None:
    """`registry-mirror` is the name of a flag (§1.1)."""
    content = b'{"registry-mirror":["https://h.test"]}'
    values = read_config(content, Flags(values={}), release)

    assert words(content, release) == ""
    assert settings_at_start(values, release).mirrors == ()


@pytest.mark.parametrize("release", [OLD, NEW])
def test_of_equal_keys_the_last_counts(release: Release) -> None:
    """Silently (§1.1)."""
    content = b'{"registry-mirrors":["https://a.test"],"registry-mirrors":["https://b.test"]}'
    values = read_config(content, Flags(values={}), release)

    assert settings_at_start(values, release).mirrors == ("https://b.test/",)


def test_keys_have_a_case() -> None:
    """`Debug` is no option (seen on 26.1.5 and 28.5.2)."""
    assert "Debug" in words(b'{"Debug":true}', MIDDLE)


@pytest.mark.parametrize(("release", "known"), [(OLD, False), ((23, 0, 0), True)])
def test_proxies_are_a_key_since_23(release: Release, *, known: bool) -> None:
    """§1.5."""
    assert (words(b'{"proxies":{"http-proxy":"http://p.test"}}', release) == "") is known


@pytest.mark.parametrize("release", [OLD, EARLY, NEW])
def test_flag_and_file_with_the_same_option(release: Release) -> None:
    """Refused even for equal values; the flag's list is shown as the daemon keeps it (§1.5)."""
    told = words(
        b'{"registry-mirrors":["https://h.test"]}',
        release,
        "--registry-mirror",
        "https://a.test",
        "--registry-mirror=https://b.test",
    )

    assert told == (
        "the following directives are specified both as a flag and in the configuration file: "
        "registry-mirrors: (from flag: [https://a.test/ https://b.test/], "
        "from file: [https://h.test])"
    )


def test_hosts_of_the_stock_unit() -> None:
    """The unit says `-H fd://`, so `hosts` in the file is a conflict (§1.5)."""
    told = words(b'{"hosts":["tcp://127.0.0.1:2375"]}', NEW, "-H", "fd://")

    assert told.endswith("hosts: (from flag: [fd://], from file: [tcp://127.0.0.1:2375])")


def test_missing_file() -> None:
    """At the usual place it is as an empty one; where a flag names it, it is an error."""
    assert words(None, NEW) == ""
    assert words(None, NEW, "--config-file=/srv/d.json") == (
        "open /srv/d.json: no such file or directory"
    )


def test_values_that_are_wrong_in_themselves() -> None:
    """Labels without a value, and downloads below nothing."""
    assert words(b'{"labels":["x"]}', MIDDLE) == f"{_MERGED}bad attribute format: x"
    assert words(b'{"max-concurrent-downloads":-1}', NEW) == (
        f"{_MERGED}invalid max concurrent downloads: -1"
    )


def test_mirrors_are_looked_at_early_since_28_3() -> None:
    """Before that only a starting daemon notices, and `--validate` does not (§1.3)."""
    content = b'{"registry-mirrors":["host:5000"]}'

    check_start(read_config(content, Flags(values={}), EARLY), EARLY)
    with pytest.raises(Refused, match="no scheme specified"):
        check_start(read_config(content, Flags(values={}), NEW), NEW)


@pytest.mark.parametrize(
    ("version", "expected"),
    [("20.10.24+dfsg1", OLD), ("29.7.2", (29, 7, 2)), ("2.1", (2, 1, 0))],
)
def test_releases(version: str, expected: Release) -> None:
    """A version's suffix does not count."""
    assert release_of(version) == expected
