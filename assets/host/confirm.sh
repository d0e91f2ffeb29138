# shellcheck shell=sh
# The verbs check and confirm of an armed ledger.

check() {
  open_armed || return 0
  ! still_holds || OUTCOME=holds
  release_lock
  tell_conflicts
  answer "$OUTCOME"
}

confirm() {
  open_armed || return 0
  ! still_holds || make_permanent
  release_lock
  tell_conflicts
  answer "$OUTCOME"
}

make_permanent() {
  # First, so that a kill leaves none behind; the watchdog lives until the state is changed.
  remove_boot_unit "$RUN"
  reached confirming
  OUTCOME=confirmed
  change_state armed confirmed || OUTCOME=too_late DETAIL=$WORDS
}

# Tells whether the files are ours still and the runtimes still work with them; else sets
# OUTCOME: an edit is left alone, and for anything else the run is taken back. Nothing is pulled
# once more: with the same bytes in force that would only try the target, and a short outage of
# the target would take a whole wave back.
still_holds() {
  OUTCOME=refused CONFLICTS=''
  if ! marked proven; then
    FAILED_STEP=not_proven DETAIL='the apply did not go through all its steps'
    return 1
  fi
  if ! open_ledger; then
    FAILED_STEP=manifest DETAIL='the manifest of the ledger cannot be read'
    return 1
  elif ! is_of_this_build; then
    FAILED_STEP=manifest DETAIL='another build of Pilotage has changed this host: go on with that one, or take it back'
    return 1
  fi
  still_ours || return 1
  APPLYING=yes LOOKING=yes
  if ! { step runtimes_alive && plan_check; }; then
    take_back_what_failed
    return 1
  fi
  STEP='' DETAIL='' LOOKING=''
  # The checks took their time.
  still_ours || return 1
  recover_expired "$LEDGER"
  [ "$STATE" != armed ] || return 0
  name_outcome
  return 1
}

# Every file is what the run wrote, to the byte.
still_ours() {
  if ! look_at_files; then
    FAILED_STEP=unreadable DETAIL=$WORDS
    return 1
  fi
  find_edits
  [ -n "$CONFLICTS" ] || return 0
  OUTCOME=edited
  for number in $CONFLICTS; do
    file_load "$number"
    DETAIL="$DETAIL$path is not what the run wrote; "
  done
  # From here on only a person goes on.
  change_state armed conflict && remove_boot_unit "$RUN"
  return 1
}

take_back_what_failed() {
  CAUSE=$STEP CAUSE_DETAIL=$DETAIL LOOKING=''
  revert_run fresh
  [ "$OUTCOME" = reverted ] || CAUSE_DETAIL="$CAUSE_DETAIL; taking it back: $DETAIL"
  FAILED_STEP=$CAUSE DETAIL=$CAUSE_DETAIL
}
