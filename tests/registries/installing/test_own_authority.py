"""A certificate of one's own authority is taken by real TLS, for its names and no others."""

from __future__ import annotations

import datetime as dt
import ssl
from pathlib import Path

import pytest

from wizard.errors import InputError
from wizard.registries.installing.own_authority import (
    Authority,
    ServerFiles,
    covers,
    issue,
    new_authority,
)
from wizard.secret import Secret

_NOW = dt.datetime.now(dt.UTC)
_NAMES = ("harbor.example.net", "10.0.0.5")


def _authority() -> Authority:
    return new_authority("harbor.example.net", now=_NOW, days=30, renews=True)


def _shaken(folder: Path, files: ServerFiles, name: str) -> bool:
    """Return whether a client that trusts the authority shakes hands with a server."""
    (folder / "chain").write_text(files.chain, encoding="ascii")
    (folder / "key").write_text(files.key.reveal(), encoding="ascii")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "chain", folder / "key")
    client = ssl.create_default_context(cadata=files.authority)
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = (
        client.wrap_bio(back, there, server_hostname=name),
        server.wrap_bio(there, back, server_side=True),
    )
    for _turn in range(4):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLError:
                return False
    return ends[0].version() is not None


@pytest.mark.parametrize(
    ("name", "taken"), [("harbor.example.net", True), ("10.0.0.5", True), ("other.net", False)]
)
def test_clients_take_it_for_its_names_only(tmp_path: Path, name: str, taken: bool) -> None:  # noqa: FBT001  # a case
    """By the strict rules of X.509, names and addresses alike."""
    files = issue(_authority(), _NAMES, now=_NOW, days=30)

    assert _shaken(tmp_path, files, name) is taken


def test_it_covers_its_names_while_it_is_valid() -> None:
    """Whoever runs the command again is told otherwise."""
    chain = issue(_authority(), _NAMES, now=_NOW, days=30).chain
    late = _NOW + dt.timedelta(days=31)

    found = [
        covers(chain, _NAMES, now=_NOW),
        covers(chain, _NAMES[:1], now=_NOW),
        covers(chain, _NAMES, now=late),
        covers("page", _NAMES, now=_NOW),
    ]

    assert found == [True, False, False, False]


def test_an_authority_whose_key_was_kept_issues_again(tmp_path: Path) -> None:
    """The same clients trust both, and the first's key is not the second's."""
    authority = _authority()

    first, second = (issue(authority, _NAMES, now=_NOW, days=30) for _turn in range(2))

    assert first.authority == second.authority
    assert first.key.reveal() != second.key.reveal()
    assert _shaken(tmp_path, second, "harbor.example.net") is True


@pytest.mark.parametrize("name", ["https://h.example.net", "h.example.net:443", "", "a b", "-h"])
def test_what_is_no_name_is_refused(name: str) -> None:
    """A URL is none."""
    with pytest.raises(InputError, match=r"no name of a host"):
        issue(_authority(), (name,), now=_NOW, days=1)


def test_a_wrong_key_is_refused_and_not_quoted() -> None:
    """Of another authority, or none at all."""
    mine = _authority()
    for key in (_authority().key, Secret("-----BEGIN PRIVATE KEY-----\nsecret\n")):
        with pytest.raises(InputError) as caught:
            issue(Authority(certificate=mine.certificate, key=key), _NAMES, now=_NOW, days=1)

        assert (key.reveal().splitlines()[1] in str(caught.value), caught.value.__cause__) == (
            False,
            None,
        )
