"""Users, roles, realms, anonymous access and the SSRF guard of the practice Nexus."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from wizard.practice.exchange import Answer, Request, invalid, known, refuse
from wizard.practice.nexus.setting import ADMIN, Route, Setting

_REALMS: Final = {
    "NexusAuthenticatingRealm": "Local Authenticating Realm",
    "DockerToken": "Docker Bearer Token Realm",
    "NpmToken": "npm Bearer Token Realm",
    "LdapRealm": "LDAP Realm",
}
_ROLE_KEYS: Final = frozenset({"id", "name", "description", "privileges", "roles"})
_USER_KEYS: Final = frozenset(
    [
        "userId",
        "firstName",
        "lastName",
        "emailAddress",
        "source",
        "status",
        "readOnly",
        "roles",
        "externalRoles",
    ]
)
_V1: Final = "/service/rest/v1/security"
_WIDE: Final = "nx-repository-view-*-*-"


@dataclass(slots=True)
class User:
    """A user: the document that the API tells, and the password that it does not."""

    document: dict[str, Any]
    password: str


def _user(user_id: str, first: str, last: str, role: str) -> dict[str, Any]:
    return {
        "userId": user_id,
        "firstName": first,
        "lastName": last,
        "emailAddress": f"{user_id}@example.org",
        "source": "default",
        "status": "active",
        "readOnly": False,
        "roles": [role],
        "externalRoles": [],
    }


class Security:
    """Who may do what."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self.realms = ["NexusAuthenticatingRealm"]
        self.anonymous = {
            "enabled": False,
            "userId": "anonymous",
            "realmName": "NexusAuthorizingRealm",
        }
        self.users = {
            ADMIN: User(
                _user(ADMIN, "Administrator", "User", "nx-admin"), setting.password.reveal()
            ),
            "anonymous": User(_user("anonymous", "Anonymous", "User", "nx-anonymous"), ""),
        }
        self.roles: dict[str, dict[str, Any]] = {
            "nx-admin": _role("nx-admin", "nx-all"),
            # The stock role reads all repositories (facts/nexus_artifactory.md §1.7).
            "nx-anonymous": _role("nx-anonymous", f"{_WIDE}read", f"{_WIDE}browse"),
        }
        self.privileges = {"nx-all", f"{_WIDE}read", f"{_WIDE}browse"}
        self.guard: dict[str, Any] = {"enabled": True, "allowedDomains": [], "allowedIPs": []}

    def routes(self) -> list[Route]:
        """Return the calls that are answered here."""
        return [
            Route(method="GET", path=f"{_V1}/realms/active", handler=self._active),
            Route(method="GET", path=f"{_V1}/realms/available", handler=self._available),
            Route(method="PUT", path=f"{_V1}/realms/active", handler=self._activate),
            Route(method="GET", path=f"{_V1}/anonymous", handler=self._anonymous),
            Route(method="PUT", path=f"{_V1}/anonymous", handler=self._set_anonymous),
            Route(method="GET", path=f"{_V1}/roles/([^/]+)", handler=self._get_role),
            Route(method="POST", path=f"{_V1}/roles", handler=self._add_role),
            Route(method="PUT", path=f"{_V1}/roles/([^/]+)", handler=self._set_role),
            Route(method="GET", path=f"{_V1}/users", handler=self._find_users),
            Route(method="PUT", path=f"{_V1}/users/([^/]+)", handler=self._set_user),
            Route(
                method="PUT", path=f"{_V1}/users/([^/]+)/change-password", handler=self._password
            ),
            Route(method="GET", path=f"{_V1}/ssrf-protection", handler=self._guard, since=92),
            Route(method="PUT", path=f"{_V1}/ssrf-protection", handler=self._set_guard, since=92),
        ]

    def is_user(self, credentials: tuple[str, str]) -> bool:
        """Tell whether a password is right."""
        user = self.users.get(credentials[0])
        return user is not None and bool(user.password) and user.password == credentials[1]

    def may_read(self, user_id: str, repository: str) -> bool:
        """Tell whether a user may read a Docker repository."""
        wanted = {
            "nx-all",
            f"{_WIDE}read",
            f"nx-repository-view-docker-{repository}-read",
            f"nx-repository-view-docker-{repository}-*",
        }
        return bool(wanted & self._privileges(user_id))

    def may_all(self, user_id: str, repository: str) -> bool:
        """Tell whether a user may do anything with a Docker repository, pushing included."""
        wanted = {"nx-all", f"nx-repository-view-docker-{repository}-*"}
        return bool(wanted & self._privileges(user_id))

    def _privileges(self, user_id: str) -> set[str]:
        roles = self.users[user_id].document["roles"] if user_id in self.users else []
        return {one for role in roles for one in self.roles[role]["privileges"]}

    def check_upstream(self, url: str) -> None:
        """Refuse a private upstream, as since 3.92 (facts/nexus_artifactory.md §1.6)."""
        host = urlsplit(url).hostname or ""
        address = self._setting.names.get(host, host)
        try:
            is_private = ipaddress.ip_address(address).is_private
        except ValueError:
            is_private = False
        if self._setting.minor < 92 or not self.guard["enabled"] or not is_private:  # noqa: PLR2004  # 3.92
            return
        if host not in self.guard["allowedDomains"] and address not in self.guard["allowedIPs"]:
            words = f"Proxy URL blocked: Host resolves to private/local IP address(es): {address}"
            invalid("PARAMETER proxy.remoteUrl", f"{words} (private network address)")

    def _active(self, _request: Request) -> Answer:
        return Answer(value=self.realms)

    def _available(self, _request: Request) -> Answer:
        return Answer(value=[{"id": key, "name": name} for key, name in _REALMS.items()])

    def _activate(self, request: Request) -> Answer:
        wanted = request.json()
        if unknown := [realm for realm in wanted if realm not in _REALMS]:
            refuse(400, f"Unknown realmIds: [{', '.join(unknown)}]")
        self.realms = wanted
        return Answer(status=204)

    def _anonymous(self, _request: Request) -> Answer:
        return Answer(value=self.anonymous)

    def _set_anonymous(self, request: Request) -> Answer:
        wanted = request.document()
        known(wanted, frozenset(self.anonymous), "AnonymousAccessSettingsXO")
        if wanted.get("userId") not in self.users:
            invalid("userId", "User does not exist")
        if wanted.get("realmName") not in {*_REALMS, "NexusAuthorizingRealm"}:
            invalid("realmName", "Realm does not exist")
        self.anonymous = {"enabled": False, **wanted}
        return Answer(value=self.anonymous)

    def _get_role(self, _request: Request, role_id: str) -> Answer:
        if role_id not in self.roles:
            refuse(404, f"Role '{role_id}' not found")
        return Answer(value=self.roles[role_id])

    def _add_role(self, request: Request) -> Answer:
        wanted = self._role(request)
        if wanted["id"] in self.roles:
            refuse(400, f"Role {wanted['id']} already exists")
        self.roles[wanted["id"]] = {**wanted, "source": "default", "readOnly": False}
        return Answer(value=self.roles[wanted["id"]])

    def _set_role(self, request: Request, role_id: str) -> Answer:
        if role_id not in self.roles:
            refuse(404, f"Role '{role_id}' not found")
        if self.roles[role_id]["readOnly"]:
            refuse(400, f"Role '{role_id}' is read-only and can not be edited")
        self.roles[role_id] |= self._role(request)
        return Answer(status=204)

    def _role(self, request: Request) -> dict[str, Any]:
        wanted = request.document()
        known(wanted, _ROLE_KEYS, "RoleXORequest")
        for privilege in wanted.get("privileges", []):
            if privilege not in self.privileges:
                invalid("privileges", f"Privilege '{privilege}' not found")
        return {"description": "", "privileges": [], "roles": [], **wanted}

    def _find_users(self, request: Request) -> Answer:
        start = request.query.get("userId", "")
        found = [user.document for key, user in self.users.items() if key.startswith(start)]
        return Answer(value=found)

    def _set_user(self, request: Request, user_id: str) -> Answer:
        wanted = request.document()
        known(wanted, _USER_KEYS, "ApiUser")
        if user_id not in self.users:
            refuse(404, f"User '{user_id}' not found")
        if unknown := [role for role in wanted.get("roles", []) if role not in self.roles]:
            invalid("roles", f"Unable to find role(s): {', '.join(unknown)}")
        self.users[user_id].document |= wanted
        return Answer(status=204)

    def _password(self, request: Request, user_id: str) -> Answer:
        if request.headers.get("content-type", "").partition(";")[0] != "text/plain":
            refuse(415, "HTTP 415 Unsupported Media Type")
        if not request.body.strip():
            refuse(400, "Password must be supplied.")
        if user_id not in self.users:
            refuse(404, f"User '{user_id}' not found")
        self.users[user_id].password = request.body.decode()
        return Answer(status=204)

    def _guard(self, _request: Request) -> Answer:
        return Answer(value=self.guard)

    def _set_guard(self, request: Request) -> Answer:
        wanted = request.document()
        known(wanted, frozenset(self.guard), "SsrfProtectionConfigurationXO")
        self.guard = {"allowedDomains": [], "allowedIPs": [], **wanted}
        return Answer(value=self.guard)


def _role(name: str, *privileges: str) -> dict[str, Any]:
    return {
        "id": name,
        "source": "default",
        "name": name,
        "description": "",
        "readOnly": True,
        "privileges": list(privileges),
        "roles": [],
    }
