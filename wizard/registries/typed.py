"""What a management API answered, as values; an answer of another shape is no answer."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import ValidationError

from wizard.jsonform import adapter
from wizard.registries.failures import Failure, RegistryFailure
from wizard.registries.management import Reply
from wizard.wording import _

Document = dict[str, Any]
"""A JSON object that is written back whole, with what we know nothing of."""

_Value = TypeVar("_Value")


def typed(reply: Reply, kind: type[_Value], path: str) -> _Value:
    """Return the value in an answer to `path`; raises RegistryFailure, NOT_A_REGISTRY."""
    try:
        value: _Value = adapter(kind).validate_python(reply.body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise RegistryFailure(
            Failure.NOT_A_REGISTRY,
            _("its answer is not what the product gives there, at {place}: {reason}").format(
                place=place or "/", reason=first["msg"]
            ),
            url=path,
            status=reply.status,
        ) from error
    return value
