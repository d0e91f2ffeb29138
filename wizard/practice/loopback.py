"""Ports on loopback, and what to do where one cannot be had."""

from __future__ import annotations

import errno
import ipaddress
import socket

from wizard.errors import InputError
from wizard.wording import _


def check_loopback(address: str) -> None:
    """Raise InputError for an address that others reach: passwords of practice hosts are known.

    IPv4 alone, because names of the fleet are written `address:port` in its files.
    """
    try:
        is_loopback = ipaddress.IPv4Address(address).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise InputError(
            _("“{address}” is not an IPv4 address of loopback.").format(address=address),
            state=_("Nothing was started."),
            todo=_("Take 127.0.0.1, or another one that begins with 127."),
        )


def bound_socket(address: str, port: int) -> socket.socket:
    """Return a socket that has a port and does not block; port 0 lets the kernel choose.

    Clients are refused. Raises InputError when the port is taken, or this machine does not have the
    address.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    # With its protocol named: only then asyncio switches Nagle's algorithm off.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        # Connections of an earlier one that are still fading away do not keep a port busy.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.setblocking(False)
        bound.bind((address, port))
    except OSError as error:
        bound.close()
        raise _refused(error, address, port) from error
    return bound


def held_socket(address: str, port: int) -> socket.socket:
    """Return a bound socket whose port no other program gets until `let_in`; raises InputError."""
    held = bound_socket(address, port)
    # Whoever sets this option, as most servers do, gets the port of another one that has it.
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
    return held


def listening_socket(address: str, port: int, *, backlog: int) -> socket.socket:
    """Return a socket that listens and does not block; port 0 lets the kernel choose.

    Raises InputError when the port is taken, or this machine does not have the address.
    """
    return let_in(bound_socket(address, port), backlog=backlog)


def let_in(bound: socket.socket, *, backlog: int) -> socket.socket:
    """Let a socket that has a port listen, and return it; raises InputError after closing it."""
    address, port = bound.getsockname()[:2]
    try:
        # Its connections have this option from it, and must not keep the port busy later.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.listen(backlog)
    except OSError as error:
        bound.close()
        raise _refused(error, address, port) from error
    return bound


def _refused(error: OSError, address: str, port: int) -> InputError:
    match error.errno:
        case errno.EADDRINUSE:
            what = _("Port {port} of {address} is taken by another program.")
            todo = _("End that program (“lsof -i :{port}” names it), or name another port or none.")
        case errno.EADDRNOTAVAIL:
            what = _("This machine does not have the address {address}.")
            todo = _("Take 127.0.0.1; on macOS, or “sudo ifconfig lo0 alias {address}” first.")
        case errno.EACCES:
            what = _("Port {port} of {address} is for root alone.")
            todo = _("Name a port from 1024 on, or none: then a free one is chosen.")
        case errno.EMFILE | errno.ENFILE:
            what = _("This machine lets one program open no more files, so no more ports.")
            todo = _("Raise the limit with “ulimit -n”, or practise with fewer hosts.")
        case _other:
            what = _("Port {port} of {address} cannot be listened on: {reason}")
            todo = _("Name another port, or none: then a free one is chosen.")
    named = {"address": address, "port": port, "reason": error.strerror}
    return InputError(
        what.format(**named), state=_("Nothing was started."), todo=todo.format(**named)
    )
