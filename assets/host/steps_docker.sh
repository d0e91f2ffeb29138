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
    tool 60 systemctl reload "$1" && return 0
    # A unit that is masked, or does not run the daemon, takes no reload; the daemon may well run.
    case $WORDS in *' is masked'* | *' is not active'*) ;; *) return 1 ;; esac
  fi
  if ! runtime_pid docker; then
    DETAIL='dockerd does not run'
    return 1
  elif [ -n "${DOCKER_UID-}" ]; then
    # As the user, who could have told the number of any process.
    find_setpriv
    # shellcheck disable=SC2016  # an argument of that shell
    tool 10 "$SETPRIV" "--reuid=$DOCKER_UID" "--regid=$PID_GID" --clear-groups -- sh -c 'kill -HUP "$1"' sh "$PID"
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
  poll 45 mirrors_are_wanted && return 0
  DETAIL="the daemon uses${MIRRORS_USED:- none}; wanted${MIRRORS_WANTED:- none}; $WORDS"
  return 1
}

mirrors_are_wanted() {
  MIRRORS_USED=''
  listen 30 docker info -f '{{json .RegistryConfig.Mirrors}}' || return 1
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

# Prints what runs now, for lost_docker_containers: the two daemons, and each container with its
# start and how often its restart policy has started it again. One that restarts over and over
# is no evidence of anything, and only named.
observe_docker_containers() {
  look_at_keepers
  printf '%s\n' "dockerd $DOCKERD" "containerd $CONTAINERD"
  hear 60 docker ps -q --no-trunc || return 1
  [ -n "$HEARD" ] || return 0
  # One that ended in between is not listed; that is no failure.
  # shellcheck disable=SC2086  # one argument per identifier
  hear 60 docker inspect -f \
    'container {{.Id}} {{.State.StartedAt}} {{.RestartCount}} {{.State.Restarting}} {{.Name}}' $HEARD ||
    [ -n "$HEARD" ] || return 1
  read_date "$(date -u +%Y-%m-%dT%H:%M:%S 9>&-)"
  TODAY=$DATE SECONDS_NOW=$DAY_SECONDS
  while read -r OBSERVED WAS WAS_STARTED WAS_RESTARTS RESTARTING NAME; do
    if is_restarting; then
      printf 'restarting %s\n' "${NAME#/}"
    else
      printf '%s\n' "$OBSERVED $WAS $WAS_STARTED $WAS_RESTARTS"
    fi
  done <"$LEDGER/.heard"
}

# Docker waits at most a minute before it starts a container again: one that its policy has
# started within the last minute may be on its way down once more.
is_restarting() {
  [ "$RESTARTING" != true ] || return 0
  [ "$WAS_RESTARTS" -gt 0 ] || return 1
  read_date "$WAS_STARTED"
  AGE=$((SECONDS_NOW - DAY_SECONDS))
  [ "$DATE" = "$TODAY" ] || AGE=$((AGE + 86400))
  [ "$AGE" -ge 0 ] && [ "$AGE" -le 60 ]
}

# Sets DATE, and DAY_SECONDS since its midnight, of a time such as 2026-01-31T23:59:59.1Z.
read_date() {
  DATE=${1%%T*} DAY_SECONDS=${1#*T}
  DAY_SECONDS=${DAY_SECONDS%%[.Z]*}
  HOURS=${DAY_SECONDS%%:*} MINUTES=${DAY_SECONDS#*:}
  DAY_SECONDS=${MINUTES#*:} MINUTES=${MINUTES%%:*}
  # The 1 in front keeps 08 from being octal.
  DAY_SECONDS=$((1$HOURS * 3600 + 1$MINUTES * 60 + 1$DAY_SECONDS - 366100))
}

# What an activation can do to a container shows in the processes that keep it. Of a container
# that ran before:
#                                       both daemons   another       another
#                                       as before      containerd    dockerd
#   runs on from the same start         unharmed       unharmed      unharmed
#   ended, exit code below 128          unharmed       unharmed      lost
#   ended, exit code of a signal        lost           lost          lost
#   gone (--rm, or removed)             unharmed       lost          lost
#   started again by restart policy     unharmed       lost          lost
#   started again otherwise             lost           lost          lost
# A dockerd that ends stops containers, and many then exit with 0; a containerd that takes them
# along leaves 137 or 255, or has restart policies start them anew. Where neither did, a job
# has come to its end; only a signal leaves a doubt, and a doubt is harm.
lost_docker_containers() {
  DAEMON_KEPT=no BOTH_KEPT=no
  look_at_keepers
  set --
  while read -r OBSERVED WAS WAS_STARTED _; do
    case $OBSERVED in
      dockerd) [ "$WAS $WAS_STARTED" != "$DOCKERD" ] || DAEMON_KEPT=yes ;;
      containerd) [ "$WAS $WAS_STARTED" != "$CONTAINERD" ] || BOTH_KEPT=$DAEMON_KEPT ;;
      container) set -- "$@" "$WAS" ;;
      restarting) LEFT_OUT="$LEFT_OUT $WAS" ;;
    esac
  done <"$LEDGER/baseline"
  [ $# -gt 0 ] || return 0
  hear 60 docker inspect -f \
    '{{.Id}} {{.State.StartedAt}} {{.RestartCount}} {{.State.Running}} {{.State.ExitCode}}' "$@"
  judge_containers 8<"$LEDGER/.heard"
}

# Goes through the baseline and, on descriptor 8, what docker answered: in the order in which it
# was asked, without what there is not.
judge_containers() {
  read -r ANSWERED FOUND <&8
  while read -r OBSERVED WAS WAS_STARTED WAS_RESTARTS; do
    [ "$OBSERVED" = container ] || continue
    if [ "$WAS" != "$ANSWERED" ]; then
      is_gone "$WAS" || return 1
      judge gone
      continue
    fi
    # shellcheck disable=SC2086  # words
    judge $FOUND
    ANSWERED=''
    read -r ANSWERED FOUND <&8
  done <"$LEDGER/baseline"
  return 0
}

is_gone() {
  case $WORDS in *[Nn]'o such '*"$1"*) return ;; esac
  DETAIL="docker did not say what became of $1: $WORDS"
  return 1
}

judge() {
  is_unharmed "$WAS_STARTED" "$WAS_RESTARTS" "$@" ||
    LOST="$LOST$WAS $WAS_STARTED $WAS_RESTARTS, now $*$NEWLINE"
}

# is_unharmed WAS_STARTED WAS_RESTARTS STARTED RESTARTS RUNNING CODE, or WAS_… WAS_… gone
is_unharmed() {
  case $3,${5-} in
    gone,*) [ "$BOTH_KEPT" = yes ] ;;
    "$1",true) [ "$4" = "$2" ] || [ "$BOTH_KEPT" = yes ] ;;
    *,true) [ "$BOTH_KEPT" = yes ] && [ "$4" -gt "$2" ] ;;
    *) [ "$DAEMON_KEPT" = yes ] && [ "$6" -lt 128 ] ;;
  esac
}

# An image that is there already would prove nothing, and is not ours to remove.
step_docker_pull() {
  if listen 20 docker image inspect "$1"; then
    DETAIL="$1 is on the host already, so pulling it proves nothing"
    return 1
  fi
  printf 'docker - %s\n' "$1" >>"$LEDGER/probe_images"
  PULL_BEGAN=$(exec 9>&- && date +%s)
  if ! tool 300 docker pull "$1"; then
    tell_of_fallback
    return 1
  fi
  case "$NEWLINE$WORDS$NEWLINE" in
    *"${NEWLINE}Digest: $2$NEWLINE"*) ;;
    *)
      DETAIL="pulled $1, wanted $2, got: $WORDS"
      tell_of_fallback
      return 1
      ;;
  esac
  tool 60 docker rmi "$1" && true >"$LEDGER/probe_images"
}

# Where the target fails, Docker asks upstream and then says what upstream said: "manifest unknown"
# for a canary that the target has. What the target said is in the daemon's log only
# (facts/runtimes.md §1.4).
tell_of_fallback() {
  FELL_BACK=''
  case $DETAIL in 'no end after'*) return ;; esac
  if have journalctl && runtime_pid docker && poll 1 daemon_fell_back; then
    DETAIL="the daemon fell back to upstream; its log: $FELL_BACK; docker: $DETAIL"
  else
    DETAIL="$DETAIL (where the target fails, the daemon asks upstream: these may be its words)"
  fi
}

# Sets FELL_BACK to the daemon's first words since the pull began on an endpoint that failed it.
daemon_fell_back() {
  FELL_BACK=$(exec 9>&- && bounded 10 journalctl -q -o cat "_PID=$PID" --since "@$PULL_BEGAN" \
    2>/dev/null | first_fallback | tr -d '\134')
  [ -n "$FELL_BACK" ]
}

first_fallback() {
  while IFS= read -r LINE; do
    case $LINE in
      *'Attempting next endpoint'* | *'trying next host'*)
        printf '%.400s' "${LINE#*level=info }"
        return
        ;;
    esac
  done
}
