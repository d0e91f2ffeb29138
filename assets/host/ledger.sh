# shellcheck shell=sh
# The ledger of a run: LEDGERS/RUN/ with N.before, N.after, N.parting, the manifest, steps.sh,
# revert.sh, marks/ and exactly one state file, changed only by rename.
#   prepared → armed → confirmed          armed | confirmed | conflict → reverting
#              armed → conflict           reverting → reverted | conflict

# Some twice: a rename from a later name to an earlier one, between two looks, would hide both.
state_of() {
  for STATE in armed reverting confirmed reverted conflict prepared armed reverting; do
    [ ! -e "$1/$STATE" ] || return 0
  done
  STATE=none
}

# change_state FROM TO: of two that try, one wins.
change_state() {
  try mv -- "$LEDGER/$1" "$LEDGER/$2" || return 1
  make_ledger_durable
  reached "$2"
}

make_ledger_durable() {
  try sync "$LEDGER" || try sync
}

# A mark outlives a kill. It need not outlive a power cut: a reboot reverts whatever the mark.
# Not `:`, here and wherever a file is only made: a special builtin ends the shell if it cannot.
mark() {
  if ! { true >"$LEDGER/marks/$1"; } 2>/dev/null; then
    STEP=ledger DETAIL="$LEDGER/marks/$1 cannot be written"
    return 1
  fi
  frame mark name "$1"
  reached "$1"
}

marked() {
  [ -e "$LEDGER/marks/$1" ]
}

# Called at every point where the state on disk, or of a process, has just changed.
reached() {
  :
}

# Tells whether the deadline of the ledger has passed, or its boot has. Sets LEFT (seconds).
expired() {
  LEFT=0
  DEADLINE='' DEADLINE_BOOT=''
  { read -r DEADLINE DEADLINE_BOOT <"$1/deadline"; } 2>/dev/null
  look_at_boot
  [ "$DEADLINE_BOOT" = "$BOOT" ] || return 0
  look_at_clock
  LEFT=$((DEADLINE - NOW))
  [ "$LEFT" -le 0 ]
}

# write_deadline SECONDS: from now, on the uptime clock of this boot.
write_deadline() {
  look_at_boot
  look_at_clock
  printf '%s %s\n' "$((NOW + $1))" "$BOOT" >"$LEDGER/.deadline" && reached deadline_staged &&
    try mv -f -- "$LEDGER/.deadline" "$LEDGER/deadline" && reached deadline
}

# Reads the manifest: RUN, HOLDER, SINCE, FORMAT, ALONE (hosts with the same word are changed one
# after the other), FILES and the variables of each file, DIRECTORIES (quoted for eval, outermost
# first). Fails when it was cut short.
read_manifest() {
  FILES='' DIRECTORIES='' FORMAT='' ALONE='' ENDED=''
  while IFS=' ' read -r word number rest; do
    case $word in
      format) FORMAT=$number ;;
      end) ENDED=yes ;;
      run) RUN=$number ;;
      holder) HOLDER="$number${rest:+ $rest}" ;;
      since) SINCE=$number ;;
      boot) APPLIED_BOOT=$number ;;
      alone) ALONE="$number${rest:+ $rest}" ;;
      path)
        FILES="$FILES $number"
        eval "path_$number=\$rest mode_$number='' writer_$number=''"
        ;;
      real | before | after | parting | mode | owner | writer | link) eval "${word}_$number=\$rest" ;;
      directory) DIRECTORIES="$DIRECTORIES '$rest'" ;;
    esac
  done <"$1/manifest" || return 1
  [ -n "$FORMAT" ] && [ "$ENDED" = yes ]
}

# Sets BOOT_UNIT of a run, and BOOT_LINK, which enables it.
name_boot_unit() {
  BOOT_UNIT=$ROOT/etc/systemd/system/pilotage-revert-$1.service
  BOOT_LINK=${BOOT_UNIT%/*}/multi-user.target.wants/${BOOT_UNIT##*/}
}

remove_boot_unit() {
  name_boot_unit "$1"
  [ ! -e "$BOOT_UNIT" ] && [ ! -h "$BOOT_LINK" ] || rm -f -- "$BOOT_LINK" "$BOOT_UNIT"
}
