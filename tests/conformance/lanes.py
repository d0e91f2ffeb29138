"""Play trials on many hosts at once: one lane per host, each in the order of the cases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from tests.conformance.host import ConformanceHost
from tests.conformance.play import Contradicted, play
from tests.conformance.reset import Cleaner
from tests.conformance.trial import Trial


@dataclass(slots=True, kw_only=True)
class _Lane:
    host: ConformanceHost
    cleaner: Cleaner
    thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(max_workers=1))
    used: bool = False

    def play(self, trial: Trial) -> None:
        try:
            if not self.used:
                self.used = True
                self.host.prepare()
            play(trial.case, trial.flavour, self.host, self.cleaner)
        except Contradicted:
            self.cleaner.distrust(trial.flavour.unit)
            raise
        except OSError:
            # The host did not take a command at all: nobody knows what is on it now.
            self.host.renew()
            self.cleaner = Cleaner(self.host)
            raise


class Lanes:
    """Hosts of one side and the trials that are played on them.

    Args:
        hosts: by name.
        ahead: trials to play without waiting until they are asked for.
    """

    def __init__(self, hosts: Mapping[str, ConformanceHost], ahead: Iterable[Trial]) -> None:
        self._lanes = {
            name: _Lane(host=host, cleaner=Cleaner(host)) for name, host in hosts.items()
        }
        self._played: dict[Trial, Future[None]] = {}
        for trial in ahead:
            self._submit(trial)

    def play(self, trial: Trial) -> None:
        """Wait until a trial has been played; raises Contradicted."""
        self._submit(trial).result()

    def close(self) -> None:
        """End, and leave the hosts clean."""
        lanes = self._lanes.values()
        for lane in lanes:
            lane.thread.shutdown(wait=False, cancel_futures=True)
        for lane in lanes:
            lane.thread.shutdown()
        with ThreadPoolExecutor(max_workers=len(lanes)) as threads:
            tuple(threads.map(_leave, [lane for lane in lanes if lane.used]))

    def _submit(self, trial: Trial) -> Future[None]:
        if trial not in self._played:
            lane = self._lanes[trial.host]
            self._played[trial] = lane.thread.submit(lane.play, trial)
        return self._played[trial]


def _leave(lane: _Lane) -> None:
    try:
        lane.host.give_back()
        lane.cleaner.settle_all()
    finally:
        lane.host.close()
