"""Faults that really act on a practice fleet, and what a person does about each.

async with Mischief(fleet) as mischief:
    await mischief.plant(Fault.FULL_DISK, "web07")
    await mischief.mend(Fault.FULL_DISK, "web07")
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from wizard.clock import Clock, SystemClock
from wizard.errors import InputError
from wizard.practice.certificates import UNKNOWN, Authority
from wizard.practice.demo.incidents import Fault
from wizard.practice.demo.people import edited, file_people_edit
from wizard.practice.fleet import PracticeFleet
from wizard.practice.host.host import PracticeHost
from wizard.practice.machine.curl import Curl
from wizard.practice.machine.network import Network
from wizard.practice.registry.registry import PracticeRegistry
from wizard.ssh.library import asyncssh
from wizard.wording import _

if TYPE_CHECKING:
    from wizard.practice.products import PracticeProduct, Switch

__all__ = ["Fault", "Mischief"]

_ACTIVATED: Final = (b'"step":"docker_re', b'"step":"containerd_restart')
"""What the product's script says once a runtime took its change up."""
_SLOW_LOGIN: Final = 1.0
_SLOW_PROGRAM: Final = 0.3
_CURL: Final = "curl"
_OF_PRODUCT: Final[Mapping[Fault, Callable[[PracticeProduct], Switch]]] = {
    Fault.REGISTRY_READ_ONLY: lambda product: product.freeze,
    Fault.REGISTRY_CLOSED: lambda product: product.close,
}
_Act = Callable[[PracticeHost], Awaitable[None]]


class Mischief:
    """What goes wrong in one fleet; leave it before the fleet ends.

    Attributes:
        edits: the bytes that people left, by host and path on it.
    """

    def __init__(self, fleet: PracticeFleet, *, clock: Clock | None = None) -> None:
        self.edits: dict[tuple[str, str], bytes] = {}
        self._fleet = fleet
        self._clock = clock or SystemClock()
        self._impostor: PracticeRegistry | None = None
        self._before_edits: dict[tuple[str, str], bytes | None] = {}
        self._made: list[Path] = []
        self._keys: dict[str, asyncssh.SSHKey] = {}
        self._sudo: dict[str, str] = {}
        self._planted: list[tuple[Fault, str | None]] = []

    async def __aenter__(self) -> Self:
        """Begin with nothing planted."""
        return self

    async def __aexit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End what was started to let things go wrong; hosts are left as they are."""
        if self._impostor:
            await self._impostor.stop()

    @property
    def planted(self) -> tuple[tuple[Fault, str | None], ...]:
        """Return what goes wrong now, and with which host, in the order of planting."""
        return tuple(self._planted)

    async def plant(self, fault: Fault, host: str | None = None) -> None:
        """Let a fault happen from now on; raises InputError for a host that it cannot strike."""
        if fault is Fault.TARGET_DOWN:
            await self._fleet.target.go_down()
            await self._fleet.prefix_target.go_down()
        elif fault in _OF_PRODUCT:
            _OF_PRODUCT[fault](self._product(fault))(is_on=True)
        else:
            await self._on_host[fault][0](self._host(fault, host))
        self._planted.append((fault, host))

    async def mend(self, fault: Fault, host: str | None = None) -> None:
        """Do what a person would do about a fault; what was not planted is no error."""
        if fault is Fault.TARGET_DOWN:
            await self._fleet.target.start()
            await self._fleet.prefix_target.start()
        elif fault in _OF_PRODUCT:
            _OF_PRODUCT[fault](self._product(fault))(is_on=False)
        elif (fault, host) in self._planted:
            await self._on_host[fault][1](self._host(fault, host))
        self._planted = [one for one in self._planted if one != (fault, host)]

    async def mend_all(self) -> None:
        """Mend everything that was planted, the last first."""
        for fault, host in reversed(self.planted):
            await self.mend(fault, host)

    def _product(self, fault: Fault) -> PracticeProduct:
        product = self._fleet.surroundings.product
        if product is None:
            raise InputError(
                _("the fault {fault} has no registry product to strike").format(fault=fault.value),
                state=_("Nothing was planted."),
                todo=_("Take a practice fleet with one."),
            )
        return product

    def _host(self, fault: Fault, name: str | None) -> PracticeHost:
        if name not in self._fleet.hosts:
            raise InputError(
                _("the fault {fault} has no host {name!r} to strike").format(
                    fault=fault.value, name=name
                ),
                state=_("Nothing was planted."),
                todo=_("Name a host of the practice fleet."),
            )
        return self._fleet.hosts[name]

    @property
    def _on_host(self) -> Mapping[Fault, tuple[_Act, _Act]]:
        """Return how each fault of a host is planted and mended."""
        return {
            Fault.BAD_CA: (self._show_another_certificate, self._show_the_right_certificate),
            Fault.DAEMON_STAYS_DOWN: (_keep_down, _let_up),
            Fault.DRIFTED_FILE: (self._edit, self._undo_edit),
            Fault.FULL_DISK: (_fill_disk, _empty_disk),
            Fault.SLOW_HOST: (_slow_down, _speed_up),
            Fault.LOST_AFTER_ACTIVATION: (_drop_after_activation, _drop_no_more),
            Fault.GONE_AFTER_ACTIVATION: (_go_after_activation, _come_back),
            Fault.RELOAD_IGNORED: (_ignore_reload, _heed_reload),
            Fault.HOST_KEY_CHANGED: (self._change_key, self._give_key_back),
            Fault.SUDO_REFUSED: (self._refuse_sudo, self._allow_sudo),
            Fault.REBOOT: (_reboot, _nothing_to_mend),
            Fault.POWER_LOSS: (_switch_off, _switch_on),
        }

    async def _show_another_certificate(self, host: PracticeHost) -> None:
        if self._impostor is None:
            self._impostor = self._fleet.target.impostor(
                Authority(UNKNOWN, clock=self._clock).issue(
                    self._fleet.home / "registries", "impostor"
                )
            )
            await self._impostor.start()
        place = (self._impostor.address, self._impostor.port)
        ports = (self._fleet.target.port, self._fleet.prefix_target.port)
        names = dict.fromkeys((f"localhost:{port}" for port in ports), place)
        usual = self._fleet.surroundings.network
        _connect(host, replace(usual, names={**usual.names, **names}))

    async def _show_the_right_certificate(self, host: PracticeHost) -> None:
        _connect(host, self._fleet.surroundings.network)

    async def _edit(self, host: PracticeHost) -> None:
        path = file_people_edit(self._fleet.designs[host.name])
        place = host.machine.file(path)
        before = place.read_bytes() if place.exists() else None
        content = edited(path, before or b"")
        if not place.parent.exists():
            place.parent.mkdir()
            self._made.append(place.parent)
        place.write_bytes(content)
        self._before_edits[host.name, path] = before
        self.edits[host.name, path] = content

    async def _undo_edit(self, host: PracticeHost) -> None:
        path = file_people_edit(self._fleet.designs[host.name])
        place = host.machine.file(path)
        before = self._before_edits.pop((host.name, path))
        del self.edits[host.name, path]
        if before is None:
            place.unlink(missing_ok=True)
        else:
            place.write_bytes(before)
        if place.parent in self._made:
            self._made.remove(place.parent)
            with contextlib.suppress(OSError):
                place.parent.rmdir()

    async def _change_key(self, host: PracticeHost) -> None:
        self._keys[host.name] = host.ssh.change_key()
        host.ssh.drop()

    async def _give_key_back(self, host: PracticeHost) -> None:
        host.ssh.change_key(self._keys.pop(host.name))

    async def _refuse_sudo(self, host: PracticeHost) -> None:
        self._sudo[host.name] = host.sudo
        host.allow_sudo("refused")

    async def _allow_sudo(self, host: PracticeHost) -> None:
        host.allow_sudo(self._sudo.pop(host.name))


def kill_run(pid: int) -> None:
    """End a run process as the kernel's OOM killer does; one that is gone is no error."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _connect(host: PracticeHost, network: Network) -> None:
    """Let everything on a host go to registries by that network, from the next pull on."""
    host.machine.network = network
    curl = host.machine.programs[_CURL]
    if isinstance(curl, Curl):
        curl.network = network


def _unit(host: PracticeHost) -> str:
    return "docker.service" if "docker" in host.machine.programs else "containerd.service"


async def _keep_down(host: PracticeHost) -> None:
    host.machine.stays_down.add(_unit(host))


async def _let_up(host: PracticeHost) -> None:
    host.machine.stays_down.discard(_unit(host))
    await host.run(f"systemctl reset-failed {_unit(host)}; systemctl start {_unit(host)}")


async def _fill_disk(host: PracticeHost) -> None:
    host.fill_disk()


async def _empty_disk(host: PracticeHost) -> None:
    host.empty_disk()


async def _slow_down(host: PracticeHost) -> None:
    host.ssh.faults.slow, host.machine.slow = _SLOW_LOGIN, _SLOW_PROGRAM


async def _speed_up(host: PracticeHost) -> None:
    host.ssh.faults.slow, host.machine.slow = 0.0, 0.0


async def _drop_after_activation(host: PracticeHost) -> None:
    docker, containerd = _ACTIVATED
    host.ssh.faults.drop_after = docker if "docker" in host.machine.programs else containerd


async def _drop_no_more(host: PracticeHost) -> None:
    host.ssh.faults.drop_after = b""


async def _go_after_activation(host: PracticeHost) -> None:
    await _drop_after_activation(host)
    host.ssh.faults.gone_after_drop = True


async def _come_back(host: PracticeHost) -> None:
    await _drop_no_more(host)
    host.ssh.faults.gone_after_drop = host.ssh.faults.refuse = False


async def _ignore_reload(host: PracticeHost) -> None:
    host.machine.ignores_reload.add(_unit(host))


async def _heed_reload(host: PracticeHost) -> None:
    host.machine.ignores_reload.discard(_unit(host))


async def _reboot(host: PracticeHost) -> None:
    await host.machine.reboot()


async def _switch_off(host: PracticeHost) -> None:
    await host.machine.power_off()


async def _switch_on(host: PracticeHost) -> None:
    await host.machine.boot()


async def _nothing_to_mend(host: PracticeHost) -> None:
    """Do nothing: the host has booted again."""
