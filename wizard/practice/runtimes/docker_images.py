"""`docker` and images: pull, list, look at, remove, log in."""

from __future__ import annotations

import base64
import io
import json
import tarfile
from collections.abc import Mapping
from typing import Any, Final

from wizard.practice.designs import Store
from wizard.practice.machine.calls import Call, Reply
from wizard.practice.runtimes.command_line import Arguments, failure, lines, read_arguments
from wizard.practice.runtimes.conversation import PullFailed
from wizard.practice.runtimes.docker_engine import DockerEngine
from wizard.practice.runtimes.docker_pulls import hub_login
from wizard.practice.runtimes.go_template import BadTemplate, render
from wizard.practice.runtimes.image_store import Image
from wizard.practice.runtimes.references import Reference, parse_reference

HUB_KEY: Final = "https://index.docker.io/v1/"
_SHORT: Final = 12
_MISSING: Final = {
    True: "Error response from daemon: No such image: {name}",
    False: "Error: No such image: {name}",
}
_DENIED: Final = frozenset({"UNAUTHORIZED", "DENIED"})


class DockerImages:
    """What a client asks about images of one daemon."""

    def __init__(self, engine: DockerEngine) -> None:
        self._engine = engine

    async def pull(self, call: Call, words: tuple[str, ...]) -> Reply:
        """`docker pull [-q] NAME`."""
        given = read_arguments(
            words,
            valued=("--platform",),
            switches=("-q", "--quiet", "-a", "--all-tags", "--disable-content-trust"),
        )
        if len(given.words) != 1:
            return failure('"docker pull" requires exactly 1 argument.')
        name = given.words[0]
        reference = parse_reference(name)
        quiet = given.has("-q", "--quiet")
        default = reference.tag == "latest" and not name.endswith(":latest") and not quiet
        before = "Using default tag: latest\n" if default else ""
        had = self._engine.images.find(str(reference), reference)
        try:
            image = await self._engine.pull(reference, self.credentials(call))
        except PullFailed as error:
            words_of_daemon = self._words(error, reference)
            return failure(f"Error response from daemon: {words_of_daemon}", output=before)
        if quiet:
            return Reply(output=f"{reference}\n")
        return Reply(output=before + self._told(image, had))

    def _told(self, image: Image, had: Image | None) -> str:
        reference = image.reference
        fresh = had is None or had.digest != image.digest
        steps = [f"{reference.version}: Pulling from {reference.repository}"]
        for layer in image.layers if fresh else ():
            short = layer.removeprefix("sha256:")[:_SHORT]
            steps += [f"{short}: Pulling fs layer", f"{short}: Pull complete"]
        what = "Downloaded newer image" if fresh else "Image is up to date"
        return lines([
            *steps,
            f"Digest: {image.digest}",
            f"Status: {what} for {reference.familiar}",
            str(reference),
        ])  # fmt: skip

    def _words(self, error: PullFailed, reference: Reference) -> str:
        """Return what the daemon makes of a failure."""
        if self._engine.store is Store.CONTAINERD:
            if error.weight or error.status or error.what.endswith(": not found"):
                return _of_containerd(error, reference)
            return error.what
        if error.code == "MANIFEST_UNKNOWN":
            return f"manifest for {reference.familiar} not found: {error.what}"
        if error.code in _DENIED:
            login = "repository does not exist or may require 'docker login'"
            return f"pull access denied for {reference.familiar_name}, {login}: {error.what}"
        if error.code == "NAME_UNKNOWN":
            return f"repository {reference.familiar_name} not found: {error.what}"
        return error.what

    def credentials(self, call: Call) -> str:
        """Return the login at Docker Hub of the user who calls."""
        try:
            config = json.loads(self._login_file(call).read_bytes())
        except (OSError, ValueError):
            return ""
        return hub_login(config) if isinstance(config, dict) else ""

    def _login_file(self, call: Call) -> Any:
        folder = call.environment.get("DOCKER_CONFIG")
        home = call.environment.get("HOME", "/root")
        return self._engine.machine.file(f"{folder or f'{home}/.docker'}/config.json")

    def login(self, call: Call, words: tuple[str, ...]) -> Reply:
        """`docker login [-u USER] [-p PASSWORD | --password-stdin] [SERVER]`: keep it in a file."""
        given = read_arguments(
            words, valued=("-u", "--username", "-p", "--password"), switches=("--password-stdin",)
        )
        user = given.last("-u", "--username")
        password = given.last("-p", "--password") or call.given.decode().rstrip("\n")
        if not user or not password:
            return failure("Error: Cannot perform an interactive login from a non TTY device")
        file = self._login_file(call)
        config = json.loads(file.read_bytes()) if file.exists() else {}
        server = given.words[0] if given.words else HUB_KEY
        auth = base64.b64encode(f"{user}:{password}".encode()).decode()
        config.setdefault("auths", {})[server] = {"auth": auth}
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.write_text(json.dumps(config, indent="\t"))
        file.chmod(0o600)
        return Reply(output="Login Succeeded\n")

    def logout(self, call: Call, words: tuple[str, ...]) -> Reply:
        """`docker logout [SERVER]`."""
        file = self._login_file(call)
        config = json.loads(file.read_bytes()) if file.exists() else {}
        server = words[0] if words else HUB_KEY
        config.get("auths", {}).pop(server, None)
        if file.exists():
            file.write_text(json.dumps(config, indent="\t"))
        return Reply(output=f"Removing login credentials for {server}\n")

    def list(self, words: tuple[str, ...]) -> Reply:
        """`docker images [-q] [--format T] [NAME]`."""
        given = read_arguments(
            words,
            valued=("--format", "-f", "--filter"),
            switches=("-q", "--quiet", "--no-trunc", "--digests", "-a", "--all"),
        )
        images = [image for image in self._engine.images if _is_meant(image, given)]
        if given.has("-q", "--quiet"):
            return Reply(
                output=lines(dict.fromkeys(_shortened(image.image_id, given) for image in images))
            )
        template = given.last("--format")
        if template:
            return Reply(
                output=lines(render(template, _row(image, given)) for image in reversed(images))
            )
        rows = ["REPOSITORY   TAG   IMAGE ID   CREATED   SIZE"]
        rows += ["   ".join(_row(image, given).values()) for image in reversed(images)]
        return Reply(output=lines(rows))

    def inspect(self, words: tuple[str, ...]) -> Reply:
        """`docker image inspect [-f T] NAME…`."""
        given = read_arguments(words, valued=("-f", "--format", "--platform"))
        template = given.last("-f", "--format")
        found, missing = [], []
        for name in given.words:
            image = self._engine.images.find(name, parse_reference(name))
            if image:
                found.append(_inspected(image))
            else:
                missing.append(f"Error: No such image: {name}")
        try:
            shown = lines(render(template, one) for one in found) if template else ""
        except BadTemplate as error:
            return failure(str(error), 64)
        return Reply(
            status=1 if missing else 0,
            output=shown if template else json.dumps(found, indent=4) + "\n",
            errors=lines(missing),
        )

    def remove(self, words: tuple[str, ...]) -> Reply:
        """`docker rmi [-f] NAME…`: goes on behind a name that cannot be removed.

        With `-f` a name that is not there is told, and no failure.
        """
        given = read_arguments(words, valued=(), switches=("-f", "--force", "--no-prune"))
        force = given.has("-f", "--force")
        told: list[str] = []
        missing: list[str] = []
        kept: list[str] = []
        for name in given.words:
            image = self._engine.images.find(name, parse_reference(name))
            if image is None:
                plain = "/" not in name and ":" not in name
                missing.append(_MISSING[plain].format(name=name))
            elif (words_of_daemon := self._in_use(name, image)) and not force:
                kept.append(words_of_daemon)
            else:
                told += self._removed(image)
        failed = kept or (missing and not force)
        return Reply(status=1 if failed else 0, output=lines(told), errors=lines([*missing, *kept]))

    def _in_use(self, name: str, image: Image) -> str:
        """Return why an image is not removed without force, or nothing."""
        for user in self._engine.running():
            if user.image_id == image.image_id:
                reason = f"container {user.id[:_SHORT]} is using its referenced image"
                return (
                    "Error response from daemon: conflict: unable to remove repository reference "
                    f'"{name}" (must force) - {reason} {image.image_id[7:19]}'
                )
        return ""

    def _removed(self, image: Image) -> tuple[str, ...]:
        self._engine.images.remove(image)
        told = [f"Untagged: {image.reference.familiar}"]
        if image.digest:
            told.append(f"Untagged: {image.reference.familiar_name}@{image.digest}")
        if all(other.image_id != image.image_id for other in self._engine.images):
            told.append(f"Deleted: {image.image_id}")
        return tuple(told)

    def tag(self, words: tuple[str, ...]) -> Reply:
        """`docker tag SOURCE TARGET`."""
        source, target = words
        image = self._engine.images.find(source, parse_reference(source))
        if image is None:
            return failure(f"Error response from daemon: No such image: {source}")
        self._engine.images.add(_renamed(image, parse_reference(target)))
        return Reply()

    async def load(self, call: Call, words: tuple[str, ...]) -> Reply:  # noqa: ARG002  # a verb
        """`docker load`, an archive of `docker save` or of OCI with a `manifest.json`."""
        told = []
        with tarfile.open(fileobj=io.BytesIO(call.given)) as archive:
            file = archive.extractfile("manifest.json")
            entries = json.loads(file.read()) if file else []
        for entry in entries:
            identity = entry["Config"].rpartition("/")[2].removesuffix(".json")
            for name in entry.get("RepoTags") or ():
                reference = parse_reference(name)
                image = Image(reference=reference, digest="", image_id=f"sha256:{identity}")
                self._engine.images.add(image)
                told.append(f"Loaded image: {reference.familiar}")
        return Reply(output=lines(told))


def _of_containerd(error: PullFailed, reference: Reference) -> str:
    if error.what.startswith("unexpected media type"):
        return error.what
    return f'failed to resolve reference "{reference}": {error.what}'


def _renamed(image: Image, reference: Reference) -> Image:
    return Image(
        reference=reference,
        digest=image.digest,
        image_id=image.image_id,
        config=image.config,
        layers=image.layers,
        size=image.size,
    )


def _is_meant(image: Image, given: Arguments) -> bool:
    if not given.words:
        return True
    wanted, own = parse_reference(given.words[0]), image.reference
    tagged = ":" in given.words[0].rpartition("/")[2]
    return wanted.name == own.name and (not tagged or wanted.tag == own.tag)


def _shortened(digest: str, given: Arguments) -> str:
    return digest if given.has("--no-trunc") else digest.removeprefix("sha256:")[:_SHORT]


def _row(image: Image, given: Arguments) -> dict[str, str]:
    return {
        "Repository": image.reference.familiar_name,
        "Tag": image.reference.tag or "<none>",
        "ID": _shortened(image.image_id, given),
        "CreatedSince": "2 weeks ago",
        "Size": f"{image.size}B",
    }


def _inspected(image: Image) -> Mapping[str, Any]:
    reference = image.reference
    digests = [f"{reference.familiar_name}@{image.digest}"] if image.digest else []
    return {
        "Id": image.image_id,
        "RepoTags": [reference.familiar] if reference.tag else [],
        "RepoDigests": digests,
        "Architecture": image.config.get("architecture", "amd64"),
        "Os": image.config.get("os", "linux"),
        "Size": image.size,
        "Config": image.config.get("config", {}),
    }
