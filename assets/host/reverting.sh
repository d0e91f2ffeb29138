# shellcheck shell=sh
# Taking a transaction back: compare-and-swap again, and the running state last.

# Kept for whoever goes on with the run: what somebody took back on purpose is not applied again
# unasked. A deadline and a boot take back without anybody asking. Best effort: a full disk must
# not stop the way back.
note_who_asked() {
  { printf '%s\n' "$HOLDER" >"$LEDGER/asked_back"; } 2>/dev/null
}

# revert_run [fresh]: the lock is held, the manifest and the steps are read. With `fresh`
# the steps compare with what runs now, not with what ran before the apply. Sets OUTCOME,
# FAILED_STEP and DETAIL; a failed revert stays `reverting` and can be asked for again.
revert_run() {
  APPLYING='' TAKING_BACK=${1-}
  OUTCOME=revert_failed FAILED_STEP='' DETAIL='' CONFLICTS=''
  state_of "$LEDGER"
  case $STATE in
    armed | confirmed | conflict)
      change_state "$STATE" reverting || { FAILED_STEP=state DETAIL=$WORDS && return 1; }
      ;;
    reverting) ;;
    *)
      FAILED_STEP=state DETAIL="the ledger is $STATE"
      return 1
      ;;
  esac
  look_at_files || { FAILED_STEP=read DETAIL=$WORDS && return 1; }
  if find_conflicts; then
    stop_at_conflicts
    return 1
  fi
  keep_foreign_bytes || { FAILED_STEP=keep_foreign DETAIL=$WORDS && return 1; }
  [ "${1-}" != fresh ] || runtimes_start_later || observe
  take_files_back && change_state reverting reverted || return 1
  OUTCOME=reverted
}

# From here on only a person goes on.
stop_at_conflicts() {
  change_state reverting conflict && remove_boot_unit "$RUN"
  OUTCOME=conflict FAILED_STEP='' DETAIL=''
}

# Sets CONFLICTS to the files that somebody else changed and nobody forced; nothing is
# touched when there is one.
find_conflicts() {
  FOREIGN=
  for number in $FILES; do
    file_load "$number"
    case $now in
      "$before" | "$after" | "$parting") continue ;;
    esac
    case $now in
      dangling_link | link_changed | not_a_file) CONFLICTS="$CONFLICTS $number" ;;
      *)
        case "$NEWLINE${FORCE-}$NEWLINE" in
          *"$NEWLINE$path$NEWLINE"* | *"$NEWLINE$real$NEWLINE"*) FOREIGN="$FOREIGN $number" ;;
          *) CONFLICTS="$CONFLICTS $number" ;;
        esac
        ;;
    esac
  done
  [ -n "$CONFLICTS" ]
}

# What a forced revert overwrites is kept in the ledger, or not overwritten.
keep_foreign_bytes() {
  for number in $FOREIGN; do
    file_load "$number"
    [ "$now" = absent ] || try cp -a -- "$ROOT$real" "$LEDGER/$number.foreign" || return 1
  done
}

tell_conflicts() {
  for number in $CONFLICTS; do
    file_load "$number"
    CONFLICT_EXPECTED=$after
    [ "${1-}" != drift ] || CONFLICT_EXPECTED=$before
    frame conflict path "$path" expected "$CONFLICT_EXPECTED" found "$now" \
      before@ "$LEDGER/$number.before" ours@ "$LEDGER/$number.after" now@ "$ROOT$real"
  done
}

take_files_back() {
  PARTING='' RESTORE='' LAST=''
  for number in $FILES; do
    file_load "$number"
    if needs_deactivation && [ "$parting" != none ]; then
      PARTING="parting_$number $PARTING"
      LAST="before_$number $LAST"
    elif [ "$now" != "$before" ]; then
      RESTORE="before_$number $RESTORE"
    fi
  done
  # shellcheck disable=SC2086  # lists of words
  put_files $PARTING $RESTORE || putting_back_failed || return 1
  REVERT_PROVEN=yes
  if needs_deactivation || { runtimes_start_later && ! marked deactivated; }; then
    mark deactivating
    plan_deactivate || REVERT_PROVEN=no
  fi
  [ "$REVERT_PROVEN" = no ] || runtimes_start_later || plan_check_reverted || REVERT_PROVEN=no
  [ "$REVERT_PROVEN" = no ] || mark deactivated
  FAILED_STEP=${STEP-} REVERT_DETAIL=${DETAIL-}
  # shellcheck disable=SC2086
  put_files $LAST || putting_back_failed || return 1
  tidy_up
  reached tidied
  DETAIL=$REVERT_DETAIL
  [ "$REVERT_PROVEN" = yes ] || return 1
  FAILED_STEP='' DETAIL=''
  for RUNTIME in docker containerd crio k3s buildkit; do
    ! stopped_since "$RUNTIME" || DETAIL="$DETAIL$RUNTIME does not run, so nothing had to be taken out of it; "
  done
  DETAIL=${DETAIL%; }
}

# An edit that was saved while ours was being staged is a conflict like any other.
putting_back_failed() {
  FAILED_STEP=restore DETAIL=$WORDS
  ! look_at_files || ! find_conflicts || stop_at_conflicts
  return 1
}

# Whether a running process may have taken up the change. After a reboot it has, unless the
# files come back before it starts.
needs_deactivation() {
  marked deactivated && return 1
  runtimes_start_later && return 1
  look_at_boot
  marked activating || [ "$BOOT" != "$APPLIED_BOOT" ]
}

# Asking a client for a runtime that waits for this very script would start it, or hang.
runtimes_start_later() {
  [ -n "${BOOTING-}" ] && ! runtime_pid docker && ! runtime_pid containerd &&
    ! runtime_pid crio && ! runtime_pid k3s
}

tidy_up() {
  for number in $FILES; do
    file_load "$number"
    sweep_temporary
  done
  remove_made_directories
  remove_boot_unit "$RUN"
  runtimes_start_later || remove_probe_images
}

# Innermost first; one that somebody put something into stays.
remove_made_directories() {
  MADE=
  eval "set -- $DIRECTORIES"
  for directory in "$@"; do
    [ ! -d "$ROOT$directory" ] || MADE="'$ROOT$directory' $MADE"
  done
  [ -n "$MADE" ] || return 0
  eval "set -- $MADE"
  try rmdir -- "$@"
  return 0
}
