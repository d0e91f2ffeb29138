"""Write into a host's root what makes it that host, before it boots."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.fleet.catalogue import HostDesign
from tests.fleet.command import COLLECT_SELDOM, text

HOST_TREES = Path(__file__).with_name("hosts")
SYSTEM_BUNDLE = Path("etc/ssl/certs/ca-certificates.crt")
TRUSTED_LIST = Path("etc/ca-certificates.conf")
DEBIAN_CERTIFICATES = Path("usr/share/ca-certificates")
TRUSTED_OF_DEBIAN = 3
"""So many of Debian's are left: for each of them `update-ca-certificates` starts ten programs."""
HOST_KEY = "etc/ssh/ssh_host_ed25519_key"
LINGERING = "var/lib/systemd/linger"
CRICTL = "usr/local/bin/crictl"
UNITS = Path("etc/systemd/system")
GENERATORS = "systemd/system-generators"
# The kernel is the machine's: a host has no modules of its own to load, and no file systems of it
# to show. A journal on a disk and Podman's own services serve nobody here.
IDLE_UNITS = (
    "console-getty.service",
    "dev-hugepages.mount",
    "modprobe@.service",
    "netavark-dhcp-proxy.service",
    "netavark-dhcp-proxy.socket",
    "podman-auto-update.service",
    "podman.service",
    "sys-kernel-debug.mount",
    "sys-kernel-tracing.mount",
    "systemd-journal-flush.service",
    "systemd-modules-load.service",
    "systemd-network-generator.service",
    "systemd-networkd-persistent-storage.service",
)
USER_MANAGER = """\
[Unit]
Description=No manager of user %i, but its directory below /run
Requires=user-runtime-dir@%i.service
After=user-runtime-dir@%i.service
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/true
Slice=user-%i.slice
"""
CLIENT_PLUGINS = "usr/libexec/docker/cli-plugins"
"""Docker's client starts each of them to answer `docker info`; no test builds with it."""

# A link that was cut serves as soon as it is up again: nobody takes the address away meanwhile.
_NETWORK = """\
[Match]
Name=host0

[Network]
Address={address}/24
LinkLocalAddressing=no
IPv6AcceptRA=no
DHCP=no
IgnoreCarrierLoss=yes
"""
_CRICTL = """\
runtime-endpoint: unix:///run/containerd/containerd.sock
image-endpoint: unix:///run/containerd/containerd.sock
timeout: 30
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostIdentity:
    """What one host of one fleet has for itself.

    Attributes:
        design: what it is to be.
        fleet: name of the fleet.
        address: its address on the bridge.
        hosts_lines: further lines of its `/etc/hosts`.
        host_key: its SSH host key; the public half is beside it in `.pub`.
        operator_key: public key that may log in.
        system_ca: a CA that its system store trusts.
        sudo_password: what sudo asks for; empty when sudo is not used.
        crictl: the program to install, or None.
        programs: folder of programs that take the place of the suite's, or None.
    """

    design: HostDesign
    fleet: str
    address: str
    hosts_lines: str
    host_key: Path
    operator_key: Path
    system_ca: Path
    sudo_password: str
    crictl: Path | None
    programs: Path | None


def provision(root: Path, identity: HostIdentity) -> None:
    """Write the host's files into `root`, its mounted root directory."""
    tree = HOST_TREES / identity.design.name
    if tree.exists():
        shutil.copytree(tree, root, dirs_exist_ok=True, copy_function=_copy_plain)
    _name(root, identity)
    _network(root, identity)
    _login(root, identity)
    _trust(root, identity.system_ca)
    _environment(root)
    _runtimes(root, identity)
    _leave_out(root)


def _copy_plain(source: str, target: str) -> str:
    """Copy a file's bytes; on the host it is a plain 0644 file, whatever a checkout made of it."""
    return _write(Path(target), Path(source).read_bytes()).as_posix()


def _name(root: Path, identity: HostIdentity) -> None:
    name = identity.design.name
    _write(root / "etc/hostname", f"{name}\n")
    machine = hashlib.sha256(f"{identity.fleet}/{name}".encode()).hexdigest()[:32]
    _write(root / "etc/machine-id", f"{machine}\n")
    # Packages were installed just now, as systemd sees it: it would make caches anew for them.
    for done in ("etc/.updated", "var/.updated"):
        _write(root / done, "")


def _network(root: Path, identity: HostIdentity) -> None:
    _write(root / "etc/resolv.conf", "# This fleet has no name servers.\n")
    name = identity.design.name
    own = f"127.0.0.1\tlocalhost\n{identity.address}\t{name}\n"
    _write(root / "etc/hosts", own + identity.hosts_lines)
    network = _NETWORK.format(address=identity.address)
    _write(root / "etc/systemd/network/10-host0.network", network)


def _login(root: Path, identity: HostIdentity) -> None:
    _write(root / HOST_KEY, identity.host_key.read_bytes(), mode=0o600)
    public = identity.host_key.with_suffix(".pub").read_bytes()
    _write(root / f"{HOST_KEY}.pub", public)
    _write(root / "etc/ssh/sshd_config.d/fleet.conf", f"HostKey /{HOST_KEY}\n")
    user = identity.design.user
    folder = root / ("root" if user == "root" else f"home/{user}") / ".ssh"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o700)
    keys = _write(folder / "authorized_keys", identity.operator_key.read_bytes(), mode=0o600)
    owner = folder.parent.stat()
    for path in (folder, keys):
        shutil.chown(path, owner.st_uid, owner.st_gid)
    # Each login would start a manager for the user, and each last logout would end it.
    _write(root / LINGERING / user, "")
    if identity.sudo_password:
        _sudo(root, user, identity.sudo_password)


def _sudo(root: Path, user: str, password: str) -> None:
    hashed = text("openssl", "passwd", "-6", "-stdin", stdin=password.encode())
    shadow = root / "etc/shadow"
    lines = [line.split(":") for line in shadow.read_text().splitlines()]
    changed = [[user, hashed, *line[2:]] if line[0] == user else line for line in lines]
    shadow.write_text("".join(":".join(line) + "\n" for line in changed))
    _write(root / "etc/sudoers.d/fleet", f"{user} ALL=(ALL:ALL) ALL\n", mode=0o440)


def _trust(root: Path, authority: Path) -> None:
    """Leave the files that `update-ca-certificates` would leave, without running it."""
    name = f"fleet-{authority.stem}"
    pem = authority.read_bytes()
    source = Path(f"usr/local/share/ca-certificates/{name}.crt")
    _write(root / source, pem)
    bundle = root / SYSTEM_BUNDLE
    _write(bundle, _trusted_of_debian(root) + pem)
    (bundle.parent / f"{name}.pem").symlink_to("/" / source)
    hashed = text("openssl", "x509", "-noout", "-subject_hash", "-in", authority)
    (bundle.parent / f"{hashed}.0").symlink_to(f"{name}.pem")


def _trusted_of_debian(root: Path) -> bytes:
    """Take most of Debian's authorities off the list, with their links; return those left."""
    told = (root / TRUSTED_LIST).read_text().splitlines()
    listed = [line for line in told if line and not line.startswith(("#", "!"))]
    kept = listed[:TRUSTED_OF_DEBIAN]
    _write(root / TRUSTED_LIST, "".join(f"{line}\n" for line in kept))
    folder = (root / SYSTEM_BUNDLE).parent
    links = {link.name: link.readlink() for link in folder.iterdir() if link.is_symlink()}
    # A certificate has a link of its name, and one of its hash to that link.
    gone = {f"/{DEBIAN_CERTIFICATES / line}" for line in listed[TRUSTED_OF_DEBIAN:]}
    unnamed = {name for name, target in links.items() if str(target) in gone}
    for name, target in links.items():
        if name in unnamed or str(target) in unnamed:
            (folder / name).unlink()
    return b"".join((root / DEBIAN_CERTIFICATES / line).read_bytes() for line in kept)


def _environment(root: Path) -> None:
    """Set what services and logins have; what `Machine.execute` has, it sets itself."""
    services = f"[Manager]\nDefaultEnvironment={COLLECT_SELDOM}\n"
    _write(root / "etc/systemd/system.conf.d/fleet.conf", services)
    _write(root / "etc/ssh/sshd_config.d/environment.conf", f"SetEnv {COLLECT_SELDOM}\n")


def _runtimes(root: Path, identity: HostIdentity) -> None:
    roles = identity.design.roles
    units = [*IDLE_UNITS]
    if "docker" not in roles:
        units += ["docker.service", "docker.socket"]
    if not roles & {"docker", "containerd"}:
        units.append("containerd.service")
    for unit in units:
        _mask(root / UNITS / unit)
    if identity.crictl and "cri" in roles:
        _write(root / CRICTL, identity.crictl.read_bytes(), mode=0o755)
        _write(root / "etc/crictl.yaml", _CRICTL)
    for program in identity.programs.iterdir() if identity.programs else ():
        place = CRICTL if program.name == "crictl" else f"usr/bin/{program.name}"
        _write(root / place, program.read_bytes(), mode=0o755)


def _leave_out(root: Path) -> None:
    """Leave out what is started over and over for nothing.

    Generators run at every boot and every `daemon-reload`, which each change of a host asks for.
    """
    _write(root / UNITS / "user@.service", USER_MANAGER)
    for generator in (root / "usr/lib" / GENERATORS).iterdir():
        _mask(root / "etc" / GENERATORS / generator.name)
    for plugin in (root / CLIENT_PLUGINS).glob("*"):
        plugin.unlink()


def _mask(link: Path) -> None:
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to("/dev/null")


def _write(path: Path, content: str | bytes, mode: int = 0o644) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    path.chmod(mode)
    return path
