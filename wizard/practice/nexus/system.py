"""What the practice Nexus tells of itself: health, licence, usage, capabilities."""

from __future__ import annotations

from typing import Any, Final

from wizard.practice.exchange import Answer, Request, known, refuse
from wizard.practice.nexus.setting import DISCLAIMER, Route, Setting

_V1: Final = "/service/rest/v1"
_CAPABILITY_KEYS: Final = frozenset({"id", "type", "enabled", "notes", "properties"})
_LIMITS: Final = (40_000, 100_000)


class System:
    """The server as a whole.

    Attributes:
        components: how many it holds.
        requests: how many it answered today, as the usage page counts them.
    """

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self.accepted = setting.edition != "COMMUNITY"
        self.writable = True
        self.components = 0
        self.requests = 0
        self.capabilities: dict[str, dict[str, Any]] = {}

    @property
    def is_over_limit(self) -> bool:
        """Tell whether the Community Edition adds no components now."""
        most_components, most_requests = _LIMITS
        return self._setting.edition == "COMMUNITY" and (
            self.components > most_components or self.requests > most_requests
        )

    def routes(self) -> list[Route]:
        """Return the calls that are answered here."""
        eula, capabilities = f"{_V1}/system/eula", f"{_V1}/capabilities"
        community = 77 if self._setting.edition == "COMMUNITY" else 999
        return [
            Route(method="GET", path=f"{_V1}/status", handler=self._status, public=True),
            Route(method="GET", path=f"{_V1}/status/writable", handler=self._can, public=True),
            Route(method="GET", path=eula, handler=self._eula, since=community),
            Route(method="POST", path=eula, handler=self._accept, since=community),
            Route(method="GET", path=capabilities, handler=self._list, since=82),
            Route(method="POST", path=capabilities, handler=self._add, since=82),
            Route(method="PUT", path=f"{capabilities}/([^/]+)", handler=self._set, since=82),
            Route(method="GET", path=f"{_V1}/monthly-metrics", handler=self._months, since=81),
            Route(method="GET", path=f"{_V1}/usage-history", handler=self._history, since=92),
        ]

    def _status(self, _request: Request) -> Answer:
        return Answer()

    def _can(self, _request: Request) -> Answer:
        return Answer(status=200 if self.writable else 503)

    def _eula(self, _request: Request) -> Answer:
        return Answer(value={"accepted": self.accepted, "disclaimer": DISCLAIMER})

    def _accept(self, request: Request) -> Answer:
        if request.document() != {"accepted": True, "disclaimer": DISCLAIMER}:
            refuse(500, "Invalid EULA disclaimer")
        self.accepted = True
        return Answer(status=204)

    def _list(self, _request: Request) -> Answer:
        return Answer(value=list(self.capabilities.values()))

    def _add(self, request: Request) -> Answer:
        wanted = request.document()
        known(wanted, _CAPABILITY_KEYS, "CapabilityDTO")
        if wanted["type"] in {one["type"] for one in self.capabilities.values()}:
            refuse(400, f"Only one capability of type {wanted['type']} is allowed")
        wanted |= {"id": f"{len(self.capabilities) + 1:016x}", "active": True, "error": False}
        self.capabilities[wanted["id"]] = wanted
        return Answer(value=wanted)

    def _set(self, request: Request, capability_id: str) -> Answer:
        if capability_id not in self.capabilities:
            refuse(404)
        wanted = request.document()
        known(wanted, _CAPABILITY_KEYS, "CapabilityDTO")
        self.capabilities[capability_id] |= wanted
        return Answer(status=204)

    def _months(self, _request: Request) -> Answer:
        month = {
            "metricDate": "2026-11-01T00:00:00.000",
            "componentCount": self.components,
            "requestCount": self.requests,
            "percentageChangeComponent": 0,
            "percentageChangeRequest": 0,
        }
        return Answer(value=[month])

    def _history(self, request: Request) -> Answer:
        counts = {"requests": self.requests, "components": self.components}
        metric, period = request.query.get("metric", ""), request.query.get("period", "")
        if metric not in counts or period not in {"daily", "monthly"}:
            refuse(400, "Invalid metric or period")
        data = [{"date": "2026-11-28", "value": 0}, {"date": "2026-11-29", "value": counts[metric]}]
        return Answer(value={"metric": metric, "period": period, "data": data})
