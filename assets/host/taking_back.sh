# shellcheck shell=sh
# The verbs revert (an armed run) and undo (a confirmed one).

revert() {
  take_back armed
}

undo() {
  take_back confirmed
}

take_back() {
  LEDGER=$LEDGERS/$RUN
  CONFLICTS=''
  if [ ! -e "$LEDGER/manifest" ]; then
    answer unknown_run
    return
  fi
  if ! take_lock 10; then
    answer_busy 'the host lock is held'
    return
  fi
  decide_and_take_back "$1"
  release_lock
  tell_conflicts
  answer "$OUTCOME"
}

# Sets OUTCOME. Asked again after the work is done, the answer is the same.
decide_and_take_back() {
  state_of "$LEDGER"
  case $STATE in
    reverted)
      OUTCOME=reverted
      return
      ;;
    confirmed)
      if [ "$1" = armed ]; then
        OUTCOME=refused FAILED_STEP=confirmed DETAIL='this run was confirmed; undo takes it back'
        return
      fi
      ;;
    none | prepared)
      OUTCOME=unknown_run
      return
      ;;
  esac
  # First: the manifest that is read next names the holder of the apply.
  note_who_asked
  if ! open_ledger; then
    OUTCOME=revert_failed FAILED_STEP=manifest DETAIL='the manifest of the ledger cannot be read'
    return
  fi
  if ! is_of_this_build; then
    take_back_by_its_own_script
    return
  fi
  watch_over_taking_back
  revert_run fresh
}

# revert.sh of another build knows how that left the host; it takes the lock itself.
take_back_by_its_own_script() {
  set --
  while read -r FORCED_PATH; do
    [ -n "$FORCED_PATH" ] || continue
    [ $# -gt 0 ] || set -- --force
    set -- "$@" "$FORCED_PATH"
  done <<FORCED_PATHS
${FORCE-}
FORCED_PATHS
  release_lock
  WORDS=$(exec 9>&- && sh "$LEDGER/revert.sh" "$@" 2>&1)
  state_of "$LEDGER"
  case $STATE in
    reverted) OUTCOME=reverted ;;
    conflict)
      OUTCOME=conflict
      ! look_at_files || find_conflicts
      ;;
    *) OUTCOME=revert_failed FAILED_STEP=revert.sh DETAIL=$WORDS ;;
  esac
}
