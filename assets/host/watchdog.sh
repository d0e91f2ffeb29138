# shellcheck shell=sh
# The dead man's switch: a process that reverts when the deadline passes, and a unit that
# does so when the host boots.

# Before a run is taken back: if that is killed in its midst, the watchdog ends it, or the next
# boot. Those of an armed run are there already; that of a confirmed one may be about to end.
# Without any the way back is tried all the same.
watch_over_taking_back() {
  case $STATE in
    armed | reverting) ! watchdog_lives || return 0 ;;
  esac
  { true >"$LEDGER/watchdog"; } 2>/dev/null
  if install_boot_unit && [ -n "$BOOT_UNIT" ]; then
    make_durable "$BOOT_UNIT" "$BOOT_WANTS"
  fi
  start_watchdog
}

# Starts the watchdog and waits until it lives; fails when no way leads to one.
start_watchdog() {
  LIMIT=300
  for METHOD in systemd setsid plain; do
    WATCHDOG_CHILD=
    "start_by_$METHOD" && reached watchdog_started && poll 10 watchdog_lives_or_never_will &&
      watchdog_lives && return 0
  done
  return 1
}

watchdog_lives_or_never_will() {
  watchdog_lives && return 0
  [ -n "$WATCHDOG_CHILD" ] && ! kill -0 "$WATCHDOG_CHILD" 2>/dev/null
}

name_watchdog() {
  WATCHDOG=
  { read -r WATCHDOG WATCHDOG_STARTED WATCHDOG_BOOT <"$LEDGER/watchdog"; } 2>/dev/null
}

watchdog_lives() {
  name_watchdog
  look_at_boot
  [ -n "$WATCHDOG" ] && [ "$WATCHDOG_BOOT" = "$BOOT" ] && start_time_of "$WATCHDOG" &&
    [ "$WATCHDOG_STARTED" = "$STARTED" ]
}

start_by_systemd() {
  has_systemd && have systemd-run || return 1
  set -- --quiet --unit="pilotage-$RUN-$$" -p Restart=on-failure -p OOMScoreAdjust=-900 \
    /bin/sh "$LEDGER/revert.sh" watchdog
  listen 20 systemd-run --collect "$@" || listen 20 systemd-run "$@"
}

start_by_setsid() {
  have setsid || return 1
  setsid sh "$LEDGER/revert.sh" watchdog >/dev/null 2>&1 9>&- &
  WATCHDOG_CHILD=$!
}

# Hangup is ignored already, so a plain child outlives the session too.
start_by_plain() {
  sh "$LEDGER/revert.sh" watchdog >/dev/null 2>&1 9>&- &
  WATCHDOG_CHILD=$!
}

watch() {
  look_at_boot
  start_time_of "$$"
  printf '%s %s %s\n' "$$" "$STARTED" "$BOOT" >"$LEDGER/watchdog"
  HOLDER="$HOLDER (its watchdog)"
  ATTEMPTS=0 BLOCKED=0
  while [ "$ATTEMPTS" -lt 5 ] && ! another_watches; do
    state_of "$LEDGER"
    case $STATE in
      armed) ! expired "$LEDGER" || watch_revert ;;
      reverting) watch_revert ;;
      *) is_about_to_revert || return 0 ;;
    esac
    sleep 1
  done
}

# The run was taken back and applied again since we last looked: its ledger is not the one whose
# manifest and lock we hold.
another_watches() {
  name_watchdog
  [ "${WATCHDOG:-$$}" != $$ ]
}

# Another process at work on this run started us before it takes the run back.
is_about_to_revert() {
  case $STATE in confirmed | conflict) ;; *) return 1 ;; esac
  lock_holder_lives "$LEDGERS/holder" && [ "$HOLDER_RUN" = "$RUN" ] && [ "$HOLDER_PID" != "$$" ]
}

watch_revert() {
  if ! take_lock 0; then
    BLOCKED=$((BLOCKED + 1))
    [ "$BLOCKED" -lt 10 ] || end_stuck_apply
    return 0
  fi
  state_of "$LEDGER"
  if [ "$STATE" = reverting ] || { [ "$STATE" = armed ] && expired "$LEDGER"; }; then
    ATTEMPTS=$((ATTEMPTS + 1))
    revert_run fresh
  fi
  release_lock
  [ "$ATTEMPTS" -eq 0 ] || sleep "$ATTEMPTS"
}

# An apply that holds the lock long after its deadline hangs.
end_stuck_apply() {
  BLOCKED=0
  [ "$STATE" = armed ] && [ "$HOLDER_RUN" = "$RUN" ] && lock_holder_lives "$LEDGERS/holder" || return 0
  kill -9 "$HOLDER_PID"
}

# Enabled by its link alone: it matters at the next boot only, so nothing is reloaded now.
# BOOT_UNIT and BOOT_WANTS stay empty where there is no systemd.
install_boot_unit() {
  BOOT_UNIT='' BOOT_WANTS=''
  [ -d "$ROOT/run/systemd/system" ] || return 0
  name_boot_unit "$RUN"
  BOOT_WANTS=${BOOT_LINK%/*}
  umask 022
  WORDS=$({ boot_unit >"$BOOT_UNIT"; } 2>&1) && { [ -d "$BOOT_WANTS" ] || try mkdir -p "$BOOT_WANTS"; } &&
    try ln -sf "../${BOOT_UNIT##*/}" "$BOOT_LINK"
  INSTALLED=$?
  umask 077
  return "$INSTALLED"
}

boot_unit() {
  printf '%s\n' '[Unit]' \
    "Description=Take back the unconfirmed Pilotage run $RUN" \
    'After=local-fs.target' 'Before=docker.service containerd.service crio.service kubelet.service' \
    'Before=k3s.service k3s-agent.service rke2-server.service rke2-agent.service' \
    Before=buildkit.service \
    ${DOCKER_UID:+After=remote-fs.target Before=systemd-user-sessions.service} \
    "ConditionPathExists=|$LEDGER/armed" "ConditionPathExists=|$LEDGER/reverting" \
    '[Service]' 'Type=oneshot' "ExecStart=/bin/sh $LEDGER/revert.sh boot" \
    '[Install]' 'WantedBy=multi-user.target'
}
