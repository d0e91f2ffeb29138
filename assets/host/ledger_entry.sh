# shellcheck shell=sh
# What revert.sh of a ledger does when it is started.

# ledger_main [revert | --force PATH... | watchdog | boot | recover]
ledger_main() {
  forget
  case $0 in
    */*) LEDGER=$(cd "${0%/*}" && pwd) ;;
    *) LEDGER=$(pwd) ;;
  esac
  ROOT=${LEDGER%/var/lib/pilotage/*}
  [ "$ROOT" != "$LEDGER" ] || ROOT=''
  RUN=${LEDGER##*/}
  NONCE=''
  settle
  if ! open_ledger; then
    echo "this is not a ledger of Pilotage: $LEDGER" >&2
    exit 1
  fi
  case ${1-revert} in
    watchdog) watch ;;
    recover) revert_run fresh ;;
    boot) revert_at_boot ;;
    revert) revert_for_a_person ;;
    --force)
      shift
      FORCE=$(printf '%s\n' "$@")
      revert_for_a_person
      ;;
    *)
      echo "usage: sh revert.sh [--force PATH...]" >&2
      exit 2
      ;;
  esac
}

open_ledger() {
  read_manifest "$LEDGER" && [ -r "$LEDGER/steps.sh" ] || return 1
  # shellcheck source=/dev/null
  . "$LEDGER/steps.sh" || return
  choose_docker
}

# Format 1 is of builds whose ledgers have no steps of runtimes beside their revert.sh.
is_of_this_build() {
  [ "$FORMAT" = 2 ]
}

revert_at_boot() {
  BOOTING=yes
  state_of "$LEDGER"
  case $STATE in armed | reverting) ;; *) return 0 ;; esac
  take_lock 30 && revert_run fresh
}

revert_for_a_person() {
  HOLDER='a person on the host'
  if ! take_lock 10; then
    echo "busy: $HOLDER_NAME, run $HOLDER_RUN"
    exit 1
  fi
  state_of "$LEDGER"
  if [ "$STATE" = reverted ]; then
    echo "nothing to do: this run was taken back already"
    exit 0
  fi
  note_who_asked
  watch_over_taking_back
  revert_run fresh
  REVERTED=$?
  tell_conflicts
  case $OUTCOME in
    reverted) echo "done: files, owners and modes are as before${DETAIL:+; $DETAIL}" ;;
    conflict)
      echo "nothing was touched: these files were changed since; before, ours and foreign bytes are in $LEDGER"
      echo "to take them back anyway: sh $LEDGER/revert.sh --force PATH..."
      ;;
    *) echo "not everything is as before: $FAILED_STEP: $DETAIL" ;;
  esac
  exit "$REVERTED"
}
