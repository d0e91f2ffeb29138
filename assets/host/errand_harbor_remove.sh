# shellcheck shell=sh
# What an installation of Harbor made, taken back; what was there before stays. Data only by name.

# harbor_remove DIRECTORY DATA UNIT: DATA is empty where they stay.
harbor_remove() {
  DATA=$2 UNIT=$3
  take_turn harbor_install
  find_harbor "$1"
  if [ ! -e "$PLACE" ]; then
    # Of one that was cut short.
    rm -rf "$PLACE.part" || give_up "$1.part cannot be removed"
    told "$1" same
    finish
  fi
  if [ ! -d "$NOTES" ] && is_only_unpacked; then
    # What somebody unpacked stays, also when all that was made out of it is gone.
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

# An installer and its settings, out of which nothing is made.
is_only_unpacked() {
  [ -e "$PLACE/install.sh" ] && [ ! -e "$PLACE/docker-compose.yml" ] && [ ! -e "$PLACE/common/config" ] &&
    { [ -z "$DATA" ] || is_empty "$ROOT$DATA"; }
}

refuse_other_data() {
  [ -n "$DATA" ] || return 0
  # Its settings go after its data, in one that was cut short.
  [ -e "$PLACE/harbor.yml" ] || ! is_empty "$ROOT$DATA" || return 0
  VOLUME=$(volume_in <"$PLACE/harbor.yml") || give_up "there is no $PLACE/harbor.yml that says where its data are"
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
  if answered bounded 20 docker compose version; then set -- docker compose; else set -- docker-compose; fi
  heard in_place "$@" down || give_up "its containers do not end: $SAID"
  told containers changed
}

in_place() {
  (cd "$PLACE" && bounded 300 "$@")
}

remove_unit() {
  [ -e "$UNIT_FILE" ] && ! has_their_unit "$UNIT" || return 0
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
# again. What somebody else unpacked and wrote stays as it is.
remove_place() {
  if [ -z "$DATA" ]; then
    told "$1" same
    return
  fi
  remove_data
  remove_internal_certificates
  if [ -e "$NOTES/unpacked" ]; then
    rm -rf "$PLACE.part" && mv "$PLACE" "$PLACE.part" && rm -rf "$PLACE.part" || give_up "$1 cannot be removed"
  else
    rm -rf "$PLACE/docker-compose.yml" "$PLACE/common/config" || give_up "$1 cannot be emptied"
    [ ! -e "$NOTES/settings" ] || rm -f "$PLACE/harbor.yml" || give_up "$PLACE/harbor.yml cannot be removed"
    rm -rf "$NOTES" || give_up "$NOTES cannot be removed"
  fi
  told "$1" changed
}

# Where they were made, or begun, there was nothing before.
remove_internal_certificates() {
  INTERNAL=$(cat "$NOTES/internal" "$NOTES/internal.part" 2>/dev/null | head -n 1)
  [ -n "$INTERNAL" ] || return 0
  empty_directory "$ROOT$INTERNAL" && { rmdir "$ROOT$INTERNAL" 2>/dev/null || is_empty "$ROOT$INTERNAL"; } ||
    give_up "$INTERNAL cannot be removed"
  told "certificates in $INTERNAL" changed
}

# A disk of its own that they are on stays, empty, and so does a link to it.
remove_data() {
  empty_directory "$ROOT$DATA" || give_up "$DATA cannot be emptied"
  rmdir "$ROOT$DATA" 2>/dev/null || is_empty "$ROOT$DATA" || give_up "$DATA cannot be removed"
  told "$DATA" changed
}
