"""A practice fleet with a scenario as a process of its own, and its lifeline.

The first line on standard output is JSON: where everything is, once all of it can be used, or the
error that it cannot. Then orders on standard input are answered (`wizard.practice.demo.control`).
The end of standard input, or a signal, ends everything of the fleet and removes it, the runs of
the product that an operator has started on it included.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import logging
import os
import signal
import sys
from collections.abc import Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from wizard.errors import PilotageError
from wizard.practice.demo.control import (
    LONGEST_LINE,
    Answering,
    Asked,
    answer_orders,
    error_data,
    line_of,
)
from wizard.practice.demo.director import Director
from wizard.practice.demo.faults import Fault, Mischief
from wizard.practice.demo.left_out import left_out
from wizard.practice.demo.memory import own_usage
from wizard.practice.demo.scenarios import DEFAULT, scenario
from wizard.practice.demo.serving import who_serves
from wizard.practice.description import described
from wizard.practice.designs import fleet_designs
from wizard.practice.fleet import FleetOptions, PracticeFleet
from wizard.practice.home import Home, bases, clean_stale, default_base
from wizard.practice.limits import check_room
from wizard.practice.product_kind import ProductKind
from wizard.service import open_service
from wizard.wording import choose_language

STATE: Final = "state"
"""The state directory of the product's runs, below the home of the fleet."""
_LOOK: Final = 0.05
"""Seconds between two looks at the lifeline while a fleet starts."""
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a fleet until its lifeline ends; return the exit code of `wizard.errors`."""
    choose_language()
    # asyncssh answers the end of channels on connections whose other end has gone; asyncio warns.
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    request = _request(arguments)
    try:
        base = request.base or default_base(os.environ, hosts=request.hosts)
        for place in {base, *(() if request.base else bases(os.environ))}:
            clean_stale(place)
        check_room(base, hosts=request.hosts)
        with Home.open(base) as home:
            asyncio.run(_until_told(_live(home, request)))
    except PilotageError as error:
        _tell({"error": error_data(error)})
        return error.exit_code
    return 0


async def _until_told(work: Coroutine[Any, Any, None]) -> None:
    """Do the work until a signal comes; a second one does not disturb the clearing away."""
    working = asyncio.ensure_future(work)

    def end() -> None:
        if not working.cancelling():
            working.cancel()

    for number in _SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, end)
    await asyncio.wait((working,))
    if not working.cancelled():
        working.result()


async def _live(home: Home, request: argparse.Namespace) -> None:
    played = scenario(request.scenario)
    designs = fleet_designs(request.hosts, request.seed)
    product = ProductKind(request.product) if request.product else None
    out = left_out(designs, prefix=product.is_prefixed if product else request.prefix)
    served = [design for design in designs if design.name not in out]
    played.check_size(served, {**request.rollout, **played.rollout})
    struck = played.struck(served, request.seed)
    options = FleetOptions(
        seed=request.seed,
        address=request.address,
        first_port=request.port,
        jump=request.jump,
        prefix=request.prefix,
        product=product,
        rollout={**request.rollout, **played.rollout},
    )
    orders = await _standard_input()
    starting = asyncio.create_task(_end_with(orders, asyncio.current_task()))
    async with PracticeFleet.start(designs, home, options) as fleet, Mischief(fleet) as mischief:
        state = fleet.home / STATE
        service = open_service(state_dir=state, home=fleet.operator)
        director = Director(fleet, played, struck, service, mischief)
        await director.begin()
        told = [(planted.fault.value, host) for planted, host in struck.items()]
        starting.cancel()
        _tell({**described(fleet), "state_dir": str(state), "struck": told})
        async with asyncio.TaskGroup() as group:
            directing = group.create_task(director.run())
            await answer_orders(orders, _tell, _answering(fleet, director, mischief))
            directing.cancel()


async def _end_with(lifeline: asyncio.StreamReader, work: asyncio.Task[None] | None) -> None:
    """Give work up once the lifeline has ended: nobody waits for a fleet that still starts."""
    while not lifeline.at_eof():  # noqa: ASYNC110  # it tells that it has ended, not when
        await asyncio.sleep(_LOOK)
    if work:
        work.cancel()


def _answering(
    fleet: PracticeFleet, director: Director, mischief: Mischief
) -> Mapping[Asked, Answering]:
    async def serves(order: Mapping[str, Any]) -> Mapping[str, str]:
        return await who_serves(fleet, order["hosts"])

    async def plant(order: Mapping[str, Any]) -> None:
        await mischief.plant(Fault(order["fault"]), order["host"])

    async def mend(order: Mapping[str, Any]) -> None:
        if order["fault"] is None:
            await mischief.mend_all()
        else:
            await mischief.mend(Fault(order["fault"]), order["host"])

    async def describe(_order: Mapping[str, Any]) -> Mapping[str, Any]:
        edits: dict[str, dict[str, str]] = {}
        for (host, path), content in mischief.edits.items():
            edits.setdefault(host, {})[path] = hashlib.sha256(content).hexdigest()
        return {**own_usage(), "planted": len(director.planted), "edits": edits}

    return {Asked.SERVES: serves, Asked.PLANT: plant, Asked.MEND: mend, Asked.DESCRIBE: describe}


async def _standard_input() -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=LONGEST_LINE)
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin.buffer)
    return reader


def _tell(data: Mapping[str, Any]) -> None:
    """Write one line; nobody is left to be told where that fails, and the lifeline ends too."""
    try:
        sys.stdout.buffer.write(line_of(data))
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # Or the interpreter tries once more when it ends, and complains.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _request(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m wizard.practice.demo")
    parser.add_argument("--base", type=Path)
    parser.add_argument("--hosts", type=int, required=True)
    parser.add_argument("--scenario", default=DEFAULT)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--jump", action="store_true")
    parser.add_argument("--prefix", action="store_true")
    parser.add_argument("--product", choices=[kind.value for kind in ProductKind])
    parser.add_argument("--rollout", type=json.loads, default={}, help="as JSON")
    return parser.parse_args(arguments)
