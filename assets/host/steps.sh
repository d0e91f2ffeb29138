# shellcheck shell=sh
# Steps: named actions with arguments, each timed, bounded and told.

# The Docker that is led to the target may be that of a user, DOCKER_UID (facts/runtimes.md §1.6).
choose_docker() {
  [ -n "${DOCKER_UID-}" ] || return 0
  DOCKER_HOST=unix://$ROOT/run/user/$DOCKER_UID/docker.sock
  # Nor is a user's daemon told the logins of root: its client sends them along with each pull.
  DOCKER_CONFIG=$LEDGERS/.no-login
  export DOCKER_HOST DOCKER_CONFIG
}

# step NAME [ARGUMENT]...
step() {
  STEP=$1
  shift
  DETAIL=
  look_at_clock
  STEP_BEGAN=$NOW_CENTIS
  STEP_PASSED=no
  if step_is_moot "$@" || { within_the_lease && "step_$STEP" "$@"; }; then
    STEP_PASSED=yes
  fi
  look_at_clock
  frame step step "$STEP" passed "$STEP_PASSED" detail "$DETAIL" \
    milliseconds "$(((NOW_CENTIS - STEP_BEGAN) * 10))"
  [ "$STEP_PASSED" = yes ]
}

# A runtime that somebody stopped, or that starts after us, has nothing to give up, and starts with
# what is on disk then. The system's certificates are on disk themselves.
step_is_moot() {
  [ "$STEP" != ca_store_update ] || return 1
  if runtimes_start_later; then
    DETAIL='no runtime has started yet'
    return 0
  fi
  case $STEP in
    docker_*) set -- docker ;;
    containerd_*) set -- containerd ;;
    crio_*) set -- crio ;;
    k3s_*) set -- k3s ;;
    buildkit_*) set -- buildkit ;;
    unit_active)
      name_runtime_of "$1"
      set -- "$RUNTIME_OF_UNIT"
      ;;
    same_*) ;;
    *) return 1 ;;
  esac
  stopped_since "$1" || return 1
  DETAIL="$1 does not run"
}

# Sets RUNTIME_OF_UNIT to what its keeper is noted as.
name_runtime_of() {
  RUNTIME_OF_UNIT=${1%.service}
  case $RUNTIME_OF_UNIT in k3s-agent | rke2-server | rke2-agent) RUNTIME_OF_UNIT=k3s ;; esac
}

# Tells whether a runtime that ran when the apply was proven was stopped after it, while the run is
# taken back. Asking its client might start it. One that an apply broke is started again, and so
# is a containerd, a k3s or a BuildKit that failed: with the files of before it may come back.
stopped_since() {
  [ -n "${TAKING_BACK-}" ] && [ -z "${BOOTING-}" ] && ran_when_proven "$1" && ! runtime_pid "$1" || return 1
  case $1 in
    containerd | buildkit) ;;
    k3s) set -- k3s k3s-agent rke2-server rke2-agent ;;
    *) return 0 ;;
  esac
  ! { has_systemd && listen 10 systemctl is-failed -q "$@"; }
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

# poll SECONDS FUNCTION: until it succeeds, within the lease. What was so already needs no
# patience: while a proven run is looked at, five seconds must do.
poll() {
  POLL_UNTIL=$1
  [ -z "${LOOKING-}" ] || [ "$POLL_UNTIL" -le 5 ] || POLL_UNTIL=5
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
  # The process that ran when the apply was proven has stayed up ever since: no need to wait.
  name_runtime_of "$UNIT"
  [ -z "${LOOKING-}" ] || ! keeper_is_kept "$RUNTIME_OF_UNIT" || return 0
  UNIT_WAS=$UNIT_STATE
  sleep 2
  if ! unit_runs || [ "$UNIT_STATE" != "$UNIT_WAS" ]; then
    DETAIL="$UNIT does not stay up: $UNIT_WAS became $UNIT_STATE"
    return 1
  fi
}

unit_runs() {
  if ! has_systemd; then
    UNIT_STATE=stopped
    runtime_pid "${UNIT%.service}" && UNIT_STATE="$PID $STARTED"
    return
  fi
  learn_timeout
  UNIT_STATE=$(exec 9>&- && bounded 30 systemctl show -p ActiveState -p SubState -p MainPID -p NRestarts "$UNIT" 2>&1)
  case $UNIT_STATE in *ActiveState=active*) ;; *) return 1 ;; esac
  case $UNIT_STATE in *SubState=running*) ;; *) return 1 ;; esac
}

# Sets PID and STARTED of docker, containerd or crio; fails when it does not run.
runtime_pid() {
  PID=
  case $1 in
    docker)
      if [ -n "${DOCKER_UID-}" ]; then
        pid_of_users_docker
        return
      fi
      { read -r PID <"$ROOT/run/docker.pid"; } 2>/dev/null
      if [ -n "$PID" ] && start_time_of "$PID"; then
        case $STAT in *'(dockerd)'*) return 0 ;; esac
      fi
      service_pid docker dockerd
      ;;
    k3s | k3s-agent | rke2-server | rke2-agent) k3s_pid ;;
    *) service_pid "$1" "$1" ;;
  esac
  [ -n "$PID" ] && [ "$PID" != 0 ] && start_time_of "$PID"
}

# What a user has written counts only where it is a daemon of that user. Sets PID_GID too.
pid_of_users_docker() {
  { read -r PID <"$ROOT/run/user/$DOCKER_UID/docker.pid"; } 2>/dev/null
  case $PID in '' | *[!0-9]*) return 1 ;; esac
  start_time_of "$PID" || return 1
  case $STAT in *'(dockerd)'*) ;; *) return 1 ;; esac
  proc "$PID/status"
  {
    while read -r PID_KEY PID_UID _; do
      [ "$PID_KEY" != Uid: ] || break
    done
    read -r _ PID_GID _
  } <"$PROC"
  [ "$PID_UID" = "$DOCKER_UID" ]
}

# Whichever of its units runs: a host has one.
k3s_pid() {
  set -- k3s k3s-agent rke2-server rke2-agent
  ask_services "$@"
  for K3S_UNIT; do
    service_pid "$K3S_UNIT" "$K3S_UNIT"
    case $PID in '' | 0) ;; *) break ;; esac
  done
  PIDS=''
}

# ask_services NAME...: sets PIDS to ` NAME=PID … ` for service_pid, until it is emptied: one program
# for all of them. It stays empty where not each was answered for.
ask_services() {
  PIDS=''
  has_systemd || return 0
  learn_timeout
  PIDS_LEFT=$(exec 9>&- && bounded 30 systemctl show -p MainPID "$@" 2>/dev/null)
  for SERVICE; do
    case $PIDS_LEFT in
      *MainPID=*) PIDS_LEFT=${PIDS_LEFT#*MainPID=} ;;
      *)
        PIDS=''
        return
        ;;
    esac
    PIDS="$PIDS $SERVICE=${PIDS_LEFT%%[!0-9]*} "
  done
}

service_pid() {
  PID=
  if has_systemd; then
    case $PIDS in
      *" $1="*) PID=${PIDS#*" $1="} ;;
      *)
        learn_timeout
        PID=$(exec 9>&- && bounded 30 systemctl show -p MainPID "$1.service" 2>/dev/null)
        PID=${PID#MainPID=}
        ;;
    esac
    PID=${PID%% *}
  elif [ -z "$ROOT" ]; then
    PID=$(exec 9>&- && pidof "$2" 2>/dev/null)
    PID=${PID##* }
  fi
}

# Sets OBSERVED_RUNTIME, and OBSERVED_AT to where its client asks, of WHAT:RUNTIME[:ENDPOINT].
take_observed() {
  OBSERVED_RUNTIME=${1#*:} OBSERVED_AT=''
  case $OBSERVED_RUNTIME in *:*) OBSERVED_AT=${OBSERVED_RUNTIME#*:} ;; esac
  OBSERVED_RUNTIME=${OBSERVED_RUNTIME%%:*}
}

# observe: keeps what of OBSERVE runs now, for the steps that compare.
observe() {
  true >"$LEDGER/baseline"
  for OBSERVED in $OBSERVE; do
    take_observed "$OBSERVED"
    ! stopped_since "$OBSERVED_RUNTIME" || continue
    case $OBSERVED in
      process:*)
        runtime_pid "$OBSERVED_RUNTIME" && printf '%s %s %s\n' "$OBSERVED" "$PID" "$STARTED"
        ;;
      containers:*)
        if ! "observe_${OBSERVED_RUNTIME}_containers" "$OBSERVED_AT"; then
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

# Sets DOCKERD, CONTAINERD and CRIO to the number and start time of their processes.
look_at_keepers() {
  ask_services crio docker containerd
  runtime_pid crio
  CRIO="$PID $STARTED"
  runtime_pid docker
  DOCKERD="$PID $STARTED"
  runtime_pid containerd
  CONTAINERD="$PID $STARTED"
  PIDS=''
}

# Keeps which daemons run when an apply is proven.
note_keepers() {
  look_at_keepers
  KEEPERS="docker $DOCKERD${NEWLINE}containerd $CONTAINERD${NEWLINE}crio $CRIO"
  for RUNTIME in k3s buildkit; do
    have "step_${RUNTIME}_restart" || continue
    runtime_pid "$RUNTIME"
    KEEPERS="$KEEPERS$NEWLINE$RUNTIME $PID $STARTED"
  done
  { printf '%s\n' "$KEEPERS" >"$LEDGER/keepers"; } 2>/dev/null && return 0
  STEP=ledger DETAIL="$LEDGER/keepers cannot be written"
  return 1
}

# Sets KEEPER to the process of that runtime when the apply was proven; fails if none was seen.
ran_when_proven() {
  [ -e "$LEDGER/keepers" ] || return 1
  while read -r KEPT KEEPER_PID KEEPER_STARTED; do
    [ "$KEPT" = "$1" ] || continue
    KEEPER="$KEEPER_PID $KEEPER_STARTED"
    [ -n "$KEEPER_STARTED" ] && [ "$KEEPER_PID" != 0 ]
    return
  done <"$LEDGER/keepers"
  return 1
}

# Asks no client: that of Docker would start a daemon that somebody has stopped.
step_runtimes_alive() {
  for OBSERVED in $OBSERVE; do
    take_observed "$OBSERVED"
    ran_when_proven "$OBSERVED_RUNTIME" || continue
    runtime_pid "$OBSERVED_RUNTIME" && continue
    DETAIL="$OBSERVED_RUNTIME does not run any more"
    return 1
  done
}

# While a proven run is looked at: whether the daemons that keep its containers are the same
# processes as when it was proven. What has ended since then has not ended by the change.
keepers_are_kept() {
  [ -n "${LOOKING-}" ] && keeper_is_kept "$1" || return 1
  case $1 in containerd | crio | k3s) return 0 ;; esac
  ! ran_when_proven containerd || keeper_is_kept containerd
}

keeper_is_kept() {
  ran_when_proven "$1" && runtime_pid "$1" && [ "$KEEPER" = "$PID $STARTED" ]
}

# same_containers RUNTIME [ENDPOINT]. Containers end by themselves too, and people stop them: what
# counts as harm done by the activation, lost_RUNTIME_containers says. It sets LOST.
step_same_containers() {
  LOST='' LEFT_OUT=''
  ! keepers_are_kept "$1" || return 0
  "lost_${1}_containers" "${2-}" || return 1
  [ -z "$LEFT_OUT" ] || DETAIL="left out, restarting over and over before already:$LEFT_OUT"
  [ -z "$LOST" ] || {
    DETAIL="ran before and do not run on: $LOST"
    return 1
  }
}

# Images that a probe pulled and could not remove any more.
remove_probe_images() {
  [ -s "$LEDGER/probe_images" ] || return 0
  while read -r CLIENT ENDPOINT IMAGE; do
    case $ENDPOINT in
      -) listen 60 "$CLIENT" rmi "$IMAGE" ;;
      *) crictl_does 60 "$IMAGE" '' "$CLIENT" "$ENDPOINT" rmi ;;
    esac
  done <"$LEDGER/probe_images"
  rm -f "$LEDGER/probe_images"
}
