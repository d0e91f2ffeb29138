# shellcheck shell=sh
# Steps: named actions with arguments, each timed, bounded and told.

# step NAME [ARGUMENT]...
step() {
  STEP=$1
  shift
  DETAIL=''
  look_at_clock
  STEP_BEGAN=$NOW_CENTIS
  STEP_PASSED=no
  if within_the_lease && "step_$STEP" "$@"; then
    STEP_PASSED=yes
  fi
  look_at_clock
  frame step step "$STEP" passed "$STEP_PASSED" detail "$DETAIL" \
    milliseconds "$(((NOW_CENTIS - STEP_BEGAN) * 10))"
  [ "$STEP_PASSED" = yes ]
}

# Sets LIMIT, the seconds that a step may take: while a deadline runs, never beyond it.
within_the_lease() {
  LIMIT=300
  [ -n "${APPLYING-}" ] || return 0
  if expired "$LEDGER"; then
    DETAIL='the deadline passed before this step'
    return 1
  fi
  [ "$LEFT" -ge "$LIMIT" ] || LIMIT=$LEFT
}

# tool SECONDS PROGRAM [ARGUMENT]...: runs it within the lease; sets WORDS, and DETAIL on failure.
tool() {
  TOOL_LIMIT=$1
  shift
  [ "$TOOL_LIMIT" -le "$LIMIT" ] || TOOL_LIMIT=$LIMIT
  listen "$TOOL_LIMIT" "$@" && return 0
  DETAIL=${WORDS:-"$1 failed without a word"}
  return 1
}

# poll SECONDS FUNCTION: until it succeeds, within the lease.
poll() {
  POLL_UNTIL=$1
  [ "$POLL_UNTIL" -le "$LIMIT" ] || POLL_UNTIL=$LIMIT
  look_at_clock
  POLL_UNTIL=$((NOW + POLL_UNTIL))
  until "$2"; do
    look_at_clock
    [ "$NOW" -lt "$POLL_UNTIL" ] || return 1
    nap
  done
}

has_systemd() {
  [ -d "$ROOT/run/systemd/system" ] && have systemctl
}

# service_does ACTION UNIT, by whatever runs services here.
service_does() {
  if has_systemd; then
    # A unit that failed too often does not start again by itself (facts/runtimes.md §1.5).
    [ "$1" != restart ] || listen 10 systemctl reset-failed "$2"
    tool 120 systemctl "$1" "$2"
  elif have rc-service; then
    tool 120 rc-service "${2%.service}" "$1"
  else
    tool 120 service "${2%.service}" "$1"
  fi
}

step_unit_active() {
  UNIT=$1
  if ! poll 60 unit_runs; then
    DETAIL="$UNIT does not run: $UNIT_STATE"
    return 1
  fi
  UNIT_WAS=$UNIT_STATE
  sleep 2
  if ! unit_runs || [ "$UNIT_STATE" != "$UNIT_WAS" ]; then
    DETAIL="$UNIT does not stay up: $UNIT_STATE"
    return 1
  fi
}

unit_runs() {
  if ! has_systemd; then
    UNIT_STATE=stopped
    runtime_pid "${UNIT%.service}" && UNIT_STATE="$PID $STARTED"
    return
  fi
  UNIT_STATE=$(exec 9>&- && bounded 30 systemctl show -p ActiveState -p SubState -p MainPID -p NRestarts "$UNIT" 2>&1)
  case $UNIT_STATE in *ActiveState=active*) ;; *) return 1 ;; esac
  case $UNIT_STATE in *SubState=running*) ;; *) return 1 ;; esac
}

# Sets PID and STARTED of docker or containerd; fails when it does not run.
runtime_pid() {
  PID=''
  case $1 in
    docker)
      { read -r PID <"$ROOT/run/docker.pid"; } 2>/dev/null
      if [ -n "$PID" ] && start_time_of "$PID"; then
        case $STAT in *'(dockerd)'*) return 0 ;; esac
      fi
      service_pid docker dockerd
      ;;
    containerd) service_pid containerd containerd ;;
  esac
  [ -n "$PID" ] && [ "$PID" != 0 ] && start_time_of "$PID"
}

service_pid() {
  PID=''
  if has_systemd; then
    PID=$(exec 9>&- && bounded 30 systemctl show -p MainPID "$1.service" 2>/dev/null)
    PID=${PID#MainPID=}
  elif [ -z "$ROOT" ]; then
    PID=$(exec 9>&- && pidof "$2" 2>/dev/null)
    PID=${PID##* }
  fi
}

# observe WHAT:RUNTIME...: keeps what runs now, for the steps that compare.
observe() {
  true >"$LEDGER/baseline"
  for OBSERVED in $OBSERVE; do
    case $OBSERVED in
      process:*)
        runtime_pid "${OBSERVED#*:}" && printf '%s %s %s\n' "$OBSERVED" "$PID" "$STARTED"
        ;;
      containers:*)
        if ! "observe_${OBSERVED#*:}_containers"; then
          FAILED_STEP=observe
          return 1
        fi
        ;;
    esac >>"$LEDGER/baseline"
  done
}

step_same_process() {
  runtime_pid "$1"
  IS="${PID:-none} ${STARTED:-}"
  while read -r OBSERVED WAS; do
    [ "$OBSERVED" = "process:$1" ] || continue
    [ "$WAS" != "$IS" ] || return 0
    DETAIL="$1 was process $WAS and is process $IS (number, start time)"
    return 1
  done <"$LEDGER/baseline"
  DETAIL="$1 did not run before"
  return 1
}

# Containers end by themselves too, and people stop them: lost_docker_containers and
# lost_containerd_containers say what counts as harm done by the activation. They set LOST.
step_same_containers() {
  LOST=''
  "lost_${1}_containers" || return 1
  [ -z "$LOST" ] || {
    DETAIL="ran before and do not run on: $LOST"
    return 1
  }
}

# Images that a probe pulled and could not remove any more.
remove_probe_images() {
  [ -s "$LEDGER/probe_images" ] || return 0
  while read -r CLIENT ENDPOINT IMAGE; do
    case $CLIENT in
      docker) listen 60 docker rmi "$IMAGE" ;;
      *) crictl_does 60 "$IMAGE" '' "$CLIENT" "$ENDPOINT" rmi ;;
    esac
  done <"$LEDGER/probe_images"
  rm -f "$LEDGER/probe_images"
}
