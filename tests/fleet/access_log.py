"""Read the access logs of the fleet's registries.

docker-registry and nginx both write the combined log format.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

_LINE = re.compile(
    r'(?P<client>\S+) \S+ \S+ \[(?P<time>[^\]]+)\] "(?P<method>\S+) (?P<path>\S+)[^"]*" '
    r'(?P<status>\d{3}) \S+ "[^"]*" "(?P<agent>(?:[^"\\]|\\.)*)"'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request that a registry has answered.

    Attributes:
        client: address it came from.
        method: `GET`, `HEAD`, …
        path: path with the query, as asked for.
        status: what the registry answered.
        time: when, to the second.
        agent: how the client calls itself.
    """

    client: str
    method: str
    path: str
    status: int
    time: datetime
    agent: str


def parse(lines: Iterable[str]) -> tuple[Request, ...]:
    """Return the requests in a log, in its order; lines of another form are left out."""
    return tuple(
        Request(
            client=found["client"],
            method=found["method"],
            path=found["path"],
            status=int(found["status"]),
            time=datetime.strptime(found["time"], "%d/%b/%Y:%H:%M:%S %z"),
            agent=found["agent"],
        )
        for line in lines
        if (found := _LINE.match(line))
    )
