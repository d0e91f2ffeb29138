# shellcheck shell=sh
# What the verbs check, confirm and renew need, an armed ledger whose time is not over; and renew.

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
  [ "$STATE" != armed ] || return 0
  name_outcome
  answer "$OUTCOME"
  release_lock
  return 1
}

# Sets OUTCOME to what a ledger that is not armed means.
name_outcome() {
  case $STATE in
    confirmed) OUTCOME=confirmed ;;
    reverted) OUTCOME=too_late ;;
    conflict) OUTCOME=conflict ;;
    reverting) OUTCOME=revert_failed ;;
    *) OUTCOME=unknown_run ;;
  esac
}
