# shellcheck shell=sh
# What installers of registries need of a host, read only: each step tells one fact.

look_at_machine() {
  told architecture same "$(uname -m)"
  told processors same "$(getconf _NPROCESSORS_ONLN 2>/dev/null)"
  proc meminfo
  told memory same "$(awk '/^MemTotal:/ { print $2 }' "$PROC")"
  if have systemctl; then told systemd same yes; else told systemd same no; fi
}

# The file system that the data will lie on, though its directory itself is still to be made.
look_at_disk() {
  PLACE=$ROOT$1
  while [ ! -d "$PLACE" ] && [ "${PLACE%/*}" != "$PLACE" ]; do
    PLACE=${PLACE%/*}
  done
  told disk same "$(df -Pk "${PLACE:-/}" | awk 'NR == 2 { print $4 }')"
}

look_at_docker() {
  if ! have docker; then
    told docker same ''
    return
  fi
  if answered bounded 20 docker version --format '{{.Server.Version}}'; then
    told docker same "$SAID"
  else
    told docker failed "$SAID"
  fi
  if answered bounded 20 docker compose version --short; then
    told compose same "$SAID"
  elif answered bounded 20 docker-compose version --short; then
    told compose same "$SAID"
  fi
  answered bounded 20 docker ps -a --format '{{.Names}} {{.Label "com.docker.compose.project"}}' || return
  printf '%s\n' "$SAID" | while read -r CONTAINER PROJECT; do
    [ -z "$CONTAINER" ] || told container same "$CONTAINER $PROJECT"
  done
}

# look_at_ports PORTS: those among them that somebody listens on.
look_at_ports() {
  learn_taken_ports
  for PORT in $1; do
    ! is_taken "$PORT" || told port same "$PORT"
  done
}

is_taken() {
  case " $TAKEN " in
    *" $1 "*) ;;
    *) return 1 ;;
  esac
}

# Sets TAKEN to the ports that somebody listens on; a line of the kernel has them in hexadecimal.
learn_taken_ports() {
  proc net/tcp
  TABLES=$PROC
  proc net/tcp6
  [ ! -e "$PROC" ] || TABLES="$TABLES $PROC"
  # shellcheck disable=SC2086  # a list of files
  TAKEN=$(awk '$4 == "0A" { split($2, at, ":"); n = split(toupper(at[2]), digit, ""); port = 0
    for (i = 1; i <= n; i++) port = port * 16 + index("0123456789ABCDEF", digit[i]) - 1
    printf "%d ", port }' $TABLES)
}
