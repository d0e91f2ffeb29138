"""How calls of Harbor's API are made: records, lists by page, ids from `Location` (§1)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from wizard.registries.failures import Failure, RegistryFailure
from wizard.registries.management import ManagementAPI, Query, Reply
from wizard.wording import _

Record = Mapping[str, Any]
"""One thing as Harbor tells it; fields may be absent."""

_PAGE_SIZE: Final = 100
_MOST_PAGES: Final = 1000

Headers = Mapping[str, str]


class Calls:
    """Calls by their form; all raise RegistryFailure, NOT_A_REGISTRY for another form."""

    def __init__(self, api: ManagementAPI) -> None:
        self._api = api

    async def record(self, path: str, headers: Headers | None = None) -> Record:
        """Return one thing; an empty one where the server has nothing to tell."""
        return self._as_record(await self._api.call("GET", path, headers=headers))

    async def record_unless(self, status: int, path: str) -> Record | None:
        """Return one thing; None where the server answers with `status`."""
        reply = await self._api.call("GET", path, expected=(200, status))
        return None if reply.status == status else self._as_record(reply)

    async def text(self, path: str) -> str:
        """Return what is told as text."""
        return (await self._api.call("GET", path, headers={"Accept": "text/plain"})).text

    async def listed(
        self, path: str, query: Query | None = None, headers: Headers | None = None
    ) -> tuple[Record, ...]:
        """Return all of a list, however many pages it has."""
        found: list[Record] = []
        for page in range(1, _MOST_PAGES + 1):
            paged = {**(query or {}), "page": page, "page_size": _PAGE_SIZE}
            reply = await self._api.call("GET", path, query=paged, headers=headers)
            records = self._as_records(reply)
            found += records
            total = reply.headers.get("x-total-count", "")
            if not records or not total.isdigit() or page * _PAGE_SIZE >= int(total):
                break
        return tuple(found)

    async def first(self, path: str, query: Query) -> Record | None:
        """Return the first of a list."""
        reply = await self._api.call("GET", path, query={**query, "page": 1, "page_size": 1})
        return next(iter(self._as_records(reply)), None)

    async def whole(self, path: str) -> tuple[Record, ...]:
        """Return a list that has no pages."""
        return tuple(self._as_records(await self._api.call("GET", path)))

    async def create(self, path: str, body: object) -> int:
        """Make something and return its id."""
        reply = await self.post(path, body)
        identity = reply.headers.get("location", "").rstrip("/").rpartition("/")[2]
        if not identity.isdigit():
            raise self._strange(_("it made something and does not say what"), reply)
        return int(identity)

    async def post(
        self,
        path: str,
        body: object,
        *,
        headers: Headers | None = None,
        expected: Collection[int] = (201,),
    ) -> Reply:
        """Make something that needs no id."""
        return await self._api.call("POST", path, expected=expected, body=body, headers=headers)

    async def made(self, path: str, body: object) -> Record:
        """Make something and return what the server tells of it now and never again."""
        return self._as_record(await self.post(path, body))

    async def put(self, path: str, body: object = None, headers: Headers | None = None) -> None:
        """Change something."""
        await self._api.call("PUT", path, body=body, headers=headers)

    async def patch(self, path: str, body: object) -> Record:
        """Change a part of something and return what is told of it."""
        return self._as_record(await self._api.call("PATCH", path, body=body))

    def _as_record(self, reply: Reply) -> Record:
        match reply.body:
            case dict() as record:
                return record
            # Where nothing is set, the answer is 200 and empty.
            case None if not reply.text or reply.text.strip() == "null":
                return {}
            case _:
                raise self._strange(_("its answer is not of the form that Harbor has"), reply)

    def _as_records(self, reply: Reply) -> list[Record]:
        match reply.body:
            case list() as records if all(isinstance(one, dict) for one in records):
                return records
            case None if not reply.text or reply.text.strip() == "null":
                return []
            case _:
                raise self._strange(_("its answer is not of the form that Harbor has"), reply)

    def _strange(self, what: str, reply: Reply) -> RegistryFailure:
        return RegistryFailure(
            Failure.NOT_A_REGISTRY,
            what,
            url=self._api.base_url,
            status=reply.status,
            request_id=reply.headers.get("x-request-id", ""),
        )
