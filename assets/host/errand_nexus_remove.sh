# shellcheck shell=sh
# What an installation of Nexus made, taken back; what was there before stays. Data only by name.

# nexus_remove NAME DATA: DATA is empty where they stay.
nexus_remove() {
  NAME=$1 DATA=$2
  have docker || give_up 'there is no Docker'
  take_turn nexus_install
  find_notes
  look_at_container
  refuse_theirs
  refuse_data_of_others
  remove_container
  remove_image
  remove_data
  forget
  finish
}

# A note may be gone with a removal whose answer was lost: then the directory is as it was.
refuse_data_of_others() {
  [ -z "$DATA" ] || noted "data $DATA" || is_empty "$ROOT$DATA" ||
    give_up "$DATA was not made by Pilotage: if it shall go, remove it yourself"
}

remove_container() {
  if [ "$OWNER" = nobody ]; then
    told "container $NAME" same
    return
  fi
  heard bounded 180 docker stop "$NAME" || give_up "container $NAME does not stop: $SAID"
  heard bounded 120 docker rm "$NAME" || give_up "container $NAME: $SAID"
  told "container $NAME" changed
}

# Another container may have come to use one: then it stays.
remove_image() {
  # shellcheck disable=SC2013  # no reference has a blank, and a pipe would lose what was changed
  for IMAGE in $(sed -n 's/^image \(.*\) loaded$/\1/p' "$NOTES" 2>/dev/null); do
    if heard bounded 120 docker image rm "$IMAGE"; then
      told "image $IMAGE" changed
    else
      told "image $IMAGE" same "$SAID"
    fi
  done
}

remove_data() {
  [ -n "$DATA" ] && noted "data $DATA" || return 0
  if [ "$NOTE" = new ]; then
    rm -rf "$ROOT$DATA" || give_up "$DATA cannot be removed"
  elif [ -d "$ROOT$DATA" ]; then
    empty_directory "$ROOT$DATA" && chown "$NOTE" "$ROOT$DATA" || give_up "$DATA cannot be emptied"
  fi
  told "$DATA" changed
}

# While data stay, so does the note that they are ours.
forget() {
  [ -e "$NOTES" ] || return 0
  noted "data $DATA"
  LEFT=$(grep '^data ' "$NOTES" | grep -vxF "data $DATA $NOTE")
  if [ -n "$LEFT" ]; then
    printf '%s\n' "$LEFT" >"$NOTES.part" && mv "$NOTES.part" "$NOTES" || give_up "$NOTES cannot be written"
  else
    rm -f "$NOTES" || give_up "$NOTES cannot be removed"
  fi
}
