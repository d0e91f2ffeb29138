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
