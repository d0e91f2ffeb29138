"""Registry endpoints, their accounts checked by us first.

Of a wrong account of Docker Hub, Harbor tells nothing but a 500 (facts/harbor.md §1).
"""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from wizard.clock import Clock
from wizard.errors import RegistryError
from wizard.registries.failures import RegistryFailure
from wizard.registries.harbor.bodies import EndpointBody, EndpointUpdate
from wizard.registries.harbor.calls import Record
from wizard.registries.harbor.client import Harbor
from wizard.registries.harbor.comparing import compare, to_change, to_create
from wizard.registries.harbor.server import ENDPOINT_CA, Server
from wizard.registries.harbor.wanted import Endpoint
from wizard.registries.hub_account import check_hub_account
from wizard.registries.provisioning import Action, Difference, Finding
from wizard.registries.subject_name import SubjectKind, SubjectName
from wizard.secret import Secret
from wizard.wording import _


async def find_endpoint(harbor: Harbor, name: str) -> Record | None:
    """Return an endpoint by its exact name."""
    found = await harbor.endpoints(name)
    return next((one for one in found if one.get("name") == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointSubject:
    """An endpoint as it is wanted; `client` is for the check of its account."""

    harbor: Harbor
    server: Server
    client: httpx.AsyncClient
    clock: Clock
    wanted: Endpoint

    async def look(self) -> Finding:
        """Compare all but the secret, of which only its health tells whether it still holds."""
        name = SubjectName(kind=SubjectKind.ENDPOINT, name=self.wanted.name)
        warnings = self._warnings()
        found = await find_endpoint(self.harbor, self.wanted.name)
        if found is None:
            return to_create(name, {"type": self.wanted.kind, **self._values()}, warnings=warnings)
        if found.get("type") != self.wanted.kind:
            kind = compare({"type": found.get("type")}, {"type": self.wanted.kind})
            why = _("the type of an endpoint cannot be changed: delete it, or use another name")
            return Finding(
                subject=str(name),
                named=name,
                action=Action.BY_HAND,
                differences=kind,
                warnings=(*warnings, why),
            )
        account = (found.get("credential") or {}).get("access_key") or None
        differences = compare({**found, "account": account}, self._values())
        if found.get("status") == "unhealthy" and self.wanted.login:
            differences += (
                Difference(
                    field="secret",
                    found=_("refused upstream"),
                    wanted=_("set anew"),
                ),
            )
        return to_change(name, differences, warnings=warnings)

    async def change(self) -> tuple[str, Secret] | None:
        """Check the account, then make or change the endpoint; raises RegistryError."""
        unchecked = await self._why_unchecked()
        found = await find_endpoint(self.harbor, self.wanted.name)
        try:
            if found is None:
                await self.harbor.create_endpoint(self._body())
            else:
                await self.harbor.update_endpoint(int(found["id"]), self._update())
        except RegistryFailure as failure:
            if failure.status != httpx.codes.INTERNAL_SERVER_ERROR:
                raise
            raise self._hidden(unchecked, failure) from failure
        return None

    async def _why_unchecked(self) -> str:
        """Check the account once; return why that could not be done from here, else nothing."""
        login = self.wanted.login
        if login is None or self.wanted.kind != "docker-hub":
            return _("only accounts of Docker Hub are tried from here")
        try:
            await check_hub_account(self.client, self.clock, login)
        except RegistryFailure as failure:
            # Harbor may get there where we do not, and looks before it keeps anything.
            return failure.reason
        return ""

    def _hidden(self, unchecked: str, failure: RegistryFailure) -> RegistryError:
        """Return what a 500 of Harbor may mean, whose cause only its own log tells."""
        todo = (
            _(
                "Check the account, which was not tried from here ({reason}), and that Harbor's"
                " host reaches {url}; its core.log tells the cause."
            )
            if unchecked
            else _(
                "The account is right: let Harbor's host reach {url} and what it leads to, as"
                " registry-1.docker.io; its core.log tells the cause."
            )
        )
        return RegistryError(
            _("Harbor does not take the endpoint {name}, and hides why (request {id})").format(
                name=self.wanted.name, id=failure.request_id
            ),
            state=_("What came before it is done; nothing was changed on any host."),
            todo=todo.format(reason=unchecked, url=self.wanted.url),
        )

    def _values(self) -> dict[str, object]:
        values: dict[str, object] = {"url": self.wanted.url, "insecure": False}
        if self.wanted.login:
            values["account"] = self.wanted.login.username
        if self._ca():
            values["ca_certificate"] = self._ca()
        return values

    def _update(self) -> EndpointUpdate:
        update: EndpointUpdate = {"url": self.wanted.url, "insecure": False}
        if self.wanted.login:
            update["credential_type"] = "basic"
            update["access_key"] = self.wanted.login.username
            update["access_secret"] = self.wanted.login.password.reveal()
        if self._ca():
            update["ca_certificate"] = self._ca()
        return update

    def _body(self) -> EndpointBody:
        body: EndpointBody = {
            "name": self.wanted.name,
            "type": self.wanted.kind,
            "url": self.wanted.url,
            "insecure": False,
        }
        if self.wanted.login:
            body["credential"] = {
                "type": "basic",
                "access_key": self.wanted.login.username,
                "access_secret": self.wanted.login.password.reveal(),
            }
        if self._ca():
            body["ca_certificate"] = self._ca()
        return body

    def _ca(self) -> str:
        return self.wanted.ca_pem if self.server.has(ENDPOINT_CA) else ""

    def _warnings(self) -> tuple[str, ...]:
        if not self.wanted.ca_pem or self._ca():
            return ()
        return (_("before 2.15 an endpoint has no CA of its own: add it to Harbor's trust"),)
