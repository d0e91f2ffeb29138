"""What the migration file chooses for a Nexus, as what is wanted of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wizard.fleet.policy import TargetChoice
from wizard.fleet.provision_choice import NexusChoice, NexusUpstream, ProvisionChoice
from wizard.fleet.provision_words import NO_LIMIT, size_of
from wizard.registries.accounts import accounts, place_of, upstreams_of, usual_name
from wizard.registries.authority import Login
from wizard.registries.nexus.wanted import Group, Hosted, Quota, Upstream, Wanted
from wizard.secret import Secrets
from wizard.target import Addressing


def nexus_wanted(target: TargetChoice, secrets: Secrets, *, accepted_eula: str = "") -> Wanted:
    """Return what is wanted of a Nexus.

    `accepted_eula` are the words that were shown to the operator, who accepted them. Raises
    InputError where the choice contradicts itself.
    """
    choice = (target.provision or ProvisionChoice()).nexus or NexusChoice()
    wanted = Wanted(
        accepted_eula=accepted_eula,
        base_url=choice.base_url,
        blob_store=choice.blob_store,
        quota=_quota(choice),
        upstreams=tuple(_upstreams(target, choice, accounts(target, secrets))),
        hosted=tuple(
            Hosted(repository=one.repository, http_port=one.port or None, by_path=one.by_path)
            for one in choice.hosted
        ),
        groups=tuple(
            Group(
                repository=one.repository,
                members=one.members,
                http_port=one.port or None,
                by_path=one.by_path,
            )
            for one in choice.groups
        ),
        anonymous_reads=choice.anonymous_reads,
        keeps_anonymous_roles=choice.keep_anonymous_roles,
        cleanup_days=choice.cleanup_days,
        housekeeping=choice.housekeeping,
        backup=choice.backup,
    )
    wanted.check()
    return wanted


def _quota(choice: NexusChoice) -> Quota | None:
    size = size_of(choice.quota) if choice.quota else NO_LIMIT
    return None if size == NO_LIMIT else Quota(bytes=size, remaining=choice.quota_of_remaining)


def _upstreams(
    target: TargetChoice, choice: NexusChoice, logins: Mapping[str, Login]
) -> Iterator[Upstream]:
    chosen = {one.upstream: one for one in choice.upstreams}
    for upstream in upstreams_of(target, chosen):
        one = chosen.get(upstream, NexusUpstream(upstream=upstream))
        place = place_of(target, upstream)
        yield Upstream(
            upstream=upstream,
            repository=one.repository or usual_name(target, upstream),
            server=one.server,
            login=logins.get(upstream),
            renews_password=one.renew_password,
            http_port=one.port or None,
            # `host/<repository>/image` is what a target under a prefix is spelled as (3.83).
            by_path=one.by_path or place.addressing == Addressing.PREFIX.value,
            is_private=one.private,
        )
