# shellcheck shell=sh
# What errands about a Nexus in a container have in common: what was noted, what is there, its API.

# Notes are written before what they tell of is made, and only where it was not there: what is
# noted may be taken away again, and nothing else.
find_notes() {
  LABEL=pilotage.installation
  NOTES=$ROOT/etc/pilotage/nexus-$NAME.notes
}

# noted WORDS: sets NOTE to what follows them on the first line that begins so.
noted() {
  NOTE=''
  [ -e "$NOTES" ] || return
  while read -r LINE; do
    case $LINE in
      "$1 "*)
        NOTE=${LINE#"$1 "}
        return
        ;;
    esac
  done <"$NOTES"
  return 1
}

note() {
  mkdir -p "${NOTES%/*}" && printf '%s\n' "$1" >>"$NOTES" || give_up "$NOTES cannot be written"
}

unnote() {
  grep -vxF "$1" "$NOTES" >"$NOTES.part"
  mv "$NOTES.part" "$NOTES" || give_up "$NOTES cannot be written"
  [ -s "$NOTES" ] || rm -f "$NOTES"
}

# Sets OWNER (nobody, ours, theirs), SETTINGS that ours was made with, and its STATE.
look_at_container() {
  OWNER=nobody SETTINGS='' STATE=''
  answered bounded 60 docker ps -a --format '{{.Names}}' || give_up "docker does not tell its containers: $SAID"
  case "$NEWLINE$SAID$NEWLINE" in
    *"$NEWLINE$NAME$NEWLINE"*) ;;
    *) return 0 ;;
  esac
  answered bounded 60 docker inspect --type container \
    --format "{{.State.Status}} {{.RestartCount}} {{index .Config.Labels \"$LABEL\"}}" "$NAME" ||
    give_up "container $NAME: $SAID"
  read -r STATE RESTARTS SETTINGS <<END
$SAID
END
  OWNER=ours
  [ -n "$SETTINGS" ] || OWNER=theirs
}

refuse_theirs() {
  [ "$OWNER" != theirs ] ||
    give_up "a container $NAME is there, and Pilotage did not make it: choose another name, or rename that one"
}

# api METHOD PATH [PASSWORD [TYPE BODY]]: sets CODE and BODY.
api() {
  if have curl; then
    ANSWER=$(api_settings "http://${LISTEN:-127.0.0.1}:$UI" "$@" | curl -q -K - 2>/dev/null 9>&-)
  else
    ANSWER=$(api_settings http://127.0.0.1:8081 "$@" | docker exec -i "$NAME" curl -q -K - 2>/dev/null 9>&-)
  fi
  split_answer
}

api_settings() {
  curl_settings "$2" "$1/service/rest$3" "${4:+admin:$4}"
  [ -z "${5-}" ] || printf 'header = "Content-Type: %s"\ndata-raw = "%s"\n' "$5" "$(quoted "$6")"
}
