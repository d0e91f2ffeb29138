"""All that a mirror needs of a Nexus, in the order in which one thing rests on another."""

from __future__ import annotations

from dataclasses import replace

from wizard.errors import RegistryError
from wizard.registries.nexus.access import AnonymousAccess, AnonymousUser, DockerRealm, NarrowRole
from wizard.registries.nexus.blob_store import FileBlobStore
from wizard.registries.nexus.client import Nexus
from wizard.registries.nexus.docker_repositories import (
    AccountCheck,
    GroupRepository,
    HostedRepository,
    Place,
    Proxy,
)
from wizard.registries.nexus.housekeeping import Cleanup, ScheduledTask, backups, chores
from wizard.registries.nexus.release import Edition
from wizard.registries.nexus.server import BaseURL, Licence, PrivateUpstreams
from wizard.registries.nexus.usage import Usage
from wizard.registries.nexus.wanted import Wanted
from wizard.registries.provisioning import Subject
from wizard.wording import _


async def nexus_subjects(
    nexus: Nexus, wanted: Wanted, *, check_account: AccountCheck | None = None
) -> tuple[Subject, ...]:
    """Return the subjects for `look_at` and `provision`.

    Args:
        nexus: as an administrator.
        wanted: all that is wanted.
        check_account: asked of an account at Docker Hub before Nexus is given it.

    Raises InputError where the wish contradicts itself, RegistryFailure, and RegistryError where
    the server is frozen: nothing could be done there.
    """
    wanted.check()
    release = await nexus.release()
    if release.edition is Edition.UNKNOWN and await nexus.eula() is not None:
        # Only the Community Edition has one to accept.
        release = replace(release, edition=Edition.COMMUNITY)
    if not await nexus.is_writable():
        raise RegistryError(
            _("Nexus is read-only now"),
            todo=_("Have it released, in Settings, System, Nodes; then go on."),
        )
    has_policies = wanted.policy and await nexus.cleanup_policies() is not None
    place = Place(
        nexus=nexus,
        release=release,
        blob_store=wanted.blob_store,
        policy=wanted.policy if has_policies else "",
        check_account=check_account,
    )
    subjects: list[Subject] = [
        Usage(nexus, release, wanted.load),
        Licence(nexus, wanted.accepted_eula),
        *((BaseURL(nexus, wanted.base_url),) if wanted.base_url else ()),
        DockerRealm(nexus),
        *((PrivateUpstreams(nexus, wanted.private_hosts),) if wanted.private_hosts else ()),
        FileBlobStore(nexus, wanted.blob_store, wanted.quota),
        *((Cleanup(nexus, wanted.policy, wanted.cleanup_days),) if wanted.policy else ()),
        *(Proxy(place, one) for one in wanted.upstreams),
        *(HostedRepository(place, one) for one in wanted.hosted),
        *(GroupRepository(place, one) for one in wanted.groups),
    ]
    if wanted.readable:
        subjects += [
            NarrowRole(nexus, wanted, place.absent),
            AnonymousUser(nexus, wanted),
            AnonymousAccess(nexus),
        ]
    tasks = (*(chores(wanted) if wanted.housekeeping else ()), *backups(wanted))
    subjects += [ScheduledTask(nexus, release, chore, place.absent) for chore in tasks]
    return tuple(subjects)
