"""The contract of Nexus 3.94, with what its file leaves out of what servers do."""

from __future__ import annotations

from typing import Any, Final

REST: Final = "nexus-swagger.json"

_ALSO: Final = {
    # A wrong field, `[{"id", "message"}]` (facts/nexus_artifactory.md §2.2).
    ("/v1/repositories/docker/proxy", "post"): "400",
    ("/v1/repositories/docker/hosted", "post"): "400",
    ("/v1/repositories/docker/group", "post"): "400",
    ("/v1/blobstores/file", "post"): "400",
    ("/v1/security/roles", "post"): "400",
    ("/v1/repositories/docker/proxy/{repositoryName}", "get"): "404",
    ("/v1/repositories/docker/hosted/{repositoryName}", "get"): "404",
    ("/v1/repositories/docker/group/{repositoryName}", "get"): "404",
    # Without a licence to accept, before 3.77 and in the Pro edition (§2.1).
    ("/v1/system/eula", "get"): "404",
    # Before 3.92, 3.82, 3.81, 3.74 (§9).
    ("/v1/security/ssrf-protection", "get"): "404",
    ("/v1/capabilities", "get"): "404",
    ("/v1/monthly-metrics", "get"): "404",
    ("/v1/usage-history", "get"): "404",
    ("/v1/tasks/templates/{typeId}", "get"): "404",
    # Policies were elsewhere before 3.94 (§1.4).
    ("/internal/cleanup-policies", "get"): "404",
}
_SILENT: Final = (
    # The file knows only how these fail; they answer 200 with a body, or 204 (§2.1, §2.3).
    ("/v1/security/anonymous", "get"),
    ("/v1/security/anonymous", "put"),
    ("/v1/security/roles", "post"),
    ("/v1/security/roles/{id}", "get"),
    ("/v1/security/roles/{id}", "put"),
    ("/v1/security/users", "get"),
)


def amend(document: dict[str, Any]) -> None:
    """Add what servers were seen to answer, and the paths that 3.94 no longer has."""
    paths = document["paths"]
    for (path, method), status in _ALSO.items():
        paths[path][method]["responses"].setdefault(status, {"description": "seen"})
    for path, method in _SILENT:
        for status in ("200", "204"):
            paths[path][method]["responses"].setdefault(status, {"description": "seen"})
    for path, item in _refused(paths):
        for operation in item.values():
            operation["responses"].setdefault("401", {"description": f"no login for {path}"})
    # Each kind of repository has fields of its own beside those that all have.
    document["components"]["schemas"]["AbstractApiRepository"]["additionalProperties"] = True
    policies = {
        "get": paths["/internal/cleanup-policies"]["get"]["responses"]["200"],
        "post": {"description": "3.74 to 3.93"},
    }
    body = paths["/internal/cleanup-policies"]["post"]["requestBody"]
    paths["/v1/cleanup-policies"] = {
        "get": {"responses": {"200": policies["get"], "404": {"description": "3.94"}}},
        "post": {"requestBody": body, "responses": {"201": policies["post"]}},
    }
    named = {"name": "policyName", "in": "path", "required": True, "schema": {"type": "string"}}
    paths["/v1/cleanup-policies/{policyName}"] = {
        "put": {
            "parameters": [named],
            "requestBody": body,
            "responses": {"204": {"description": "3.74 to 3.93"}},
        }
    }


def _refused(paths: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(path, item) for path, item in paths.items() if path.startswith("/v1/")]
