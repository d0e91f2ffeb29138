"""Have the warm interpreter run a module, and end as it ends; run with `-I -S`, so it loads little.

    python -I -S launch.py SOCKET -m MODULE ARGUMENT …

The request is a length of eight bytes with the descriptors, then fields between NUL bytes: the
descriptors' numbers, the umask, the limits of open files, whether this process leads a session,
the directory, how many words follow, the words, the environment. The answer is the process, later
its exit status, four bytes each.
"""

from __future__ import annotations

# What stands below `signal` and `socket`: those two would take most of this process's time.
import _signal  # type: ignore[import-not-found]  # it has no stub
import _socket
import os
import resource
import sys

_FORWARDED = (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP)
_NUMBER = 4
_GONE = 70


def _request(words: list[str]) -> tuple[list[int], bytes]:
    with os.scandir("/proc/self/fd") as entries:
        numbers = [int(entry.name) for entry in entries]
    passed = [number for number in numbers if number <= 2 or _is_passed(number)]
    umask = os.umask(0)
    os.umask(umask)
    leads = os.getsid(0) == os.getpid()
    fields = [
        " ".join(map(str, passed)),
        umask,
        " ".join(map(str, resource.getrlimit(resource.RLIMIT_NOFILE))),
        int(leads),
        os.getcwd(),  # noqa: PTH109  # pathlib takes longer to load than all of this
        len(words),
        *words,
    ]
    encoded = [os.fsencode(str(field)) for field in fields]
    encoded += [name + b"=" + text for name, text in os.environb.items()]
    return passed, b"\0".join(encoded)


def _is_passed(number: int) -> bool:
    try:
        return os.get_inheritable(number)
    except OSError:
        return False


def _number(connection: _socket.socket) -> int:
    data = b""
    while len(data) < _NUMBER:
        more = connection.recv(_NUMBER - len(data))
        if not more:
            sys.exit(_GONE)
        data += more
    return int.from_bytes(data, "little", signed=True)


def _hand_on(process: int, number: int) -> None:
    """Give a signal to the process; of one that has just ended the status is on its way."""
    try:
        os.kill(process, number)
    except ProcessLookupError:
        return


def main() -> None:
    """Ask, hand signals on, and end as the process has ended."""
    place, *words = sys.argv[1:]
    descriptors, request = _request(words)
    connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    connection.connect(place)
    rights = b"".join(number.to_bytes(_NUMBER, sys.byteorder) for number in descriptors)
    length = len(request).to_bytes(8, "little")
    connection.sendmsg([length], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, rights)])
    while request:
        request = request[connection.send(request) :]
    pid = _number(connection)
    for number in _FORWARDED:
        _signal.signal(number, lambda caught, _frame: _hand_on(pid, caught))
    # Whoever waits for the end of these streams waits for that process, not for this one.
    os.closerange(0, 3)
    status = _number(connection)
    if status < 0:
        if -status != _signal.SIGKILL:
            _signal.signal(-status, _signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    os._exit(status)


if __name__ == "__main__":
    main()
