# shellcheck shell=sh
# The verb apply: lock, compare, ledger, arm, write, validate, activate, check, probe.

apply() {
  choose_docker
  if ! check_tools || ! check_state_directory; then
    answer refused
    return
  fi
  if ! take_lock 2; then
    answer_busy 'the host lock is held'
    return
  fi
  sweep_ledgers
  if answer_for_same_run || answer_for_other_run; then
    release_lock
    return
  fi
  LEDGER=$LEDGERS/$RUN
  transact
  release_lock
  tell_conflicts "$OUTCOME"
  answer "$OUTCOME"
}

# What killed runs left: ledgers that never were armed, armed ones whose time is over, and boot
# units of runs that came to their end.
sweep_ledgers() {
  for each in "$LEDGERS"/*/; do
    each=${each%/}
    [ -d "$each" ] || continue
    recover_expired "$each"
    case $STATE in armed | reverting) continue ;; esac
    remove_boot_unit "${each##*/}"
    case $STATE in none | prepared) rm -rf -- "$each" ;; esac
  done
}

# Answers when this run was here before and there is nothing to do again.
answer_for_same_run() {
  LEDGER=$LEDGERS/$RUN
  state_of "$LEDGER"
  case $STATE in
    armed)
      if marked proven; then
        answer already_applied
        return 0
      fi
      recover "$LEDGER"
      ;;
    confirmed)
      answer already_applied
      return 0
      ;;
  esac
  case $STATE in
    reverted) rm -rf -- "$LEDGER" ;;
    conflict)
      DETAIL='somebody else edited a file since this run changed it; roll the run back first'
      CONFLICTS=''
      ! look_at_files || find_edits
      tell_conflicts
      answer conflict
      return 0
      ;;
  esac
  return 1
}

answer_for_other_run() {
  for each in "$LEDGERS"/*/; do
    each=${each%/}
    state_of "$each"
    case $STATE in
      armed | reverting)
        read_ledger_holder "$each"
        answer_busy "run $HOLDER_RUN is $STATE"
        return 0
        ;;
    esac
  done
  return 1
}

# Sets OUTCOME.
transact() {
  OUTCOME=refused CONFLICTS=''
  compare || return 0
  check_places || return 0
  if ! write_ledger || ! arm; then
    rm -rf -- "$LEDGER"
    return 0
  fi
  APPLYING=yes
  if change && prove; then
    OUTCOME=applied
    return 0
  fi
  CAUSE=$FAILED_STEP CAUSE_DETAIL=$DETAIL
  if [ "$SWAPPED" = no ] && met_an_edit && withdraw; then
    return 0
  fi
  revert_run
  if [ "$OUTCOME" = reverted ]; then
    FAILED_STEP=$CAUSE DETAIL=$CAUSE_DETAIL
  else
    DETAIL="$CAUSE failed: $CAUSE_DETAIL; taking it back: $DETAIL"
    FAILED_STEP=$CAUSE
  fi
}

# Tells whether somebody else changed a file while we were about to; sets OUTCOME then.
met_an_edit() {
  FAILED_STEP='' DETAIL=''
  compare
  case $OUTCOME in drift | nothing_to_do) ;; *) return 1 ;; esac
}

# Ends a run that changed no file yet: what somebody else has just written stays.
withdraw() {
  tidy_up
  change_state armed prepared && rm -rf -- "$LEDGER"
}

# Every file is what the plan saw; else sets OUTCOME.
compare() {
  if ! look_at_files; then
    FAILED_STEP=unreadable DETAIL=$WORDS
    return 1
  fi
  SAME=yes
  for number in $FILES; do
    file_load "$number"
    [ "$now" = "$after" ] || SAME=no
    [ "$now" = "$before" ] || CONFLICTS="$CONFLICTS $number"
  done
  if [ "$SAME" = yes ]; then
    OUTCOME=nothing_to_do CONFLICTS=''
    return 1
  fi
  [ -n "$CONFLICTS" ] || return 0
  OUTCOME=drift
  for number in $CONFLICTS; do
    file_load "$number"
    case $now in
      dangling_link | link_changed | not_a_file) FAILED_STEP=$now ;;
    esac
    DETAIL="$DETAIL$path is not what the plan saw; "
  done
  return 1
}

write_ledger() {
  FAILED_STEP=ledger
  try mkdir -m 700 "$LEDGER" "$LEDGER/marks" || { DETAIL=$WORDS && return 1; }
  true >"$LEDGER/prepared" || { DETAIL="$LEDGER takes no file" && return 1; }
  reached prepared
  look_at_boot
  APPLIED_BOOT=$BOOT
  keep_files && write_manifest && write_scripts && observe && plan_baseline && check_ledger || {
    DETAIL=$WORDS
    return 1
  }
}

keep_files() {
  for number in $FILES; do
    file_load "$number"
    [ "$before" = absent ] || try cp -a -- "$ROOT$real" "$LEDGER/$number.before" || return 1
    for content in after parting; do
      content "$content" "$number" || continue
      WORDS=$({ printf '%s' "$CONTENT" >"$LEDGER/$number.$content"; } 2>&1) || return 1
    done
  done
}

# The copies are what the plan says, byte for byte; so nothing changed since `compare` either.
check_ledger() {
  copies=''
  set --
  for number in $FILES; do
    for content in before after parting; do
      eval "expected=\$${content}_$number"
      case $expected in
        absent | none) ;;
        *)
          copies="$copies ${content}_$number"
          set -- "$@" "kept_${content}_$number" "$LEDGER/$number.$content"
          ;;
      esac
    done
  done
  hash_as "$@" || return 1
  for copy in $copies; do
    eval "kept=\$kept_$copy expected=\$$copy"
    if [ "$kept" != "$expected" ]; then
      WORDS='what reached the ledger is not what was sent, or a file changed this instant'
      return 1
    fi
  done
}

write_manifest() {
  SINCE=$(date +%s 9>&-) DIRECTORIES=''
  {
    printf '%s\n' "Pilotage changed this host. To take it back: sh $LEDGER/revert.sh" \
      'format 2' "run $RUN" "holder $HOLDER" "since $SINCE" "boot $APPLIED_BOOT" ${ALONE:+"alone $ALONE"}
    for number in $FILES; do
      file_load "$number"
      printf '%s\n' "path $number $path" "real $number $real" "before $number $before" \
        "after $number $after" "parting $number $parting"
      [ -z "$writer" ] || printf '%s\n' "writer $number $writer"
      [ "$path" = "$real" ] || printf '%s\n' "link $number $(readlink "$ROOT$path")"
      if [ "$before" = absent ]; then
        printf '%s\n' "mode $number $mode"
        find_missing_directories
      else
        write_attributes "$number" "$ROOT$real"
      fi
    done
    write_missing_directories
    printf 'end\n'
  } >"$LEDGER/manifest"
  # A disk that filled up meanwhile cuts it short, and a revert would forget files.
  read_manifest "$LEDGER" || {
    WORDS="$LEDGER/manifest was not written whole"
    return 1
  }
}

# For a person: the copy in the ledger carries them itself.
write_attributes() {
  if ATTRIBUTES=$(stat -c "%a owner $1 %u:%g" "$2" 2>/dev/null 9>&-); then
    printf '%s\n' "mode $1 ${ATTRIBUTES%% *}" "${ATTRIBUTES#* }"
  fi
  [ ! -e "$ROOT/sys/fs/selinux/enforce" ] || stat -c "label $1 %C" "$2" 2>/dev/null 9>&-
}

# Adds to DIRECTORIES those that have to be made, quoted for eval, outermost first.
find_missing_directories() {
  directory=${real%/*} chain=''
  while [ ! -d "$ROOT$directory/" ]; do
    case "$DIRECTORIES " in *" '$directory' "*) ;; *) chain=" '$directory'$chain" ;; esac
    directory=${directory%/*}
  done
  DIRECTORIES=$DIRECTORIES$chain
}

write_missing_directories() {
  eval "set -- $DIRECTORIES"
  for directory; do
    printf 'directory - %s\n' "$directory"
  done
}

write_scripts() {
  WORDS=$({
    printf '%s\n' "$REVERT_STEPS" >"$LEDGER/steps.sh" &&
      printf '%s\n' '#!/bin/sh' "# Takes run $RUN of Pilotage back: sh $LEDGER/revert.sh" \
        "$LIBRARY" 'ledger_main "$@"' >"$LEDGER/revert.sh"
  } 2>&1)
}

# From here on the host reverts by itself.
arm() {
  FAILED_STEP=arm
  write_deadline "$LEASE" || { DETAIL=$WORDS && return 1; }
  install_boot_unit && make_durable "$LEDGER"/* "$LEDGER" "$LEDGERS" "${BOOT_WANTS:-$LEDGER}" "${BOOT_UNIT:-$LEDGER}" &&
    change_state prepared armed && start_watchdog && return 0
  DETAIL="no dead man's switch: $WORDS"
  remove_boot_unit "$RUN"
  return 1
}

change() {
  FAILED_STEP='write' SWAPPED=no
  make_directories || { DETAIL=$WORDS && return 1; }
  set --
  for number in $FILES; do
    set -- "$@" "after_$number"
  done
  put_files "$@" || { DETAIL=$WORDS && return 1; }
  mark written
}

# Those of a user are made when something is written there, by that user.
make_directories() {
  eval "set -- $DIRECTORIES"
  ABSENT=''
  for directory in "$@"; do
    [ -d "$ROOT$directory" ] || is_a_users "$directory" || ABSENT="$ABSENT '$ROOT$directory'"
  done
  [ -n "$ABSENT" ] || return 0
  eval "set -- $ABSENT"
  try mkdir -m 755 -- "$@"
}

is_a_users() {
  for number in $FILES; do
    file_load "$number"
    case $writer,$real in ?*,"$1"/*) return 0 ;; esac
  done
  return 1
}

prove() {
  STEP='' DETAIL=''
  if plan_validate && mark activating && plan_activate && reached activated && plan_check &&
    mark probing && plan_probe && note_keepers && mark proven; then
    FAILED_STEP='' DETAIL=''
    return 0
  fi
  FAILED_STEP=$STEP
  return 1
}
