# shellcheck shell=sh
# The verbs status and ledgers. They change nothing, except that an armed ledger whose time
# is over takes itself back at any contact.

status() {
  LEDGER=$LEDGERS/$RUN
  state_of "$LEDGER"
  if [ "$STATE" = none ]; then
    answer unknown_run
    return
  fi
  if [ "$STATE" = reverting ] || { [ "$STATE" = armed ] && expired "$LEDGER"; }; then
    if take_lock 1; then
      recover_expired "$LEDGER"
      release_lock
    fi
  fi
  if lock_is_held; then
    read_lock_holder "$LEDGERS/holder"
  else
    HOLDER_NAME='' HOLDER_RUN='' HOLDER_SECONDS=''
  fi
  answer state
}

ledgers() {
  for LEDGER in "$LEDGERS"/*/; do
    LEDGER=${LEDGER%/}
    [ -e "$LEDGER/manifest" ] || continue
    RUN='' HOLDER='' SINCE=''
    read_manifest "$LEDGER" || continue
    state_of "$LEDGER"
    look_at_files
    frame ledger run "$RUN" state "$STATE" holder "$HOLDER" since "$SINCE" alone "$ALONE"
    for number in $FILES; do
      file_load "$number"
      frame file run "$RUN" path "$path" before "$before" after "$after" now "$now"
    done
  done
  RUN=''
  frame end
}
