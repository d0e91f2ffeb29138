"""Who we are to a registry: Basic or Bearer, as its challenge asks.

https://distribution.github.io/distribution/spec/auth/token/
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import httpx

from wizard.registries.failures import (
    Failure,
    RegistryFailure,
    answer_failure,
    transport_failure,
)
from wizard.registries.http import receive
from wizard.secret import Secret
from wizard.wording import _

_PARAMETER: Final = re.compile(r'([A-Za-z_]+)="([^"]*)"|([A-Za-z_]+)=([^\s,"]+)')


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A user of the registry."""

    username: str
    password: Secret

    def basic(self) -> str:
        """Return the header value that carries both; never log it."""
        pair = f"{self.username}:{self.password.reveal()}".encode()
        return f"Basic {base64.b64encode(pair).decode()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """What a registry wants before it answers."""

    scheme: str
    realm: str = ""
    service: str = ""
    scope: str = ""


def parse_challenge(header: str) -> Challenge:
    """Return the challenge in a WWW-Authenticate header; unknown parameters are left out."""
    scheme, _space, rest = header.strip().partition(" ")
    values = {
        (quoted or plain).lower(): quoted_value if quoted else plain_value
        for quoted, quoted_value, plain, plain_value in _PARAMETER.findall(rest)
    }
    return Challenge(
        scheme=scheme.lower(),
        realm=values.get("realm", ""),
        service=values.get("service", ""),
        scope=values.get("scope", ""),
    )


async def answer_challenge(
    client: httpx.AsyncClient, response: httpx.Response, login: Login | None, *, scope: str
) -> str:
    """Return the Authorization value for a request that was answered with 401.

    Args:
        client: to ask the token service with.
        response: the 401.
        login: None asks for an anonymous token.
        scope: what the request needs, where the challenge names none.

    Raises RegistryFailure when there is no way to answer it.
    """
    challenge = parse_challenge(response.headers.get("www-authenticate", ""))
    if challenge.scheme == "basic" and login:
        return login.basic()
    if challenge.scheme != "bearer":
        raise answer_failure(response)
    return await _token(client, challenge, login, challenge.scope or scope)


async def _token(
    client: httpx.AsyncClient, challenge: Challenge, login: Login | None, scope: str
) -> str:
    try:
        scheme = urlsplit(challenge.realm).scheme
    except ValueError as error:
        raise _no_token(challenge.realm) from error
    if scheme != "https":
        raise RegistryFailure(
            Failure.NOT_TLS,
            _("the token service of the registry is not reached by https://"),
            url=challenge.realm,
        )
    query = {"service": challenge.service, "scope": scope}
    headers = {"Authorization": login.basic()} if login else {}
    try:
        request = client.build_request(
            "GET",
            challenge.realm,
            params={k: v for k, v in query.items() if v},
            headers=headers,
        )
        response = await receive(client, request)
    except httpx.InvalidURL as error:
        raise _no_token(challenge.realm) from error
    except httpx.HTTPError as error:
        raise transport_failure(error, challenge.realm) from error
    if response.status_code != httpx.codes.OK:
        raise answer_failure(response)
    try:
        body = response.json()
        token = body.get("token") or body.get("access_token")
    except (ValueError, AttributeError) as error:
        raise _no_token(challenge.realm) from error
    if not isinstance(token, str) or not token:
        raise _no_token(challenge.realm)
    return f"Bearer {token}"


def _no_token(realm: str) -> RegistryFailure:
    return RegistryFailure(Failure.NOT_A_REGISTRY, _("it gave no token"), url=realm)
