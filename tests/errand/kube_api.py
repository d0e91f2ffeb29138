"""As much of a Kubernetes API as kubectl needs for namespaces, accounts and secrets.

It answers the real client over HTTP on loopback: server-side apply with its conflicts between
managers, JSON patches with their tests, and dry runs that keep nothing.
"""

from __future__ import annotations

import copy
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import yaml

_OBJECT: Final = re.compile(r"/api/v1/namespaces/([^/]+)(?:/([^/]+)(?:/([^/]+))?)?")
_KINDS: Final = {
    "secrets": "Secret",
    "serviceaccounts": "ServiceAccount",
    "namespaces": "Namespace",
}
_RESOURCES: Final = [
    {
        "name": plural,
        "singularName": kind.lower(),
        "kind": kind,
        "namespaced": plural != "namespaces",
        "verbs": ["get", "list", "create", "patch"],
    }
    for plural, kind in _KINDS.items()
]
Json = dict[str, Any]


@dataclass
class KubeAPI:
    """A cluster.

    Attributes:
        objects: by (plural, namespace, name); a namespace is its own namespace.
        managers: who applied a secret last.
        writes: method, path and whether it was a dry run, of each that was answered well.
        refuses: words with which every apply is refused, or empty.
        in_between: called before each patch that is no dry run.
    """

    objects: dict[tuple[str, str, str], Json] = field(default_factory=dict)
    managers: dict[tuple[str, str, str], str] = field(default_factory=dict)
    writes: list[tuple[str, str, bool]] = field(default_factory=list)
    refuses: str = ""
    moved: list[tuple[str, str]] = field(default_factory=list)
    url: str = ""
    _version: int = 100

    def add(self, plural: str, namespace: str, name: str, **content: Any) -> None:
        """Put an object there, as somebody else did."""
        body = {"apiVersion": "v1", "kind": _KINDS[plural], **content}
        body["metadata"] = {"name": name, "namespace": namespace}
        self.objects[plural, namespace, name] = self._stamped(body)

    def pull_secrets(self, namespace: str, account: str = "default") -> list[str]:
        """Return the names that an account has in its list."""
        found = self.objects["serviceaccounts", namespace, account].get("imagePullSecrets", [])
        return [one["name"] for one in found]

    def answer(self, method: str, target: str, body: bytes) -> tuple[int, Json]:
        """Return status and body."""
        parts = urlsplit(target)
        query = parse_qs(parts.query)
        match = _OBJECT.fullmatch(parts.path)
        if match is None:
            return _discovery(parts.path)
        namespace, plural, name = match.groups()
        key = (plural, namespace, name) if plural else ("namespaces", namespace, namespace)
        is_dry = "All" in query.get("dryRun", [])
        if method == "GET":
            found = self.objects.get(key)
            return (200, found) if found else _status(404, f'{key[0]} "{key[2]}" not found')
        manager = query.get("fieldManager", [""])[0]
        status, answer = (
            self._apply(key, yaml.safe_load(body), manager, is_dry=is_dry)
            if plural == "secrets"
            else self._patch(key, json.loads(body), is_dry=is_dry)
        )
        if status < 300:
            self.writes.append((method, parts.path, is_dry))
        return status, answer

    def _apply(
        self, key: tuple[str, str, str], body: Json, manager: str, *, is_dry: bool
    ) -> tuple[int, Json]:
        if self.refuses:
            return _status(403, self.refuses)
        before = self.objects.get(key)
        if before is not None and self.managers.get(key) != manager:
            return _status(409, 'Apply failed with 1 conflict: conflict with "kubectl-create"')
        if before is not None and before["data"] == body["data"]:
            return 200, before
        after = self._stamped(copy.deepcopy(body))
        if not is_dry:
            self.objects[key], self.managers[key] = after, manager
        return 200, after

    def _patch(
        self, key: tuple[str, str, str], operations: list[Json], *, is_dry: bool
    ) -> tuple[int, Json]:
        if not is_dry and self.moved:
            namespace, other = self.moved.pop()
            account = self.objects["serviceaccounts", namespace, key[2]]
            account.setdefault("imagePullSecrets", []).append({"name": other})
            self._stamped(account)
        after = copy.deepcopy(self.objects[key])
        for operation in operations:
            path, value = operation["path"], operation["value"]
            if operation["op"] == "test" and after["metadata"]["resourceVersion"] != value:
                return _status(422, "the server rejected our request: testing value failed")
            if operation["op"] == "add" and path == "/imagePullSecrets/-":
                after["imagePullSecrets"].append(value)
            elif operation["op"] == "add":
                after[path.lstrip("/")] = value
        if not is_dry:
            self.objects[key] = self._stamped(after)
        return 200, after

    def _stamped(self, body: Json) -> Json:
        self._version += 1
        body["metadata"]["resourceVersion"] = str(self._version)
        return body


def _discovery(path: str) -> tuple[int, Json]:
    match path:
        case "/api":
            return 200, {"kind": "APIVersions", "versions": ["v1"]}
        case "/apis":
            return 200, {"kind": "APIGroupList", "apiVersion": "v1", "groups": []}
        case "/api/v1":
            return 200, {
                "kind": "APIResourceList",
                "groupVersion": "v1",
                "resources": _RESOURCES,
            }
        case "/openapi/v3":
            return 200, {"paths": {"api/v1": {"serverRelativeURL": "/openapi/v3/api/v1"}}}
        case "/openapi/v3/api/v1":
            return 200, _open_api()
        case _:
            return _status(404, "the server could not find the requested resource")


def _open_api() -> Json:
    parameters = [
        {"name": name, "in": "query", "schema": {"type": "string"}}
        for name in ("dryRun", "fieldManager", "fieldValidation", "force")
    ]
    paths = {
        f"/api/v1/namespaces/{{namespace}}/{plural}/{{name}}": {
            "patch": {
                "parameters": parameters,
                "responses": {"200": {"description": "OK"}},
                "x-kubernetes-group-version-kind": {"group": "", "version": "v1", "kind": kind},
            }
        }
        for plural, kind in _KINDS.items()
    }
    return {"openapi": "3.0.0", "info": {"title": "api", "version": "v1"}, "paths": paths}


def _status(code: int, message: str) -> tuple[int, Json]:
    return code, {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "message": message,
        "reason": {404: "NotFound", 409: "Conflict", 403: "Forbidden"}.get(code, "Invalid"),
        "code": code,
    }


@contextmanager
def serving(api: KubeAPI) -> Iterator[None]:
    """Serve the cluster on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer("GET")

        def do_PATCH(self) -> None:
            self._answer("PATCH")

        def _answer(self, method: str) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            status, body = api.answer(method, self.path, self.rfile.read(length))
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # its own signature
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    api.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
