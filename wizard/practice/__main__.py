"""A practice fleet as a process of its own: `python -m wizard.practice BASE`.

The first line on standard output is JSON, once everything listens. The fleet lives as long as
standard input is open: at its end, at SIGINT, SIGTERM and SIGHUP everything is ended and removed.
What a killed one left in the same base is cleaned first.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Final

from wizard.errors import InputError, PilotageError
from wizard.practice.description import described
from wizard.practice.designs import fleet_designs
from wizard.practice.fleet import FleetOptions, PracticeFleet
from wizard.practice.home import Home, bases, clean_stale, default_base
from wizard.practice.limits import MOST, check_room
from wizard.wording import _, choose_language

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_AT_ONCE: Final = 4096


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a fleet until its lifeline ends; return the exit code of `wizard.errors`."""
    choose_language()
    # asyncssh answers the end of channels on connections whose other end has gone; asyncio warns.
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    options = _options(arguments)
    wanted = FleetOptions(
        seed=options.seed,
        address=options.address,
        first_port=options.port,
        jump=options.jump,
        prefix=options.prefix,
    )
    try:
        base = options.base or default_base(os.environ, hosts=options.hosts)
        for place in {base, *(() if options.base else bases(os.environ))}:
            clean_stale(place)
        check_room(base, hosts=options.hosts)
        with Home.open(base) as home:
            asyncio.run(_run(home, options.hosts, wanted))
    except PilotageError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


async def _run(home: Home, count: int, options: FleetOptions) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, ended.set)
    threading.Thread(target=_await_end, args=(sys.stdin.buffer, loop, ended), daemon=True).start()
    async with PracticeFleet.start(fleet_designs(count, options.seed), home, options) as fleet:
        try:
            sys.stdout.write(f"{json.dumps(described(fleet))}\n")
            sys.stdout.flush()
        except BrokenPipeError as error:
            raise InputError(_("Nobody reads where the fleet is.")) from error
        await ended.wait()


def _await_end(lifeline: BinaryIO, loop: asyncio.AbstractEventLoop, ended: asyncio.Event) -> None:
    """Read what comes until it ends: a thread, because a file or /dev/null cannot be waited for."""
    while os.read(lifeline.fileno(), _AT_ONCE):
        continue
    try:
        loop.call_soon_threadsafe(ended.set)
    except RuntimeError:
        # The loop is closed already: a signal was faster.
        return


def _count(text: str) -> int:
    count = int(text)
    if not 1 <= count <= MOST:
        raise argparse.ArgumentTypeError(f"expected 1 to {MOST}")
    return count


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m wizard.practice", description=__doc__)
    parser.add_argument("base", type=Path, nargs="?", help="where its directory is made")
    parser.add_argument("--hosts", type=_count, default=24, help=f"1 to {MOST}")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--address", default="127.0.0.1", help="loopback address of the hosts")
    parser.add_argument("--port", type=int, default=0, help="of the first host; 0: any")
    parser.add_argument("--jump", action="store_true", help="hosts are behind a jump host")
    parser.add_argument("--prefix", action="store_true", help="the target has a prefix")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
