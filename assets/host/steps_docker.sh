# shellcheck shell=sh
# Steps of Docker Engine.

step_docker_validate() {
  CONFIG_FILE=$1
  shift
  tool 30 dockerd --validate --config-file "$ROOT$CONFIG_FILE" "$@"
}

# The exit code of a reload proves nothing (facts/runtimes.md §1.3); docker_mirrors does.
step_docker_reload() {
  if [ -n "${1-}" ] && has_systemd; then
    tool 60 systemctl reload "$1"
  elif ! runtime_pid docker; then
    DETAIL='dockerd does not run'
    return 1
  elif ! kill -HUP "$PID" 2>/dev/null; then
    DETAIL="process $PID takes no signal"
    return 1
  fi
}

step_docker_restart() {
  service_does restart "${1:-docker}"
}

step_docker_mirrors() {
  MIRRORS_WANTED=''
  for MIRROR; do
    MIRRORS_WANTED="$MIRRORS_WANTED ${MIRROR%/}"
  done
  poll 15 mirrors_are_wanted && return 0
  DETAIL="the daemon uses${MIRRORS_USED:- none}; wanted${MIRRORS_WANTED:- none}; $WORDS"
  return 1
}

mirrors_are_wanted() {
  MIRRORS_USED=''
  listen 10 docker info -f '{{json .RegistryConfig.Mirrors}}' || return 1
  MIRRORS_LEFT=${WORDS##*"$NEWLINE"}
  case $MIRRORS_LEFT in
    null | '[]') MIRRORS_LEFT='' ;;
    '["'*'"]')
      MIRRORS_LEFT=${MIRRORS_LEFT#'["'}
      MIRRORS_LEFT=${MIRRORS_LEFT%'"]'}'","'
      ;;
    *) return 1 ;;
  esac
  while [ -n "$MIRRORS_LEFT" ]; do
    MIRROR=${MIRRORS_LEFT%%'","'*}
    MIRRORS_LEFT=${MIRRORS_LEFT#*'","'}
    MIRRORS_USED="$MIRRORS_USED ${MIRROR%/}"
  done
  [ "$MIRRORS_USED" = "$MIRRORS_WANTED" ]
}

list_docker_containers() {
  CONTAINERS=''
  listen 20 docker ps -q --no-trunc || return 1
  [ -n "$WORDS" ] || return 0
  # shellcheck disable=SC2086  # one argument per identifier
  CONTAINERS=$(exec 9>&- && bounded 30 docker inspect -f '{{.Id}} {{.State.StartedAt}}' $WORDS 2>/dev/null) ||
    [ -n "$CONTAINERS" ]
}

# An image that is there already would prove nothing, and is not ours to remove.
step_docker_pull() {
  if listen 20 docker image inspect "$1"; then
    DETAIL="$1 is on the host already, so pulling it proves nothing"
    return 1
  fi
  printf 'docker - %s\n' "$1" >>"$LEDGER/probe_images"
  tool 300 docker pull "$1" || return 1
  case "$NEWLINE$WORDS$NEWLINE" in
    *"${NEWLINE}Digest: $2$NEWLINE"*) ;;
    *)
      DETAIL="pulled $1, wanted $2, got: $WORDS"
      return 1
      ;;
  esac
  tool 60 docker rmi "$1" && true >"$LEDGER/probe_images"
}
