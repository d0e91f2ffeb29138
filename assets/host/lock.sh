# shellcheck shell=sh
# One transaction at a time on a host: flock on descriptor 9, which no child inherits;
# where flock is missing or cannot see the descriptor, a hard link to a filled file.

# take_lock SECONDS: sets HOLDER_* and fails when somebody else holds it for that long.
take_lock() {
  look_at_clock
  LOCK_UNTIL=$((NOW_CENTIS + $1 * 100))
  until try_lock; do
    look_at_clock
    if [ "$NOW_CENTIS" -ge "$LOCK_UNTIL" ]; then
      # Empty while its new holder is writing it.
      read_lock_holder "$LEDGERS/holder" && [ -n "$HOLDER_PID" ] || {
        nap
        read_lock_holder "$LEDGERS/holder"
      }
      HOLDER_SECONDS=$((NOW - HOLDER_SINCE))
      return 1
    fi
    nap
  done
  write_lock_holder "$LEDGERS/holder"
}

try_lock() {
  case ${LOCK_KIND-} in
    flock) flock -n 9 2>/dev/null ;;
    link) try_link_lock ;;
    *) try_first_lock ;;
  esac
}

# Sets LOCK_KIND.
try_first_lock() {
  # A failing exec would end the shell, so the file is tried first.
  { true >>"$LEDGERS/lock"; } 2>/dev/null || return 1
  if have flock; then
    exec 9>>"$LEDGERS/lock"
    LOCK_KIND=flock
    ! flock -n 9 2>/dev/null || return 0
    # Held, or a flock that cannot see our descriptors: a file of our own tells.
    if (exec 9>"$LEDGERS/.try.$$" && flock -n 9) 2>/dev/null; then
      rm -f "$LEDGERS/.try.$$"
      return 1
    fi
    rm -f "$LEDGERS/.try.$$"
    exec 9>&-
  fi
  LOCK_KIND='link'
  try_link_lock
}

try_link_lock() {
  write_lock_holder "$LEDGERS/.lock.$$"
  if ln "$LEDGERS/.lock.$$" "$LEDGERS/lock.held" 2>/dev/null; then
    rm -f "$LEDGERS/.lock.$$"
    return 0
  fi
  rm -f "$LEDGERS/.lock.$$"
  lock_holder_lives "$LEDGERS/lock.held" && return 1
  # Left by a killed run. Taken aside first, so that only one finder removes it.
  if mv "$LEDGERS/lock.held" "$LEDGERS/.stale.$$" 2>/dev/null; then
    if lock_holder_lives "$LEDGERS/.stale.$$"; then
      ln "$LEDGERS/.stale.$$" "$LEDGERS/lock.held" 2>/dev/null
    fi
    rm -f "$LEDGERS/.stale.$$"
  fi
  return 1
}

release_lock() {
  case ${LOCK_KIND-} in
    flock) exec 9>&- ;;
    link) rm -f "$LEDGERS/lock.held" ;;
  esac
  LOCK_KIND=
}

write_lock_holder() {
  look_at_boot
  start_time_of "$$"
  look_at_clock
  printf '%s %s %s %s %s %s\n' "$$" "$STARTED" "$BOOT" "$NOW" "${RUN:--}" "${HOLDER:-a person on the host}" >"$1"
}

read_lock_holder() {
  HOLDER_PID='' HOLDER_STARTED='' HOLDER_BOOT='' HOLDER_SINCE='' HOLDER_RUN='' HOLDER_NAME='' HOLDER_SECONDS=''
  { read -r HOLDER_PID HOLDER_STARTED HOLDER_BOOT HOLDER_SINCE HOLDER_RUN HOLDER_NAME <"$1"; } 2>/dev/null
}

# Tells whether the process that wrote the file still runs.
lock_holder_lives() {
  read_lock_holder "$1" && [ -n "$HOLDER_PID" ] || return 1
  look_at_boot
  [ "$HOLDER_BOOT" = "$BOOT" ] && start_time_of "$HOLDER_PID" && [ "$HOLDER_STARTED" = "$STARTED" ]
}

# Tells whether anybody holds the lock now, without taking it.
lock_is_held() {
  if have flock && [ -e "$LEDGERS/lock" ]; then
    if ! (exec 9>>"$LEDGERS/lock" && flock -n 9) 2>/dev/null; then
      lock_holder_lives "$LEDGERS/holder"
      return
    fi
  fi
  [ -e "$LEDGERS/lock.held" ] && lock_holder_lives "$LEDGERS/lock.held"
}
