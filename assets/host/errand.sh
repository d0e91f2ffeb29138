# shellcheck shell=sh
# What errands have in common: what they tell, and how they end.

# told SUBJECT RESULT [DETAIL]: changed, same or failed.
told() {
  frame told subject "$1" result "$2" detail "${3-}"
  [ "$2" != changed ] || CHANGED=yes
}

# ended OUTCOME [DETAIL]: the last that is told.
ended() {
  frame ended outcome "$1" detail "${2-}"
  exit 0
}

# Ends as it has to: what was changed by then decides.
give_up() {
  [ -z "${CHANGED-}" ] || ended failed "$1"
  ended refused "$1"
}

finish() {
  [ -z "${CHANGED-}" ] || ended 'done'
  ended unchanged
}

# Runs a program and keeps what it says in SAID.
heard() {
  SAID=$("$@" 2>&1)
}

# Runs a program that only reads, and keeps its answer in SAID without what it grumbles beside it;
# where it fails, all that it says.
answered() {
  ! SAID=$("$@" 2>/dev/null) || return 0
  heard "$@"
  return 1
}

# Only one errand of those that install is at work on a host: a lost connection stops nobody there.
take_turn() {
  mkdir -p "$LEDGERS" || give_up "$LEDGERS cannot be made"
  RUN=$1
  take_lock 1 || give_up "$HOLDER_RUN of $HOLDER_NAME is at work on this host, for $HOLDER_SECONDS s"
}

# put_file PATH MODE TEXT: a whole file or none, and only where it is another one.
put_file() {
  if [ -f "$1" ] && [ "$(cat "$1" && echo .)" = "$3." ] && [ "$(stat -c %a "$1")" = "$2" ]; then
    told "$1" same
    return
  fi
  mkdir -p "${1%/*}" || give_up "${1%/*} cannot be made"
  (umask 077 && printf '%s' "$3" >"$1.pilotage") && chmod "$2" "$1.pilotage" && mv "$1.pilotage" "$1" || {
    rm -f "$1.pilotage"
    give_up "$1 cannot be written"
  }
  told "$1" changed
}

# A new file system has a directory of its own in it. A link is as empty as what it leads to.
is_empty() {
  [ ! -e "$1" ] || { [ -d "$1" ] && [ -z "$(find "$1/" -mindepth 1 -maxdepth 1 ! -name lost+found | head -n 1)" ]; }
}

# All in a directory goes; where it is a file system of its own, or a link to one, it stays itself.
empty_directory() {
  [ -d "$1" ] || return 0
  find "$1/" -mindepth 1 -maxdepth 1 ! -name lost+found -exec rm -rf {} +
}
