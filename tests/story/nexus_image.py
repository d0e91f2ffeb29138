"""An image that stands for Nexus's: what its container does on a host, and nothing of a registry.

It runs as user 200, keeps its state in /nexus-data, writes `admin.password` there at its first
start, and answers the calls of an installation (facts/nexus_artifactory.md §2.1, §4).
"""

from __future__ import annotations

from typing import Final

from tests.fleet.images import program_archive

NAME: Final = "example/nexus-like:1"

_START: Final = b"""\
#!/bin/sh
trap 'exit 0' TERM
cd /nexus-data || exit 1
[ -e password ] || { printf first-%s "$$" >admin.password && cp admin.password password; } || exit 1
nc -ll -p 8081 -e /answer &
wait
"""
_ANSWER: Final = b"""\
#!/bin/sh
cd /nexus-data
read -r METHOD URL VERSION
LENGTH=0 AUTH=
while read -r LINE; do
  LINE=$(printf %s "$LINE" | tr -d '\\r')
  [ -n "$LINE" ] || break
  case $LINE in
    Content-Length:*) LENGTH=${LINE#*: } ;;
    Authorization:*) AUTH=${LINE##* } ;;
  esac
done
BODY=$(head -c "$LENGTH")
say() {
  printf 'HTTP/1.1 %s .\\r\\nContent-Length: %s\\r\\n' "$1" "${#2}"
  printf 'Connection: close\\r\\n\\r\\n%s' "$2"
  exit
}
[ "$URL" != /service/rest/v1/status/writable ] || say 200
[ "$(printf %s "$AUTH" | base64 -d)" = "admin:$(cat password)" ] || say 401
DISCLAIMER='"disclaimer" : "Words of a \\"licence\\".\\nAnd more." }'
case "$METHOD $URL" in
  *change-password) printf %s "$BODY" >password; rm -f admin.password; say 204 ;;
  *realms/active) say 200 '[ "NexusAuthenticatingRealm" ]' ;;
  GET*eula)
    if [ -e accepted ]; then say 200 "{ \\"accepted\\" : true, $DISCLAIMER"; fi
    say 200 "{ \\"accepted\\" : false, $DISCLAIMER" ;;
  POST*eula)
    [ "$BODY" = "{ \\"accepted\\" : true, $DISCLAIMER" ] || say 500
    : >accepted
    say 204 ;;
esac
say 404
"""


def nexus_archive() -> bytes:
    """Return it as `docker save` writes one."""
    return program_archive(
        NAME, {"start": _START, "answer": _ANSWER}, Cmd=["/start"], User="200:200"
    )
