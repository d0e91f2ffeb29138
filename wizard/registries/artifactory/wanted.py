"""What an operator wants of an Artifactory; pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from wizard.errors import InputError
from wizard.registries.authority import Login
from wizard.secret import Secret
from wizard.target import UPSTREAM, upstream_server
from wizard.wording import _


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """A repository that caches one upstream.

    Attributes:
        upstream: as image names begin.
        login: account at the upstream.
        renews_password: set it although the user name is the same; it is never told in clear.
    """

    key: str
    upstream: str = UPSTREAM
    server: str = ""
    login: Login | None = None
    renews_password: bool = False

    @property
    def url(self) -> str:
        """Return the URL of the upstream's API."""
        return self.server or upstream_server(self.upstream)


@dataclass(frozen=True, slots=True, kw_only=True)
class Local:
    """A repository of own images."""

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Virtual:
    """Several repositories under one key, asked in order.

    Attributes:
        deploys_to: local repository that pushes go to; empty for none.
    """

    key: str
    members: tuple[str, ...]
    deploys_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An Artifactory as it should be.

    Attributes:
        anonymous_pulls: keys that everybody must be able to pull from; None for all remotes.
    """

    remotes: tuple[Remote, ...] = ()
    locals: tuple[Local, ...] = ()
    virtuals: tuple[Virtual, ...] = ()
    anonymous_pulls: tuple[str, ...] | None = None

    @property
    def repositories(self) -> tuple[Remote | Local | Virtual, ...]:
        """Return all repositories in the order in which they rest on each other."""
        return (*self.remotes, *self.locals, *self.virtuals)

    @property
    def open_keys(self) -> tuple[str, ...]:
        """Return the keys that everybody must be able to pull from."""
        if self.anonymous_pulls is not None:
            return self.anonymous_pulls
        return tuple(one.key for one in self.remotes)

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Return what no error may tell."""
        return tuple(one.login.password for one in self.remotes if one.login)

    def check(self) -> None:
        """Raise InputError for a key that is there twice, or cannot be a Docker repository's."""
        for key, times in Counter(one.key for one in self.repositories).items():
            if times > 1:
                raise InputError(_("the repository key {key} is there twice").format(key=key))
            if "_" in key or key != key.lower():
                raise InputError(
                    _("the repository key {key} has an underscore or a capital letter").format(
                        key=key
                    ),
                    todo=_("Docker repositories of Artifactory cannot be reached by such keys."),
                )
