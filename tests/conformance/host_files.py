"""Files of a host whose root is a directory of this machine."""

from __future__ import annotations

from pathlib import Path


class HostFiles:
    """Files of one host, read and written past its shell.

    Every method raises OSError for a path that a link leads elsewhere: an absolute link means
    another file on the host than here.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._made: set[Path] = set()

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes, None for no file."""
        file = self._place(path)
        return file.read_bytes() if file.is_file() else None

    def write(self, path: str, content: bytes) -> None:
        """Write a file in place, with the directories to it."""
        file = self._place(path)
        self._made |= {folder for folder in file.parents if not folder.exists()}
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)

    def remove(self, path: str) -> None:
        """Remove a file if it is there, and the empty directories that were made for it."""
        file = self._place(path)
        file.unlink(missing_ok=True)
        for folder in file.parents:
            if folder not in self._made or any(folder.iterdir()):
                break
            folder.rmdir()
            self._made.remove(folder)

    def _place(self, path: str) -> Path:
        place = self._root.resolve() / path.lstrip("/")
        if place.resolve() != place:
            raise OSError(f"{path} is reached by a link")
        return place
