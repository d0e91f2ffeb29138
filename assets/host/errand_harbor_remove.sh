# shellcheck shell=sh
# What an installation of Harbor made, taken back; what was there before stays. Data only by name.

# harbor_remove DIRECTORY DATA: DATA is empty where they stay.
harbor_remove() {
  DATA=$2
  take_turn harbor_install
  find_harbor "$1"
  if [ ! -e "$PLACE" ]; then
    told "$1" same
    finish
  fi
  [ -d "$NOTES" ] || give_up "$1 was not installed by Pilotage: take it back as it was put there"
  refuse_other_data
  end_containers
  remove_unit
  remove_images
  rm -f "$NOTES/installed" "$NOTES/login"
  remove_place "$1"
  finish
}

refuse_other_data() {
  [ -n "$DATA" ] || return 0
  VOLUME=$(volume_in <"$PLACE/harbor.yml")
  [ "$DATA" = "$VOLUME" ] || give_up "its data are in $VOLUME, not in $DATA"
  [ -e "$NOTES/before" ] && ! grep -q '^volume ' "$NOTES/before" ||
    give_up "$DATA had something in it before Pilotage came: if it shall go, remove it yourself"
}

end_containers() {
  [ -e "$PLACE/docker-compose.yml" ] || return 0
  have docker || give_up 'there is no Docker'
  answered bounded 60 docker ps -a -q --filter label=com.docker.compose.project=harbor ||
    give_up "docker does not tell its containers: $SAID"
  if [ -z "$SAID" ]; then
    told containers same
    return
  fi
  heard in_place docker compose down || heard in_place docker-compose down ||
    give_up "its containers do not end: $SAID"
  told containers changed
}

in_place() {
  (cd "$PLACE" && bounded 300 "$@")
}

remove_unit() {
  [ -e "$UNIT_FILE" ] && ! has_their_unit || return 0
  heard systemctl disable --now harbor.service || give_up "harbor.service: $SAID"
  rm -f "$UNIT_FILE" || give_up "$UNIT_FILE cannot be removed"
  heard systemctl daemon-reload
  told "$UNIT_FILE" changed
}

# Another container may have come to use one: then it stays.
remove_images() {
  [ -e "$NOTES/before" ] && have docker || return 0
  answered bounded 60 docker image ls --format '{{.Repository}}:{{.Tag}}' || return 0
  for IMAGE in $SAID; do
    case $IMAGE in goharbor/*) ;; *) continue ;; esac
    ! grep -qxF "image $IMAGE" "$NOTES/before" || continue
    if heard bounded 120 docker image rm "$IMAGE"; then
      told "image $IMAGE" changed
    else
      told "image $IMAGE" same "$SAID"
    fi
  done
}

# While its data stay, so do the passwords and keys that they are of: with them it can be installed
# again. An installer that somebody else unpacked stays as it is.
remove_place() {
  if [ -z "$DATA" ]; then
    told "$1" same
    return
  fi
  rm -rf "$ROOT$DATA" || give_up "$DATA cannot be removed"
  told "$DATA" changed
  if [ -e "$NOTES/unpacked" ]; then
    rm -rf "$PLACE" || give_up "$1 cannot be removed"
  else
    rm -rf "$NOTES" "$PLACE/harbor.yml" "$PLACE/docker-compose.yml" "$PLACE/common/config"
  fi
  told "$1" changed
}
