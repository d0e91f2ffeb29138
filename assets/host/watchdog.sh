# shellcheck shell=sh
# The dead man's switch: a process that reverts when the deadline passes, and a unit that
# does so when the host boots.

# Starts the watchdog and waits until it lives; fails when no way leads to one.
start_watchdog() {
  for METHOD in systemd setsid plain; do
    "start_by_$METHOD" && LIMIT=3 && poll 3 watchdog_lives && return 0
  done
  return 1
}

watchdog_lives() {
  [ -e "$LEDGER/watchdog" ]
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
}

# Hangup is ignored already, so a plain child outlives the session too.
start_by_plain() {
  sh "$LEDGER/revert.sh" watchdog >/dev/null 2>&1 9>&- &
}

watch() {
  printf '%s\n' "$$" >"$LEDGER/watchdog"
  HOLDER="$HOLDER (its watchdog)"
  ATTEMPTS=0 BLOCKED=0
  while [ "$ATTEMPTS" -lt 5 ]; do
    state_of "$LEDGER"
    case $STATE in
      armed) ! expired "$LEDGER" || watch_revert ;;
      reverting) watch_revert ;;
      *) return 0 ;;
    esac
    sleep 1
  done
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
install_boot_unit() {
  [ -d "$ROOT/run/systemd/system" ] || return 0
  BOOT_UNIT=$ROOT/etc/systemd/system/pilotage-revert-$RUN.service
  BOOT_WANTS=$ROOT/etc/systemd/system/multi-user.target.wants
  umask 022
  WORDS=$({ boot_unit >"$BOOT_UNIT"; } 2>&1) && { [ -d "$BOOT_WANTS" ] || try mkdir -p "$BOOT_WANTS"; } &&
    try ln -sf "../${BOOT_UNIT##*/}" "$BOOT_WANTS/${BOOT_UNIT##*/}"
  INSTALLED=$?
  umask 077
  return "$INSTALLED"
}

boot_unit() {
  printf '%s\n' '[Unit]' \
    "Description=Take back the unconfirmed Pilotage run $RUN" \
    'After=local-fs.target' 'Before=docker.service containerd.service crio.service kubelet.service' \
    "ConditionPathExists=|$LEDGER/armed" "ConditionPathExists=|$LEDGER/reverting" \
    '[Service]' 'Type=oneshot' "ExecStart=/bin/sh $LEDGER/revert.sh boot" \
    '[Install]' 'WantedBy=multi-user.target'
}
