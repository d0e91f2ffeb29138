# shellcheck shell=sh
# Steps of containerd and its CRI plugin.

# It does not run the plugins' own checks (facts/runtimes.md §2.5); containerd_cri_ok does.
step_containerd_validate() {
  tool 60 containerd -c "$ROOT$1" config dump
}

# hear_dump FILE: the settings of a daemon with that file, or without any: 1.x runs without one,
# and dumps nothing without one.
hear_dump() {
  if [ -e "$ROOT$1" ]; then set -- "$ROOT$1"; else set -- /dev/null; fi
  hear 60 containerd -c "$1" config dump
}

step_containerd_restart() {
  service_does restart "${1:-containerd}"
}

step_containerd_cri_ok() {
  poll 60 cri_is_loaded && return 0
  DETAIL="the CRI plugin is not loaded: ${CRI_STATE:-$WORDS}"
  return 1
}

# 1.x has one plugin `cri`; 2.x has it and two of type io.containerd.cri.v1.
cri_is_loaded() {
  CRI_STATE=''
  CRI_BAD=''
  bounded 30 ctr plugins ls >"$LEDGER/.plugins" 2>&1 || {
    WORDS='ctr plugins ls failed'
    return 1
  }
  while read -r PLUGIN_TYPE PLUGIN_ID PLUGIN_REST; do
    case "$PLUGIN_TYPE $PLUGIN_ID" in
      io.containerd.cri.v1\ * | *\ cri) ;;
      *) continue ;;
    esac
    CRI_STATE="$CRI_STATE$PLUGIN_ID ${PLUGIN_REST##* }; "
    [ "${PLUGIN_REST##* }" = ok ] || CRI_BAD=yes
  done <"$LEDGER/.plugins"
  rm -f "$LEDGER/.plugins"
  [ -n "$CRI_STATE" ] && [ -z "$CRI_BAD" ]
}

# containerd_config_path DIRECTORY [CONFIG_FILE]
step_containerd_config_path() {
  hear_dump "${2:-/etc/containerd/config.toml}" || {
    DETAIL='containerd config dump failed'
    return 1
  }
  CONFIG_TABLE='' CONFIG_PATH=''
  while read -r CONFIG_KEY CONFIG_SIGN CONFIG_VALUE; do
    case $CONFIG_KEY in
      \[*) CONFIG_TABLE=$CONFIG_KEY ;;
      config_path)
        case $CONFIG_TABLE$CONFIG_SIGN in *cri*.registry\]=) CONFIG_PATH=${CONFIG_VALUE#[\"\']} ;; esac
        ;;
    esac
  done <<DUMPED_CONFIG
$HEARD
DUMPED_CONFIG
  HEARD=''
  CONFIG_PATH=${CONFIG_PATH%[\"\']}
  [ "$CONFIG_PATH" = "$1" ] && return 0
  DETAIL="config_path is '$CONFIG_PATH', wanted '$1'"
  return 1
}

# Prints what runs now, for lost_containerd_containers.
observe_containerd_containers() {
  list_tasks && printf '%s' "$TASKS"
}

# Sets TASKS. A task with its process is a running container; another process is another one.
list_tasks() {
  hear 60 ctr -n k8s.io tasks ls && keep_tasks
}

keep_tasks() {
  TASKS=''
  while read -r TASK TASK_PID TASK_STATE; do
    [ "$TASK_STATE" = RUNNING ] && start_time_of "$TASK_PID" || continue
    TASKS="${TASKS}task $TASK $TASK_PID $STARTED$NEWLINE"
  done <<TASKS_THAT_RUN
$HEARD
TASKS_THAT_RUN
}

# A containerd that takes containers along takes all of them: their shims live in its control
# group, or outlive it (facts/runtimes.md §2.5). So one that runs on proves that they outlived
# the restart, and what ended beside it has ended by itself, as pods of jobs do all the time.
# How a task ended cannot be asked; where none runs on, it was the restart.
lost_containerd_containers() {
  if ! list_tasks; then
    DETAIL=$WORDS
    return 1
  fi
  compare_tasks
}

compare_tasks() {
  while read -r OBSERVED WAS; do
    [ "$OBSERVED" = task ] || continue
    case "$NEWLINE$TASKS" in
      *"${NEWLINE}task $WAS$NEWLINE"*)
        LOST=''
        return 0
        ;;
    esac
    LOST="$LOST$WAS$NEWLINE"
  done <"$LEDGER/baseline"
}

# cri_pull REFERENCE DIGEST [CRICTL] [ENDPOINT]
step_cri_pull() {
  set -- "$1" "$2" "${3:-crictl}" "${4:-unix:///run/containerd/containerd.sock}"
  if crictl_does 20 "$@" inspecti; then
    DETAIL="$1 is on the host already, so pulling it proves nothing"
    return 1
  fi
  printf '%s %s %s\n' "$3" "$4" "$1" >>"$LEDGER/probe_images"
  DETAIL=''
  crictl_does 300 "$@" pull && crictl_does 20 "$@" inspecti || return 1
  case $WORDS in
    *"@$2\""*) ;;
    *)
      DETAIL="pulled $1, which is not $2"
      return 1
      ;;
  esac
  crictl_does 60 "$@" rmi && true >"$LEDGER/probe_images"
}

# crictl_does SECONDS REFERENCE DIGEST CRICTL ENDPOINT ACTION
crictl_does() {
  tool "$1" "$4" --runtime-endpoint "$5" --image-endpoint "$5" --timeout 60s "$6" "$2"
}
