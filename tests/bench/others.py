"""The same work done by other tools: bare asyncssh, Ansible, pyinfra."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import asyncssh

from tests.bench.lab import Cost, Lab, cost_of, report_peak

CONCURRENCY = 50
PAYLOAD_BYTES = 8192


def bare_asyncssh(lab: Lab) -> Cost:
    """Connect to every host with keys and known hosts parsed once, and run `true`."""
    return cost_of(
        [
            *(sys.executable, "-m", "tests.bench.others"),
            *(str(lab.port), lab.user, str(lab.key), str(lab.known_hosts), *lab.addresses),
        ]
    )


def ansible_copy(lab: Lab) -> Cost:
    """Copy a file of 8 KiB with pipelining, 50 forks and curve25519."""
    source = _payload(lab)
    inventory = lab.folder / "inventory.ini"
    ssh_args = (
        f"-o UserKnownHostsFile={lab.known_hosts} -o KexAlgorithms=curve25519-sha256"
        " -o ControlMaster=no -o PreferredAuthentications=publickey"
    )
    inventory.write_text(
        "[all]\n"
        + "".join(f"{address}\n" for address in lab.addresses)
        + f"[all:vars]\nansible_port={lab.port}\nansible_user={lab.user}\n"
        f"ansible_ssh_private_key_file={lab.key}\n"
        f"ansible_python_interpreter={sys.executable}\n"
    )
    environ = os.environ | {
        "ANSIBLE_PIPELINING": "True",
        "ANSIBLE_SSH_ARGS": ssh_args,
        "ANSIBLE_HOST_KEY_CHECKING": "True",
        "ANSIBLE_LOCAL_TEMP": str(lab.folder / "ansible"),
        "ANSIBLE_HOME": str(lab.folder / "ansible-home"),
    }
    program = str(Path(sys.executable).with_name("ansible"))
    destination = f"dest={lab.folder}/copied-{{{{ inventory_hostname }}}}"
    return cost_of(
        [
            *(program, "all", "-i", str(inventory), "-f", str(CONCURRENCY), "-m", "copy"),
            *("-a", f"src={source} {destination}"),
        ],
        environ,
    )


def pyinfra_put(lab: Lab) -> Cost:
    """Put a file of 8 KiB on every host with pyinfra."""
    source = _payload(lab)
    inventory = lab.folder / "pyinfra_inventory.py"
    settings = {
        "ssh_port": lab.port,
        "ssh_user": lab.user,
        "ssh_key": str(lab.key),
        "ssh_known_hosts_file": str(lab.known_hosts),
        "ssh_strict_host_key_checking": "yes",
    }
    inventory.write_text(
        f"hosts = [(address, {settings!r}) for address in {list(lab.addresses)!r}]\n"
    )
    deploy = lab.folder / "pyinfra_deploy.py"
    deploy.write_text(
        "from pyinfra import host\nfrom pyinfra.operations import files\n"
        f"files.put(src={str(source)!r}, dest={str(lab.folder)!r} + '/put-' + host.name)\n"
    )
    program = str(Path(sys.executable).with_name("pyinfra"))
    return cost_of(
        [program, "-y", "--parallel", str(CONCURRENCY), str(inventory), str(deploy)],
    )


def _payload(lab: Lab) -> Path:
    source = lab.folder / "payload"
    source.write_bytes((b"0123456789abcde\n" * (PAYLOAD_BYTES // 16))[:PAYLOAD_BYTES])
    return source


async def _connect_and_exec(
    port: int, user: str, key: str, known_hosts: str, *addresses: str
) -> None:
    loaded_key = asyncssh.read_private_key(key)
    known = asyncssh.read_known_hosts(known_hosts)
    limit = asyncio.Semaphore(CONCURRENCY)

    async def one(address: str) -> None:
        async with (
            limit,
            asyncssh.connect(
                address,
                port,
                username=user,
                client_keys=[loaded_key],
                known_hosts=known,
                config=None,
                agent_path=None,
            ) as connection,
        ):
            await connection.run("true", check=True)

    async with asyncio.TaskGroup() as tasks:
        for address in addresses:
            tasks.create_task(one(address))


if __name__ == "__main__":
    _port, *_rest = sys.argv[1:]
    asyncio.run(_connect_and_exec(int(_port), *_rest))
    report_peak()
