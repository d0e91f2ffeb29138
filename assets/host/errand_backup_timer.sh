# shellcheck shell=sh
# Backups of Harbor: a script, its settings and a timer.

# backup_timer TIMER [PATH MODE TEXT]...
backup_timer() {
  TIMER=$1
  shift
  have systemctl || give_up 'there is no systemd here that could keep the time'
  while [ $# -gt 2 ]; do
    put_file "$ROOT$1" "$2" "$3"
    shift 3
  done
  if [ -n "${CHANGED-}" ]; then
    heard systemctl daemon-reload || give_up "systemd does not take the timer: $SAID"
  fi
  if heard systemctl is-enabled "$TIMER" && heard systemctl is-active "$TIMER"; then
    told "$TIMER" same
  else
    heard systemctl enable --now "$TIMER" || give_up "$TIMER: $SAID"
    told "$TIMER" changed
  fi
  finish
}
