# shellcheck shell=sh
# Discovery of the target, as this host sees it.

# read_target MARK URL: what answers there, told with MARK: the system's own trust first, then, where
# that was not enough, the CA that would be given. The CA reaches the tool as an open file, so
# nothing is written. Where nobody answers, further URLs are not waited for.
read_target() {
  [ -n "$1" ] || read_addresses "$2"
  [ -z "${TARGET_IS_GONE-}" ] && is_time_to_ask && find_tool || return 0
  DIRECTLY=yes BODY_TO=/dev/null CA_FILE=''
  if [ -z "${TARGET_NEEDS_CA-}" ]; then
    "ask_$TOOL" "target$1.$TOOL" GET "$2" "Accept: $ACCEPT" && return
    case $TOOL:$? in
      curl:5 | curl:6 | curl:7 | curl:28 | wget:4 | *:124 | *:137)
        TARGET_IS_GONE=yes
        return 0
        ;;
    esac
  fi
  ca=$(given_ca)
  [ -n "$ca" ] || return 0
  CA_FILE=/proc/self/fd/4
  "ask_$TOOL" "target$1.$TOOL.ca" GET "$2" "Accept: $ACCEPT" 4<<CA && TARGET_NEEDS_CA=yes
$ca
CA
}

# What the name of the target means here: Docker compares that with networks that it trusts blindly
# (facts/runtimes.md §1.2).
read_addresses() {
  target_name=${1#*://}
  target_name=${target_name%%/*}
  case $target_name in
    \[*) return 0 ;;
    *[!0-9.:]*) have getent || return 0 ;;
    *) return 0 ;;
  esac
  target_addresses=$(bounded getent ahosts "${target_name%:*}" | sed 's/ .*//')
  section target.addresses
  printf '%s' "$target_addresses"
}
