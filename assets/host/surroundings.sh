# shellcheck shell=sh
# What the rest needs of its surroundings: paths, time, boot, processes.
# ROOT is empty on a real host; it is the directory of a practice host.

# The script may be started with any environment, by a session that may end at any time. That no
# variable of it is taken for one of ours is for `forget`, which compose.py adds and calls first.
settle() {
  umask 077
  LC_ALL=C
  export LC_ALL
  HOME=${HOME:-/root}
  DOCKER_CONTEXT=default
  export HOME DOCKER_CONTEXT
  unset CDPATH DOCKER_HOST DOCKER_TLS_VERIFY DOCKER_CERT_PATH
  [ -n "$ROOT" ] || PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  NEWLINE='
'
  LEDGERS=$ROOT/var/lib/pilotage
  LIMIT=300 TIMEOUT_WORKS=''
  trap '' HUP PIPE
  exec </dev/null
}

have() {
  command -v "$1" >/dev/null 2>&1
}

# Sets PROC to a file of /proc.
proc() {
  PROC=/proc/$1
  [ -z "$ROOT" ] || [ ! -e "$ROOT/proc/$1" ] || PROC=$ROOT/proc/$1
}

# Sets NOW (seconds) and NOW_CENTIS on the uptime clock, which no clock step can move.
look_at_clock() {
  proc uptime
  read -r NOW _ <"$PROC"
  NOW_CENTIS=${NOW#*.}
  NOW=${NOW%%.*}
  NOW_CENTIS=$((NOW * 100 + ${NOW_CENTIS#0}))
}

# Sets STARTED to the start time of a process in clock ticks; fails when it does not run.
start_time_of() {
  STARTED=
  proc "$1/stat"
  { read -r STAT <"$PROC"; } 2>/dev/null || return 1
  # shellcheck disable=SC2086  # the fields after the command name are split on purpose
  set -- ${STAT##*) }
  STARTED=${20-}
  [ -n "$STARTED" ] && [ "$1" != Z ]
}

# Sets BOOT. The start time of process 1 tells a container's reboot too.
look_at_boot() {
  proc sys/kernel/random/boot_id
  read -r BOOT <"$PROC"
  start_time_of 1
  BOOT=$BOOT.$STARTED
}

# A short pause, where `sleep` knows fractions.
nap() {
  sleep 0.1 2>/dev/null || sleep 1
}

# Sets TIMEOUT_WORKS, once: old ones take their arguments in another order. Before a subshell too,
# which would learn it for itself alone.
learn_timeout() {
  [ -z "$TIMEOUT_WORKS" ] || return 0
  TIMEOUT_WORKS=no
  ! timeout -k 1 5 true >/dev/null 2>&1 9>&- || TIMEOUT_WORKS=yes
}

# Runs a program for at most $1 seconds; a child never holds the lock.
bounded() {
  BOUND=$1
  shift
  learn_timeout
  if [ "$TIMEOUT_WORKS" = yes ]; then
    timeout -k 5 "$BOUND" "$@" 9>&-
    return
  fi
  BOUNDED_GROUP=
  if have setsid; then
    BOUNDED_GROUP=-
    set -- setsid "$@"
  fi
  "$@" 9>&- &
  BOUNDED=$!
  look_at_clock
  BOUND=$((NOW + BOUND))
  while kill -0 "$BOUNDED" 2>/dev/null; do
    look_at_clock
    if [ "$NOW" -ge "$BOUND" ]; then
      kill -9 "$BOUNDED_GROUP$BOUNDED" 2>/dev/null
      wait "$BOUNDED" 2>/dev/null
      return 124
    fi
    nap
  done
  wait "$BOUNDED"
}

# Sets TEXT to what a file says, without its last newlines. For a few lines no program is started.
read_text() {
  TEXT='' TEXT_GAP='' TEXT_LEFT=20
  [ -s "$1" ] || return 0
  while [ "$TEXT_LEFT" -gt 0 ] && { IFS= read -r TEXT_LINE || [ -n "$TEXT_LINE" ]; }; do
    TEXT_LEFT=$((TEXT_LEFT - 1))
    if [ -n "$TEXT_LINE" ]; then
      TEXT=$TEXT$TEXT_GAP$TEXT_LINE
      TEXT_GAP=''
    fi
    TEXT_GAP=$TEXT_GAP$NEWLINE
  done <"$1"
  [ "$TEXT_LEFT" -gt 0 ] || TEXT=$(exec 9>&- && cat "$1")
}

# Runs a program for at most $1 seconds and keeps what it said in WORDS, the last of it if
# long. Through a file: a pipe would wait for whatever the program leaves running.
listen() {
  WORDS_FILE=$LEDGER/.words
  { true >"$WORDS_FILE"; } 2>/dev/null || WORDS_FILE=/dev/null
  bounded "$@" >"$WORDS_FILE" 2>&1
  LISTEN_STATUS=$?
  read_text "$WORDS_FILE"
  WORDS=$TEXT
  [ "${#WORDS}" -le 2000 ] || WORDS=$(exec 9>&- && printf %s "$WORDS" | tail -c 2000)
  tell_timeout "$LISTEN_STATUS" "$1"
  return "$LISTEN_STATUS"
}

tell_timeout() {
  case $1 in 124 | 137 | 143) WORDS="no end after $2 s: $WORDS" ;; esac
}

# Runs a program for at most $1 seconds, within the lease, and keeps all that it answered in HEARD, all that it
# complained about in WORDS: a host can have more containers than `listen` keeps.
hear() {
  HEAR_LIMIT=$1
  shift
  [ "$HEAR_LIMIT" -le "${LIMIT:-300}" ] || HEAR_LIMIT=$LIMIT
  bounded "$HEAR_LIMIT" "$@" >"$LEDGER/.heard" 2>"$LEDGER/.words"
  HEARD_STATUS=$?
  read_text "$LEDGER/.heard"
  HEARD=$TEXT
  read_text "$LEDGER/.words"
  WORDS=$TEXT
  tell_timeout "$HEARD_STATUS" "$HEAR_LIMIT"
  return "$HEARD_STATUS"
}

# Runs a file program and keeps what it said in WORDS. No time limit: what hangs in the
# kernel does not die of a signal either; the dead man's switch covers a disk that hangs.
# A subshell would hold the lock for an apply that was killed, so each lets go of it first.
try() {
  WORDS=$(exec 9>&- && "$@" 2>&1)
}
