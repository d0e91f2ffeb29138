"""Root file systems of the hosts and the `crictl` beside them: built once, kept in the cache.

The name of an entry ends in a hash of the recipe, so a changed recipe is another entry.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.fleet.build_cache import BUILD_SECONDS, Say, building, only_builder
from tests.fleet.catalogue import SUITES, Suite
from tests.fleet.command import DIES_WITH_US, SEARCH, run, text, tool_environment
from tests.fleet.errors import FleetError
from tests.fleet.packages import require_machine

DEBOOTSTRAP_SCRIPTS = Path("/usr/share/debootstrap/scripts")
BUILD_SCRIPT = Path(__file__).with_name("build_rootfs.sh")

# A Go module of no code of its own: it pins crictl and the checksums of all that it is built from.
# Speaks CRI v1 to containerd 1.6 and later.
CRICTL_MODULE = Path(__file__).with_name("crictl_module")
CRICTL_PACKAGE = "sigs.k8s.io/cri-tools"


def rootfs_path(suite: Suite, cache: Path) -> Path:
    """Return where a suite's root file system is, or will be when it has been built."""
    recipe = "\0".join((suite.name, *suite.packages, BUILD_SCRIPT.read_text()))
    return cache / f"rootfs-{suite.name}-{hashlib.sha256(recipe.encode()).hexdigest()[:16]}"


def crictl_path(cache: Path) -> Path:
    """Return where the built `crictl` is, or will be; on a machine without Go it is absent."""
    pinned = (CRICTL_MODULE / "go.sum").read_bytes()
    return cache / f"crictl-{hashlib.sha256(pinned).hexdigest()[:16]}"


def build(suites: Iterable[str], cache: Path, say: Say) -> None:
    """Build what is missing of the given suites, and `crictl`; two at a time.

    Raises:
        FleetError: a build failed; the text has the end of its log.
    """
    require_machine()
    suites = tuple(suites)
    if unknown := set(suites) - SUITES.keys():
        raise FleetError(f"no suite {', '.join(sorted(unknown))}; there are {', '.join(SUITES)}")
    cache.mkdir(parents=True, exist_ok=True)
    # A complete cache is not written to: it may be mounted read-only.
    wanted = [
        SUITES[name]
        for name in dict.fromkeys(suites)
        if not rootfs_path(SUITES[name], cache).exists()
    ]
    with ThreadPoolExecutor(max_workers=2) as pool:
        futures = [pool.submit(_build_suite, suite, cache, say) for suite in wanted]
        if not crictl_path(cache).exists():
            futures.append(pool.submit(_build_crictl, cache, say))
    for future in futures:
        future.result()


def debian_mirror(index_targets: str, debootstrap_source: str) -> str:
    """Return the URL of the Debian mirror to use.

    Args:
        index_targets: what `apt-get indextargets --format '$(SITE) $(RELEASE)'` printed,
            one `<url> <suite>` a line; the machine's first Debian archive wins. An archive of
            security updates is none.
        debootstrap_source: the text of debootstrap, whose own default is the second choice.

    Raises:
        FleetError: neither names a mirror.
    """
    for line in index_targets.splitlines():
        url, _, suite = line.strip().partition(" ")
        if url.rstrip("/").endswith("/debian") and suite.partition("-")[0] in SUITES:
            return url.rstrip("/")
    for line in debootstrap_source.splitlines():
        name, _, value = line.strip().partition("=")
        if name == "DEF_MIRROR":
            return value.strip("\"'")
    raise FleetError("no Debian mirror: neither apt's sources nor debootstrap name one")


def _build_suite(suite: Suite, cache: Path, say: Say) -> None:
    final = rootfs_path(suite, cache)
    with only_builder(final) as is_built:
        if is_built:
            return
        say(f"building the root file system of {suite.name} (some minutes, once)")
        with building(final) as folder:
            root = folder / "root"
            root.mkdir(mode=0o755)
            _debootstrap(suite, root, cache / f"{final.name}.log")
            root.rename(final)
        say(f"built {final}")


def _debootstrap(suite: Suite, root: Path, log: Path) -> None:
    mirror = debian_mirror(
        text("apt-get", "indextargets", "--format", "$(SITE) $(RELEASE)"),
        Path(shutil.which("debootstrap", path=SEARCH) or "/usr/sbin/debootstrap").read_text(
            errors="replace"
        ),
    )
    script = suite.name if (DEBOOTSTRAP_SCRIPTS / suite.name).exists() else suite.script
    apt_conf = root.with_name("apt.conf")
    apt_conf.write_text(_way_to_the_mirror(text("apt-config", "dump", "Acquire")))
    argv = [
        *(*DIES_WITH_US, "unshare", "--mount", "--pid", "--fork", "--kill-child"),
        *("sh", str(BUILD_SCRIPT), suite.name, str(root), mirror, script),
        *(" ".join(suite.packages), str(apt_conf)),
    ]
    with log.open("wb") as output:
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=BUILD_SECONDS,
            check=False,
            env=tool_environment(),
        )
    if done.returncode:
        end = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise FleetError(f"building {suite.name} ended with {done.returncode} ({log}):\n{end}")


def _way_to_the_mirror(apt_config_dump: str) -> str:
    """Return apt's `Acquire::http…` settings of the machine, for use inside the new root."""
    wanted = ("Acquire::http", "Acquire::https")
    lines = [line for line in apt_config_dump.splitlines() if line.startswith(wanted)]
    return "".join(f"{line}\n" for line in lines)


def _build_crictl(cache: Path, say: Say) -> None:
    final = crictl_path(cache)
    if not shutil.which("go"):
        say("NO crictl ON THE HOSTS: there is no Go toolchain to build it with")
        return
    with only_builder(final) as is_built:
        if is_built:
            return
        say("building crictl (some minutes, once)")
        with building(final) as folder:
            settings = ("CGO_ENABLED=0", f"GOTMPDIR={folder}")
            go = (*DIES_WITH_US, "env", *settings, "go", "-C", str(CRICTL_MODULE))
            version = text(*go, "list", "-m", "-f", "{{.Version}}", CRICTL_PACKAGE, timeout=300)
            named = f"-X {CRICTL_PACKAGE}/pkg/version.Version={version}"
            flags = ("-trimpath", "-buildvcs=false", f"-ldflags=-s -w {named}")
            made = folder / "crictl"
            run(
                *(*go, "build", *flags, "-o", made, f"{CRICTL_PACKAGE}/cmd/crictl"),
                timeout=BUILD_SECONDS,
            )
            made.rename(final)
        say(f"built {final}")
