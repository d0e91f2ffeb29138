"""Pulling an image: Docker's classic way, and the way of containerd.

Both go from endpoint to endpoint; what makes them give up on one differs (facts/runtimes.md §1.4,
§2.4). A pull is silent about an endpoint that it passed over: only the journal tells.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from wizard.practice.machine.network import Answer, Network
from wizard.practice.runtimes.conversation import (
    INDEXES,
    MANIFESTS,
    Content,
    Conversation,
    PullFailed,
    content_of,
    error_code,
    is_intact,
)
from wizard.practice.runtimes.endpoints import Endpoint
from wizard.practice.runtimes.image_store import Image
from wizard.practice.runtimes.references import Reference

_DEEPEST: Final = 4
_NOT_FOUND_WEIGHT: Final = 2
_STATUS_WEIGHT: Final = 3
PLATFORM: Final = ("linux", "amd64")
Log = Callable[[str], None]
Ask = Callable[[str], Awaitable[Answer]]


@dataclass(slots=True, kw_only=True)
class Pull:
    """One pull of one image by one runtime of one host.

    Attributes:
        network: the way to registries.
        host: name of the practice host.
        reference: what is pulled.
        endpoints: where it may be, in order.
        log: where lines of the runtime's journal go.
        known: layers that the host has already.
        old_words: whether x509 errors are told as Go did before 1.20.
    """

    network: Network
    host: str
    reference: Reference
    endpoints: Sequence[Endpoint]
    log: Log
    known: frozenset[str] = frozenset()
    old_words: bool = False
    _talks: dict[str, Conversation] = field(default_factory=dict)
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def classic(self) -> Image:
        """Pull as Docker does into its classic store; raises PullFailed."""
        async with AsyncExitStack() as self._stack:
            return await self._classic()

    async def by_resolver(self) -> Image:
        """Pull as containerd's resolver and fetcher do; raises PullFailed."""
        async with AsyncExitStack() as self._stack:
            return await self._resolve_and_fetch()

    async def _talk(self, endpoint: Endpoint, *, namespace: bool) -> Conversation:
        """Return the conversation with an endpoint, one for the whole pull."""
        talk = self._talks.get(endpoint.base)
        if talk is None:
            client = await self._stack.enter_async_context(
                self.network.client(self.host, endpoint.trust)
            )
            talk = self._talks[endpoint.base] = Conversation(
                client=client,
                endpoint=endpoint,
                repository=self.reference.repository,
                namespace=self.reference.domain if namespace else "",
                old_words=self.old_words,
            )
        return talk

    # ---- Docker's classic store

    async def _classic(self) -> Image:
        """Return the image of the first endpoint that has all of it.

        Whatever one endpoint gets wrong, a page of HTML too, the next is asked; the last error
        is told, and the last endpoint is the registry itself.
        """
        failure = PullFailed(f"no endpoint for {self.reference}")
        for endpoint in self.endpoints:
            try:
                talk = await self._talk(endpoint, namespace=False)
                await talk.ping()
                return await self._classic_image(talk)
            except PullFailed as error:
                failure = error
                if endpoint is not self.endpoints[-1]:
                    words = f"Attempting next endpoint for pull after error: {error.what}"
                    self.log(f'level=info msg="{_escaped(words)}"')
        raise failure

    async def _classic_image(self, talk: Conversation) -> Image:
        version = self.reference.version
        answer = await talk.manifest(version)
        if answer.status != HTTPStatus.OK:
            raise _classic_refusal(answer)
        top = content_of(answer)
        content, depth = top, 0
        while content.media_type in INDEXES and depth < _DEEPEST:
            answer = await talk.manifest(_platform_digest(content))
            if answer.status != HTTPStatus.OK:
                raise _classic_refusal(answer)
            content, depth = content_of(answer), depth + 1
        if content.media_type not in MANIFESTS:
            raise PullFailed(
                f"unsupported media type {content.media_type or 'application/octet-stream'}"
            )
        if not is_intact(top.body, top.digest):
            raise PullFailed(f"manifest verification failed for digest {top.digest}")
        return await self._image(content, top.digest, talk.blob)

    # ---- the way of containerd

    async def _resolve_and_fetch(self) -> Image:
        """Return the image.

        The first endpoint that answers says what a tag is, whatever type it names; each content
        is then asked of every endpoint in turn. A page of HTML is an answer: it ends the pull.
        """
        top = await self._resolved()
        content, depth = await self._fetched(top), 0
        while content.media_type in INDEXES and depth < _DEEPEST:
            content = await self._fetched(Content(
                body=b"", media_type="", digest=_platform_digest(content)
            ))  # fmt: skip
            depth += 1
        if content.media_type not in MANIFESTS:
            kind = content.media_type
            raise PullFailed(f"unexpected media type {kind} for {content.digest}: not found")
        return await self._image(content, top.digest, self._any_blob)

    async def _resolved(self) -> Content:
        """Return digest and type of what the reference names."""
        failure = PullFailed(f"{self.reference}: not found", weight=-1)
        for endpoint in self.endpoints:
            # What has a digest needs no word on what a tag is (containerd core/remotes/docker).
            if not (endpoint.pulls if self.reference.digest else endpoint.resolves):
                continue
            try:
                talk = await self._talk(endpoint, namespace=True)
                answer = await talk.head(self.reference.version)
                self._refuse(answer, talk.shown_url("manifests", self.reference.version))
                if "docker-content-digest" not in answer.headers:
                    answer = await talk.manifest(self.reference.version)
                return content_of(answer)
            except PullFailed as refusal:
                error = _as_resolver_tells(refusal)
                self.log(
                    f'level=info msg="trying next host" error="{_escaped(error.what)}" '
                    f"host={endpoint.authority}"
                )
                if error.weight > failure.weight:
                    failure = error
        raise failure

    async def _fetched(self, wanted: Content) -> Content:
        failure = PullFailed(f"{wanted.digest}: not found", weight=-1)
        for endpoint in (one for one in self.endpoints if one.pulls):
            try:
                talk = await self._talk(endpoint, namespace=True)
                answer = await talk.manifest(wanted.digest)
                self._refuse(answer, talk.shown_url("manifests", wanted.digest))
                return content_of(answer)
            except PullFailed as error:
                if error.weight > failure.weight:
                    failure = error
        raise failure

    async def _any_blob(self, digest: str) -> Answer:
        failure = PullFailed(f"{digest}: not found", weight=-1)
        for endpoint in (one for one in self.endpoints if one.pulls):
            try:
                talk = await self._talk(endpoint, namespace=True)
                answer = await talk.blob(digest)
                self._refuse(answer, talk.shown_url("blobs", digest))
            except PullFailed as error:
                if error.weight > failure.weight:
                    failure = error
            else:
                return answer
        raise failure

    def _refuse(self, answer: Answer, url: str) -> None:
        """Raise PullFailed for an answer that sends containerd to the next endpoint."""
        if answer.status == HTTPStatus.NOT_FOUND:
            raise PullFailed(
                f"{self.reference}: not found", weight=_NOT_FOUND_WEIGHT, status=answer.status
            )
        if answer.status == HTTPStatus.UNAUTHORIZED:
            raise PullFailed(
                "pull access denied, repository does not exist or may require authorization: "
                "authorization failed: no basic auth credentials",
                weight=1,
                status=answer.status,
            )
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise PullFailed(
                f"unexpected status from GET request to {url}: {answer.status} "
                f"{HTTPStatus(answer.status).phrase}",
                weight=_STATUS_WEIGHT,
                status=answer.status,
            )

    # ---- both

    async def _image(self, manifest: Content, digest: str, blob: Ask) -> Image:
        """Fetch configuration and layers of a manifest."""
        tree = manifest.tree()
        config = await self._checked(tree["config"], blob)
        layers = tree["layers"]
        for layer in layers:
            if layer["digest"] not in self.known:
                await self._checked(layer, blob)
        return Image(
            reference=self.reference,
            digest=digest,
            image_id=tree["config"]["digest"],
            config=config.tree(),
            layers=tuple(layer["digest"] for layer in layers),
            size=sum(int(layer["size"]) for layer in layers),
        )

    async def _checked(self, wanted: Mapping[str, Any], blob: Ask) -> Content:
        answer = await blob(wanted["digest"])
        if answer.status != HTTPStatus.OK:
            raise _classic_refusal(answer)
        if not is_intact(answer.body, wanted["digest"]):
            raise PullFailed(f"filesystem layer verification failed for digest {wanted['digest']}")
        return Content(body=answer.body, media_type="", digest=wanted["digest"])


def _as_resolver_tells(error: PullFailed) -> PullFailed:
    if error.status or error.weight != 1:
        return error
    return PullFailed(f"failed to do request: {error.what}", weight=error.weight)


def _platform_digest(index: Content) -> str:
    """Return the manifest for this platform in an index; raises PullFailed."""
    for entry in index.tree().get("manifests", ()):
        platform = entry.get("platform") or {}
        if (platform.get("os"), platform.get("architecture")) == PLATFORM:
            return str(entry["digest"])
    raise PullFailed("no matching manifest for linux/amd64 in the manifest list entries")


def _classic_refusal(answer: Answer) -> PullFailed:
    code, message = error_code(answer.body)
    if code:
        words = f"{code.lower().replace('_', ' ')}: {message}"
    else:
        phrase = HTTPStatus(answer.status).phrase
        words = f"received unexpected HTTP status: {answer.status} {phrase}"
    return PullFailed(words, status=answer.status, code=code)


def _escaped(words: str) -> str:
    return words.replace("\\", "\\\\").replace('"', '\\"')
