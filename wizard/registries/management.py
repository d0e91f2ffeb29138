"""The management API of a registry product: JSON in and out, over the one seam of `http`.

Clients of Harbor, Nexus and Artifactory are thin methods over `ManagementAPI`. Every call says
which statuses it expects; any other is a `RegistryFailure` with the product's own words and the
request's id. Secrets travel only in the Authorization header and in bodies, and an error tells
neither: foreign text is cleared of every secret that the API was given.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

import httpx

from wizard.clock import Clock
from wizard.registries.authority import Login
from wizard.registries.failures import Failure, RegistryFailure, answer_failure
from wizard.registries.http import send
from wizard.secret import Secret, redact
from wizard.wording import _

Query = Mapping[str, str | int | bool]
_PATIENCE: Final = httpx.Timeout(60.0, connect=8.0)
"""Harbor asks upstream before it answers when an endpoint is made (facts/harbor.md §8)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An expected answer.

    Attributes:
        status: one that the call expects.
        body: parsed JSON; None where there was none.
        text: the body as text, for the few calls that answer with text.
        headers: names in lower case.
    """

    status: int
    body: Any
    text: str
    headers: Mapping[str, str]


def new_request_id() -> str:
    """Return an id by which a request is found again in the product's log."""
    return f"pilotage-{secrets.token_hex(8)}"


class ManagementAPI:
    """One product's management API.

    Args:
        base_url: URL before each call's path, without a slash at its end.
        client: from `wizard.registries.http.open_client`.
        clock: waits between tries of reading calls.
        login: sent with every call; None for what needs none.
        hidden: further secrets that no error may tell, as an upstream account's.
        request_ids: where the ids of requests come from.
    """

    def __init__(
        self,
        base_url: str,
        *,
        client: httpx.AsyncClient,
        clock: Clock,
        login: Login | None = None,
        hidden: Collection[Secret] = (),
        request_ids: Callable[[], str] = new_request_id,
    ) -> None:
        self.base_url = base_url
        self._client = client
        self._clock = clock
        self._login = login
        self._hidden = tuple(_spellings(hidden, login))
        self._request_ids = request_ids

    async def call(
        self,
        method: str,
        path: str,
        *,
        expected: Collection[int] = (200,),
        query: Query | None = None,
        body: object = None,
        text: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Return the answer to one call.

        Args:
            method: `GET` and the like; only GET and HEAD are ever tried again.
            path: below `base_url`, with a slash at its beginning, its parts quoted already.
            expected: statuses that are no failure, 404 too where absence is an answer.
            query: values are sent as the product reads them, booleans in lower case.
            body: sent as JSON.
            text: sent as plain text instead.
            headers: further ones.

        Raises RegistryFailure; NOT_A_REGISTRY for a web page where JSON was expected.
        """
        url = f"{self.base_url}{path}"
        if query:
            url += f"?{urlencode({key: _spelled(value) for key, value in query.items()})}"
        sent = {"Accept": "application/json", "X-Request-Id": self._request_ids()}
        content: bytes | None = None
        if text is not None:
            sent["Content-Type"] = "text/plain; charset=utf-8"
            content = text.encode()
        elif body is not None:
            sent["Content-Type"] = "application/json"
            content = json.dumps(body, ensure_ascii=False).encode()
        if self._login:
            sent["Authorization"] = self._login.basic()
        response = await send(
            self._client,
            self._clock,
            method,
            url,
            headers=sent | dict(headers or {}),
            content=content,
            patience=_PATIENCE,
        )
        return self._reply(response, sent["X-Request-Id"], expected)

    def _reply(self, response: httpx.Response, request_id: str, expected: Collection[int]) -> Reply:
        media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if response.status_code not in expected:
            raise self._failure(response, request_id)
        # Proxies and portals answer 200 with a page of theirs.
        if media_type == "text/html":
            raise RegistryFailure(
                Failure.NOT_A_REGISTRY,
                _("HTTP {status} with a web page instead of the API's answer").format(
                    status=response.status_code
                ),
                url=str(response.request.url),
                status=response.status_code,
                request_id=request_id,
            )
        body = None
        if media_type.endswith("json") and response.content:
            try:
                body = response.json()
            except (ValueError, RecursionError) as error:
                raise RegistryFailure(
                    Failure.NOT_A_REGISTRY,
                    _("its answer says that it is JSON and is not"),
                    url=str(response.request.url),
                    status=response.status_code,
                    request_id=request_id,
                ) from error
        return Reply(
            status=response.status_code,
            body=body,
            text=response.text,
            headers={key.lower(): value for key, value in response.headers.items()},
        )

    def _failure(self, response: httpx.Response, request_id: str) -> RegistryFailure:
        # Hidden before it is cut short too: half a secret would not be found.
        failure = answer_failure(
            httpx.Response(
                response.status_code,
                headers=response.headers,
                content=redact(response.text, self._hidden).encode(),
                request=response.request,
            )
        )
        return RegistryFailure(
            failure.kind,
            redact(failure.reason, self._hidden),
            url=redact(failure.url, self._hidden),
            status=failure.status,
            request_id=failure.request_id or request_id,
        )


def _spellings(hidden: Collection[Secret], login: Login | None) -> Iterator[Secret]:
    """Yield each secret in every form in which it is sent, and so could be said back."""
    for secret in (*hidden, *((login.password,) if login else ())):
        yield secret
        yield Secret(json.dumps(secret.reveal())[1:-1])
        yield Secret(json.dumps(secret.reveal(), ensure_ascii=False)[1:-1])
    if login:
        yield Secret(login.basic().removeprefix("Basic "))


def _spelled(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case _:
            return str(value)
