"""Private key files: what they hold, and what can be said of them without their passphrase."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wizard.secret import Secret
from wizard.ssh.library import asyncssh

_MAGIC: Final = b"openssh-key-v1\0"
_FIELDS_BEFORE_PUBLIC: Final = 3  # cipher, key derivation, its options


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFile:
    """What one identity file gave.

    Attributes:
        pairs: usable keys, with its certificate first if it has one.
        public_data: its public half where that is known, to find it in an agent.
        is_locked: it is encrypted and no passphrase was given.
        trouble: why it cannot be used; empty if it can.
    """

    path: str
    pairs: tuple[asyncssh.SSHKeyPair, ...] = ()
    public_data: bytes = b""
    is_locked: bool = False
    trouble: str = ""


def read_key_file(path: str, passphrase: Secret | None) -> KeyFile:
    """Read a private key, or a public one that stands for a key in the agent.

    Slow for encrypted keys (0.1 s of bcrypt): not to be called in the event loop.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        return KeyFile(path=path, trouble=f"{path}: {error.strerror}")
    public = _public_half(path, data)
    if b"PRIVATE KEY" not in data:
        trouble = "" if public else f"{path}: not a private key"
        return KeyFile(path=path, public_data=public, trouble=trouble)
    try:
        key = asyncssh.import_private_key(data, passphrase.reveal() if passphrase else None)
        pairs = [*_certified(path, key), *asyncssh.load_keypairs([key])]
    except (asyncssh.KeyEncryptionError, asyncssh.KeyImportError, ValueError) as error:
        if passphrase is None and _is_encrypted(data):
            return KeyFile(path=path, public_data=public, is_locked=True)
        return KeyFile(path=path, public_data=public, trouble=f"{path}: {error}")
    return KeyFile(path=path, pairs=tuple(pairs), public_data=key.public_data)


def _certified(path: str, key: asyncssh.SSHKey) -> list[asyncssh.SSHKeyPair]:
    """Return the key with the certificate beside it, if there is one."""
    file = f"{path}-cert.pub"
    if not Path(file).is_file():
        return []
    return list(asyncssh.load_keypairs([(key, asyncssh.read_certificate(file))]))


def _is_encrypted(data: bytes) -> bool:
    if b"ENCRYPTED" in data:
        return True
    packet = _openssh_packet(data)
    return packet is not None and not packet.startswith(b"\0\0\0\x04none")


def _public_half(path: str, data: bytes) -> bytes:
    """Return the public key of a file: itself, the `.pub` beside it, or its clear header."""
    try:
        if b"PRIVATE KEY" not in data:
            return asyncssh.import_public_key(data).public_data
        beside = Path(f"{path}.pub")
        if beside.is_file():
            return asyncssh.import_public_key(beside.read_bytes()).public_data
    except (OSError, asyncssh.KeyImportError):
        return b""
    packet = _openssh_packet(data)
    return _public_in(packet) if packet else b""


def _openssh_packet(data: bytes) -> bytes | None:
    """Return the decoded body of an OpenSSH private key (PROTOCOL.key), None for other formats."""
    if b"BEGIN OPENSSH PRIVATE KEY" not in data:
        return None
    body = b"".join(line for line in data.split(b"\n") if not line.startswith(b"-----"))
    try:
        packet = base64.b64decode(body)
    except binascii.Error:
        return None
    return packet.removeprefix(_MAGIC) if packet.startswith(_MAGIC) else None


def _public_in(packet: bytes) -> bytes:
    for _field in range(_FIELDS_BEFORE_PUBLIC):
        _value, packet = _string(packet)
    public, _rest = _string(packet[4:])  # past the number of keys, always one
    return public


def _string(packet: bytes) -> tuple[bytes, bytes]:
    end = 4 + int.from_bytes(packet[:4], "big")
    return packet[4:end], packet[end:]
