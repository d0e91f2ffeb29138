"""The blob store with its soft quota.

The API's description says that a limit is "in MB"; what the server makes of it is bytes in the
sources that were read (`SpaceUsedQuota`), and tools of others send bytes. So it is read back: the
server's own words about a quota have its size with a unit, and that decides.
"""

from __future__ import annotations

import re
from typing import Final

from wizard.registries.nexus.client import Nexus
from wizard.registries.nexus.values import BlobStore, SoftQuota
from wizard.registries.nexus.wanted import Quota
from wizard.registries.provisioning import Action, Difference, Finding
from wizard.secret import Secret
from wizard.wording import _

_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGTP]?i?)B\b|(\d+)\s*bytes", re.IGNORECASE)
_POWERS: Final = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4, "P": 5}
_UNITS: Final = (1, 10**6, 1 << 20)
_SLACK: Final = 0.02
"""Sizes in the server's words are rounded to two digits."""

_FILE: Final = "file"


def told_sizes(words: str) -> tuple[float, ...]:
    """Return the sizes in the server's words, in bytes.

    `GB` is 10^9 in some versions and 2^30 in others, so each size is there in both meanings.
    """
    return tuple(
        float(count or plain) * base ** _POWERS[unit.upper()[:1]]
        for count, unit, plain in _SIZE.findall(words)
        for base in ((1024,) if "I" in unit.upper() else (1000, 1024))
    )


def unit_of(limit: int, words: str) -> int:
    """Return the bytes of one unit of a limit, as the server's words show; 0 where they do not."""
    sizes = told_sizes(words)
    return next(
        (
            unit
            for unit in _UNITS
            if any(abs(size - limit * unit) <= _SLACK * limit * unit for size in sizes)
        ),
        0,
    )


class FileBlobStore:
    """A blob store of files as a subject; one of another type is left as it is."""

    def __init__(self, nexus: Nexus, name: str, quota: Quota | None) -> None:
        self._nexus = nexus
        self._name = name
        self._quota = quota

    async def look(self) -> Finding:
        """Compare it and its quota, in the server's own unit."""
        subject = _("blob store {name}").format(name=self._name)
        found = await self._found()
        wanted = f"{self._quota.type} {self._quota.bytes}" if self._quota else ""
        if found is None:
            told = [Difference(field="path", found="", wanted=self._name)]
            told += [Difference(field="softQuota", found="", wanted=wanted)] if wanted else []
            return Finding(subject=subject, action=Action.CREATE, differences=tuple(told))
        warnings = []
        if found.unavailable:
            warnings.append(_("the server says that it is not available"))
        if not self._quota or found.type.casefold() != _FILE:
            if self._quota:
                warnings.append(
                    _("it is of type {type}: set its quota there").format(type=found.type)
                )
            return Finding(subject=subject, action=Action.NOTHING, warnings=tuple(warnings))
        before, unit = "", 1
        if found.soft_quota:
            words = (await self._nexus.quota_status(self._name)).message
            unit = unit_of(found.soft_quota.limit, words)
            if not unit:
                warnings.append(
                    _("the unit of its quota is not known: {words}").format(words=words)
                )
                unit = 1
            before = f"{found.soft_quota.type} {found.soft_quota.limit * unit}"
        same = found.soft_quota == self._limit(unit)
        return Finding(
            subject=subject,
            action=Action.NOTHING if same else Action.CHANGE,
            differences=()
            if same
            else (Difference(field="softQuota", found=before, wanted=wanted),),
            warnings=tuple(warnings),
        )

    async def change(self) -> tuple[str, Secret] | None:
        """Make it, or set its quota; then once more if the server took the limit otherwise."""
        if await self._found() is None:
            await self._nexus.create_file_blob_store(self._name, self._name, self._limit(1))
        elif not await self._in_other_unit():
            await self._update(1)
        if self._quota and (unit := await self._in_other_unit()):
            await self._update(unit)
        return None

    async def _in_other_unit(self) -> int:
        """Return the unit of the quota that is set if it is not the byte; else 0."""
        found = await self._found()
        if found is None or found.soft_quota is None:
            return 0
        status = await self._nexus.quota_status(self._name)
        unit = unit_of(found.soft_quota.limit, status.message)
        return unit if unit > 1 else 0

    async def _update(self, unit: int) -> None:
        document = await self._nexus.file_blob_store(self._name) or {}
        path = str(document.get("path") or self._name)
        await self._nexus.update_file_blob_store(self._name, path, self._limit(unit))

    def _limit(self, unit: int) -> SoftQuota | None:
        if self._quota is None:
            return None
        return SoftQuota(type=self._quota.type, limit=self._quota.bytes // unit)

    async def _found(self) -> BlobStore | None:
        stores = await self._nexus.blob_stores()
        return next((one for one in stores if one.name == self._name), None)
