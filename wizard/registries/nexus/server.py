"""Nexus as a whole: its licence, its own address, and what private upstreams need."""

from __future__ import annotations

import ipaddress

from wizard.registries.comparing import at, spelled
from wizard.registries.nexus.client import Nexus
from wizard.registries.nexus.values import Guard
from wizard.registries.provisioning import Action, Difference, Finding
from wizard.registries.subject_name import SubjectKind, SubjectName
from wizard.registries.typed import Document
from wizard.secret import Secret
from wizard.wording import _


class Licence:
    """The licence of the Community Edition, until which no content is served.

    Only the operator accepts it: what was shown has to come back, byte for byte.
    """

    def __init__(self, nexus: Nexus, accepted: str) -> None:
        self._nexus = nexus
        self._accepted = accepted

    async def look(self) -> Finding:
        """Tell whether it is still to be accepted, with its words."""
        named = SubjectName(kind=SubjectKind.LICENCE)
        eula = await self._nexus.eula()
        if eula is None or eula.accepted:
            return Finding(subject=str(named), named=named, action=Action.NOTHING)
        is_accepted = bool(self._accepted) and self._accepted == eula.disclaimer
        return Finding(
            subject=str(named),
            named=named,
            action=Action.CHANGE if is_accepted else Action.BY_HAND,
            differences=(
                Difference(field="accepted", found="false", wanted="true"),
                Difference(field="disclaimer", found=eula.disclaimer, wanted=self._accepted),
            ),
            warnings=(_("until it is accepted, every pull is refused"),),
        )

    async def change(self) -> tuple[str, Secret] | None:
        """Accept it, if its words are still those that were shown."""
        eula = await self._nexus.eula()
        if eula and not eula.accepted and eula.disclaimer == self._accepted:
            await self._nexus.accept_eula(eula)
        return None


class PrivateUpstreams:
    """Private addresses of upstreams on the list of those that proxies may reach."""

    def __init__(self, nexus: Nexus, hosts: tuple[str, ...]) -> None:
        self._nexus = nexus
        self._hosts = hosts

    async def look(self) -> Finding:
        """Tell which hosts are missing; nothing where there is no guard."""
        guard = await self._nexus.guard()
        missing = self._missing(guard)
        subject = _("SSRF protection")
        if guard is None or not missing:
            return Finding(subject=subject, action=Action.NOTHING)
        allowed = (*guard.allowed_domains, *guard.allowed_ips)
        wanted = spelled([*allowed, *missing])
        told = (Difference(field="allowed", found=spelled(allowed), wanted=wanted),)
        return Finding(subject=subject, action=Action.CHANGE, differences=told)

    async def change(self) -> tuple[str, Secret] | None:
        """Append them; the guard stays on."""
        guard = await self._nexus.guard()
        missing = self._missing(guard)
        if guard and missing:
            addresses = tuple(host for host in missing if _is_address(host))
            names = tuple(host for host in missing if not _is_address(host))
            await self._nexus.set_guard(
                Guard(
                    enabled=guard.enabled,
                    allowed_domains=(*guard.allowed_domains, *names),
                    allowed_ips=(*guard.allowed_ips, *addresses),
                )
            )
        return None

    def _missing(self, guard: Guard | None) -> list[str]:
        if guard is None or not guard.enabled:
            return []
        allowed = {*guard.allowed_domains, *guard.allowed_ips}
        return [host for host in self._hosts if host not in allowed]


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


class BaseURL:
    """What the server calls itself in links and mails."""

    def __init__(self, nexus: Nexus, url: str) -> None:
        self._nexus = nexus
        self._url = url

    async def look(self) -> Finding:
        """Compare the capability; by hand before 3.82."""
        subject = _("base URL")
        capabilities = await self._nexus.capabilities()
        if capabilities is None:
            by_hand = _("Settings, System, Capabilities: Base URL")
            told = (Difference(field=by_hand, found=_("no API for it here"), wanted=self._url),)
            return Finding(subject=subject, action=Action.BY_HAND, differences=told)
        found = _base_url(capabilities)
        before = str(at(found or {}, "properties.url") or "")
        if found and before.rstrip("/") == self._url.rstrip("/") and found.get("enabled"):
            return Finding(subject=subject, action=Action.NOTHING)
        return Finding(
            subject=subject,
            action=Action.CHANGE if found else Action.CREATE,
            differences=(Difference(field="url", found=before, wanted=self._url),),
        )

    async def change(self) -> tuple[str, Secret] | None:
        """Switch it on, or correct it."""
        found = _base_url(await self._nexus.capabilities() or ())
        body: Document = {
            "type": "baseurl",
            "enabled": True,
            "notes": str((found or {}).get("notes") or ""),
            "properties": {"url": self._url},
        }
        if found is None:
            await self._nexus.create_capability(body)
        else:
            await self._nexus.update_capability(body | {"id": found["id"]})
        return None


def _base_url(capabilities: tuple[Document, ...]) -> Document | None:
    return next((one for one in capabilities if one.get("type") == "baseurl"), None)
