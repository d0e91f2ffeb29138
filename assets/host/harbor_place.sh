# shellcheck shell=sh
# Where a Harbor is on a host, and whose it is.

# find_harbor DIRECTORY: notes of an installation are within it.
find_harbor() {
  PLACE=$ROOT$1
  NOTES=$PLACE/.pilotage
  UNIT_FILE=$ROOT/etc/systemd/system/harbor.service
}

# Prints the directory of its data, as Harbor's own `prepare` reads a harbor.yml on standard input.
volume_in() {
  sed -n 's/^data_volume:[[:space:]]*//p' | awk '{ print $NF; exit }'
}

# health_in USUAL: prints where the host asks a Harbor of the harbor.yml on standard input for its
# health. It may be one that stayed, with other ports than the one that was sent.
health_in() {
  PORTS=$(awk '
    /^[a-z_]+:/ { block = $1 }
    block == "http:" && $1 == "port:" { http = $2 }
    block == "https:" { tls = 1 }
    block == "https:" && $1 == "port:" { https = $2 }
    END { if (tls) print "https", https; else print "http", http }')
  case ${PORTS#* } in
    '' | *[!0-9]*) printf '%s' "$1" ;;
    *) printf '%s://127.0.0.1:%s/api/v2.0/health' "${PORTS% *}" "${PORTS#* }" ;;
  esac
}

# Prints where the components' certificates for each other are, by the harbor.yml on standard input;
# nothing where they have none.
internal_in() {
  awk '
    /^[a-z_]+:/ { block = $1 }
    block == "internal_tls:" && $1 == "enabled:" { on = $2 }
    block == "internal_tls:" && $1 == "dir:" { dir = $2 }
    END { gsub(/["\047]/, "", dir); if (on == "true") print dir }'
}

# Tells whether a unit is there that somebody else wrote; $1 is what ours says, if it is known.
has_their_unit() {
  [ -e "$UNIT_FILE" ] || return 1
  ! grep -q '^# Written by Pilotage' "$UNIT_FILE" || return 1
  # One of an earlier Pilotage did not say who wrote it.
  [ ! -e "$NOTES/installed" ] || [ -z "${1-}" ] || [ "$(cat "$UNIT_FILE")" != "${1#*"$NEWLINE"}" ]
}

# their_harbor VOLUME: prints where somebody else's is installed, though it may be down.
their_harbor() {
  [ ! -d "$NOTES" ] || return 1
  if grep -qs goharbor/ "$PLACE/docker-compose.yml"; then
    printf '%s' "${PLACE#"$ROOT"}"
  elif [ -e "$ROOT$1/secret/keys/secretkey" ]; then
    printf '%s' "$1"
  else
    return 1
  fi
}
