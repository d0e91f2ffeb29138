"""The practice Docker Hub as a registry product reaches it: its accounts, and what they see.

In memory: what products fetch does not go over the network, so upstream's log has hosts alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from wizard.practice.registry.content import Content
from wizard.practice.registry.routes import Resource, Route

HUB: Final = frozenset({"https://hub.docker.com", "https://registry-1.docker.io"})
"""URLs of the real one, which the practice Docker Hub stands for."""
Account = tuple[str, str]


@dataclass(slots=True, kw_only=True)
class Hub:
    """An upstream.

    Attributes:
        url: where it really listens.
        accounts: passwords by user name.
        images: what everybody sees.
        private_images: what only its accounts see.
    """

    url: str
    accounts: dict[str, str]
    images: Content = field(default_factory=Content)
    private_images: Content = field(default_factory=Content)

    def answers_at(self, url: str) -> bool:
        """Tell whether a URL leads here."""
        return url.rstrip("/") in {self.url, *HUB}

    def takes(self, account: Account | None) -> bool:
        """Tell whether an account is good; nobody in particular may look around."""
        return account is None or self.accounts.get(account[0]) == account[1]

    @property
    def repositories(self) -> dict[str, tuple[str, ...]]:
        """Return the tags of each repository, as its accounts see them."""
        contents = (self.images, self.private_images)
        names = sorted({name for one in contents for name in one.names()})
        return {
            name: tuple(sorted({tag for one in contents for tag in one.tags(name) or ()}))
            for name in names
        }

    def copy(self, kept: Content, repository: str, tag: str, *, name: str) -> str | None:
        """Keep a whole image under `name`, and return its digest; None where there is none."""
        copied = (
            kept.copy_tag(one, repository, tag, name=name)
            for one in (self.images, self.private_images)
        )
        return next((digest for digest in copied if digest), None)

    def fetch(self, account: Account | None, kept: Content, route: Route, *, name: str) -> bool:
        """Keep the manifest or blob that a route means, and tell whether there is one.

        Args:
            account: who fetches; it is taken.
            kept: where it is put, under the route's name.
            route: what is wanted.
            name: what the repository is called here.
        """
        for shown in (self.images, self.private_images) if account else (self.images,):
            if route.resource is Resource.MANIFEST:
                manifest = shown.manifest(name, route.reference)
                if manifest is None:
                    continue
                kept.add_manifest(route.name, manifest.content, media_type=manifest.media_type)
                if route.reference != manifest.digest:
                    kept.tag(route.name, route.reference, manifest.digest)
                return True
            blob = shown.blob(name, route.reference) if route.resource is Resource.BLOB else None
            if blob is not None:
                kept.add_blob(route.name, blob)
                return True
        return False
