"""Arbitrary configurations of containerd: valid TOML in every way that people write it."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from string import ascii_letters, digits

from hypothesis import assume
from hypothesis import strategies as st

GRPC = "io.containerd.grpc.v1.cri"
IMAGES = "io.containerd.cri.v1.images"

_WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\x7f"), max_size=12)
_LITERAL = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="'\ufeff"),
    max_size=12,
)
_BARE = st.text(f"{ascii_letters}{digits}_-", min_size=1, max_size=8)
_STRINGS = st.one_of(
    _WORDS.filter(lambda words: max(words, default="") < "\ufffe").map(json.dumps),
    _LITERAL.map(lambda words: f"'{words}'"),
    _LITERAL.map(lambda words: f"'''\n[{words}]\n# no comment '{words}''''"),
    _BARE.map(lambda words: f'"""\\\n  {words} = "x" # ]]\n"""'),
)
_SCALARS = st.one_of(
    _STRINGS,
    st.integers(-(2**62), 2**62).map(str),
    st.sampled_from(["true", "false", "0x1F", "1_000", "-inf", "6.02e23", "07:32:00"]),
    st.sampled_from(["1979-05-27T07:32:00Z", "1979-05-27 07:32:00.5", "1979-05-27"]),
)
_SPACES = st.sampled_from(["", " ", "\t", "  "])
_ENDS = st.sampled_from(["", " # why", "\t#[not.a.table]", "  ", '  # "quoted" = 1'])
_PARTS = st.one_of(_BARE, _LITERAL.map(lambda words: f"'{words}'"))
_AT_MOST_ONE = st.lists(_PARTS, max_size=1)
_AT_MOST_TWO = st.lists(_PARTS, max_size=2)


def _one_line(value: str) -> bool:
    return "\n" not in value


_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda all_: f"[{', '.join(all_)}]"),
        st.lists(inner, min_size=1, max_size=3).map(
            lambda all_: "[\n  " + ", # ]\n  ".join(all_) + ", # last\n]"
        ),
        st.lists(st.tuples(_BARE, inner.filter(_one_line)), max_size=2).map(
            lambda pairs: "{ " + ", ".join(f"{key} = {one}" for key, one in pairs) + " }"
        ),
    ),
    max_leaves=4,
)


@st.composite
def _pairs(draw: st.DrawFn, lead: str) -> list[str]:
    """Draw pairs whose keys begin with different words, because a key may be there once."""
    pairs = []
    for number in range(draw(st.integers(0, 2))):
        key = ".".join((f"{lead}{number}", *draw(_AT_MOST_ONE)))
        before, around = draw(_SPACES), draw(_SPACES)
        pairs.append(f"{before}{key}{around}={around}{draw(_VALUES)}{draw(_ENDS)}")
    return pairs


@st.composite
def _tables(draw: st.DrawFn) -> list[str]:
    tables = []
    for number in range(draw(st.integers(0, 2))):
        dots = draw(st.sampled_from([".", " . "]))
        name = dots.join((f"table{number}", *draw(_AT_MOST_TWO)))
        head = draw(st.sampled_from(["[{}]", "[ {} ]", "[[{}]]", '[{}."odd"]'])).format(name)
        lines = [f"{draw(_SPACES)}{head}{draw(_ENDS)}", *draw(_pairs("key"))]
        tables.append("\n".join(lines))
    return tables


def _cri(plugin: str) -> Sequence[str]:
    """Return pieces about images, each of which may be there or not."""
    registry = f'plugins."{plugin}".registry'
    return (
        f'[plugins."{plugin}"]\n  max_concurrent_downloads = 3 # usual',
        f"[plugins.'{plugin}'.registry] # ours\n    config_path = ''   # unset",
        f'[{registry}.mirrors."docker.io"]\n# the cache\nendpoint = [\n "https://m", # ]\n]',
        f'  [{registry}.mirrors."quay.io"]\n  endpoint = ["https://q/v2/p", "http://r:5000"]',
        f'[{registry}.mirrors."*"]\nendpoint = ["http://m:5000"]',
        f'[{registry}.configs."a.corp:5000".tls]\n\tca_file = "/etc/pki/a.pem"',
        f'[{registry}.headers]\nX-Rack = ["7"]',
        f"[{registry}.mirrors]",
    )


@st.composite
def configurations(draw: st.DrawFn, *, version: int, plugin: str) -> str:
    """Draw a whole file of that version, in which a plugin has the registry settings."""
    top = [*([f"version = {version}"] if version else []), *draw(_pairs("top"))]
    tables = draw(_tables())
    tables += draw(st.lists(st.sampled_from(_cri(plugin)), max_size=4, unique=True))
    pieces = [*draw(st.permutations(top)), *draw(st.permutations(tables))]
    text = ""
    for piece in pieces:
        text += draw(st.sampled_from(["", "# a word before\n", "\n", " \n\n"])) + piece + "\n"
    if draw(st.booleans()):
        text = text.rstrip("\n")
    if draw(st.booleans()):
        text = text.replace("\n", "\r\n")
    assume(_is_toml(text))
    return text


def _is_toml(text: str) -> bool:
    """Return whether the pieces make a file together: a table may be declared once."""
    try:
        tomllib.loads(text)
    except ValueError:
        return False
    return True
