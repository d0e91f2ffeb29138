# shellcheck shell=sh
# The last line of every exec that changes or asks about one run.

# answer OUTCOME: the state is read afresh, so that it is the truth when it is told.
answer() {
  LEDGER=$LEDGERS/$RUN
  ANSWER_LEFT=''
  PROVEN=no
  state_of "$LEDGER"
  if [ "$STATE" = armed ]; then
    expired "$LEDGER"
    ANSWER_LEFT=$LEFT
  fi
  case $STATE in
    armed | confirmed) [ ! -e "$LEDGER/marks/proven" ] || PROVEN=yes ;;
  esac
  # Empty where nobody asked for it: a deadline passed, or the host rebooted.
  TAKEN_BACK_BY=''
  { read -r TAKEN_BACK_BY <"$LEDGER/asked_back"; } 2>/dev/null
  frame answer outcome "$1" run "$RUN" state "$STATE" failed_step "${FAILED_STEP-}" \
    detail "${DETAIL-}" holder "${HOLDER_NAME-}" holder_run "${HOLDER_RUN-}" \
    holder_seconds "${HOLDER_SECONDS-}" deadline "$ANSWER_LEFT" proven "$PROVEN" \
    taken_back_by "$TAKEN_BACK_BY"
}

# The lock is taken by somebody else, or another run is armed.
answer_busy() {
  DETAIL=$1
  answer busy
}

# Sets HOLDER_* to what the manifest of a ledger says.
read_ledger_holder() {
  HOLDER_NAME='' HOLDER_RUN=${1##*/} HOLDER_SECONDS=''
  while read -r word rest; do
    case $word in
      holder) HOLDER_NAME=$rest ;;
      since)
        HOLDER_SECONDS=$(($(date +%s) - rest))
        # The clock may have been set back since.
        [ "$HOLDER_SECONDS" -ge 0 ] || HOLDER_SECONDS=0
        break
        ;;
    esac
  done <"$1/manifest"
}

# Lets a ledger whose deadline or boot has passed revert itself; the lock is held. The
# ledger's own script does it, in a process of its own.
recover_expired() {
  state_of "$1"
  case $STATE in
    armed) expired "$1" || return 0 ;;
    reverting) ;;
    *) return 0 ;;
  esac
  recover "$1"
}

recover() {
  sh "$1/revert.sh" recover >/dev/null 2>&1 9>&-
  state_of "$1"
}
