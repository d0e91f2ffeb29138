"""Token authentication: who asks, for what, and what is granted.

https://distribution.github.io/distribution/spec/auth/token/
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final, Protocol
from urllib.parse import parse_qs, urlsplit

from wizard.clock import Clock
from wizard.practice.registry.answers import Code, json_response, no_such_method, refuse
from wizard.practice.registry.message import Request, Response
from wizard.secret import Secret

TOKEN_PATH: Final = "/service/token"  # noqa: S105  # a path
TOKEN_SECONDS: Final = 300
_KEY_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Access:
    """One action on one thing, `pull` on the repository `library/hello`."""

    kind: str
    name: str
    action: str


class Doorkeeper(Protocol):
    """Who may do what, as a token service asks."""

    @property
    def realm(self) -> str:
        """Return the URL of a token service with a name of its own, `https://auth.docker.io`.

        The path is always that of `TOKEN_PATH`. Empty for the registry's own URL.
        """
        ...

    @property
    def service(self) -> str:
        """Return what the registry calls itself."""
        ...

    def knows(self, user: str, password: str) -> bool:
        """Tell whether a login is right."""
        ...

    def grants(self, user: str, access: Access) -> bool:
        """Tell whether somebody may do something; nobody in particular is an empty name."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Authentication:
    """The doorkeeper of a plain registry.

    Attributes:
        users: passwords by user name; a user may do everything.
        anonymous_pull: whether everybody may pull, as from a public project.
        realm, service: as in `Doorkeeper`.
    """

    users: Mapping[str, Secret] = field(default_factory=dict)
    anonymous_pull: bool = True
    realm: str = ""
    service: str = "practice-registry"

    def knows(self, user: str, password: str) -> bool:
        """Tell whether a login is right."""
        known = self.users.get(user)
        return known is not None and hmac.compare_digest(known.reveal().encode(), password.encode())

    def grants(self, user: str, access: Access) -> bool:
        """Tell whether somebody may do something."""
        is_pull = (access.kind, access.action) == ("repository", "pull")
        return bool(user) or (is_pull and self.anonymous_pull)


def repository_access(name: str, *actions: str) -> frozenset[Access]:
    """Return what actions on a repository need."""
    return frozenset(Access(kind="repository", name=name, action=action) for action in actions)


CATALOGUE: Final = frozenset({Access(kind="registry", name="catalog", action="*")})


def parse_scopes(scopes: Iterable[str]) -> frozenset[Access]:
    """Return what `repository:library/hello:pull,push` asks for; what is no scope is left out."""
    wanted = set()
    for scope in " ".join(scopes).split():
        kind, _first, rest = scope.partition(":")
        name, _last, actions = rest.rpartition(":")
        if kind and name:
            wanted |= {Access(kind=kind, name=name, action=one) for one in actions.split(",")}
    return frozenset(wanted)


class TokenService:
    """Give tokens out and check them; a token is signed, so none has to be remembered."""

    def __init__(
        self, doorkeeper: Doorkeeper, *, clock: Clock, random_bytes: Callable[[int], bytes]
    ) -> None:
        self._doorkeeper = doorkeeper
        self._clock = clock
        self._key = random_bytes(_KEY_BYTES)

    def give(self, request: Request) -> Response:
        """Answer a request for a token: less than was asked for is no error here."""
        if request.method != "GET":
            return no_such_method("GET")
        authorization = request.headers.get("authorization", "")
        user = ""
        if authorization:
            user, password = read_basic(authorization)
            if not user or not self._doorkeeper.knows(user, password):
                return refuse(Code.UNAUTHORIZED, message="incorrect username or password")
        wanted = parse_scopes(parse_qs(urlsplit(request.target).query).get("scope", []))
        granted = frozenset(one for one in wanted if self._doorkeeper.grants(user, one))
        token = self._sign(granted)
        document = {"token": token, "access_token": token, "expires_in": TOKEN_SECONDS}
        return json_response(HTTPStatus.OK, document, {"Cache-Control": "no-store"})

    def refuse(self, request: Request, needed: frozenset[Access], url: str) -> Response | None:
        """Return the challenge to a request that may not do what it needs, else None.

        Args:
            request: with a token, or without.
            needed: what it is about to do; nothing for the API's root, which wants any token.
            url: URL of the registry, `https://localhost:5000`.
        """
        scheme, _space, token = request.headers.get("authorization", "").partition(" ")
        why = ""
        if scheme.lower() == "bearer":
            granted = self.granted(token.strip())
            if granted is not None and needed <= granted:
                return None
            why = "invalid_token" if granted is None else "insufficient_scope"
        detail = [
            {"Type": one.kind, "Class": "", "Name": one.name, "Action": one.action}
            for one in sorted(needed)
        ]
        headers = {"WWW-Authenticate": self._challenge(needed, url, why)}
        return refuse(Code.UNAUTHORIZED, detail or None, headers=headers)

    def _challenge(self, needed: frozenset[Access], url: str, why: str) -> str:
        fields = {
            "realm": f"{self._doorkeeper.realm or url}{TOKEN_PATH}",
            "service": self._doorkeeper.service,
        }
        if needed:
            one = min(needed)
            actions = ",".join(sorted(each.action for each in needed))
            fields["scope"] = f"{one.kind}:{one.name}:{actions}"
        if why:
            fields["error"] = why
        return "Bearer " + ",".join(f'{key}="{value}"' for key, value in fields.items())

    def _sign(self, granted: frozenset[Access]) -> str:
        access = [[one.kind, one.name, one.action] for one in sorted(granted)]
        ends = self._clock.now() + TOKEN_SECONDS
        claims = json.dumps({"access": access, "ends": ends}, separators=(",", ":")).encode()
        return f"{_encode(claims)}.{_encode(self._signature(claims))}"

    def granted(self, token: str) -> frozenset[Access] | None:
        """Return what a token allows; None for one that is not ours, or is too old."""
        claims_text, _dot, signature_text = token.partition(".")
        try:
            claims, signature = _decode(claims_text), _decode(signature_text)
        except (binascii.Error, ValueError):
            return None
        if not hmac.compare_digest(signature, self._signature(claims)):
            return None
        document = json.loads(claims)
        if document["ends"] <= self._clock.now():
            return None
        return frozenset(
            Access(kind=kind, name=name, action=action) for kind, name, action in document["access"]
        )

    def _signature(self, claims: bytes) -> bytes:
        return hmac.digest(self._key, claims, hashlib.sha256)


def read_basic(authorization: str) -> tuple[str, str]:
    """Return name and password of a Basic header; two empty texts where there is none."""
    scheme, _space, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _colon, password = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return user, password


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode("ascii").rstrip("=")


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
