"""Values to JSON and back, at the edges: plan files, journals, `--json` output."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from wizard.errors import InputError

Value = TypeVar("Value")
_adapters: dict[type[Any], TypeAdapter[Any]] = {}


def adapter(kind: type[Any]) -> TypeAdapter[Any]:
    """Return what reads and writes that kind of value, built once: that takes milliseconds."""
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]


def to_json(value: Any, *, indent: int | None = None) -> str:
    """Return the JSON of a dataclass value; enums as their values."""
    return adapter(type(value)).dump_json(value, indent=indent).decode()


def to_data(value: Any) -> Any:
    """Return the value as dicts, lists, strings and numbers."""
    return adapter(type(value)).dump_python(value, mode="json")


def from_json(kind: type[Value], text: str | bytes, *, source: str) -> Value:
    """Return the value of `kind` that `text` describes.

    Raises InputError, naming `source` and the first wrong place in it.
    """
    try:
        value: Value = adapter(kind).validate_json(text)
    except ValidationError as error:
        raise _wrong(error, source) from error
    return value


def from_data(kind: type[Value], data: Any, *, source: str) -> Value:
    """Return the value of `kind` that parsed JSON `data` describes; raises as `from_json`."""
    try:
        value: Value = adapter(kind).validate_python(data)
    except ValidationError as error:
        raise _wrong(error, source) from error
    return value


def _wrong(error: ValidationError, source: str) -> InputError:
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return InputError(
        f"is not what was expected at {place or 'its start'}: {first['msg']}",
        file=source,
        todo="Use a file that this version of Pilotage wrote.",
    )
