# shellcheck shell=sh
# Discovery of the target, as this host sees it.

# What answers at $1: the system's own trust first, then, where that was not enough, the CA that
# would be given. The CA reaches the tool as an open file, so nothing is written.
read_target() {
  [ -n "$1" ] && find_tool || return 0
  DIRECTLY=yes BODY_TO=/dev/null CA_FILE=''
  "ask_$TOOL" "target.$TOOL" GET "$1" "Accept: $ACCEPT" && return
  case $TOOL:$? in curl:5 | curl:6 | curl:7 | curl:28) return 0 ;; esac
  ca=$(given_ca)
  [ -n "$ca" ] || return 0
  CA_FILE=/proc/self/fd/4
  "ask_$TOOL" "target.$TOOL.ca" GET "$1" "Accept: $ACCEPT" 4<<CA
$ca
CA
}
