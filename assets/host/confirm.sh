# shellcheck shell=sh
# The verbs confirm and renew: both need an armed ledger whose time is not over.

confirm() {
  open_armed || return 0
  if ! marked proven; then
    FAILED_STEP=not_proven DETAIL='the apply did not go through all its steps'
    answer refused
    release_lock
    return
  fi
  # First, so that a kill leaves none behind; the watchdog lives until the state is changed.
  remove_boot_unit "$RUN"
  if change_state armed confirmed; then
    answer confirmed
  else
    DETAIL=$WORDS
    answer too_late
  fi
  release_lock
}

renew() {
  open_armed || return 0
  if write_deadline "$LEASE"; then
    answer renewed
  else
    FAILED_STEP=deadline DETAIL=$WORDS
    answer refused
  fi
  release_lock
}

# Takes the lock and makes sure that the ledger is armed and in time; else answers and fails.
open_armed() {
  LEDGER=$LEDGERS/$RUN
  if [ ! -e "$LEDGER/manifest" ]; then
    answer unknown_run
    return 1
  fi
  if ! take_lock 3; then
    answer_busy 'the host lock is held'
    return 1
  fi
  recover_expired "$LEDGER"
  case $STATE in
    armed) return 0 ;;
    confirmed) answer confirmed ;;
    reverted) answer too_late ;;
    conflict) answer conflict ;;
    reverting) answer revert_failed ;;
    *) answer unknown_run ;;
  esac
  release_lock
  return 1
}
