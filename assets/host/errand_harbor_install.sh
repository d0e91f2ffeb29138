# shellcheck shell=sh
# Harbor by its own installer. Each step looks whether it is done before it does it, and what was done
# is noted beside Harbor: so after a cut at any point the same errand goes on where it was.

# harbor_install BUNDLE DIRECTORY FLAGS UNIT HEALTH SECONDS SUM: PAYLOAD is harbor.yml, and HEALTH
# where a Harbor with it tells of its health.
harbor_install() {
  BUNDLE=$1 FLAGS=$3 UNIT=$4 HEALTH=$5 PATIENCE=$6 SUM=$7
  have docker || give_up 'there is no Docker'
  # A lost connection stops nobody here: a second one must not start beside the first.
  take_turn harbor_install
  find_harbor "$2"
  VOLUME=$(settings_that_count | volume_in)
  refuse_another_harbor
  ! has_their_unit "$UNIT" ||
    give_up 'there is a harbor.service that Pilotage did not write: rename or remove it, then start this again'
  unpack
  place_settings
  HEALTH=$(health_in "$HEALTH" <"$PLACE/harbor.yml")
  WANTED=$(printf '%s %s' "$FLAGS" "$(cat "$PLACE/harbor.yml")" | sha256sum | cut -d ' ' -f 1)
  if [ "$(cat "$NOTES/installed" 2>/dev/null)" = "$WANTED" ]; then
    told installation same
  else
    install_it
  fi
  place_unit
  await_health
  check_login
  finish
}

# A harbor.yml that is there stays, whatever another one says.
settings_that_count() {
  if [ -s "$PLACE/harbor.yml" ]; then cat "$PLACE/harbor.yml"; else printf '%s' "$PAYLOAD"; fi
}

# The installer ends every container of the Compose project “harbor”, wherever that was put up, and
# its data may be of other passwords. Notes are there from before our own first container.
refuse_another_harbor() {
  [ ! -d "$NOTES" ] || return 0
  answered bounded 60 docker ps -a --format '{{.Names}}' || give_up "docker does not tell its containers: $SAID"
  case "$NEWLINE$SAID$NEWLINE" in
    *"${NEWLINE}harbor-core$NEWLINE"*)
      give_up 'a Harbor is there already, installed by somebody else: adopt it, or upgrade it by its own steps'
      ;;
  esac
  ! THEIRS=$(their_harbor "$VOLUME") ||
    give_up "a Harbor of somebody else is in $THEIRS, though it is down: start it and adopt it, or choose other directories"
}

# A part that was unpacked by a cut errand is thrown away: only a whole one gets its name.
unpack() {
  if [ -e "$PLACE/install.sh" ]; then
    told "$PLACE" same
    return
  fi
  [ ! -e "$PLACE" ] || give_up "$PLACE is there, and no installer of Harbor is in it"
  rm -rf "$PLACE.part"
  mkdir -p "$PLACE.part" || give_up "$PLACE.part cannot be made"
  fetch_bundle
  heard tar -C "$PLACE.part" -xzf "$ARCHIVE" || give_up_part "$BUNDLE cannot be unpacked: $SAID"
  [ -e "$PLACE.part/harbor/install.sh" ] || give_up_part "$BUNDLE is no installer of Harbor"
  mkdir -p "$PLACE.part/harbor/.pilotage" && : >"$PLACE.part/harbor/.pilotage/unpacked" ||
    give_up_part "$PLACE cannot be made"
  mv "$PLACE.part/harbor" "$PLACE" || give_up_part "$PLACE cannot be made"
  rm -rf "$PLACE.part"
  told "$PLACE" changed
}

# Sets ARCHIVE: the bundle on this host, or what its URL brings, which has a checksum always.
fetch_bundle() {
  ARCHIVE=$ROOT$BUNDLE
  case $BUNDLE in
    https://*)
      ARCHIVE=$PLACE.part/bundle
      if have curl; then
        heard bounded "$PATIENCE" curl -fsSL -o "$ARCHIVE" "$BUNDLE" || give_up_part "$BUNDLE: $SAID"
      else
        heard bounded "$PATIENCE" wget -q -O "$ARCHIVE" "$BUNDLE" || give_up_part "$BUNDLE: $SAID"
      fi
      ;;
  esac
  [ -r "$ARCHIVE" ] || give_up_part "there is no bundle $BUNDLE on this host"
  [ -z "$SUM" ] || [ "$(sha256sum <"$ARCHIVE" | cut -d ' ' -f 1)" = "$SUM" ] ||
    give_up_part "$BUNDLE is not what its checksum says"
}

give_up_part() {
  rm -rf "$PLACE.part"
  give_up "$1"
}

# Passwords count at the first start only: those of a harbor.yml that is there may be in use.
place_settings() {
  if [ -s "$PLACE/harbor.yml" ]; then
    STAYS=' (it stays as it is; another one was sent)'
    [ "$(cat "$PLACE/harbor.yml" && echo .)" != "$PAYLOAD." ] || STAYS=''
    told "$PLACE/harbor.yml$STAYS" same
    return
  fi
  mkdir -p "$NOTES" && : >"$NOTES/settings" || give_up "$NOTES cannot be made"
  (umask 077 && printf '%s' "$PAYLOAD" >"$PLACE/harbor.yml.part") &&
    mv "$PLACE/harbor.yml.part" "$PLACE/harbor.yml" || give_up "$PLACE/harbor.yml cannot be written"
  told "$PLACE/harbor.yml" changed
}

# What is there before the installer runs for the first time, so that only the rest is taken back.
note_before() {
  mkdir -p "$NOTES" || give_up "$NOTES cannot be made"
  chmod 700 "$NOTES"
  [ ! -e "$NOTES/before" ] || return 0
  answered bounded 60 docker image ls --format '{{.Repository}}:{{.Tag}}' || give_up "docker does not tell its images: $SAID"
  {
    printf '%s\n' "$SAID" | sed -n 's/^goharbor/image goharbor/p'
    is_empty "$ROOT$VOLUME" || printf 'volume %s\n' "$VOLUME"
  } >"$NOTES/before.part" && mv "$NOTES/before.part" "$NOTES/before" || give_up "$NOTES cannot be written"
}

# Harbor's own way to make the certificates by which its components trust each other; nobody renews
# them. Those of an operator stay. What was cut short is made anew.
make_internal_certificates() {
  INTERNAL=$(internal_in <"$PLACE/harbor.yml")
  [ -n "$INTERNAL" ] || return 0
  if [ -e "$NOTES/internal" ] || { [ ! -s "$NOTES/internal.part" ] && ! is_empty "$ROOT$INTERNAL"; }; then
    told "certificates in $INTERNAL" same
    return
  fi
  PREPARE=$(sed -n 's|.*\(goharbor/prepare:[A-Za-z0-9._-]*\).*|\1|p' "$PLACE/prepare" 2>/dev/null | head -n 1)
  [ -n "$PREPARE" ] || give_up "$PLACE/prepare does not say what makes the certificates in $INTERNAL: make them, then start this again"
  printf '%s\n' "$INTERNAL" >"$NOTES/internal.part" || give_up "$NOTES cannot be written"
  if ! heard bounded 60 docker image inspect "$PREPARE"; then
    for ARCHIVE in "$PLACE"/harbor*.tar.gz; do
      [ ! -e "$ARCHIVE" ] || heard bounded "$PATIENCE" docker load -i "$ARCHIVE" || give_up "$ARCHIVE cannot be loaded: $SAID"
    done
  fi
  CHANGED=yes
  heard bounded "$PATIENCE" docker run --rm -v /:/hostfs "$PREPARE" gencert -p "$INTERNAL" -d 3650 ||
    give_up "the certificates in $INTERNAL cannot be made: $SAID"
  mv "$NOTES/internal.part" "$NOTES/internal" || give_up "$NOTES cannot be written"
  told "certificates in $INTERNAL" changed
}

# A variable `host` would rewrite its host name, and its colours want a terminal. Users of
# containers read some of what it writes.
install_it() {
  note_before
  make_internal_certificates
  # shellcheck disable=SC2086  # flags are words
  (cd "$PLACE" && umask 022 && bounded "$PATIENCE" env -i PATH="$PATH" HOME="$HOME" TERM=dumb ./install.sh $FLAGS) \
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
  if [ "$(cat "$UNIT_FILE" 2>/dev/null)" != "$UNIT" ]; then
    printf '%s\n' "$UNIT" >"$UNIT_FILE.pilotage" && chmod 644 "$UNIT_FILE.pilotage" && mv "$UNIT_FILE.pilotage" "$UNIT_FILE" ||
      give_up "$UNIT_FILE cannot be written"
    heard systemctl daemon-reload || give_up "systemd does not take harbor.service: $SAID"
    told "$UNIT_FILE" changed
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
    heard curl -ksS --noproxy '*' -m 10 "$HEALTH" || return
  else
    heard wget -q -T 10 --no-check-certificate -O - "$HEALTH" || return
  fi
  case $(printf '%s' "$SAID" | tr -d ' \n') in
    *'"status":"unhealthy"'*) return 1 ;;
    *'"status":"healthy"'*) return 0 ;;
  esac
  return 1
}

# Once, by the account that it was given: health tells nothing of accounts or of tokens. Later the
# password may be another one.
check_login() {
  if [ -e "$NOTES/login" ]; then
    told login same
    return
  fi
  if ! have curl; then
    told 'login (not tried: there is no curl here)' same
    return
  fi
  ADMIN=$(sed -n 's/^harbor_admin_password:[[:space:]]*//p' "$PLACE/harbor.yml" | head -n 1)
  case $ADMIN in
    \"*) ADMIN=${ADMIN#?} ADMIN=${ADMIN%%\"*} ;;
    \'*) ADMIN=${ADMIN#?} ADMIN=${ADMIN%%\'*} ;;
    *) ADMIN=${ADMIN%%[[:space:]]*} ;;
  esac
  ask_harbor /api/v2.0/users/current "admin:$ADMIN"
  case $CODE in
    200) ;;
    401) give_up_login 'admin has another password than harbor.yml says, which counts at the first start only' ;;
    *) give_up_login "admin cannot log in: ${CODE:-no answer}" ;;
  esac
  ask_harbor '/service/token?service=harbor-registry' "admin:$ADMIN"
  TOKEN=$(printf '%s' "$BODY" | tr -d '\n' | sed -n 's/.*"token" *: *"\([^"]*\)".*/\1/p')
  [ "$CODE" = 200 ] && [ -n "$TOKEN" ] || give_up_login "Harbor gives no token: ${CODE:-no answer}"
  ask_harbor /v2/ '' "$TOKEN"
  [ "$CODE" = 200 ] || give_up_login "the registry does not take Harbor's token: ${CODE:-no answer}"
  : >"$NOTES/login"
  told login same
}

# ask_harbor PATH LOGIN [TOKEN]: by the host itself, whose certificate is for other names.
ask_harbor() {
  ANSWER=$({
    curl_settings GET "${HEALTH%/api/*}$1" "$2"
    printf 'insecure\n'
    [ -z "${3-}" ] || printf 'header = "Authorization: Bearer %s"\n' "$3"
  } | curl -q -K - 2>/dev/null 9>&-)
  split_answer
}

give_up_login() {
  CHANGED=yes
  give_up "$1"
}
