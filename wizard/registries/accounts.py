"""Upstreams of the target as any product is told of them: which, under which place, as whom."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

from wizard.errors import InputError
from wizard.fleet.policy import PlaceChoice, TargetChoice
from wizard.fleet.provision_choice import (
    AccountChoice,
    ProvisionChoice,
    account_key,
)
from wizard.registries.authority import Login
from wizard.secret import Secrets
from wizard.target import UPSTREAM
from wizard.wording import _


def upstreams_of(target: TargetChoice, chosen: Collection[str] = ()) -> tuple[str, ...]:
    """Return the upstreams that are moved, docker.io first, then those chosen besides."""
    moved = (UPSTREAM, *(one.upstream for one in target.upstreams))
    return tuple(dict.fromkeys((*moved, *chosen)))


def place_of(target: TargetChoice, upstream: str) -> PlaceChoice:
    """Return where hosts look for an upstream's images; without a prefix where nobody said.

    The prefix is a project or the path of a repository, without the `v2` that may stand beside it.
    """
    own = PlaceChoice(upstream=UPSTREAM, addressing=target.addressing, prefix=target.prefix)
    place = next(
        (one for one in (own, *target.upstreams) if one.upstream == upstream),
        PlaceChoice(upstream=upstream),
    )
    prefix = place.prefix.removeprefix("v2/").removesuffix("/v2")
    return dataclasses.replace(place, prefix=prefix)


def accounts(target: TargetChoice, secrets: Secrets) -> dict[str, Login]:
    """Return the login of each upstream that has one.

    Raises InputError for an account of an upstream that nothing is provisioned for.
    """
    provision = target.provision or ProvisionChoice()
    products = (provision.harbor, provision.nexus, provision.artifactory)
    named = [one.upstream for product in products if product for one in product.upstreams]
    known = upstreams_of(target, named)
    return {one.upstream: _login(one, known, secrets) for one in provision.accounts}


def usual_name(target: TargetChoice, upstream: str) -> str:
    """Return what the repository of an upstream is called where nobody chose its name."""
    usual = "dockerhub" if upstream == UPSTREAM else upstream.replace(":", "-")
    return place_of(target, upstream).prefix.rpartition("/")[2] or usual


def _login(account: AccountChoice, known: Collection[str], secrets: Secrets) -> Login:
    if account.upstream not in known:
        raise InputError(
            _("there is an account of {upstream}, which nothing is provisioned for").format(
                upstream=account.upstream
            ),
            todo=_("Name it under “upstreams”, or leave its account out."),
        )
    return Login(username=account.username, password=secrets[account_key(account.upstream)])
