"""What a registry keeps: blobs, manifests and tags, by repository, in memory."""

from __future__ import annotations

from dataclasses import dataclass, field

from wizard.practice.registry.images import Image
from wizard.registries.digests import digest_of


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredManifest:
    """A manifest or an index, byte for byte as it was pushed."""

    media_type: str
    digest: str
    content: bytes


@dataclass(slots=True, kw_only=True)
class Repository:
    """What one repository gives out; the bytes of blobs are kept once for all repositories."""

    tags: dict[str, str] = field(default_factory=dict)
    manifests: dict[str, StoredManifest] = field(default_factory=dict)
    blobs: set[str] = field(default_factory=set)


class Content:
    """All repositories of a registry; names are those behind its face."""

    def __init__(self) -> None:
        self._repositories: dict[str, Repository] = {}
        self._blobs: dict[str, bytes] = {}

    def names(self) -> list[str]:
        """Return the names of all repositories that have a manifest, in order."""
        return sorted(name for name, one in self._repositories.items() if one.manifests)

    def tags(self, repository: str) -> list[str] | None:
        """Return the tags of a repository in order, or None where there is no such repository."""
        found = self._repositories.get(repository)
        return sorted(found.tags) if found and found.manifests else None

    def manifest(self, repository: str, reference: str) -> StoredManifest | None:
        """Return a manifest by its tag or its digest."""
        found = self._repositories.get(repository)
        if found is None:
            return None
        return found.manifests.get(found.tags.get(reference, reference))

    def blob(self, repository: str, digest: str) -> bytes | None:
        """Return a blob of a repository; those of other repositories are not given out."""
        found = self._repositories.get(repository)
        return self._blobs[digest] if found and digest in found.blobs else None

    def add_blob(self, repository: str, content: bytes) -> str:
        """Keep a blob and return its digest."""
        digest = digest_of(content)
        self._blobs.setdefault(digest, content)
        self._repository(repository).blobs.add(digest)
        return digest

    def add_manifest(self, repository: str, content: bytes, *, media_type: str) -> StoredManifest:
        """Keep a manifest under its digest, and return it; what it refers to is not looked at."""
        stored = StoredManifest(media_type=media_type, digest=digest_of(content), content=content)
        self._repository(repository).manifests[stored.digest] = stored
        return stored

    def tag(self, repository: str, tag: str, digest: str) -> None:
        """Let a tag point to a manifest."""
        self._repository(repository).tags[tag] = digest

    def add_image(self, repository: str, tag: str, image: Image) -> str:
        """Keep a whole image under a tag, and return the digest of its index."""
        for blob in image.blobs:
            self.add_blob(repository, blob)
        for manifest in image.manifests:
            self.add_manifest(repository, manifest, media_type=image.dialect.manifest)
        index = self.add_manifest(repository, image.index, media_type=image.dialect.index)
        self.tag(repository, tag, index.digest)
        return index.digest

    def copy_tag(self, source: Content, repository: str, tag: str, *, name: str) -> str | None:
        """Keep what a tag elsewhere points to under `name`, and return its digest; None: no tag.

        All of that repository comes along: practice images share their layers anyway.
        """
        found = source._repositories.get(repository)
        if found is None or tag not in found.tags:
            return None
        for digest in found.blobs:
            self.add_blob(name, source._blobs[digest])
        self._repository(name).manifests.update(found.manifests)
        self.tag(name, tag, found.tags[tag])
        return found.tags[tag]

    def remove_tag(self, repository: str, tag: str) -> None:
        """Forget a tag, as a retention rule would; its manifest stays."""
        self._repository(repository).tags.pop(tag, None)

    def _repository(self, name: str) -> Repository:
        return self._repositories.setdefault(name, Repository())
