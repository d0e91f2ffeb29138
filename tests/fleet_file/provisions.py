"""Everything that could be wanted of a product, drawn by the types of its values."""

from __future__ import annotations

import dataclasses
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, get_args, get_origin, get_type_hints

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from wizard.fleet.provision_choice import ProvisionChoice, Text
from wizard.fleet.value_marks import Bounds, Keyed

_TEXTS: Final = {
    Text.REFERENCE: ("ask", "env:HUB", "file:/secrets/hub: x"),
    Text.FILE: ("/etc/ca: #1.pem",),
    Text.UPSTREAM: ("docker.io", "quay.io", "r.corp:5000"),
    Text.URL: ("https://hooks.test/a?b=#c", "http://h:1"),
    Text.NAME: ("hub", "1.10", "no", "a-b.c_d"),
    Text.KEEP: ("always", "30d since pull", "7d since push", "last 3 pulled", "last 3 pushed"),
    Text.SIZE: ("none", "200GiB", "5 TB", "10B"),
    Text.CRON: ("0 0 3 * * *", "0 */5 1-3 ? * MON,TUE"),
}
_FREE: Final = ("", "no", "1.10", "true", "cn=qa,dc=x", "{a,b}", "**", "a: #b", "‘’ü")
_SETTINGS: Final = st.one_of(st.booleans(), st.integers(-9, 999), st.sampled_from(_FREE))


def provisions() -> SearchStrategy[ProvisionChoice]:
    """Draw what a file can say of the product."""
    return _values(ProvisionChoice)


def _values(kind: type[Any]) -> SearchStrategy[Any]:
    hints = get_type_hints(kind, include_extras=True)
    return st.builds(kind, **{name: _of(hint) for name, hint in hints.items()})


def _of(hint: Any) -> SearchStrategy[Any]:
    if get_origin(hint) is UnionType:
        kinds = [one for one in get_args(hint) if one is not NoneType]
        return st.one_of(st.none(), *map(_of, kinds))
    if get_origin(hint) is Annotated:
        return _marked(*get_args(hint))
    if get_origin(hint) is Literal:
        return st.sampled_from(get_args(hint))
    if get_origin(hint) is tuple:
        return _tuples(get_args(hint)[0])
    if dataclasses.is_dataclass(hint):
        return _values(hint)  # type: ignore[arg-type]  # a type, never a value
    return {bool: st.booleans(), int: st.integers(0, 99)}.get(hint, st.sampled_from(_FREE))


def _marked(kind: Any, mark: Any) -> SearchStrategy[Any]:
    if isinstance(mark, Keyed):
        return st.lists(
            _of(get_args(kind)[0]),
            max_size=2,
            unique_by=lambda one: getattr(one, mark.field),
        ).map(tuple)
    if isinstance(mark, Bounds):
        return st.integers(mark.minimum, mark.maximum)
    return st.sampled_from(_TEXTS[mark])


def _tuples(item: Any) -> SearchStrategy[Any]:
    if get_origin(item) is tuple:
        names = st.sampled_from(("read_only", "no", "session_timeout"))
        return st.dictionaries(names, _SETTINGS, max_size=2).map(lambda all_: tuple(all_.items()))
    return st.lists(_of(item), max_size=2).map(tuple)
