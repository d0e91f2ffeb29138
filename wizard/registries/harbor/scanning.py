"""The scan of everything, and then the policies that block pulls (§2.11 to §2.13).

An image that was not scanned is blocked as one with vulnerabilities is: so no policy before the
scan has ended.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from wizard.clock import Clock
from wizard.errors import RegistryError
from wizard.registries.harbor.calls import Record
from wizard.registries.harbor.client import Harbor
from wizard.registries.harbor.comparing import compare, to_change, to_create
from wizard.registries.harbor.wanted import Project
from wizard.registries.provisioning import Action, Finding
from wizard.secret import Secret
from wizard.wording import _

_POLL_SECONDS: Final = 5.0
PATIENCE: Final = 6 * 3600.0
"""Seconds that a scan is waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FullScan:
    """One scan of everything that has ended."""

    harbor: Harbor
    clock: Clock
    patience: float = PATIENCE

    async def look(self) -> Finding:
        """Take the newest scan for an answer; one under way is to be waited for."""
        name = _("first scan of all images")
        wanted = {"status": _("ended")}
        progress = await self.harbor.scan_progress()
        if progress is None:
            return _no_scanner(name)
        if not _began(progress):
            return to_create(name, wanted)
        if progress.get("ongoing"):
            return to_change(name, compare({"status": _scan_words(progress)}, wanted))
        return to_change(name, (), warnings=_scan_warnings(progress))

    async def change(self) -> tuple[str, Secret] | None:
        """Start it, unless one runs, and wait; raises RegistryError after `patience`."""
        progress = await self.harbor.scan_progress() or {}
        if not _began(progress):
            await self.harbor.create_schedule("scanAll", {"schedule": {"type": "Manual"}})
        deadline = self.clock.monotonic() + self.patience
        while True:
            progress = await self.harbor.scan_progress() or {}
            if not progress.get("ongoing"):
                return None
            if self.clock.monotonic() >= deadline:
                raise RegistryError(
                    _("the scan of all images has not ended after {seconds} s").format(
                        seconds=int(self.patience)
                    ),
                    state=_("It goes on in Harbor: {progress}; no policy was set.").format(
                        progress=_scan_words(progress)
                    ),
                    todo=_("Provision again later: it is not started twice."),
                )
            await self.clock.sleep(_POLL_SECONDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class PullPolicy:
    """Metadata of a project that block pulls, with what the operator should know first."""

    harbor: Harbor
    project: str
    name: str
    metadata: Mapping[str, str]
    after_scan: bool
    warnings: tuple[str, ...]

    async def look(self) -> Finding:
        """Compare."""
        found = await self.harbor.project(self.project)
        if self.after_scan and await self.harbor.scan_progress() is None:
            return _no_scanner(self.name)
        if found is None:
            return to_create(self.name, self.metadata, warnings=self.warnings)
        differences = compare(found.get("metadata") or {}, self.metadata)
        return to_change(self.name, differences, warnings=self.warnings)

    async def change(self) -> tuple[str, Secret] | None:
        """Set it; raises RegistryError while images are not scanned."""
        if self.after_scan:
            progress = await self.harbor.scan_progress() or {}
            if not _began(progress) or progress.get("ongoing"):
                raise RegistryError(
                    _("{name}: not every image is scanned yet").format(name=self.name),
                    state=_("The policy was not set: it would block images that are not scanned."),
                    todo=_("Wait for the scan of all images, then provision again."),
                )
        await self.harbor.update_project(
            {"project_name": self.project, "metadata": dict(self.metadata)}
        )
        return None


def pull_policies(harbor: Harbor, project: Project) -> tuple[PullPolicy, ...]:
    """Return the policies of a project that block pulls."""
    policies: list[PullPolicy] = []
    proxied = (
        (_("the first pull through a proxy is not checked: Harbor answers it before it looks"),)
        if project.endpoint
        else ()
    )
    if project.block_from:
        policies.append(
            PullPolicy(
                harbor=harbor,
                project=project.name,
                name=_("block of vulnerable images in {project}").format(project=project.name),
                metadata={"prevent_vul": "true", "severity": project.block_from.value},
                after_scan=True,
                warnings=(
                    _("images that were not scanned, or could not be, are blocked as well"),
                    _("images with attestations, as many of Docker Hub, may stay blocked"),
                    *proxied,
                ),
            )
        )
    if project.cosign:
        policies.append(
            PullPolicy(
                harbor=harbor,
                project=project.name,
                name=_("block of unsigned images in {project}").format(project=project.name),
                metadata={"enable_content_trust_cosign": "true"},
                after_scan=False,
                warnings=(
                    _("most images of Docker Hub have no signature of cosign and are blocked"),
                    _("of an index every platform needs one: sign with `cosign sign -r`"),
                    *proxied,
                ),
            )
        )
    return tuple(policies)


def _began(progress: Record) -> bool:
    """Tell whether there ever was a scan; of one of nothing there is only its trigger."""
    return bool(progress.get("trigger") or progress.get("total"))


def _scan_words(progress: Record) -> str:
    return _("{done} of {total} scanned").format(
        done=progress.get("completed", 0), total=progress.get("total", 0)
    )


def _scan_warnings(progress: Record) -> tuple[str, ...]:
    failed = (progress.get("metrics") or {}).get("Error", 0)
    if not failed:
        return ()
    return (
        _("{count} images could not be scanned: a policy would block them").format(count=failed),
    )


def _no_scanner(name: str) -> Finding:
    why = _("Harbor has no scanner: install it with Trivy (`install.sh --with-trivy`)")
    return Finding(subject=name, action=Action.BY_HAND, warnings=(why,))
