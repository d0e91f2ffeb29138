"""Credentials among what a host answers: found, named by their place, and left out; pure.

Secrets never leave the host's own files: whatever is kept of an answer has passed through here
first. What counts is what daemons are known to be given: passwords and tokens by their key,
`Authorization` and its like among headers (facts/runtimes.md §2.4), logins within URLs, private
keys. It is better to hold back a text too many than one too few.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Iterator, Sequence
from typing import Any, Final

from wizard.discovery.facts import SecretPlace

COVER: Final = "(hidden)"

_NAMES: Final = (
    r"(?:password|passwd|passphrase|secret|token|cookie|credentials?|art-api|auth|authorization"
    r"|(?:api|access|secret)[-_]?key)"
)
_NAME: Final = re.compile(f"{_NAMES}$", re.IGNORECASE)
_HEADER_WORDS: Final = "auth|key|token|secret|pass|cred|cookie|session|art-api"
_HEADER_NAME: Final = re.compile(_HEADER_WORDS, re.IGNORECASE)
_HEADER_TABLES: Final = frozenset({"header", "headers"})
_LOGIN: Final = r"""(?:https?://[^/\s"'@]+@|://[^/\s"'@:]*:[^/\s"'@]+@)"""
_WITHIN: Final = re.compile(
    rf"{_LOGIN}|-----BEGIN[A-Z ]* PRIVATE KEY|^(?:basic|bearer)\s+\S{{6}}"
    rf"|(?:^|[?&;,\s])-{{0,2}}[\w.-]*{_NAMES}=[^\s&]",
    re.IGNORECASE,
)
"""Of a value, whatever its key."""
_BARE_LOGIN: Final = re.compile(r"[^/@\s]+@")
"""A proxy needs no scheme."""
_WRITTEN: Final = re.compile(
    rf"""(?P<key>(?<![\w.-])[\w.-]*{_NAMES})["']?\s*[=:][\[\s]*+(?:"[^"]|'[^'])"""
    rf"|(?P<login>{_LOGIN})|-----BEGIN[A-Z ]* (?P<pem>PRIVATE KEY)",
    re.IGNORECASE,
)
"""In a text that is not taken apart: comments, and files with mistakes."""
_WRITTEN_PLAINLY: Final = re.compile(
    rf"""(?P<key>(?<![\w.-])[\w.-]*{_NAMES})["']?[ \t]*[=:][ \t]*[^\s"'\[{{,=]""", re.IGNORECASE
)
_WRITTEN_BELOW: Final = re.compile(
    rf"""(?P<key>(?<![\w.-])[\w.-]*{_NAMES})["']?[ \t]*"""
    r"""(?:[\r\n]\s*:|:[ \t]*+(?:[&!]\S*+[ \t]*+)*+(?:\#[^\r\n]*)?[\r\n]"""
    r"""(?:[ \t]*(?:\#[^\r\n]*)?[\r\n])*+[ \t]++(?![^\r\n]*:(?:\s|\Z)))"""
    r"""[ \t]*[^\s"'\[{\#-]""",
    re.IGNORECASE,
)
"""In YAML a value may stand on a line of its own, or its colon may."""
_ESCAPED: Final = re.compile(
    r"\\[xuU](?P<digits>(?<=x)[\da-fA-F]{2}|(?<=u)[\da-fA-F]{4}|(?<=U)[\da-fA-F]{8})", re.ASCII
)
_WORDS: Final = (
    *("passw", "passphrase", "secret", "token", "cookie", "credential", "auth", "art-api"),
    *("api-key", "api_key", "apikey", "access-key", "access_key", "accesskey", "private key"),
    *("header", "@", "basic ", "bearer ", "\\u", "\\x"),
)
"""Without any of these there is nothing to look for: most texts have none."""
_URL_LOGIN: Final = re.compile(r"""://[^/\s"']*@""")
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_DUMPED: Final = re.compile(
    rf"""^(?P<lead>[ \t]*["']?[\w.-]*{_NAMES}["']?[ \t]*=[ \t]*+)(?!""$|''$|\[\]$).+$""",
    re.IGNORECASE | re.MULTILINE,
)
_DUMPED_HEADERS: Final = re.compile(
    r"""^[ \t]*\[[^\n]*\bheaders?["']?\]$.*?(?=^[ \t]*\[|\Z)""", re.MULTILINE | re.DOTALL
)
_DUMPED_HEADER: Final = re.compile(
    rf"""^(?P<lead>[ \t]*["']?[\w.-]*(?:{_HEADER_WORDS})[\w.-]*["']?[ \t]*=[ \t]*).+$""",
    re.IGNORECASE | re.MULTILINE,
)
_DUMPED_WITHIN: Final = re.compile(
    r"^(?P<lead>[^=\n]*=[ \t]*)"
    rf"""(?=[^\n]*(?:["'](?:basic|bearer)\s|PRIVATE KEY|{_NAMES}=[^\s"'])).+$""",
    re.IGNORECASE | re.MULTILINE,
)
_EMPTY_TABLE: Final = re.compile(r"registry\.(?:auths|headers)\]\n\n")
"""As each dump of 1.x has them."""
_COVERED: Final = rf'\g<lead>"{COVER}"'
_FLAG_VALUE: Final = re.compile(rf"({_NAMES}=).+", re.IGNORECASE)
_COVERED_VALUE: Final = rf"\1{COVER}"
_FLAG: Final = re.compile(rf"--?[\w-]*{_NAMES}", re.IGNORECASE)


def find_secrets(text: str) -> tuple[SecretPlace, ...]:
    """Return where a configuration file (JSON, TOML or any other text) holds credentials."""
    lowered = text.lower()
    words = [word for word in _WORDS if word in lowered]
    if not words:
        return ()
    values = _values(text)
    lines = text.split("\n")
    found: dict[SecretPlace, None] = {}
    taken: set[int] = set()
    for path, value in _secrets_in((), values):
        line = _line(lines, path[-1], value, taken)
        taken.add(line)
        found[SecretPlace(key=_dotted(path), line=line)] = None
    if values is None:
        written = _written_anywhere(text)
    else:
        written = _written_in_lines(lines, lowered.split("\n"), words)
    for line, match in written:
        if line not in taken:
            taken.add(line)
            found[SecretPlace(key=_name_of(match), line=line)] = None
    return tuple(sorted(found, key=lambda place: place.line))


def _written_in_lines(
    lines: Sequence[str], lowered: Sequence[str], words: Sequence[str]
) -> Iterator[tuple[int, re.Match[str]]]:
    """Yield the line, counted from 1, of whatever looks like a credential as it is written.

    Of a valid text only comments are left, which end with their lines: most have none of the
    words that the text has, and need no look.
    """
    for number, line in enumerate(lowered, 1):
        for word in words:
            if word in line:
                yield from ((number, match) for match in _WRITTEN.finditer(lines[number - 1]))
                break


def _written_anywhere(text: str) -> Iterator[tuple[int, re.Match[str]]]:
    """Yield the same of a text that is neither JSON nor TOML."""
    plain = _ESCAPED.sub(_unescaped, text)
    for pattern in (_WRITTEN, _WRITTEN_PLAINLY, _WRITTEN_BELOW):
        for match in pattern.finditer(plain):
            yield plain.count("\n", 0, match.start()) + 1, match


def _unescaped(escape: re.Match[str]) -> str:
    """Return the character that YAML means; one that is no letter of a line is a blank."""
    number = int(escape["digits"], base=16)
    character = chr(number) if number <= sys.maxunicode else " "
    return character if character.isprintable() else " "


def without_password(value: str) -> str:
    """Return a URL, or a proxy without a scheme, without user name and password."""
    return re.sub(r"^[^/\s]*@", "", _URL_LOGIN.sub("://", value))


def covered_flags(flags: Sequence[str]) -> tuple[str, ...]:
    """Return a daemon's arguments with the values of credentials covered."""
    covered: list[str] = []
    before = ""
    for flag in flags:
        plain = _URL_LOGIN.sub("://", flag) if "@" in flag else flag
        if "=" in plain:
            plain = _FLAG_VALUE.sub(_COVERED_VALUE, plain)
        follows = before.startswith("-") and _FLAG.fullmatch(before)
        covered.append(COVER if follows else plain)
        before = flag
    return tuple(covered)


def covered_dump(dump: str) -> str:
    """Return what `containerd config dump` printed, one pair in a line, without credentials."""
    covered = _URL_LOGIN.sub("://", dump)
    if not _is_suspicious(_EMPTY_TABLE.sub("", covered)):
        return covered
    covered = _DUMPED.sub(_COVERED, covered)
    covered = _DUMPED_HEADERS.sub(
        lambda table: _DUMPED_HEADER.sub(_COVERED, table.group()), covered
    )
    return _DUMPED_WITHIN.sub(_COVERED, covered)


def _is_suspicious(text: str) -> bool:
    lowered = text.lower()
    for word in _WORDS:  # noqa: SIM110  # a generator takes longer than all of the looking
        if word in lowered:
            return True
    return False


def _values(text: str) -> Any:
    """Return the values of a JSON or TOML text, None when it is neither."""
    read = json.loads if text.lstrip("\N{ZERO WIDTH NO-BREAK SPACE} \t\r\n")[:1] == "{" else None
    try:
        if read:
            return read(text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}"))
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        return None


def _secrets_in(path: tuple[str, ...], value: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    """Return the path and the text of each credential among the values."""
    if isinstance(value, dict):
        for key, below in value.items():
            inner = (*path, key)
            if _WITHIN.search(key):
                yield inner, key
            yield from _secrets_in(inner, below)
    elif isinstance(value, list):
        for item in value:
            yield from _secrets_in(path, item)
    elif path and not isinstance(value, bool) and _is_secret(path, str(value or "")):
        yield path, str(value)


def _is_secret(path: tuple[str, ...], value: str) -> bool:
    if not value or value == COVER:
        return False
    name = path[-1]
    header = bool(_HEADER_TABLES & set(path[:-1])) and _HEADER_NAME.search(name)
    proxy = name.lower().endswith("proxy") and _BARE_LOGIN.match(value)
    return bool(_NAME.search(name) or header or proxy or _WITHIN.search(value))


def _line(lines: Sequence[str], key: str, value: str, taken: set[int]) -> int:
    """Return the line of a pair, counted from 1; 0 where it is written in another way."""
    start = value.partition("\n")[0]
    for words in ((key, start), (key,), (start,)):
        places = [
            number
            for number, line in enumerate(lines, 1)
            if all(word in line for word in words) and not line.lstrip().startswith("#")
        ]
        if places:
            return next((number for number in places if number not in taken), places[0])
    return 0


def _name_of(match: re.Match[str]) -> str:
    groups = match.groupdict()
    return groups.get("key") or groups.get("pem") or ""


def _dotted(path: Sequence[str]) -> str:
    """Return a key path; a login within a part of it is left out."""
    return ".".join(
        part if _BARE_KEY.fullmatch(part) else f'"{_URL_LOGIN.sub("://", part)}"' for part in path
    )
