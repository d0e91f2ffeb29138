# shellcheck shell=sh
# Harbor by its own installer. Each step looks whether it is done before it does it, and what was done
# is noted beside Harbor: so after a cut at any point the same errand goes on where it was.

# harbor_install BUNDLE DIRECTORY FLAGS UNIT HEALTH SECONDS: PAYLOAD is harbor.yml.
harbor_install() {
  BUNDLE=$1 PLACE=$ROOT$2 FLAGS=$3 UNIT=$4 HEALTH=$5 PATIENCE=$6
  NOTES=$PLACE/.pilotage
  have docker || give_up 'there is no Docker'
  take_turn harbor_install
  refuse_another_harbor
  unpack
  place_settings
  WANTED=$(printf '%s %s' "$FLAGS" "$(cat "$PLACE/harbor.yml")" | sha256sum | cut -d ' ' -f 1)
  if [ "$(cat "$NOTES/installed" 2>/dev/null)" = "$WANTED" ]; then
    told installation same
  else
    install_it
  fi
  place_unit
  await_health
  finish
}

# The installer ends every container of the Compose project “harbor”, wherever that was put up, and
# its data may be of other passwords. Notes are there from before our own first container.
refuse_another_harbor() {
  [ ! -d "$NOTES" ] || return 0
  heard bounded 60 docker ps -a --format '{{.Names}}' || give_up "docker does not tell its containers: $SAID"
  case "$NEWLINE$SAID$NEWLINE" in
    *"${NEWLINE}harbor-core$NEWLINE"*)
      give_up 'a Harbor is there already, installed by somebody else: adopt it, or upgrade it by its own steps'
      ;;
  esac
}

# A part that was unpacked by a cut errand is thrown away: only a whole one gets its name.
unpack() {
  if [ -e "$PLACE/install.sh" ]; then
    told "$PLACE" same
    return
  fi
  [ ! -e "$PLACE" ] || give_up "$PLACE is there, and no installer of Harbor is in it"
  [ -r "$ROOT$BUNDLE" ] || give_up "there is no bundle $BUNDLE on this host"
  rm -rf "$PLACE.part"
  mkdir -p "$PLACE.part" || give_up "$PLACE.part cannot be made"
  heard tar -C "$PLACE.part" -xzf "$ROOT$BUNDLE" || give_up_part "$BUNDLE cannot be unpacked: $SAID"
  [ -e "$PLACE.part/harbor/install.sh" ] || give_up_part "$BUNDLE is no installer of Harbor"
  mv "$PLACE.part/harbor" "$PLACE" || give_up_part "$PLACE cannot be made"
  rm -rf "$PLACE.part"
  told "$PLACE" changed
}

give_up_part() {
  rm -rf "$PLACE.part"
  give_up "$1"
}

# Passwords count at the first start only: those of a harbor.yml that is there may be in use.
place_settings() {
  if [ -s "$PLACE/harbor.yml" ]; then
    told "$PLACE/harbor.yml" same
    return
  fi
  (umask 077 && printf '%s' "$PAYLOAD" >"$PLACE/harbor.yml.part") &&
    mv "$PLACE/harbor.yml.part" "$PLACE/harbor.yml" || give_up "$PLACE/harbor.yml cannot be written"
  told "$PLACE/harbor.yml" changed
}

# A variable `host` would rewrite its host name, and its colours want a terminal.
install_it() {
  mkdir -p "$NOTES" || give_up "$NOTES cannot be made"
  chmod 700 "$NOTES"
  # shellcheck disable=SC2086  # flags are words
  (cd "$PLACE" && bounded "$PATIENCE" env -i PATH="$PATH" HOME="$HOME" TERM=dumb ./install.sh $FLAGS) \
    >"$NOTES/log" 2>&1 || {
    CHANGED=yes
    give_up "its installer failed, see $NOTES/log: $(tail -n 3 "$NOTES/log")"
  }
  printf '%s' "$WANTED" >"$NOTES/installed.part" && mv "$NOTES/installed.part" "$NOTES/installed"
  told installation changed
}

# Containers that log to another one fail where that is not up yet after a reboot.
place_unit() {
  have systemctl || return 0
  FILE=$ROOT/etc/systemd/system/harbor.service
  if [ "$(cat "$FILE" 2>/dev/null)" != "$UNIT" ]; then
    printf '%s\n' "$UNIT" >"$FILE.pilotage" && mv "$FILE.pilotage" "$FILE" || give_up "$FILE cannot be written"
    heard systemctl daemon-reload || give_up "systemd does not take harbor.service: $SAID"
    told "$FILE" changed
  fi
  if heard systemctl is-enabled harbor.service; then
    told harbor.service same
    return
  fi
  heard systemctl enable harbor.service || give_up "harbor.service: $SAID"
  told harbor.service changed
}

# Its API answers 200 whatever its health is: the words count.
await_health() {
  look_at_clock
  UNTIL=$((NOW + PATIENCE))
  until is_healthy; do
    look_at_clock
    if [ "$NOW" -ge "$UNTIL" ]; then
      CHANGED=yes
      give_up "it is not healthy after $PATIENCE s: $SAID"
    fi
    sleep 1
  done
  told health same
}

is_healthy() {
  if have curl; then
    heard curl -ksS -m 10 "$HEALTH" || return
  else
    heard wget -q -T 10 --no-check-certificate -O - "$HEALTH" || return
  fi
  case $(printf '%s' "$SAID" | tr -d ' \n') in
    *'"status":"unhealthy"'*) return 1 ;;
    *'"status":"healthy"'*) return 0 ;;
  esac
  return 1
}
