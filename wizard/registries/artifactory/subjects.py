"""All that a mirror needs of an Artifactory: made where a licence allows it, else told in steps.

The free editions refuse repositories over REST in every way that is known
(facts/nexus_artifactory.md §1.1); there each difference is a field of the form in which a person
makes the repository.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from wizard.registries.artifactory.client import Artifactory, Listed, Provisioning
from wizard.registries.artifactory.wanted import Local, Remote, Virtual, Wanted
from wizard.registries.comparing import at, differences, joined
from wizard.registries.provisioning import Action, Difference, Finding, Subject
from wizard.registries.typed import Document
from wizard.secret import Secret
from wizard.wording import _, mark

_FORM: Final = {
    "key": mark("Repository Key"),
    "packageType": mark("Package Type"),
    "url": mark("URL"),
    "username": mark("User Name"),
    "enableTokenAuthentication": mark("Docker Settings, Enable Token Authentication"),
    "repositories": mark("Repositories, Selected"),
    "defaultDeploymentRepo": mark("Default Deployment Repository"),
}
"""How the web interface calls the fields that a person has to fill in."""

_CLASSES: Final = {
    "remote": mark("Administration, Repositories, Create a Repository, Remote, Docker"),
    "local": mark("Administration, Repositories, Create a Repository, Local, Docker"),
    "virtual": mark("Administration, Repositories, Create a Repository, Virtual, Docker"),
}


class Repository:
    """One Docker repository as a subject."""

    def __init__(
        self, server: Artifactory, provisioning: Provisioning, wanted: Remote | Local | Virtual
    ) -> None:
        self._server = server
        self._provisioning = provisioning
        self._wanted = wanted
        self._password_sent = False

    async def look(self) -> Finding:
        """Compare what is told of it; where nothing can be changed, say how a person does it."""
        key = self._wanted.key
        listed = await self._server.listed(key)
        found = await self._server.configuration(key) if listed else None
        if listed and (wrong := self._not_ours(listed)):
            return wrong
        wanted = self._required(found or {})
        warnings: tuple[str, ...] = ()
        if listed and found is None:
            # The free editions tell the list alone.
            told = self._listed_differences(listed)
            unseen = [_FORM[one] for one in wanted if one in _FORM and one not in _LISTED]
            if unseen:
                names = ", ".join(map(_, unseen))
                warnings = (
                    _("not told by this edition, look yourself: {names}").format(names=names),
                )
        else:
            told = (*differences(found or {}, wanted), *(self._password() if found else ()))
        action = Action.CHANGE if listed else Action.CREATE
        finding = Finding(subject=self._subject, action=action, differences=told, warnings=warnings)
        if not told:
            return replace(finding, action=Action.NOTHING)
        if self._provisioning is Provisioning.LICENSED_ONLY or (listed and found is None):
            return self._by_hand(finding, is_there=listed is not None)
        return finding

    async def change(self) -> tuple[str, Secret] | None:
        """Make it, or change what is otherwise, the password with the rest."""
        found = await self._server.configuration(self._wanted.key)
        body = joined(self._required(found or {}), self._secrets())
        if found is None:
            done = await self._server.create(joined(self._fresh(), body))
        else:
            done = await self._server.update(body)
        if not done:
            self._provisioning = Provisioning.LICENSED_ONLY
        self._password_sent = done
        return None

    @property
    def _class(self) -> str:
        match self._wanted:
            case Remote():
                return "remote"
            case Local():
                return "local"
            case Virtual():
                return "virtual"

    @property
    def _subject(self) -> str:
        return _("{kind} repository {key}").format(kind=self._class, key=self._wanted.key)

    def _fresh(self) -> Document:
        """Return what a new one is made of beside what is required (§6.2)."""
        fresh: dict[str, Any] = {"dockerApiVersion": "V2"}
        match self._wanted:
            case Remote():
                fresh |= {
                    "blockPushingSchema1": True,
                    "externalDependenciesEnabled": False,
                    "storeArtifactsLocally": True,
                    "retrievalCachePeriodSecs": 21_600,
                    "unusedArtifactsCleanupPeriodHours": 720,
                }
            case Local():
                fresh |= {"blockPushingSchema1": True, "maxUniqueTags": 0}
            case Virtual():
                fresh |= {"resolveDockerTagsByTimestamp": False}
        return fresh

    def _required(self, found: Document) -> Document:
        """Return what must be so; members of a virtual one come behind those that it has."""
        wanted: dict[str, Any] = {
            "key": self._wanted.key,
            "rclass": self._class,
            "packageType": "docker",
        }
        match self._wanted:
            case Remote(login=login):
                wanted |= {"url": self._wanted.url, "enableTokenAuthentication": True}
                wanted |= {"username": login.username} if login else {}
            case Local():
                pass
            case Virtual(members=members, deploys_to=deploys_to):
                before = at(found, "repositories") or []
                missing = [key for key in members if key not in before]
                wanted["repositories"] = [*before, *missing]
                wanted |= {"defaultDeploymentRepo": deploys_to} if deploys_to else {}
        return wanted

    def _secrets(self) -> Document:
        match self._wanted:
            case Remote(login=login) if login:
                return {"password": login.password.reveal()}
            case _:
                return {}

    def _password(self) -> tuple[Difference, ...]:
        match self._wanted:
            case Remote(login=login, renews_password=True) if login and not self._password_sent:
                return (
                    Difference(field="password", found=_("is not told"), wanted=_("will be set")),
                )
            case _:
                return ()

    def _not_ours(self, listed: Listed) -> Finding | None:
        same = (listed.key, listed.packageType.lower(), listed.type.lower())
        if same == (self._wanted.key, "docker", self._class):
            return None
        taken = _("{key} is a {type} repository of {package}").format(
            key=listed.key, type=listed.type.lower(), package=listed.packageType
        )
        return Finding(
            subject=self._subject,
            action=Action.BY_HAND,
            differences=(
                Difference(
                    field=_("Repository Key"),
                    found=taken,
                    wanted=_("another key, or that repository removed by its owner"),
                ),
            ),
        )

    def _listed_differences(self, listed: Listed) -> tuple[Difference, ...]:
        match self._wanted:
            case Remote():
                return differences({"url": listed.url}, {"url": self._wanted.url})
            case _:
                return ()

    def _by_hand(self, finding: Finding, *, is_there: bool) -> Finding:
        """Return the same as a form to fill in."""
        told = tuple(
            replace(one, field=_(_FORM[one.field]))
            for one in finding.differences
            if one.field in _FORM
        )
        place = _("Administration, Repositories, Edit") if is_there else _(_CLASSES[self._class])
        steps = [
            _(
                "only licensed editions do this through the API; in the web interface: {place}"
            ).format(place=place)
        ]
        if self._secrets():
            steps.append(_("with the password of the upstream account"))
        return replace(
            finding,
            action=Action.BY_HAND,
            differences=told,
            warnings=(*steps, *finding.warnings),
        )


_LISTED: Final = frozenset({"key", "packageType", "url"})


class AnonymousPull:
    """Whether everybody may pull from a repository; only a person switches that."""

    def __init__(self, server: Artifactory, key: str) -> None:
        self._server = server
        self._key = key

    async def look(self) -> Finding:
        """Ask as a runtime without an account asks."""
        subject = _("pulls without an account from {key}").format(key=self._key)
        if await self._server.listed(self._key) is None:
            # Nothing to ask yet; the next pass does.
            return self._finding(subject, _("there is no such repository yet"))
        if await self._server.anybody_may_pull(self._key):
            return Finding(subject=subject, action=Action.NOTHING)
        return self._finding(subject, _("refused"))

    async def change(self) -> tuple[str, Secret] | None:
        """Change nothing: no call for it is known (facts/nexus_artifactory.md §6.4)."""
        return None

    def _finding(self, subject: str, found: str) -> Finding:
        place = _("Administration, Security, General: Allow Anonymous Access")
        return Finding(
            subject=subject,
            action=Action.BY_HAND,
            differences=(Difference(field=place, found=found, wanted=_("allowed")),),
            warnings=(
                _(
                    "narrow the permission targets “Anything” and “Any Remote” first: with them"
                    " everybody reads every repository and fills every cache"
                ),
                _("then give the user anonymous Read on {key} alone").format(key=self._key),
            ),
        )


async def artifactory_subjects(server: Artifactory, wanted: Wanted) -> tuple[Subject, ...]:
    """Return the subjects for `look_at` and `provision`.

    Raises InputError where the wish contradicts itself, and RegistryFailure.
    """
    wanted.check()
    provisioning = (await server.server()).provisioning
    return (
        *(Repository(server, provisioning, one) for one in wanted.repositories),
        *(AnonymousPull(server, key) for key in wanted.open_keys),
    )
