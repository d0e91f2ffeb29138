"""Schemas of Swagger and OpenAPI as JSON Schema, Draft 4, which both come from."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import jsonschema

Schema = dict[str, Any]
_NULLABLE: Final = ("nullable", "x-nullable", "x-isnullable")
"""OpenAPI's word and Swagger's; Harbor's file has the third."""

_FORMATS: Final = jsonschema.FormatChecker(formats=())


@_FORMATS.checks("date-time", raises=ValueError)
def _is_time(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


def closed(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document whose objects with properties take no others, nulls where they may be."""
    definitions = {
        **{f"#/definitions/{k}": v for k, v in document.get("definitions", {}).items()},
        **{
            f"#/components/schemas/{k}": v
            for k, v in document.get("components", {}).get("schemas", {}).items()
        },
    }
    return {key: _translated(value, definitions) for key, value in document.items()}


def _translated(thing: Any, definitions: dict[str, Any]) -> Any:
    match thing:
        case dict():
            schema = _merged(thing, definitions) if "allOf" in thing else thing
            schema = {key: _part(key, value, definitions) for key, value in schema.items()}
            return _nullable(_closed_one(schema))
        case list():
            return [_translated(one, definitions) for one in thing]
        case _:
            return thing


def _part(key: str, value: Any, definitions: dict[str, Any]) -> Any:
    """Return one part of a schema; names of properties are no words of a schema."""
    if key == "properties" and isinstance(value, dict):
        return {name: _translated(one, definitions) for name, one in value.items()}
    return _translated(value, definitions)


def _merged(schema: Schema, definitions: dict[str, Any]) -> Schema:
    """Return one object for all that `allOf` joins: closed ones could never hold together."""
    merged: Schema = {key: value for key, value in schema.items() if key != "allOf"}
    for part in schema["allOf"]:
        found = definitions[part["$ref"]] if "$ref" in part else part
        if "allOf" in found:
            found = _merged(found, definitions)
        for key, value in found.items():
            match merged.get(key), value:
                case dict() as known, dict():
                    merged[key] = {**value, **known}
                case list() as known, list():
                    merged[key] = [*value, *known]
                case None, _:
                    merged[key] = value
    return merged


def _closed_one(schema: Schema) -> Schema:
    if isinstance(schema.get("properties"), dict) and schema.get("type", "object") == "object":
        return {"additionalProperties": False, **schema}
    return schema


def _nullable(schema: Schema) -> Schema:
    if not any(schema.get(word) is True for word in _NULLABLE):
        return schema
    bare = {key: value for key, value in schema.items() if key not in _NULLABLE}
    return {**_parameter_words(schema), "anyOf": [bare, {"type": "null"}]}


def _parameter_words(schema: Schema) -> Schema:
    return {key: schema[key] for key in ("name", "in", "required") if key in schema}


def faults(schema: Schema, value: object, document: dict[str, Any]) -> list[str]:
    """Return what is wrong with a value, each with its place; empty where nothing is."""
    # References are looked up at the root, and beside a reference Draft 4 reads nothing.
    root = {
        "allOf": [_without_parameter_words(schema)],
        "definitions": document.get("definitions", {}),
        "components": document.get("components", {}),
    }
    validator = jsonschema.Draft4Validator(root, format_checker=_FORMATS)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def _without_parameter_words(schema: Schema) -> Schema:
    """Return a Swagger parameter's own schema: its `required` is no list of names."""
    if isinstance(schema.get("required"), bool):
        return {key: value for key, value in schema.items() if key != "required"}
    return schema
