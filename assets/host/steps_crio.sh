# shellcheck shell=sh
# Steps of CRI-O. What it has taken up it tells in its journal only, and the exit code of a reload
# proves nothing (facts/runtimes.md §3.3).

# crio_reload UNIT [LOCATION]...: it takes up its configuration, in which each location is named.
step_crio_reload() {
  UNIT=$1
  shift
  if ! have journalctl; then
    DETAIL='without journalctl nothing tells what became of a reload'
    return 1
  elif ! runtime_pid crio; then
    DETAIL='crio does not run'
    return 1
  fi
  RELOAD_BEGAN=$(exec 9>&- && date +%s)
  RELOADS_BEFORE=0
  read_reloads
  RELOADS_BEFORE=$RELOADS
  if [ -n "$UNIT" ] && has_systemd; then
    tool 60 systemctl reload "$UNIT" || return 1
  elif ! kill -HUP "$PID" 2>/dev/null; then
    DETAIL="process $PID takes no signal"
    return 1
  fi
  if ! poll 60 reload_has_ended; then
    DETAIL="the journal of crio does not tell how its reload ended: ${RELOAD_WORDS:-not a word}"
    return 1
  fi
  is_reloaded "$@"
}

# crio_restart UNIT: it reads the certificates of the system at its start only.
step_crio_restart() {
  CRIO_RESTARTED=yes
  service_does restart "$1"
}

# Sets RELOADS, how many reloads the journal has seen end since this step began; RELOAD_ERROR, why
# the last one failed; APPLIED, the registries that were taken up last; RELOAD_WORDS, all of it.
read_reloads() {
  RELOADS=0 RELOAD_ERROR='' APPLIED='' RELOAD_WORDS=''
  bounded 30 journalctl -q -o cat "_PID=$PID" --since "@$RELOAD_BEGAN" >"$LEDGER/.heard" 2>"$LEDGER/.words"
  while IFS= read -r LINE; do
    case $LINE in
      *'pplied new registry configuration'*) APPLIED=$LINE ;;
      *'onfiguration reload completed'*)
        RELOADS=$((RELOADS + 1)) RELOAD_ERROR=''
        ;;
      *'nable to reload configuration'*)
        RELOADS=$((RELOADS + 1)) RELOAD_ERROR=$LINE
        ;;
      *) continue ;;
    esac
    RELOAD_WORDS=$LINE
    [ "$RELOADS" -ne "$RELOADS_BEFORE" ] || [ "$LINE" = "$APPLIED" ] || APPLIED=''
  done <"$LEDGER/.heard"
}

reload_has_ended() {
  read_reloads
  [ "$RELOADS" -gt "$RELOADS_BEFORE" ]
}

# The registries come before other settings, and the first that is wrong ends a reload. So one that
# failed after them has not failed the way back: what is wrong then is not ours.
is_reloaded() {
  if [ -n "$RELOAD_ERROR" ]; then
    DETAIL="crio has not taken up its configuration: $RELOAD_ERROR"
    case $RELOAD_ERROR in *'registries reload failed'*) return 1 ;; esac
    [ -n "$APPLIED" ] && [ -z "${APPLYING-}" ] || return 1
  fi
  for LOCATION; do
    case $APPLIED in
      *"Location:$LOCATION "*) ;;
      *)
        DETAIL="crio has taken up no registries with $LOCATION: ${APPLIED:-not a word of registries}"
        return 1
        ;;
    esac
  done
}

# Prints what runs now, for lost_crio_containers: CRI-O itself, and each container. One that is
# started anew is another container.
observe_crio_containers() {
  look_at_keepers
  printf '%s\n' "crio $CRIO"
  list_crio_containers "$1" && printf '%s' "$CRIO_CONTAINERS"
}

list_crio_containers() {
  CRIO_CONTAINERS=''
  hear 60 crictl --runtime-endpoint "$1" --image-endpoint "$1" --timeout 60s ps -q || return 1
  while read -r CONTAINER; do
    [ -z "$CONTAINER" ] || CRIO_CONTAINERS="${CRIO_CONTAINERS}container $CONTAINER$NEWLINE"
  done <<CONTAINERS_THAT_RUN
$HEARD
CONTAINERS_THAT_RUN
}

# Where the same CRI-O goes on, or one that we restarted, and one of them runs on, what ended beside
# it has ended by itself, as pods of jobs do all the time: each has a monitor outside of the unit.
# Any other CRI-O leaves a doubt, and a doubt is harm.
lost_crio_containers() {
  if ! list_crio_containers "$1"; then
    DETAIL=$WORDS
    return 1
  fi
  look_at_keepers
  CRIO_KEPT=${CRIO_RESTARTED:-no} ONE_RUNS_ON=no
  while read -r OBSERVED WAS; do
    case $OBSERVED in
      crio) [ "$WAS" != "$CRIO" ] || CRIO_KEPT=yes ;;
      container)
        case "$NEWLINE$CRIO_CONTAINERS" in
          *"${NEWLINE}container $WAS$NEWLINE"*) ONE_RUNS_ON=yes ;;
          *) LOST="$LOST$WAS$NEWLINE" ;;
        esac
        ;;
    esac
  done <"$LEDGER/baseline"
  [ "$CRIO_KEPT$ONE_RUNS_ON" != yesyes ] || LOST=''
}
