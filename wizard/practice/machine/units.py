"""Unit files of a practice host, as systemd reads them; nothing of what runs."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

PLACES: Final = ("etc/systemd/system", "run/systemd/system", "usr/lib/systemd/system")
"""Where units are looked for, the strongest first."""
WANTS: Final = "etc/systemd/system/multi-user.target.wants"
_SPANS: Final = {"ms": 0.001, "s": 1.0, "sec": 1.0, "min": 60.0, "h": 3600.0}
_MASK: Final = "/dev/null"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitFile:
    """A unit with its drop-ins.

    Attributes:
        name: with its suffix, as `docker.service`.
        texts: path on the host and text of each file, drop-ins last.
        masked: whether it is a link to nowhere.
    """

    name: str
    texts: tuple[tuple[str, str], ...]
    masked: bool = False

    def all(self, section: str, key: str) -> tuple[str, ...]:
        """Return the values of a key; an empty one forgets those before it."""
        found: list[str] = []
        for _path, text in self.texts:
            for where, name, value in _settings(text):
                if (where, name) == (section, key):
                    found = [*found, value] if value else []
        return tuple(found)

    def last(self, section: str, key: str, default: str = "") -> str:
        """Return the value that counts of a key that has one."""
        return (self.all(section, key) or (default,))[-1]

    def words(self, section: str, key: str) -> tuple[str, ...]:
        """Return all words of a key that is a list."""
        return tuple(word for value in self.all(section, key) for word in value.split())

    @property
    def description(self) -> str:
        """Return what people read of it."""
        return self.last("Unit", "Description", self.name)

    @property
    def command(self) -> tuple[str, ...]:
        """Return the words of ExecStart, variables as they stand there."""
        return _words(self.last("Service", "ExecStart").lstrip("-@:+!"))

    @property
    def restarts(self) -> str:
        """Return when it is started again by itself: `no`, `always`, `on-failure`."""
        return self.last("Service", "Restart", "no")

    @property
    def restart_delay(self) -> float:
        """Return the seconds until it is started again (systemd's default: 100 ms)."""
        return span(self.last("Service", "RestartSec", "100ms"))

    @property
    def start_limit(self) -> tuple[int, float]:
        """Return how many starts are allowed in how many seconds (systemd's default: 5 in 10)."""
        burst = self._limit("StartLimitBurst", "StartLimitBurst", "5")
        interval = self._limit("StartLimitIntervalSec", "StartLimitInterval", "10s")
        return int(burst), span(interval)

    def _limit(self, key: str, old: str, default: str) -> str:
        given = (*self.all("Service", old), *self.all("Unit", old), *self.all("Unit", key))
        return (given or (default,))[-1]


@lru_cache(maxsize=256)
def _words(command: str) -> tuple[str, ...]:
    return tuple(shlex.split(command))


@lru_cache(maxsize=256)
def _settings(text: str) -> tuple[tuple[str, str, str], ...]:
    """Return section, key and value of each line; most hosts have the same units."""
    return tuple(_read_settings(text))


def _read_settings(text: str) -> Iterator[tuple[str, str, str]]:
    section = ""
    for line in text.replace("\\\n", " ").splitlines():
        stripped = line.strip()
        if stripped.startswith("["):
            section = stripped.strip("[]")
        elif "=" in stripped and stripped[0] not in "#;":
            key, _equals, value = stripped.partition("=")
            yield section, key.strip(), value.strip()


def span(text: str) -> float:
    """Return the seconds of a time span such as `2`, `60s`, `100ms` or `1min`."""
    number = text.rstrip("abcdefghijklmnopqrstuvwxyz ")
    return float(number) * _SPANS[text[len(number) :].strip() or "s"]


def load_unit(root: Path, name: str) -> UnitFile | None:
    """Return a unit of the host below `root`, or None where it has none of that name."""
    places = [place for place in PLACES if _there(root / place / name)]
    if not places:
        return None
    file = root / places[0] / name
    if file.is_symlink() and str(file.readlink()) == _MASK:
        return UnitFile(name=name, texts=(), masked=True)
    drop_ins = {
        path.name: path
        for place in reversed(PLACES)
        for path in sorted((root / place / f"{name}.d").glob("*.conf"))
    }
    files = (file, *(drop_ins[key] for key in sorted(drop_ins)))
    texts = tuple((f"/{path.relative_to(root)}", path.read_text()) for path in files)
    return UnitFile(name=name, texts=texts)


def unit_names(root: Path) -> tuple[str, ...]:
    """Return the names of all units that have a file, sorted."""
    return tuple(
        sorted(
            {
                path.name
                for place in PLACES
                for path in (root / place).glob("*.*")
                if path.suffix in {".service", ".socket"}
            }
        )
    )


def variables(root: Path, unit: UnitFile) -> dict[str, str]:
    """Return the environment that a unit gives to what it starts."""
    found: dict[str, str] = {}
    for value in unit.all("Service", "Environment"):
        found.update(_assignments(shlex.split(value)))
    for value in unit.all("Service", "EnvironmentFile"):
        file = root / value.removeprefix("-").lstrip("/")
        if file.is_file():
            lines = (line.strip() for line in file.read_text().splitlines())
            found.update(_assignments(line for line in lines if line and line[0] not in "#;"))
    return found


def _assignments(words: Iterable[str]) -> Iterator[tuple[str, str]]:
    for word in words:
        key, equals, value = word.partition("=")
        if equals:
            yield key.strip(), value.strip().strip("\"'")


def command_line(unit: UnitFile, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return ExecStart with its variables: `$NAME` becomes words, `${NAME}` one word."""
    words: list[str] = []
    for word in unit.command:
        if word.startswith("${") and word.endswith("}"):
            words.append(environment.get(word[2:-1], ""))
        elif word.startswith("$"):
            words += environment.get(word[1:], "").split()
        else:
            words.append(word)
    return tuple(words)


def _there(path: Path) -> bool:
    return path.exists() or path.is_symlink()
