"""The bridge of one fleet: a /24 of its own on the machine, with no way out.

The machine has address 1 and those of the registries; nothing forwards, and the hosts have no
default route, so nothing in the fleet reaches an address outside.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterable

from tests.fleet.command import run, text
from tests.fleet.errors import FleetError
from tests.fleet.process_group import ProcessGroup

SUBNETS = range(256)
BRIDGE = "fleet"


def bridge_name(subnet: int) -> str:
    """Return the name of the bridge of subnet `10.99.<subnet>.0/24`."""
    return f"{BRIDGE}{subnet}"


def address(subnet: int, number: int) -> str:
    """Return the address with the last byte `number`."""
    return f"10.99.{subnet}.{number}"


def link_address(subnet: int) -> str:
    """Return the bridge's own link address, one of those that everybody may give."""
    return f"02:00:0a:63:{subnet:02x}:01"


def free_subnet(taken: Iterable[int]) -> int:
    """Return the first subnet that neither a fleet nor an interface or route of the machine has.

    Raises:
        FleetError: all are taken.
    """
    here = _networks_of_the_machine()
    others = frozenset(taken)
    for subnet in SUBNETS:
        network = ipaddress.IPv4Network(f"10.99.{subnet}.0/24")
        if subnet not in others and not any(network.overlaps(other) for other in here):
            return subnet
    raise FleetError("all of 10.99.0.0/16 is taken: python -m tests.fleet down --all")


def make_bridge(subnet: int, numbers: Iterable[int], group: ProcessGroup) -> None:
    """Make the bridge, up, with the machine's addresses on it, by a tool in `group`.

    Its link address stays the same. Otherwise it would be the lowest of those plugged in, and be
    another one when a host comes or goes: the other hosts would send to nobody for a minute.
    """
    bridge = bridge_name(subnet)
    link = ("ip", "link", "add", bridge, "address", link_address(subnet))
    run(*group.inside(*link, "type", "bridge", "forward_delay", "0"))
    for number in numbers:
        run("ip", "address", "add", f"{address(subnet, number)}/24", "dev", bridge)
    run("ip", "link", "set", bridge, "up")


def remove_bridge(subnet: int) -> None:
    """Remove the bridge and what is plugged into it; one that is not there is fine."""
    bridge = bridge_name(subnet)
    for link in links_of(subnet):
        # The link goes by itself when its host ends, perhaps just now.
        run("ip", "link", "delete", link, accept=(0, 1))
    if bridge in _links():
        run("ip", "link", "delete", bridge)


def links_of(subnet: int) -> tuple[str, ...]:
    """Return the links that are plugged into the bridge."""
    bridge = bridge_name(subnet)
    if bridge not in _links():
        return ()
    plugged = json.loads(text("ip", "-json", "link", "show", "master", bridge) or "[]")
    return tuple(str(link["ifname"]) for link in plugged if link)


def set_link(link: str, *, up: bool) -> None:
    """Set a link up or down."""
    run("ip", "link", "set", link, "up" if up else "down")


def _links() -> frozenset[str]:
    return frozenset(
        str(link["ifname"]) for link in json.loads(text("ip", "-json", "link", "show"))
    )


def _networks_of_the_machine() -> tuple[ipaddress.IPv4Network, ...]:
    routes = json.loads(text("ip", "-json", "-4", "route", "show", "table", "all") or "[]")
    targets = [str(route["dst"]) for route in routes if route["dst"] != "default"]
    return tuple(ipaddress.IPv4Network(target, strict=False) for target in targets)
