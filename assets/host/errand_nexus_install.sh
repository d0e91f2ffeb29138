# shellcheck shell=sh
# Nexus as a container. Each step looks whether it is done before it does it, and notes what it makes
# before it makes it: so after a cut at any point the same errand goes on where it was.

# nexus_install NAME IMAGE ARCHIVE SUM DATA LISTEN UI CONNECTORS HEAP SECONDS
# FILES: PAYLOAD is the password.
nexus_install() {
  NAME=$1 IMAGE=$2 ARCHIVE=$3 SUM=$4 DATA=$5 LISTEN=$6 UI=$7 CONNECTORS=$8 HEAP=$9
  shift 9
  PATIENCE=$1 FILES=$2
  PASSWORD=${PAYLOAD#password: }
  FOLDER=$ROOT$DATA
  WANTED=$(printf '%s\n' "$IMAGE" "$DATA" "$LISTEN" "$UI" "$CONNECTORS" "$HEAP" "$FILES" | sha256sum | cut -c 1-16)
  have docker || give_up 'there is no Docker'
  take_turn nexus_install
  find_notes
  look_at_container
  refuse_theirs
  [ "$OWNER" != ours ] || [ "$SETTINGS" = "$WANTED" ] ||
    give_up "container $NAME was made with other settings: take it back first (its data stay), then install it again"
  if [ "$OWNER" = nobody ]; then
    refuse_taken_ports
    refuse_their_data
    get_image
    make_data
    make_container
  else
    told "container $NAME" same
  fi
  start_container
  await_nexus
  set_password
  tell_licence
  finish
}

refuse_taken_ports() {
  learn_taken_ports
  for PORT in $UI $CONNECTORS; do
    ! is_taken "$PORT" || give_up "port $PORT is taken"
  done
}

# Data of a Nexus may be gone on with; whatever else is there is nobody's to change.
refuse_their_data() {
  ! noted "data $DATA" || return 0
  is_empty "$FOLDER" || [ "$(stat -c %u "$FOLDER")" = 200 ] ||
    give_up "$DATA is there, and it is not the data of a Nexus: name another directory"
}

get_image() {
  if heard bounded 60 docker image inspect "$IMAGE"; then
    told "image $IMAGE" same
  else
    [ -z "$ARCHIVE" ] || check_archive
    noted "image $IMAGE" || note "image $IMAGE loaded"
    if [ -n "$ARCHIVE" ]; then
      heard bounded "$PATIENCE" docker load -i "$ROOT$ARCHIVE" || give_up_image "$ARCHIVE cannot be loaded: $SAID"
    else
      heard bounded "$PATIENCE" docker pull "$IMAGE" || give_up_image "$IMAGE cannot be pulled: $SAID"
    fi
    if ! heard bounded 60 docker image inspect "$IMAGE"; then
      CHANGED=yes
      give_up_image "$ARCHIVE has another image than $IMAGE"
    fi
    CHANGED=yes
    told "image $IMAGE" changed
  fi
  check_architecture
}

# An image that did not come may be brought by somebody else later: then it is theirs.
give_up_image() {
  answered bounded 60 docker image inspect "$IMAGE" || unnote "image $IMAGE loaded"
  give_up "$1"
}

check_archive() {
  [ -r "$ROOT$ARCHIVE" ] || give_up "there is no archive $ARCHIVE on this host"
  [ -z "$SUM" ] || [ "$(sha256sum <"$ROOT$ARCHIVE" | cut -d ' ' -f 1)" = "$SUM" ] ||
    give_up "$ARCHIVE is not what its checksum says"
}

check_architecture() {
  case $(uname -m) in
    x86_64) MACHINE=amd64 ;;
    aarch64) MACHINE=arm64 ;;
    *) MACHINE=$(uname -m) ;;
  esac
  answered bounded 60 docker image inspect --format '{{.Architecture}}' "$IMAGE"
  [ "$SAID" = "$MACHINE" ] || give_up "$IMAGE is for $SAID, and this host is $MACHINE"
}

# Its user in the container is 200. The directory of somebody else is empty by now; it gets back
# whose it was when all is taken back.
make_data() {
  if noted "data $DATA" || [ "$(stat -c %u "$FOLDER" 2>/dev/null)" = 200 ]; then
    told "$DATA" same
    mkdir -p "$FOLDER" && chown 200:200 "$FOLDER" || give_up "$DATA cannot be made"
    return
  fi
  if [ -d "$FOLDER" ]; then
    note "data $DATA $(stat -c %u:%g "$FOLDER")"
  else
    note "data $DATA new"
  fi
  mkdir -p "$FOLDER" && chown 200:200 "$FOLDER" || give_up "$DATA cannot be made"
  told "$DATA" changed
}

# Connectors cannot be published later, and fewer than 65536 open files lose data.
make_container() {
  set -- --name "$NAME" --label "$LABEL=$WANTED" --restart unless-stopped --stop-timeout 120 \
    --ulimit "nofile=$FILES:$FILES" -v "$FOLDER:/nexus-data:Z" -p "${LISTEN:+$LISTEN:}$UI:8081"
  for PORT in $CONNECTORS; do
    set -- "$@" -p "${LISTEN:+$LISTEN:}$PORT:$PORT"
  done
  [ -z "$HEAP" ] || set -- "$@" -e "INSTALL4J_ADD_VM_PARAMS=$HEAP"
  heard bounded 120 docker create "$@" "$IMAGE" || give_up "container $NAME: $SAID"
  told "container $NAME" changed
  STATE=created
}

start_container() {
  if [ "$STATE" = running ]; then
    told "$NAME is running" same
    return
  fi
  heard bounded 120 docker start "$NAME" || give_up "container $NAME does not start: $SAID"
  told "$NAME is running" changed
}

await_nexus() {
  look_at_clock
  UNTIL=$((NOW + PATIENCE))
  until api GET /v1/status/writable && [ "$CODE" = 200 ]; do
    look_at_container
    case $STATE:$RESTARTS in
      running:[012]) ;;
      *) give_up_container "it ends by itself" ;;
    esac
    look_at_clock
    [ "$NOW" -lt "$UNTIL" ] || give_up_container "it is not ready after $PATIENCE s (${CODE:-no answer})"
    sleep 1
  done
  told health same
}

give_up_container() {
  CHANGED=yes
  heard bounded 20 docker logs --tail 5 "$NAME"
  give_up "$1: $SAID"
}

# The first password is in a file of the data until it is another one. One that is refused is tried
# once: a cut errand may have set ours, and lost the answer.
set_password() {
  RESULT=same
  FIRST=$(docker exec "$NAME" cat /nexus-data/admin.password 2>/dev/null 9>&-)
  if [ -n "$FIRST" ]; then
    api PUT /v1/security/users/admin/change-password "$FIRST" text/plain "$PASSWORD"
    case $CODE in
      204) RESULT=changed ;;
      401) ;;
      *) give_up "the password of admin was not taken: ${CODE:-no answer}" ;;
    esac
  fi
  [ "$RESULT" = same ] || told 'password of admin' changed
  api GET /v1/security/realms/active "$PASSWORD"
  case $CODE in
    200) [ "$RESULT" != same ] || told 'password of admin' same ;;
    401) give_up 'Nexus has another password of admin than the one given: give the one that it has' ;;
    *) give_up "admin cannot log in: ${CODE:-no answer}" ;;
  esac
}

# Its words are for a person to read; none where this edition or version asks for no licence.
tell_licence() {
  api GET /v1/system/eula "$PASSWORD"
  case $CODE in
    # Its checksum comes along, since what could be a password is struck out of these words.
    200) told licence same "$(printf '%s' "$BODY" | sha256sum | cut -d ' ' -f 1) $BODY" ;;
    402 | 404) told licence same '' ;;
    *) give_up "the licence cannot be read: ${CODE:-no answer}" ;;
  esac
}
