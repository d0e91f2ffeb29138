"""Runtimes that no suite of Debian has: built from their Go modules, kept in the cache.

Each folder of `runtime_modules/` is a Go module that pins a runtime and the checksums of all that
it is built from; it has no more code of its own than a client that is not to be had. A build takes
minutes of a processor, so it is asked for by `make runtimes`; tests show what is there.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.fleet.build_cache import BUILD_SECONDS, Say, building, only_builder
from tests.fleet.command import DIES_WITH_US, run, text

MODULES = Path(__file__).with_name("runtime_modules")
# Would need headers of C.
_TAGS = "no_btrfs"


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltRuntime:
    """A runtime that is built here.

    Attributes:
        name: that of its folder below `MODULES`.
        package: the Go module that it is.
        programs: what is built of it.
        own: programs that are built of the folder itself.
    """

    name: str
    package: str
    programs: tuple[str, ...] = ("containerd", "containerd-shim-runc-v2", "ctr")
    own: tuple[str, ...] = ()


BUILT: Mapping[str, BuiltRuntime] = {
    runtime.name: runtime
    for runtime in (
        BuiltRuntime(
            name="buildkit-0.34",
            package="github.com/moby/buildkit",
            programs=("buildctl", "buildkitd"),
        ),
        # Speaks CRI v1alpha2 only, for which there is no crictl any more.
        BuiltRuntime(
            name="containerd-1.5", package="github.com/containerd/containerd", own=("crictl",)
        ),
        BuiltRuntime(name="containerd-2.2", package="github.com/containerd/containerd/v2"),
        BuiltRuntime(name="containerd-2.3", package="github.com/containerd/containerd/v2"),
    )
}


def runtime_path(name: str, cache: Path) -> Path:
    """Return the folder where a runtime's programs are, or will be when it has been built."""
    pinned = b"\0".join((MODULES / name / file).read_bytes() for file in ("go.mod", "go.sum"))
    sources = b"\0".join(path.read_bytes() for path in sorted((MODULES / name).rglob("*.go")))
    recipe = hashlib.sha256(pinned + sources + _TAGS.encode()).hexdigest()
    return cache / f"{name}-{recipe[:16]}"


def programs(name: str, cache: Path) -> Path | None:
    """Return the folder of a runtime's programs, None for no name."""
    return runtime_path(name, cache) if name else None


def is_built(name: str, cache: Path) -> bool:
    """Tell whether a runtime's programs are in the cache."""
    return runtime_path(name, cache).exists()


def build(cache: Path, say: Say) -> None:
    """Build what is missing, one after the other.

    Raises:
        FleetError: a build failed.
    """
    cache.mkdir(parents=True, exist_ok=True)
    for name, runtime in BUILT.items():
        if not shutil.which("go"):
            say(f"NO {name}: there is no Go toolchain to build it with")
        elif not is_built(name, cache):
            _build(runtime, cache, say)


def _build(runtime: BuiltRuntime, cache: Path, say: Say) -> None:
    final = runtime_path(runtime.name, cache)
    with only_builder(final) as is_built:
        if is_built:
            return
        say(f"building {runtime.name} (some minutes, once)")
        with building(final) as folder:
            programs = folder / "programs"
            programs.mkdir()
            _compile(runtime, programs)
            programs.rename(final)
        say(f"built {final}")


def _compile(runtime: BuiltRuntime, made: Path) -> None:
    settings = ("CGO_ENABLED=0", f"GOTMPDIR={made.parent}")
    go = (*DIES_WITH_US, "nice", "-n", "10", "env", *settings, "go", "-C", MODULES / runtime.name)
    version = text(*go, "list", "-m", "-f", "{{.Version}}", runtime.package, timeout=300)
    named = f"-X {runtime.package}/version.Version={version}"
    run(
        *(*go, "build", "-trimpath", "-buildvcs=false", "-tags", _TAGS),
        *("-ldflags", f"-s -w {named}", "-o", f"{made}/"),
        *(f"{runtime.package}/cmd/{program}" for program in runtime.programs),
        *(f"./{program}" for program in runtime.own),
        timeout=BUILD_SECONDS,
    )
