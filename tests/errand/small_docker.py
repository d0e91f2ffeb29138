"""A host with a Docker and a Nexus of a few lines of shell: its state is files, its calls a log."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Final

from tests.transaction.practice_host import SHELLS
from wizard.errand.errand import Errand, ErrandAnswer
from wizard.errand.script import errand_answer, errand_script
from wizard.secret import Secret

NONCE: Final = "0123456789abcdef"
FIRST: Final = "9f0e1c1e-first-password"
LICENCE: Final = (
    '{"accepted" : %s,\n "disclaimer" : "Use “this”, \\"accepted\\" : false\\\\n or not."}'
)

_START: Final = """\
#!/bin/sh
S=$PILOTAGE_ROOT/state
printf '%s\\n' "${0##*/} $*" >>"$S/calls"
cut() {
  [ -e "$S/cut" ] && read -r CUT <"$S/cut" && [ "$CUT" = "$1" ] || return 0
  rm "$S/cut"
  pkill -9 -s 0
}
cut "before ${0##*/} $1"
"""

_DOCKER: Final = (
    _START
    + """\
case $1 in
  ps) [ ! -e "$S/container" ] || echo nexus; [ ! -e "$S/theirs" ] || echo nexus ;;
  inspect) if [ -e "$S/crash" ] && [ -e "$S/running" ]; then
      echo "restarting 1 $(cat "$S/container")"
    elif [ -e "$S/container" ]; then
      echo "$([ -e "$S/running" ] && echo running || echo created) 0 $(cat "$S/container")"
    else echo 'running 0 '; fi ;;
  image) case $2 in
      inspect) [ -e "$S/image" ] || { echo 'No such image' >&2; exit 1; }
        case "$*" in *Architecture*) cat "$S/image" ;; esac ;;
      rm) rm "$S/image" ;;
    esac ;;
  version) echo 'DEPRECATED' >&2; echo 28.5.2 ;;
  info) cat "$S/security" ;;
  load) [ ! -e "$S/full" ] || { echo 'no space left on device' >&2; exit 1; }
    cat "$S/architecture" >"$S/image" ;;
  pull) echo 'no route to host' >&2; exit 1 ;;
  create) [ ! -e "$S/container" ] || { echo 'name is in use' >&2; exit 1; }
    for one; do case $one in pilotage.installation=*) echo "${one#*=}" >"$S/container" ;; esac; done
    echo created >>"$S/created" ;;
  start) [ ! -e "$S/broken" ] || { echo 'exec format error' >&2; exit 1; }
    D=$PILOTAGE_ROOT/srv/nexus-data
    [ -e "$D/password" ] || { printf %s "FIRST" >"$D/admin.password"
      cp "$D/admin.password" "$D/password"; }
    touch "$S/running" ;;
  logs) cat "$S/crash" ;;
  stop) rm -f "$S/running" ;;
  rm) rm "$S/container" ;;
  exec) cat "$PILOTAGE_ROOT/srv/nexus-data/admin.password" ;;
esac
STATUS=$?
cut "after ${0##*/} $1"
exit $STATUS
""".replace("FIRST", FIRST)
)

_CURL: Final = (
    _START
    + """\
CONFIG=$(cat)
value() {
  while IFS= read -r LINE; do
    case $LINE in
      "$1 = "*) TEXT=${LINE#*\\"} && TEXT=${TEXT%\\"} && unescaped ;;
    esac
  done <<CONFIG
$CONFIG
CONFIG
}
unescaped() {
  while :; do
    printf %s "${TEXT%%\\\\*}"
    case $TEXT in *\\\\*) TEXT=${TEXT#*\\\\} ;; *) return ;; esac
    case $TEXT in
      n*) printf '\\n' ;;
      *) printf %s "${TEXT%"${TEXT#?}"}" ;;
    esac
    TEXT=${TEXT#?}
  done
}
D=$PILOTAGE_ROOT/srv/nexus-data
[ -e "$S/running" ] && [ ! -e "$S/crash" ] || exit 7
METHOD=$(value request) URL=$(value url)
cut "before $METHOD $URL"
may() { [ "$(value user)" = "admin:$(cat "$D/password")" ]; }
CODE=404
case "$METHOD $URL" in
  *status/writable) CODE=200 ;;
  'PUT '*change-password) CODE=401
    ! may || { NEW=$(value data-raw); printf %s "$NEW" >"$D/password"
      rm "$D/admin.password"; CODE=204; } ;;
  *realms/active) if may; then CODE=200; echo '[]'; else CODE=401; fi ;;
  'GET '*eula) CODE=200; cat "$S/licence" ;;
  'POST '*eula) CODE=500
    [ "$(value data-raw)" != "$(cat "$S/accepted")" ] ||
      { cp "$S/accepted" "$S/licence"; CODE=204; } ;;
esac
cut "after $METHOD $URL"
printf '\\n%s' "$CODE"
"""
)


class SmallDocker:
    """One host, at a root of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.state = root / "state"
        self.data = root / "srv/nexus-data"
        for folder in ("bin", "state", "srv", "proc/net"):
            (root / folder).mkdir(parents=True)
        self.program("docker", _DOCKER)
        self.program("curl", _CURL)
        self.program("chown", f'{_START}[ -d "$2" ]\ncut "after chown $1"\n')
        self.program("systemctl", f"{_START}exit 0\n")
        self.program("uname", "#!/bin/sh\necho x86_64\n")
        self.say("architecture", "amd64\n")
        self.say("security", "[name=seccomp,profile=builtin]\n")
        self.say("licence", LICENCE % "false")
        self.say("accepted", LICENCE % "true")
        (root / "archive.tar").write_bytes(b"an image")
        (root / "proc/net/tcp").write_text("  sl  local_address rem_address   st\n", "ascii")

    def program(self, name: str, text: str) -> None:
        """Put a program there."""
        file = self.root / "bin" / name
        file.write_text(text, encoding="utf-8")
        file.chmod(0o755)

    def say(self, name: str, text: str) -> None:
        """Set a part of the state."""
        (self.state / name).write_text(text, encoding="utf-8")

    def calls(self, *starts: str) -> list[str]:
        """Return the calls of programs so far that begin so."""
        lines = (self.state / "calls").read_text(encoding="utf-8").splitlines()
        return [line for line in lines if line.startswith(starts)]

    def sent(
        self, errand: Errand, payload: Secret | None, *, shell: str = "dash"
    ) -> tuple[int, str]:
        """Run the errand's script; return its exit code and what it printed."""
        done = subprocess.run(
            [*SHELLS[shell], "-s"],
            input=errand_script(errand, nonce=NONCE, payload=payload),
            env={
                "PATH": f"{self.root}/bin:{os.environ['PATH']}",
                "HOME": str(self.root),
                "PILOTAGE_ROOT": str(self.root),
            },
            capture_output=True,
            timeout=60,
            check=False,
            start_new_session=True,
        )
        return done.returncode, (done.stdout + done.stderr).decode()

    def carried_out(
        self, errand: Errand, payload: Secret | None = None, *, shell: str = "dash"
    ) -> ErrandAnswer:
        """Carry out an errand to its end."""
        _code, said = self.sent(errand, payload, shell=shell)
        lines = said.encode().splitlines()
        return errand_answer(lines, nonce=NONCE, host=errand.host, said=said)

    def tree(self) -> dict[str, bytes | None]:
        """Return all files and directories, but those of programs, state, and the lock."""
        ours = ("bin", "state", "proc", "var")
        return {
            str(path.relative_to(self.root)): path.read_bytes() if path.is_file() else None
            for path in self.root.rglob("*")
            if path.relative_to(self.root).parts[0] not in ours
        }
