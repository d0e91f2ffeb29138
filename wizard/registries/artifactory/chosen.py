"""What the migration file chooses for an Artifactory, as what is wanted of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wizard.fleet.policy import TargetChoice
from wizard.fleet.provision_choice import ArtifactoryChoice, ArtifactoryUpstream, ProvisionChoice
from wizard.registries.accounts import accounts, upstreams_of, usual_name
from wizard.registries.artifactory.wanted import Local, Remote, Virtual, Wanted
from wizard.registries.authority import Login
from wizard.secret import Secrets


def artifactory_wanted(target: TargetChoice, secrets: Secrets) -> Wanted:
    """Return what is wanted of an Artifactory; raises InputError where it contradicts itself."""
    choice = (target.provision or ProvisionChoice()).artifactory or ArtifactoryChoice()
    wanted = Wanted(
        remotes=tuple(_remotes(target, choice, accounts(target, secrets))),
        locals=tuple(Local(key=key) for key in choice.locals),
        virtuals=tuple(
            Virtual(key=one.repository, members=one.members, deploys_to=one.deploys_to)
            for one in choice.virtuals
        ),
        anonymous_pulls=choice.anonymous_pulls,
    )
    wanted.check()
    return wanted


def _remotes(
    target: TargetChoice, choice: ArtifactoryChoice, logins: Mapping[str, Login]
) -> Iterator[Remote]:
    chosen = {one.upstream: one for one in choice.upstreams}
    for upstream in upstreams_of(target, chosen):
        one = chosen.get(upstream, ArtifactoryUpstream(upstream=upstream))
        yield Remote(
            key=one.repository or usual_name(target, upstream),
            upstream=upstream,
            server=one.server,
            login=logins.get(upstream),
            renews_password=one.renew_password,
        )
