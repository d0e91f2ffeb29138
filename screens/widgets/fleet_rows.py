"""The rows behind the fleet table: what is known, what is shown, in which order."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import TYPE_CHECKING

from rich.cells import cell_len

from screens.words import BUSY, LOOKS, TROUBLED
from wizard.run.states import HostState

# Types only: the first paint does not wait for what later steps need.
if TYPE_CHECKING:
    from wizard.run.view import HostView


class Sorting(Enum):
    """Orders of rows."""

    TROUBLE = "trouble"
    NAME = "name"
    WAVE = "wave"


class StateFilter(Enum):
    """Which states are shown."""

    ALL = "all"
    TROUBLED = "troubled"
    BUSY = "busy"
    DONE = "done"


_DONE = frozenset({HostState.READ, HostState.CONFIRMED, HostState.ROLLED_BACK, HostState.UNCHANGED})


class FleetRows:
    """Hosts by name, and the names that are shown, in order.

    Attributes:
        longest: cells that the longest known name needs.
        shown: names in the order of the last `arrange`; new hosts are added at the end.
        is_out_of_order: a host got into trouble, or out of the filter, since then.
    """

    def __init__(self) -> None:
        self._hosts: dict[str, HostView] = {}
        self._last: tuple[HostView, ...] = ()
        self.shown: list[str] = []
        self.sorting = Sorting.TROUBLE
        self.states = StateFilter.ALL
        self.text = ""
        self.longest = 0
        self.is_out_of_order = False
        self._header = (0, 0, False)

    def __len__(self) -> int:
        """Return the number of known hosts."""
        return len(self._hosts)

    def host(self, name: str) -> HostView:
        """Return the host of that name; raises KeyError."""
        return self._hosts[name]

    def clear(self) -> None:
        """Forget all hosts; sorting and filters stay."""
        self._hosts.clear()
        self._last = ()
        self.shown.clear()
        self.is_out_of_order = False

    def take(self, hosts: Iterable[HostView]) -> set[str]:
        """Remember the newest state of `hosts` and return the names that changed."""
        known = self._hosts
        changed = set()
        for host in self._maybe_new(hosts):
            old = known.get(host.name)
            if old is host or old == host:
                continue
            known[host.name] = host
            changed.add(host.name)
            if old is None:
                self.longest = max(self.longest, cell_len(host.name))
                if self._fits(host):
                    self.shown.append(host.name)
                self.is_out_of_order |= host.state in TROUBLED
            elif old.state is not host.state:
                self._note(old, host)
        return changed

    def _maybe_new(self, hosts: Iterable[HostView]) -> Iterable[HostView]:
        """Leave out the very same values as last time: most of a fleet stands still."""
        last, self._last = self._last, tuple(hosts)
        if len(last) != len(self._last):
            return self._last
        return [new for new, old in zip(self._last, last, strict=True) if new is not old]

    def _note(self, old: HostView, new: HostView) -> None:
        if self.sorting is Sorting.TROUBLE and (old.state in TROUBLED) != (new.state in TROUBLED):
            self.is_out_of_order = True
        is_filtered = self.text or self.states is not StateFilter.ALL
        if is_filtered and self._fits(old) != self._fits(new):
            self.is_out_of_order = True

    def arrange(self) -> None:
        """Filter and sort anew."""
        fitting = [host for host in self._hosts.values() if self._fits(host)]
        fitting.sort(key=self._place)
        self.shown = [host.name for host in fitting]
        self.is_out_of_order = False

    def counts_changed(self) -> bool:
        """Tell whether what the header says changed since this was last asked."""
        header = (len(self._hosts), len(self.shown), self.is_out_of_order)
        changed = header != self._header
        self._header = header
        return changed

    def _place(self, host: HostView) -> tuple[int, int, str]:
        """Return where a host goes; with equal places the operator's order stays."""
        match self.sorting:
            case Sorting.TROUBLE:
                return (LOOKS[host.state].rank, 0, "")
            case Sorting.WAVE:
                return (10**6 if host.wave is None else host.wave, LOOKS[host.state].rank, "")
            case Sorting.NAME:
                return (0, 0, host.name)

    def _fits(self, host: HostView) -> bool:
        match self.states:
            case StateFilter.ALL:
                fits = True
            case StateFilter.TROUBLED:
                fits = host.state in TROUBLED
            case StateFilter.BUSY:
                fits = host.state in BUSY
            case StateFilter.DONE:
                fits = host.state in _DONE
        if not fits or not self.text:
            return fits
        wanted = self.text.casefold()
        return wanted in host.name.casefold() or wanted in host.detail.casefold()
