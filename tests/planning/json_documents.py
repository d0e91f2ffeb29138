"""Texts of daemon.json as people could have written them, for property tests."""

from __future__ import annotations

import json
from typing import Any, Final

from hypothesis import strategies as st

_KEY = "registry-mirrors"
_SPACES = st.sampled_from(["", " ", "  ", "\t", "\n", "\r\n", "\n  ", "\r\n\t\t", " \n \n "])
_SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
_VALUES = st.recursive(
    _SCALARS,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=4), below),
    max_leaves=6,
)
MIRROR_LISTS: Final = st.lists(
    st.sampled_from(["https://a.example", "http://b:5000", "https://c/d"]), unique=True
)
_KEYS = st.text(max_size=8)


@st.composite
def _spaced(draw: st.DrawFn, value: Any) -> str:
    """Return the JSON of a value with any white space that JSON allows."""
    space = [draw(_SPACES) for _ in range(4)]
    if isinstance(value, dict):
        parts = [
            f"{space[0]}{json.dumps(key)}{space[1]}:{space[2]}{draw(_spaced(below))}{space[3]}"
            for key, below in value.items()
        ]
        return "{" + (",".join(parts) if parts else space[0]) + "}"
    if isinstance(value, list):
        parts = [f"{space[0]}{draw(_spaced(below))}{space[1]}" for below in value]
        return "[" + (",".join(parts) if parts else space[0]) + "]"
    return json.dumps(value, ensure_ascii=draw(st.booleans()))


@st.composite
def json_documents(draw: st.DrawFn) -> str:
    """Return the text of any JSON object, often with mirrors."""
    values = draw(st.dictionaries(_KEYS, _VALUES, max_size=4))
    if draw(st.booleans()):
        values[_KEY] = draw(MIRROR_LISTS)
    return f"{draw(_SPACES)}{draw(_spaced(values))}{draw(_SPACES)}"
