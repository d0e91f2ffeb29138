"""An account of Docker Hub, tried by us before a registry is given it.

Of a wrong one Harbor tells nothing but a 500 (facts/harbor.md §1), and Nexus blocks its upstream by
itself (facts/nexus_artifactory.md §8).
"""

from __future__ import annotations

from typing import Final

import httpx

from wizard.clock import Clock
from wizard.errors import RegistryError
from wizard.registries.authority import Login
from wizard.registries.failures import Failure, RegistryFailure
from wizard.registries.management import ManagementAPI
from wizard.wording import _

_HUB_TOKENS: Final = "https://auth.docker.io"
_ANY_IMAGE: Final = "repository:library/hello-world:pull"


async def check_hub_account(client: httpx.AsyncClient, clock: Clock, login: Login) -> None:
    """Log in to Docker Hub once; raises RegistryError for a wrong account, else RegistryFailure."""
    tokens = ManagementAPI(_HUB_TOKENS, client=client, clock=clock, login=login)
    query = {"service": "registry.docker.io", "scope": _ANY_IMAGE}
    try:
        await tokens.call("GET", "/token", query=query)
    except RegistryFailure as failure:
        if failure.kind is not Failure.UNAUTHORISED:
            raise
        raise RegistryError(
            _("Docker Hub does not take the account {name}").format(name=login.username),
            state=_("Nothing was changed for it at the registry."),
            todo=_("Give its user name and an access token; a password with 2FA is refused."),
        ) from failure
