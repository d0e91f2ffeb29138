"""The practice fleet's certificates: who trusts them, for how long, and who can read the keys."""

from __future__ import annotations

import datetime as dt
import ssl
import stat
from pathlib import Path

import pytest
from cryptography import x509

from wizard.clock import SystemClock
from wizard.practice.certificates import KNOWN, UNKNOWN, Authority, Identity


class FixedClock(SystemClock):
    """A clock that stands still."""

    def now(self) -> float:
        """Return the beginning of 2030."""
        return dt.datetime(2030, 1, 1, tzinfo=dt.UTC).timestamp()


def shake_hands(identity: Identity, ca_pem: str, name: str) -> None:
    """Let a strict client meet a server in memory; raises ssl.SSLError as the client does."""
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_context.load_cert_chain(identity.certificate, identity.key)
    client_context = ssl.create_default_context(cadata=ca_pem)
    client_context.verify_flags |= ssl.VERIFY_X509_STRICT
    pipes = [ssl.MemoryBIO() for _ in range(2)]
    client = client_context.wrap_bio(pipes[0], pipes[1], server_hostname=name)
    server = server_context.wrap_bio(pipes[1], pipes[0], server_side=True)
    waiting = [client, server]
    while waiting:
        for end in list(waiting):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            waiting.remove(end)


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "registry-1.docker.io"])
def test_a_strict_client_trusts_every_name_of_a_server(tmp_path: Path, name: str) -> None:
    """By DNS name and by address, with OpenSSL's strictest checks."""
    authority = Authority(KNOWN, clock=SystemClock())
    names = ("localhost", "127.0.0.1", "registry-1.docker.io")
    identity = authority.issue(tmp_path, "upstream", names=names)

    shake_hands(identity, authority.pem, name)
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        shake_hands(identity, authority.pem, "other.example.com")


def test_the_unknown_ca_is_trusted_by_nobody(tmp_path: Path) -> None:
    """Nor is a second CA of the same name."""
    known = Authority(KNOWN, clock=SystemClock())
    for name in (UNKNOWN, KNOWN):
        impostor = Authority(name, clock=SystemClock()).issue(tmp_path, "impostor")
        with pytest.raises(ssl.SSLCertVerificationError):
            shake_hands(impostor, known.pem, "localhost")


def test_a_key_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    """Whatever stood in its place before, and nothing else private is written."""
    (tmp_path / "target.key").touch(mode=0o644)
    identity = Authority(KNOWN, clock=SystemClock()).issue(tmp_path, "target")

    assert stat.S_IMODE(identity.key.stat().st_mode) == 0o600
    assert sorted(file.name for file in tmp_path.iterdir()) == ["target.key", "target.pem"]
    assert b"PRIVATE" not in identity.certificate.read_bytes()


def test_certificates_are_valid_by_the_clock_they_were_given(tmp_path: Path) -> None:
    """From an hour before, for 90 days; the chain ends in the CA."""
    authority = Authority(KNOWN, clock=FixedClock())
    identity = authority.issue(tmp_path, "target")

    chain = x509.load_pem_x509_certificates(identity.certificate.read_bytes())
    for certificate in (*chain, x509.load_pem_x509_certificate(authority.pem.encode())):
        assert certificate.not_valid_before_utc == dt.datetime(2029, 12, 31, 23, tzinfo=dt.UTC)
        assert certificate.not_valid_after_utc == dt.datetime(2030, 4, 1, tzinfo=dt.UTC)
    assert len(chain) == 2
    chain[0].verify_directly_issued_by(chain[1])
