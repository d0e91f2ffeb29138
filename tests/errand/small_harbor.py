"""A host with a bundle of the installer's shape, and programs that are small ones of their kind."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from pathlib import Path

from tests.registries.installing.template_versions import NEWEST
from tests.transaction.practice_host import SHELLS
from wizard.errand.errand import ErrandAnswer
from wizard.errand.script import errand_answer, errand_script
from wizard.registries.installing.harbor_yml import harbor_yml
from wizard.registries.installing.install import Installation, install_errand
from wizard.registries.installing.settings import HarborSettings, TLSFiles
from wizard.secret import Secret

NONCE = "0123456789abcdef"
YML = harbor_yml(
    NEWEST,
    HarborSettings(
        hostname="harbor.example.net",
        admin_password=Secret("Admin0Admin0Admin0Admin0"),
        database_password=Secret("Datab0Datab0Datab0Datab0"),
        tls=TLSFiles(certificate="/tls/crt", private_key="/tls/key", port=8443),
        metrics_port=9091,
    ),
)
INSTALLER = """\
#!/bin/sh
echo "args=$* host=${host-unset} term=$TERM" >>../../calls
[ ! -e ../../fails ] || { echo 'no space left'; exit 3; }
[ ! -e ../../hangs ] || { : >../../hanging; sleep 60; }
: >../../installed
echo goharbor/harbor-core:v2.15.2 >>../../images
echo 'image: goharbor/harbor-core' >docker-compose.yml
mkdir -p ../../data/secret/keys && echo 0123456789abcdef >../../data/secret/keys/secretkey
"""
_PROGRAMS = {
    "docker": """\
#!/bin/sh
cd "$PILOTAGE_ROOT" || exit
case "$*" in
  'image ls'*) cat images ;;
  'image inspect'*) grep -qxF "$3" images ;;
  'load -i'*) echo goharbor/prepare:v2.15.2 >>images ;;
  'run --rm'*) echo "$*" >>made
    [ ! -e unmade ] || { echo 'openssl not installed'; exit 1; }
    mkdir -p tls/internal && : >tls/internal/harbor_internal_ca.crt ;;
  'image rm'*) grep -vxF "$3" images >images.new; mv images.new images ;;
  *'ps -a -q'*) [ ! -e installed ] || echo 0123 ;;
  'compose down') rm -f installed ;;
esac
""",
    "systemctl": """\
#!/bin/sh
case $1 in
  is-enabled) [ -e "$PILOTAGE_ROOT/enabled" ] ;;
  enable) : >"$PILOTAGE_ROOT/enabled" ;;
  disable) rm -f "$PILOTAGE_ROOT/enabled" ;;
esac
""",
    "curl": """\
#!/bin/sh
for last; do :; done
if [ "$last" = - ]; then
  CONFIG=$(cat)
  case $CONFIG in
    *api/v2.0/users/current*) word='user = "admin:Admin0Admin0Admin0Admin0"' ;;
    *service/token*) echo '{"token": "a.b", "expires_in": 1800}'; word='user = "admin:Admin0' ;;
    */v2/*) word='Bearer a.b' ;;
  esac
  [ ! -e "$PILOTAGE_ROOT/changed" ] || word=another
  case $CONFIG in *"$word"*) printf '\\n200' ;; *) printf '\\n401' ;; esac
  exit
fi
echo "$last" >>"$PILOTAGE_ROOT/asked"
if [ -e "$PILOTAGE_ROOT/sick" ]; then echo '{"status": "unhealthy"}'; else
echo '{"status":"healthy","components":[{"name":"core","status":"healthy"}]}'; fi
""",
}


def harbor_host(tmp_path: Path) -> Path:
    """Return the root of a host on which an operator has laid the bundle."""
    (tmp_path / "bin").mkdir()
    for name, text in _PROGRAMS.items():
        program = tmp_path / "bin" / name
        program.write_text(text, encoding="ascii")
        program.chmod(0o755)
    (tmp_path / "etc/systemd/system").mkdir(parents=True)
    (tmp_path / "opt").mkdir()
    (tmp_path / "images").write_text("goharbor/redis-photon:v2.9.0\nnginx:1\n", encoding="ascii")
    with tarfile.open(tmp_path / "bundle.tgz", "w:gz") as tar:
        entry = tarfile.TarInfo("harbor/install.sh")
        entry.size, entry.mode = len(INSTALLER), 0o755
        tar.addfile(entry, io.BytesIO(INSTALLER.encode()))
    return tmp_path


def install_script(*, seconds: int = 30, yml: Secret = YML, with_trivy: bool = True) -> bytes:
    """Return what installs it."""
    wanted = Installation(
        host="harbor", bundle="/bundle.tgz", seconds=seconds, with_trivy=with_trivy
    )
    errand = install_errand(wanted, yml.reveal())
    return errand_script(errand, nonce=NONCE, payload=yml)


def environ(root: Path) -> dict[str, str]:
    """Return the environment of that host."""
    return {
        "PATH": f"{root}/bin:{os.environ['PATH']}",
        "HOME": str(root),
        "PILOTAGE_ROOT": str(root),
        "host": "evil.example.net",
    }


def installed(
    root: Path, *, shell: str = "dash", seconds: int = 30, yml: Secret = YML
) -> ErrandAnswer:
    """Install Harbor there and return the answer."""
    return sent(root, install_script(seconds=seconds, yml=yml), shell)


def sent(root: Path, script: bytes, shell: str) -> ErrandAnswer:
    """Run an errand's script there and return its answer."""
    done = subprocess.run(
        [*SHELLS[shell], "-s"],
        input=script,
        env=environ(root),
        capture_output=True,
        timeout=120,
        check=False,
    )
    lines, said = done.stdout.splitlines(), done.stderr.decode()
    return errand_answer(lines, nonce=NONCE, host="harbor", said=said)


def calls(root: Path) -> list[str]:
    """Return a line for each time that the installer ran."""
    file = root / "calls"
    return file.read_text(encoding="ascii").splitlines() if file.exists() else []
