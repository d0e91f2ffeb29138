"""Registry endpoints: looked at upstream before they are kept, their secrets masked (§2.2)."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from wizard.practice.harbor.message import Answer, Ask, Refusal, Route, Uncoded, created
from wizard.practice.harbor.state import State

MASK: Final = "*****"
_TYPES: Final = frozenset(
    {
        "ali-acr",
        "aws-ecr",
        "azure-acr",
        "docker-hub",
        "docker-registry",
        "github-ghcr",
        "google-gcr",
        "harbor",
        "huawei-SWR",
        "jfrog-artifactory",
        "tencent-tcr",
        "volcengine-cr",
    }
)
_LONGEST_NAME: Final = 64


def told(state: State, endpoint: dict[str, Any]) -> dict[str, Any]:
    """Return an endpoint as it is read: looked at every few minutes, its secret masked."""
    body = dict(endpoint)
    if credential := endpoint.get("credential"):
        body["credential"] = {**credential, "access_secret": MASK}
    return body | {"status": "healthy" if is_healthy(state, endpoint) else "unhealthy"}


def is_healthy(state: State, endpoint: dict[str, Any]) -> bool:
    """Tell whether an endpoint reaches its upstream, and is let in there."""
    reached = state.reaches_upstream and state.upstream.answers_at(endpoint["url"])
    return reached and state.upstream.knows(endpoint.get("credential"))


def _list(state: State, ask: Ask) -> Answer:
    wanted = ask.keywords().get("name", "")
    return ask.page(
        [told(state, one) for one in state.endpoints.values() if _like(one["name"], wanted)]
    )


def _like(name: str, wanted: str) -> bool:
    if wanted.startswith("~"):
        return wanted[1:] in name
    return not wanted or name == wanted


def _create(state: State, ask: Ask) -> Answer:
    body = ask.body()
    if not 1 <= len(body.get("name", "")) <= _LONGEST_NAME:
        raise Refusal(422, "name in body should be at least 1 chars long")
    if any(one["name"] == body["name"] for one in state.endpoints.values()):
        raise Refusal(409, f"registry {body['name']} already exists")
    _look_upstream(state, body)
    identity = state.next_id("registry")
    now = state.now()
    state.endpoints[identity] = {
        **body,
        "id": identity,
        "description": body.get("description", ""),
        "creation_time": now,
        "update_time": now,
    }
    return created(ask, identity)


def _look_upstream(state: State, endpoint: dict[str, Any]) -> None:
    if endpoint.get("type") not in _TYPES:
        raise Refusal(400, f"adapter type {endpoint.get('type')} not found")
    if urlsplit(endpoint.get("url", "")).scheme not in {"http", "https"}:
        raise Refusal(400, "the registry is unhealthy")
    if not state.reaches_upstream or not state.upstream.answers_at(endpoint["url"]):
        raise Uncoded("dial tcp: i/o timeout")
    if state.upstream.knows(endpoint.get("credential")):
        return
    # Only of Hub does the adapter give up with an error that has no code.
    if endpoint["type"] == "docker-hub":
        raise Uncoded("login to dockerhub error: 401 incorrect username or password")
    raise Refusal(400, "the registry is unhealthy")


def _ping(state: State, ask: Ask) -> Answer:
    body = ask.body()
    flat = {key: body.get(key, "") for key in ("access_key", "access_secret")}
    _look_upstream(state, body | {"credential": flat})
    return Answer()


def _get(state: State, ask: Ask) -> Answer:
    return Answer(body=told(state, _found(state, ask)))


def _update(state: State, ask: Ask) -> Answer:
    """Take the flat fields; a masked secret is taken at its word."""
    kept, body = _found(state, ask), ask.body()
    changed = {**kept, **{k: v for k, v in body.items() if k in {"name", "url", "insecure"}}}
    if "ca_certificate" in body and state.at_least(2, 15):
        changed["ca_certificate"] = body["ca_certificate"]
    credential = dict(kept.get("credential") or {"type": "basic"})
    credential |= {k: v for k, v in body.items() if k in {"access_key", "access_secret"}}
    if len(credential) > 1:
        changed["credential"] = credential
    _look_upstream(state, changed)
    state.endpoints[kept["id"]] = changed | {"update_time": state.now()}
    return Answer()


def _delete(state: State, ask: Ask) -> Answer:
    kept = _found(state, ask)
    used = any(one.registry_id == kept["id"] for one in state.projects.values())
    if used or any(one["src"] == kept["id"] for one in state.replications.values()):
        raise Refusal(412, f"Can't delete registry: {kept['id']}, it is referenced")
    del state.endpoints[kept["id"]]
    return Answer()


def _found(state: State, ask: Ask) -> dict[str, Any]:
    kept = state.endpoints.get(int(ask.names["id"]))
    if kept is None:
        raise Refusal(404, f"registry {ask.names['id']} not found")
    return kept


ROUTES: Final = (
    Route(method="GET", template="/registries", handler=_list),
    Route(method="POST", template="/registries", handler=_create),
    Route(method="POST", template="/registries/ping", handler=_ping),
    Route(method="GET", template="/registries/{id}", handler=_get),
    Route(method="PUT", template="/registries/{id}", handler=_update),
    Route(method="DELETE", template="/registries/{id}", handler=_delete),
)
