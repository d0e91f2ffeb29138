"""A practice host: a directory as its root, small programs as its runtimes, a real shell."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final

from wizard.discovery.facts import HostFacts
from wizard.discovery.parse import parse_answer
from wizard.discovery.probe import compose
from wizard.target import Target

SHELLS: Final = {"dash": ("dash",), "busybox": ("busybox", "sh"), "bash": ("bash",)}
NONCE: Final = "0123456789abcdef0123456789abcdef"
_TOOLS: Final = (
    *("base64", "cat", "date", "fold", "grep", "ls", "lsattr", "readlink", "sed", "sha256sum"),
    *("sleep", "stat", "setsid", "timeout", "tr", "uname"),
)
_SECONDS: Final = 60.0
NOWHERE: Final = "https://127.0.0.1:9"
"""An upstream that nobody reaches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeHost:
    """A host that lives in a directory."""

    shell: str
    root: Path
    programs: Path

    @classmethod
    def make(cls, folder: Path, shell: str) -> PracticeHost:
        """Make a host with a system, and no runtime yet."""
        host = cls(shell=shell, root=folder / "root", programs=folder / "programs")
        host.programs.mkdir(parents=True)
        for tool in _TOOLS:
            source = shutil.which("busybox" if shell == "busybox" else tool)
            if source is None:
                raise RuntimeError(f"{tool} is not installed")
            (host.programs / tool).symlink_to(source)
        host.file("/proc/1/comm", "systemd\n")
        host.file("/proc/self/mountinfo", "21 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw\n")
        host.file("/proc/sys/kernel/random/boot_id", "11111111-2222-3333-4444-555555555555\n")
        host.file("/etc/passwd", "root:x:0:0::/root:/bin/sh\nop:x:1000:1000::/home/op:/bin/sh\n")
        host.file("/etc/os-release", 'ID=debian\nVERSION_ID="13"\nPRETTY_NAME="Debian 13"\n')
        host.file("/var/lib/docker/.keep", "")
        host.file("/run/systemd/system/.keep", "")
        return host

    def file(self, path: str, content: str | bytes, mode: int = 0o644) -> Path:
        """Put a file on the host."""
        place = self.root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else content)
        place.chmod(mode)
        return place

    def program(self, name: str, script: str) -> None:
        """Put a program on the host; `script` is for sh."""
        place = self.programs / name
        place.unlink(missing_ok=True)
        place.write_text(f"#!{shutil.which('dash')}\n{script}\n")
        place.chmod(0o755)

    def process(
        self,
        pid: int,
        name: str,
        arguments: Sequence[str],
        *,
        environment: Sequence[str] = (),
        unit: str = "",
        apart: str = "",
    ) -> None:
        """Let a process run on the host, or apart from it in another `pid` or `user` namespace."""
        folder = f"/proc/{pid}"
        shutil.rmtree(self.root / f"proc/{pid}", ignore_errors=True)
        for namespace in ("pid", "user"):
            own = self.file(f"/proc/self/ns/{namespace}", "")
            if namespace == apart:
                self.file(f"{folder}/ns/{namespace}", "")
            else:
                (self.root / f"proc/{pid}/ns").mkdir(parents=True, exist_ok=True)
                (self.root / f"proc/{pid}/ns/{namespace}").hardlink_to(own)
        self.file(f"{folder}/comm", f"{name}\n")
        self.file(f"{folder}/cmdline", "".join(f"{word}\0" for word in arguments))
        self.file(f"{folder}/environ", "".join(f"{word}\0" for word in environment))
        self.file(f"{folder}/cgroup", f"0::/system.slice/{unit}\n" if unit else "0::/\n")

    def started(self, pid: int, boot: int, seconds: int) -> None:
        """Let a process have started so long after the boot, which is since the epoch."""
        self.file("/proc/stat", f"cpu 1 2\nbtime {boot}\nprocesses 7\n")
        fields = " ".join(str(field) for field in range(4, 22))
        ticks = seconds * os.sysconf("SC_CLK_TCK")
        self.file(f"/proc/{pid}/stat", f"{pid} (dae mon) S {fields} {ticks} 23 24\n")

    def answer(
        self,
        target: Target | None = None,
        *,
        bound: int = 10,
        cut: int | None = None,
        upstream: str = NOWHERE,
    ) -> bytes:
        """Return what the host prints; `cut` is how much of the script arrives."""
        script = compose(target, nonce=NONCE, root=str(self.root), bound=bound, upstream=upstream)
        return self.said(script[:cut])

    def said(self, script: bytes) -> bytes:
        """Return what the host's shell prints when it reads a script."""
        # From a pipe bash would read it byte by byte, which takes longer than to run it.
        with TemporaryFile() as given:
            given.write(script)
            given.seek(0)
            done = subprocess.run(
                [*self._command(), "-s"],
                stdin=given,
                capture_output=True,
                env={"PATH": str(self.programs), "DOCKER_HOST": "tcp://elsewhere.test:2375"},
                timeout=_SECONDS,
                check=False,
            )
        return done.stdout

    def _command(self) -> Sequence[str]:
        program, *rest = SHELLS[self.shell]
        found = shutil.which(program)
        if found is None:
            raise RuntimeError(f"{program} is not installed")
        return (found, *rest)

    def facts(
        self, target: Target | None = None, *, bound: int = 10, upstream: str = NOWHERE
    ) -> HostFacts:
        """Return the facts of the host."""
        mark = NONCE.encode() + b" "
        lines = self.answer(target, bound=bound, upstream=upstream).split(b"\n")
        frames = [line[len(mark) :] for line in lines if line.startswith(mark)]
        return parse_answer("practice", NONCE, frames, now=time.time(), target=target)

    def with_docker(self) -> PracticeHost:
        """Let Docker run on the host, with one container."""
        self.process(100, "dockerd", ["/usr/sbin/dockerd", "-H", "fd://"], unit="docker.service")
        self.program(
            "docker",
            "case $1 in\ninfo) printf %s '" + DOCKER_INFO + "' ;;\n"
            "ps) echo aa11 ;;\n"
            f"inspect) printf '%s\\n' '{DOCKER_CONTAINER}' ;;\n"
            f"events) printf '%s\\n' \"$*\" >>{self.root}/asked; cat {self.root}/reloads ;;\n"
            "images) printf 'nginx:1.27\\n<none>:<none>\\n' ;;\nesac",
        )
        return self

    def with_containerd(self, dump: str = "", *flags: str) -> PracticeHost:
        """Let containerd run on the host, with CRI."""
        self.process(200, "containerd", ["/usr/bin/containerd", *flags], unit="containerd.service")
        self.file("/etc/containerd/config.toml", dump)
        self.program(
            "containerd",
            "case $* in\n*--version*) echo containerd github.com/x v1.7.24 abc ;;\n"
            f"*) cat <<'DUMP'\n{dump}\nDUMP\n;; esac",
        )
        self.program("ctr", f"case $* in\n*plugins*) printf '%s\\n' '{PLUGINS}' ;;\nesac")
        return self

    def with_crio(self, *flags: str, environment: Sequence[str] = ()) -> PracticeHost:
        """Let CRI-O run on the host, with one container."""
        self.process(
            *(300, "crio", ["/usr/bin/crio", *flags]), environment=environment, unit="crio.service"
        )
        self.program(
            "crio",
            f"printf '%s\\n' \"$*\" >>{self.root}/asked\n"
            "case $* in\n--version) printf 'crio version 1.30.4\\nVersion:  1.30.4\\n' ;;\n"
            f"*config) cat {self.root}/settings ;;\nesac",
        )
        self.file("/settings", CRIO_SETTINGS)
        self.program(
            "crictl",
            f"case $3 in\nps) printf '%s' '{CRIO_CONTAINERS}' ;;\n"
            f"images) printf '%s' '{CRIO_IMAGES}' ;;\nesac",
        )
        return self


CRIO_SETTINGS: Final = """[crio]
  root = "/var/lib/containers/storage"
  [crio.api]
    listen = "/var/run/crio/crio.sock"
  [crio.runtime]
    conmon_env = ["TOKEN=S3CRET"]
    log_filter = ""
    log_level = "info"
  [crio.image]
    default_transport = "docker://"
    global_auth_file = "/var/lib/kubelet/config.json"
    signature_policy = "/etc/crio/policy.json"
    short_name_mode = "enforcing"
    auto_reload_registries = true
"""
CRIO_CONTAINERS: Final = (
    '{"containers":[{"id":"cc33","podSandboxId":"p1","metadata":{"name":"web"},'
    '"image":{"image":"docker.io/library/nginx:1"},"createdAt":"1770000000000000000"}]}'
)
CRIO_IMAGES: Final = (
    '{"images":[{"id":"1","repoTags":["registry.k8s.io/pause:3.9"]},{"id":"2","repoTags":[]}]}'
)
DOCKER_INFO: Final = (
    '[null,{"ServerVersion":"26.1.5","Driver":"overlay2","DriverStatus":[["Backing","extfs"]],'
    '"RegistryConfig":{"InsecureRegistryCIDRs":["127.0.0.0/8"],"IndexConfigs":{"docker.io":'
    '{"Secure":true},"old.test:5000":{"Secure":false}},"Mirrors":["https://m.test/"]},'
    '"SecurityOptions":["name=seccomp,profile=builtin"],"LiveRestoreEnabled":true,'
    '"DockerRootDir":"/var/lib/docker","HTTPProxy":"http://op:pr0xyPass@proxy.test:3128",'
    '"HTTPSProxy":"","NoProxy":"","Debug":true,"Labels":["rack=7","api_token=S3"],'
    '"DefaultRuntime":"runc","Plugins.Authorization":null,"Runtimes":["io.containerd.runc.v2","runc",null],'
    '"Swarm":"active"}]'
)
DOCKER_CONTAINER: Final = '["aa11","/web","nginx:1.27","2026-01-02T03:04:05.6Z"]'
PLUGINS: Final = "TYPE ID PLATFORMS STATUS\nio.containerd.grpc.v1 cri linux/amd64 ok"


def files_below(folder: Path) -> dict[str, tuple[int, int]]:
    """Return size and time of every file below a folder: equal means untouched."""
    found = {}
    for place, _folders, names in os.walk(folder):
        for name in names:
            status = os.lstat(Path(place) / name)
            found[f"{place}/{name}"] = (status.st_size, status.st_mtime_ns)
    return found
