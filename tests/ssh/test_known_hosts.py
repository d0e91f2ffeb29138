"""Which host keys are known, as OpenSSH writes and reads them, and how one gets approved."""

from __future__ import annotations

import base64
import hmac
import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncssh
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.errors import InputError
from wizard.fleet.host import Host
from wizard.ssh.failures import FailureKind, OfferedKey
from wizard.ssh.host_keys import HostKeys, rejected
from wizard.ssh.known_hosts import KnownHosts, KnownKeys, approve, fingerprint, public_line

KEY, OTHER, THIRD = (asyncssh.generate_private_key("ssh-ed25519") for _each in range(3))
LINE = public_line(KEY)


def lookup(text: str, name: str, port: int = 22) -> KnownKeys:
    """Return what the text of a file says of a host."""
    known = KnownHosts()
    known.add(text)
    return known.lookup(name, port)


def prints(keys: tuple[asyncssh.SSHKey, ...]) -> list[str]:
    """Return the fingerprints of keys."""
    return [fingerprint(key) for key in keys]


def offered(name: str = "web1", *, port: int = 22, before: str = "") -> OfferedKey:
    """Return the key as a failure to connect tells it."""
    return OfferedKey(
        name=name,
        port=port,
        fingerprint=fingerprint(KEY),
        public_key=LINE,
        known_fingerprint=before,
    )


@pytest.mark.parametrize(
    ("hosts", "name", "port"),
    [
        ("web1", "web1", 22),
        ("web1", "WEB1", 22),
        ("Web1.Example.org,10.0.0.1", "web1.example.org", 22),
        ("web1,10.0.0.1", "10.0.0.1", 22),
        ("[web1]:2222", "web1", 2222),
        ("::1", "::1", 22),
        ("[fe80::1]:2222", "fe80::1", 2222),
        ("web*", "web17", 22),
        ("web?", "web1", 22),
        ("*.example.org,!db.example.org", "web.example.org", 22),
        ("[*.example.org]:2222", "web.example.org", 2222),
    ],
)
def test_a_line_names_its_hosts(hosts: str, name: str, port: int) -> None:
    """Names, addresses, ports, lists, wildcards and letters of either case."""
    assert prints(lookup(f"{hosts} {LINE} a comment\n", name, port).trusted) == [fingerprint(KEY)]


@pytest.mark.parametrize(
    ("hosts", "name", "port"),
    [
        ("web1", "web2", 22),
        ("[web1]:2222", "web1", 22),
        ("[web1]:2222", "web1", 2223),
        ("web?", "web17", 22),
        ("[web1]", "w", 22),
        ("*.example.org,!db.example.org", "db.example.org", 22),
        ("!*.example.org", "db.example.org", 22),
        ("# web1", "web1", 22),
        ("@future-marker web1", "web1", 22),
    ],
)
def test_a_line_names_no_others(hosts: str, name: str, port: int) -> None:
    """Neither other ports nor excluded names, and brackets are no wildcards."""
    known = lookup(f"{hosts} {LINE}\n", name, port)

    assert known == KnownKeys()


def test_a_key_of_the_name_is_good_for_another_port(tmp_path: Path) -> None:
    """As OpenSSH: it lets the host in there, and another key is new, not changed."""
    known = lookup(f"web1 {LINE}\n", "web1", 2222)
    host = Host(name="h", address="web1", port=2222)

    assert (known.trusted, prints(known.usable)) == ((), [fingerprint(KEY)])
    assert rejected(host, known, OTHER).kind is FailureKind.KEY_UNKNOWN


def test_hashed_names_are_those_of_ssh_keygen(tmp_path: Path) -> None:
    """A file that ssh-keygen hashed is understood."""
    file = tmp_path / "known_hosts"
    file.write_text(f"web1,10.0.0.1 {LINE}\n[web2]:2222 {public_line(OTHER)}\n")
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", str(file)], check=True, capture_output=True)
    known = KnownHosts.read([file])

    assert "web1" not in file.read_text()
    assert prints(known.lookup("10.0.0.1", 22).trusted) == [fingerprint(KEY)]
    assert prints(known.lookup("web2", 2222).trusted) == [fingerprint(OTHER)]
    assert known.lookup("web3", 22) == KnownKeys()


@pytest.mark.parametrize("length", [1, 20, 64, 65, 200])
def test_a_hashed_name_is_hmac_sha1_of_it(length: int) -> None:
    """Whatever the length of the salt, the digest is the one of RFC 2104."""
    salt = bytes(range(length))
    digest = hmac.digest(salt, b"[web1]:2222", "sha1")
    words = [base64.b64encode(part).decode() for part in (salt, digest)]
    known = lookup(f"|1|{words[0]}|{words[1]} {LINE}\n", "web1", 2222)

    assert prints(known.trusted) == [fingerprint(KEY)]


def test_markers_are_kept_apart() -> None:
    """Authorities and revoked keys are no trusted keys."""
    text = f"@cert-authority *.org {LINE}\n@revoked * {public_line(OTHER)}\n"
    known = lookup(text, "web.org", 2222)

    assert known.trusted == known.portless == ()
    assert prints(known.authorities) == [fingerprint(KEY)]
    assert known.is_revoked(OTHER)
    assert not known.is_revoked(KEY)


def test_the_fingerprint_is_that_of_ssh_keygen(tmp_path: Path) -> None:
    """What the operator compares is what the host's own tools print."""
    KEY.write_public_key(tmp_path / "key.pub")
    done = subprocess.run(
        ["ssh-keygen", "-lf", tmp_path / "key.pub"], check=True, capture_output=True, text=True
    )

    assert done.stdout.split()[1] == fingerprint(KEY)


def test_lines_that_mean_nothing_are_skipped() -> None:
    """Half lines, unknown key types and old formats do not hide the good line."""
    text = (
        f"web1\nweb1 ssh-ed25519\n|1|x web1 y\nweb1 1024 35 1234\nweb1 ssh-new AAAA\nweb1 {LINE}\n"
    )

    assert prints(lookup(text, "web1").trusted) == [fingerprint(KEY)]


@given(st.text(max_size=200), st.text(max_size=20), st.integers(1, 65535))
def test_no_file_breaks_the_index(text: str, name: str, port: int) -> None:
    """Whatever stands in a file, it is read, and trusts nothing by accident."""
    assert lookup(f"{text}\n", name, port).usable == ()


def test_an_unreadable_file_is_told(tmp_path: Path) -> None:
    """A directory in place of the file is no empty file; a missing one is."""
    with pytest.raises(InputError, match="known host keys"):
        KnownHosts.read([tmp_path])
    assert KnownHosts.read([tmp_path / "missing"]).lookup("web1", 22) == KnownKeys()


def test_approval_is_remembered_for_the_owner_only(tmp_path: Path) -> None:
    """The store and its folder are created for the owner alone, and hold one plain line."""
    store = tmp_path / "state" / "host_keys"
    approve(store, offered(port=2222))
    approve(store, offered(port=2222))

    assert store.read_text() == f"[web1]:2222 {LINE}\n"
    assert stat.S_IMODE(store.stat().st_mode) == 0o600
    assert stat.S_IMODE(store.parent.stat().st_mode) == 0o700
    assert [path.name for path in store.parent.iterdir()] == ["host_keys"]


def test_approvals_at_the_same_time_are_all_remembered(tmp_path: Path) -> None:
    """However many operators approve at once, no line is lost."""
    store = tmp_path / "state" / "host_keys"
    names = [f"web{number}" for number in range(40)]
    with ThreadPoolExecutor(max_workers=8) as operators:
        list(operators.map(lambda name: approve(store, offered(name)), names))

    assert sorted(store.read_text().splitlines()) == sorted(f"{name} {LINE}" for name in names)


def test_a_changed_key_needs_the_old_fingerprint(tmp_path: Path) -> None:
    """Approving does not replace silently, whether the old key is ours or the operator's."""
    store = tmp_path / "host_keys"
    store.write_text(f"web1 {public_line(OTHER)}\nweb2 {public_line(OTHER)}\n")
    before = store.read_text()

    for key, replace in [
        (offered(), ""),
        (offered(), fingerprint(THIRD)),
        (offered("web3", before=fingerprint(OTHER)), ""),
        (offered("web3", before=fingerprint(OTHER)), fingerprint(KEY)),
    ]:
        with pytest.raises(InputError, match="was not replaced"):
            approve(store, key, replace=replace)
    assert store.read_text() == before

    approve(store, offered(), replace=fingerprint(OTHER))
    approve(store, offered("web3", before=fingerprint(OTHER)), replace=fingerprint(OTHER))
    assert store.read_text() == f"web2 {public_line(OTHER)}\nweb1 {LINE}\nweb3 {LINE}\n"


def host_keys(tmp_path: Path) -> HostKeys:
    """Return host keys of an operator who knows OTHER for web1."""
    own = tmp_path / "known_hosts"
    own.write_text(f"web1 {public_line(OTHER)}\n@revoked * {public_line(THIRD)}\n")
    return HostKeys(store=tmp_path / "host_keys", default_files=(own,))


def test_what_was_approved_wins_and_is_seen_at_once(tmp_path: Path) -> None:
    """An approval counts in a transport that is open already, over the operator's own file."""
    keys = host_keys(tmp_path)
    host = Host(name="h", address="web1")

    assert prints(keys.known(host).trusted) == [fingerprint(OTHER)]
    approve(keys.store, offered(before=fingerprint(OTHER)), replace=fingerprint(OTHER))
    assert prints(keys.known(host).trusted) == [fingerprint(KEY)]
    assert keys.known(host).is_revoked(THIRD)


def test_a_revoked_key_cannot_be_approved_into_trust(tmp_path: Path) -> None:
    """A key that is revoked stays so, whatever was approved before."""
    keys = host_keys(tmp_path)
    host = Host(name="h", address="web1")

    assert rejected(host, keys.known(host), THIRD).kind is FailureKind.KEY_REVOKED


def test_an_alias_has_no_port(tmp_path: Path) -> None:
    """As OpenSSH: HostKeyAlias replaces name and port."""
    keys = host_keys(tmp_path)
    host = Host(name="h", address="10.0.0.9", port=2222, host_key_alias="web1")

    assert prints(keys.known(host).trusted) == [fingerprint(OTHER)]
    refused = rejected(host, keys.known(host), KEY)
    assert refused.kind is FailureKind.KEY_CHANGED
    assert refused.offered == offered(before=fingerprint(OTHER))


def test_files_of_a_host_replace_the_usual_ones(tmp_path: Path) -> None:
    """A host that names its files is looked up in these and in the store alone."""
    keys = host_keys(tmp_path)
    own = tmp_path / "own"
    own.write_text(f"web1 {LINE}\n")
    host = Host(name="h", address="web1", known_hosts_files=(str(own),))

    assert prints(keys.known(host).trusted) == [fingerprint(KEY)]
