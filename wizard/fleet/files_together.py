"""Write several new files as one: after a kill at any instant the next attempt ends it.

All are written into a directory beside their places first, which gets its name when they are whole.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wizard.errors import InputError
from wizard.fleet.whole_file import exists, read_whole, write_new
from wizard.wording import _

_WHOLE: Final = ".pilotage"
_PART: Final = ".pilotage.part"
_FOR_ITS_OWNER: Final = 0o700


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """A file that is to be where none was.

    Attributes:
        name: by which an attempt that was cut knows it again.
    """

    name: str
    place: Path
    text: str
    mode: int


def write_together(folder: Path, files: tuple[NewFile, ...]) -> None:
    """Write them, in their order; raises InputError, none of them written, where one is there."""
    for one in files:
        if exists(one.place):
            raise _is_there(one.place)
    try:
        shutil.rmtree(folder / _PART, ignore_errors=True)
        (folder / _PART).mkdir(mode=_FOR_ITS_OWNER, parents=True)
        for one in files:
            write_new(folder / _PART / one.name, one.text, mode=one.mode)
        (folder / _PART).rename(folder / _WHOLE)
    except OSError as error:
        raise InputError(
            _("The directory cannot be made: {reason}.").format(reason=error.strerror),
            file=str(folder),
            todo=_("Name a new one, where you may write."),
        ) from error
    end_together(folder, {one.name: one.place for one in files})


def end_together(folder: Path, places: Mapping[str, Path]) -> None:
    """Put what an attempt had written whole into its places; nothing where there is none.

    Raises InputError where a place is not named or another file is there.
    """
    whole = folder / _WHOLE
    if not whole.is_dir():
        return
    waiting = {one.name: one for one in whole.iterdir()}
    for name in waiting.keys() - places.keys():
        raise InputError(
            _("An attempt that was cut had made it, and nothing says where it goes."),
            file=str(waiting[name]),
            todo=_("Name its place as before, or remove {folder} to begin anew.").format(
                folder=whole
            ),
        )
    for name, place in places.items():
        if name in waiting:
            _put(waiting[name], place)
    shutil.rmtree(whole)


def _put(source: Path, place: Path) -> None:
    text = read_whole(source)
    if exists(place):
        found = read_whole(place)
        if found == text:
            return
        if not text.startswith(found):
            raise _is_there(place)
        # Cut while it was written.
        place.unlink()
    write_new(place, text, mode=source.stat().st_mode & 0o777)


def _is_there(place: Path) -> InputError:
    return InputError(
        _("The file is there already."),
        file=str(place),
        state=_("It is as it was."),
        todo=_("Name another one, or remove it."),
    )
