"""A product's API contract: its operations, found by method and path."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.contracts.schemas import Schema, closed

Amendment = Callable[[dict[str, Any]], None]
MAY_BE_EMPTY: Final = "x-may-be-empty"
"""An amendment's word for an answer whose body is left out where there is nothing to tell."""

_METHODS: Final = ("get", "head", "post", "put", "patch", "delete")
_FOLDER: Final = Path(__file__).parents[2] / ".." / "shared" / "contracts"


class ContractViolation(AssertionError):
    """A request or an answer is not what the contract says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A path, query or header parameter."""

    name: str
    place: str
    required: bool
    schema: Schema


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Bodies that are allowed, schema by media type; None where any bytes are."""

    schemas: Mapping[str, Schema | None]
    required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer that is allowed; no content means an empty body."""

    content: Content | None
    headers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One call of the API; answers by status or `default`."""

    method: str
    template: str
    parameters: tuple[Parameter, ...]
    content: Content | None
    answers: Mapping[str, Answer]

    def __str__(self) -> str:
        """Return how people write it."""
        return f"{self.method} {self.template}"

    @property
    def pattern(self) -> re.Pattern[str]:
        """Return what a quoted path must look like."""
        parts = re.split(r"\{[^}]*\}", self.template)
        return re.compile("[^/]+".join(map(re.escape, parts)))


class Contract:
    """A document with its operations.

    Attributes:
        document: with closed objects, as Draft 4.
        swagger2: in which an answer without a schema has no body; OpenAPI files are lax there.
        base: path before all others.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = closed(document)
        self.swagger2 = "swagger" in document
        self.base = (
            self.document.get("basePath", "")
            if self.swagger2
            else self.document.get("servers", [{"url": ""}])[0]["url"]
        )

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """Return all operations, those with fewest variable parts first."""
        found = [
            self._operation(method, path, item)
            for path, item in self.document["paths"].items()
            for method in _METHODS
            if method in item
        ]
        return tuple(sorted(found, key=lambda one: one.template.count("{")))

    def find(self, method: str, path: str) -> Operation:
        """Return the operation for a quoted path without its query; raises ContractViolation."""
        for operation in self.operations:
            if operation.method == method and operation.pattern.fullmatch(path):
                return operation
        raise ContractViolation(f"the contract has no {method} {path}")

    def _operation(self, method: str, path: str, item: dict[str, Any]) -> Operation:
        raw = item[method]
        parameters = [
            self._resolve(one) for one in (*item.get("parameters", ()), *raw.get("parameters", ()))
        ]
        return Operation(
            method=method.upper(),
            template=f"{self.base}{path}",
            parameters=tuple(
                Parameter(
                    name=one["name"],
                    place=one["in"],
                    required=one.get("required", False),
                    schema=one if self.swagger2 else one.get("schema", {}),
                )
                for one in parameters
                if one["in"] in {"path", "query", "header"}
            ),
            content=self._body(raw, parameters),
            answers={
                str(status): self._answer(raw, self._resolve(answer))
                for status, answer in raw["responses"].items()
            },
        )

    def _body(self, raw: dict[str, Any], parameters: list[dict[str, Any]]) -> Content | None:
        if not self.swagger2:
            body = self._resolve(raw.get("requestBody"))
            return _content(body.get("content"), required=body.get("required", False))
        for one in parameters:
            if one["in"] == "body":
                types = raw.get("consumes") or self.document.get("consumes", ["application/json"])
                return Content(
                    schemas=dict.fromkeys(types, one["schema"]),
                    required=one.get("required", False),
                )
        return None

    def _answer(self, raw: dict[str, Any], answer: dict[str, Any]) -> Answer:
        headers = tuple(answer.get("headers", ()))
        if not self.swagger2:
            return Answer(content=_content(answer.get("content")), headers=headers)
        schema = answer.get("schema")
        if schema is None:
            return Answer(content=None, headers=headers)
        types = raw.get("produces") or self.document.get("produces", ["application/json"])
        free = schema.get("type") == "file"
        return Answer(
            content=Content(
                schemas=dict.fromkeys(types, None if free else schema),
                required=not answer.get(MAY_BE_EMPTY, False),
            ),
            headers=headers,
        )

    def _resolve(self, thing: dict[str, Any] | None) -> dict[str, Any]:
        found: Any = thing or {}
        while "$ref" in found:
            names = found["$ref"].removeprefix("#/").split("/")
            found = self.document
            for name in names:
                found = found[name]
        return dict(found)


def _content(raw: dict[str, Any] | None, *, required: bool = True) -> Content | None:
    if not raw:
        return None
    return Content(
        schemas={media_type: one.get("schema") for media_type, one in raw.items()},
        required=required,
    )


def contract_file(name: str) -> Path:
    """Return where a contract is, or would be."""
    return (Path(os.environ.get("PILOTAGE_CONTRACTS") or _FOLDER) / name).resolve()


def read_contract(name: str, *, amend: Amendment | None = None) -> Contract:
    """Return the contract in a file, amended; skips the test where there is none."""
    file = contract_file(name)
    if not file.exists():
        pytest.skip(f"NOT CHECKED AGAINST THE CONTRACT: there is no {file} (PILOTAGE_CONTRACTS)")
    return _read(file, amend)


@lru_cache
def _read(file: Path, amend: Amendment | None) -> Contract:
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".json":
        document = json.loads(text)
    else:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        document = yaml.load(text, loader)  # noqa: S506  # both are safe loaders
    if amend:
        amend(document)
    return Contract(document)
