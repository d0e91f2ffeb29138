"""Rules of a project: what is kept, what cannot be pushed anew, what is told (§2.9 to §2.15)."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Literal
from urllib.parse import urlsplit

from wizard.registries.harbor.bodies import (
    ImmutableRuleBody,
    RetentionBody,
    Selector,
    WebhookBody,
    WebhookTarget,
)
from wizard.registries.harbor.calls import Record
from wizard.registries.harbor.client import Harbor
from wizard.registries.harbor.comparing import compare, to_change, to_create
from wizard.registries.harbor.projects import the_project
from wizard.registries.harbor.wanted import ImmutableTags, Keep, Project, Retention, Webhook
from wizard.registries.provisioning import Action, Finding
from wizard.secret import Secret
from wizard.wording import _

_HARBORS_OWN: Final = Retention(keep=Keep.DAYS_SINCE_PULL, count=7, cron="0 0 0 * * *")
"""What Harbor gives every new proxy project unasked (§2.3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionSubject:
    """What a project keeps; of a proxy Harbor has an opinion of its own."""

    harbor: Harbor
    project: Project
    wanted: Retention

    async def look(self) -> Finding:
        """Compare in words that an operator can judge."""
        name = _("retention of {project}").format(project=self.project.name)
        wanted = _retention_words(self.wanted)
        found = await self._found()
        if found is not None:
            return to_change(name, compare(_found_words(found), wanted), warnings=self._warnings())
        # A proxy is made with one, so that what is wanted stands beside it in the plan.
        unasked = _retention_words(_HARBORS_OWN) if self.project.endpoint else {}
        differences = compare(unasked, wanted)
        if not differences:
            return to_create(name, wanted, warnings=self._warnings())
        return Finding(
            subject=name,
            action=Action.CREATE,
            differences=differences,
            warnings=self._warnings(),
        )

    async def change(self) -> tuple[str, Secret] | None:
        """Change the policy that is there, as on every proxy, or make one."""
        project = await the_project(self.harbor, self.project.name)
        body = _retention_body(self.wanted, int(project["project_id"]))
        identity = (project.get("metadata") or {}).get("retention_id")
        if identity:
            body["id"] = int(identity)
            await self.harbor.update_retention(int(identity), body)
        else:
            await self.harbor.create_retention(body)
        return None

    async def _found(self) -> Record | None:
        project = await self.harbor.project(self.project.name)
        identity = ((project or {}).get("metadata") or {}).get("retention_id")
        return await self.harbor.retention(int(identity)) if identity else None

    def _warnings(self) -> tuple[str, ...]:
        if self.wanted.keep is Keep.ALWAYS:
            return (_("nothing is ever deleted: mind the disk"),)
        return (_("all other images are deleted, also those that run on hosts"),)


def _retention_words(retention: Retention) -> dict[str, object]:
    count = "" if retention.keep is Keep.ALWAYS else retention.count
    return {"keeps": f"{retention.keep.value} {count}".strip(), "at": retention.cron}


def _found_words(found: Record) -> dict[str, object]:
    """Return a policy as words; one with other selectors than everything is told as such."""
    words = []
    for rule in found.get("rules") or ():
        if rule.get("disabled"):
            continue
        template = rule.get("template")
        count = (rule.get("params") or {}).get(template, "")
        kept = f"{template} {count}".strip()
        words.append(
            kept if _takes_everything(rule) else _("{kept}, of some images").format(kept=kept)
        )
    settings = (found.get("trigger") or {}).get("settings") or {}
    return {"keeps": " + ".join(words) or None, "at": settings.get("cron") or None}


def _takes_everything(rule: Record) -> bool:
    selectors = [*(rule.get("tag_selectors") or ())]
    selectors += (rule.get("scope_selectors") or {}).get("repository") or ()
    return all(
        one.get("pattern") == "**" and str(one.get("decoration")).lower().endswith("matches")
        for one in selectors
    )


def _retention_body(wanted: Retention, project_id: int) -> RetentionBody:
    template = wanted.keep.value
    return {
        "algorithm": "or",
        "scope": {"level": "project", "ref": project_id},
        "trigger": {"kind": "Schedule", "settings": {"cron": wanted.cron}},
        "rules": [
            {
                "action": "retain",
                "template": template,
                "params": {} if wanted.keep is Keep.ALWAYS else {template: wanted.count},
                "disabled": False,
                "tag_selectors": [_select("matches", "**")],
                "scope_selectors": {"repository": [_select("repoMatches", "**")]},
            }
        ],
    }


def _select(
    decoration: Literal["matches", "excludes", "repoMatches", "repoExcludes"], pattern: str
) -> Selector:
    return {"kind": "doublestar", "decoration": decoration, "pattern": pattern}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImmutableSubject:
    """Tags of a project that nobody can push anew; a rule has no name, so it is its selectors."""

    harbor: Harbor
    project: str
    wanted: ImmutableTags

    async def look(self) -> Finding:
        """Look for a rule that says the same."""
        name = _("immutable tags of {project}").format(project=self.project)
        body = self._body()
        there = await self.harbor.project(self.project)
        for rule in await self.harbor.immutable_rules(self.project) if there else ():
            if not rule.get("disabled") and _selected(rule) == _selected(body):
                return to_change(name, ())
        tags = self.wanted.tags
        if self.wanted.excluding:
            tags = _("all but {tags}").format(tags=tags)
        return to_create(
            name,
            {"repositories": self.wanted.repositories, "tags": tags},
            warnings=(_("a replication of a tag that moves will fail: leave such tags out"),),
        )

    async def change(self) -> tuple[str, Secret] | None:
        """Make the rule."""
        await self.harbor.create_immutable_rule(self.project, self._body())
        return None

    def _body(self) -> ImmutableRuleBody:
        tags = _select("excludes" if self.wanted.excluding else "matches", self.wanted.tags)
        repositories = _select("repoMatches", self.wanted.repositories)
        return {
            "action": "immutable",
            "template": "immutable_template",
            "disabled": False,
            "tag_selectors": [tags],
            "scope_selectors": {"repository": [repositories]},
        }


def _selected(rule: Record | ImmutableRuleBody) -> frozenset[tuple[str, str]]:
    selectors = [*(rule.get("tag_selectors") or ())]
    selectors += (rule.get("scope_selectors") or {}).get("repository") or ()
    return frozenset((str(one["decoration"]), str(one["pattern"])) for one in selectors)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSubject:
    """Events of a project that are told."""

    harbor: Harbor
    project: str
    wanted: Webhook

    async def look(self) -> Finding:
        """Compare all but the secret header."""
        name = _("webhook {name} of {project}").format(name=self.wanted.name, project=self.project)
        wanted = {
            "address": _told_address(self.wanted.kind, self.wanted.address),
            "events": frozenset(self.wanted.events),
            "kind": self.wanted.kind,
            "enabled": True,
        }
        found = await self._found() if await self.harbor.project(self.project) else None
        if found is None:
            return to_create(name, wanted)
        target: Record = next(iter(found.get("targets") or ()), {})
        known = {
            "address": _told_address(target.get("type"), str(target.get("address"))),
            "events": frozenset(found.get("event_types") or ()),
            "kind": target.get("type"),
            "enabled": found.get("enabled"),
        }
        return to_change(name, compare(known, wanted))

    async def change(self) -> tuple[str, Secret] | None:
        """Make or change it."""
        found = await self._found()
        if found is None:
            await self.harbor.create_webhook(self.project, self._body())
        else:
            await self.harbor.update_webhook(self.project, int(found["id"]), self._body())
        return None

    async def _found(self) -> Record | None:
        found = await self.harbor.webhooks(self.project)
        return next((one for one in found if one.get("name") == self.wanted.name), None)

    def _body(self) -> WebhookBody:
        target: WebhookTarget = {
            "type": self.wanted.kind,
            "address": self.wanted.address,
            "skip_cert_verify": False,
        }
        if self.wanted.kind == "http":
            target["payload_format"] = "Default"
        if self.wanted.header:
            target["auth_header"] = self.wanted.header.reveal()
        return {
            "name": self.wanted.name,
            "description": "",
            "enabled": True,
            "event_types": list(self.wanted.events),
            "targets": [target],
        }


def _told_address(kind: object, address: str) -> str:
    """Return an address as it may be shown: Slack takes whoever knows it whole for a friend."""
    if kind != "slack":
        return address
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}/… ({sha256(address.encode()).hexdigest()[:8]})"
