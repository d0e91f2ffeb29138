# shellcheck shell=sh
# Steps of Podman. It reads its files at each call, so what it says now is what it would do.

# podman_mirrors UPSTREAM [LOCATION]...: exactly these, in this order, does Podman have for it.
step_podman_mirrors() {
  UPSTREAM=$1
  shift
  if ! hear 60 podman info --format \
    "{{with index .Registries \"$UPSTREAM\"}}{{range .Mirrors}}{{.Location}} {{end}}{{end}}"; then
    DETAIL=${WORDS:-'podman info failed without a word'}
    return 1
  fi
  HEARD=${HEARD% }
  [ "$HEARD" = "$*" ] && return 0
  DETAIL="the mirrors of $UPSTREAM are '$HEARD', wanted '$*'"
  return 1
}

# podman_pull REFERENCE DIGEST. Only where all mirrors failed does Podman say so, with their words.
step_podman_pull() {
  if listen 20 podman image exists "$1"; then
    DETAIL="$1 is on the host already, so pulling it proves nothing"
    return 1
  fi
  printf 'podman - %s\n' "$1" >>"$LEDGER/probe_images"
  tool 300 podman pull -q "$1" || return 1
  tool 20 podman image inspect --format '{{range .RepoDigests}}{{.}} {{end}}' "$1" || return 1
  case "$WORDS " in
    *"@$2 "*) ;;
    *)
      DETAIL="pulled $1, wanted $2, got: $WORDS"
      return 1
      ;;
  esac
  tool 60 podman rmi "$1" && true >"$LEDGER/probe_images"
}
