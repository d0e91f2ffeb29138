"""What is said of each failure, and which failure each error is."""

from __future__ import annotations

import errno
import socket

import asyncssh
import pytest

from wizard.ssh.failures import RETRIABLE, FailureKind, SSHFailure, classify

K = FailureKind


@pytest.mark.parametrize("kind", FailureKind)
def test_each_kind_says_what_happened_and_what_to_do(kind: FailureKind) -> None:
    """Every failure has the four parts of an error, and its own words."""
    failure = SSHFailure(kind, host="web1", detail="in detail")
    others = {str(SSHFailure(other, host="web1")) for other in FailureKind if other is not kind}

    assert str(failure).startswith("web1: ")
    assert "(in detail)" in failure.what
    assert failure.state == "Nothing was changed on it."
    assert failure.todo
    assert str(SSHFailure(kind, host="web1")) not in others
    assert failure.exit_code == 5


def test_a_failure_after_the_script_was_sent_claims_nothing() -> None:
    """Once a script was sent nobody can say that nothing was changed."""
    failure = SSHFailure(K.LOST, host="web1", script_sent=True)

    assert "not known yet" in failure.state
    assert str(failure.again()) == str(failure)


@pytest.mark.parametrize(
    ("error", "before", "after"),
    [
        (socket.gaierror(-2, "Name or service not known"), K.UNRESOLVABLE, K.UNRESOLVABLE),
        (TimeoutError(), K.TIMED_OUT, K.TIMED_OUT),
        (OSError(errno.ECONNREFUSED, "refused"), K.REFUSED, K.REFUSED),
        (OSError(errno.EHOSTUNREACH, "no route"), K.TIMED_OUT, K.TIMED_OUT),
        (OSError(errno.ENETUNREACH, "no network"), K.TIMED_OUT, K.TIMED_OUT),
        (ConnectionResetError(), K.BUSY, K.LOST),
        (BrokenPipeError(), K.BUSY, K.LOST),
        (asyncssh.ConnectionLost("gone"), K.BUSY, K.LOST),
        (asyncssh.DisconnectError(11, "bye"), K.BUSY, K.LOST),
        (asyncssh.PermissionDenied("no"), K.AUTHENTICATION, K.AUTHENTICATION),
        (asyncssh.HostKeyNotVerifiable("?"), K.KEY_UNKNOWN, K.KEY_UNKNOWN),
        (asyncssh.KeyExchangeFailed("none"), K.NO_COMMON_ALGORITHM, K.NO_COMMON_ALGORITHM),
        (asyncssh.ProtocolError("what"), K.GARBAGE, K.GARBAGE),
        (
            asyncssh.ProtocolError("Too many authentication failures"),
            K.AUTHENTICATION,
            K.GARBAGE,
        ),
        (asyncssh.ChannelOpenError(2, "Connection refused"), K.REFUSED, K.NO_SHELL),
        (asyncssh.ChannelOpenError(1, "open failed"), K.REFUSED, K.NO_SHELL),
        (asyncssh.ChannelOpenError(2, "SSH connection closed"), K.LOST, K.LOST),
        (asyncssh.ChannelOpenError(2, "Connection timed out"), K.TIMED_OUT, K.NO_SHELL),
        (asyncssh.ChannelOpenError(2, "No route to host"), K.TIMED_OUT, K.NO_SHELL),
        (
            asyncssh.ChannelOpenError(2, "Name or service not known"),
            K.UNRESOLVABLE,
            K.NO_SHELL,
        ),
    ],
    ids=repr,
)
def test_each_error_is_one_failure(
    error: Exception, before: FailureKind, after: FailureKind
) -> None:
    """The same error means one thing before the login and maybe another after it."""
    assert classify(error, "web1").kind is before
    assert classify(error, "web1", connected=True).kind is after


def test_a_failure_stays_itself() -> None:
    """What was classified already is not classified again."""
    failure = SSHFailure(K.KEY_CHANGED, host="bastion")

    assert classify(failure, "web1") is failure


def test_only_what_another_try_can_cure_is_tried_again() -> None:
    """Neither a refused login nor a time-out is worth hammering a host for."""
    assert frozenset({K.BUSY, K.LOST}) == RETRIABLE
