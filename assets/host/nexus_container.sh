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
  NOTE=$(sed -n "s|^$1 ||p" "$NOTES" 2>/dev/null | head -n 1)
  [ -n "$NOTE" ]
}

note() {
  mkdir -p "${NOTES%/*}" && printf '%s\n' "$1" >>"$NOTES" || give_up "$NOTES cannot be written"
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

# api METHOD PATH [PASSWORD [TYPE BODY]]: sets CODE and BODY. All of it goes in by standard input:
# everybody on the host can read the words of a command. No proxy stands between a host and itself.
api() {
  CODE='' BODY=''
  if have curl; then
    ANSWER=$(api_request "http://${LISTEN:-127.0.0.1}:$UI" "$@" | curl -q -K - 2>/dev/null 9>&-) || return
  else
    ANSWER=$(api_request http://127.0.0.1:8081 "$@" | docker exec -i "$NAME" curl -q -K - 2>/dev/null 9>&-) || return
  fi
  CODE=${ANSWER##*"$NEWLINE"}
  BODY=${ANSWER%"$NEWLINE"*}
}

# api_request BASE METHOD PATH [PASSWORD [TYPE BODY]]
api_request() {
  printf 'silent\nmax-time = 20\nnoproxy = "*"\nurl = "%s/service/rest%s"\nrequest = "%s"\n' "$1" "$3" "$2"
  printf 'write-out = "\\n%%{http_code}"\n'
  [ -z "${4-}" ] || printf 'user = "admin:%s"\n' "$(quoted "$4")"
  [ -z "${5-}" ] || printf 'header = "Content-Type: %s"\ndata-raw = "%s"\n' "$5" "$(quoted "$6")"
}

# A line of curl's settings has an end; what is sent may have several lines.
quoted() {
  printf '%s\n' "$1" | sed 's/[\\"]/\\&/g' | awk 'NR > 1 { printf "\\n" } { printf "%s", $0 }'
}

# A new file system has a directory of its own in it.
is_empty() {
  [ ! -e "$1" ] || { [ -d "$1" ] && [ -z "$(find "$1" -mindepth 1 -maxdepth 1 ! -name lost+found | head -n 1)" ]; }
}
