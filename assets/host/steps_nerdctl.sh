# shellcheck shell=sh
# Steps of nerdctl. hosts.toml is read at each pull, by itself or by the containerd that it asks.

# nerdctl_pull REFERENCE DIGEST, by root's nerdctl in its usual namespace.
step_nerdctl_pull() {
  nerdctl_has "$1" || return
  if [ -n "$HEARD" ]; then
    DETAIL="$1 is on the host already, so pulling it proves nothing"
    return 1
  fi
  printf 'nerdctl - %s\n' "$1" >>"$LEDGER/probe_images"
  tool 300 nerdctl pull -q "$1" && nerdctl_has "$1" || return 1
  case "$NEWLINE$HEARD$NEWLINE" in
    *"$NEWLINE$1 $2$NEWLINE"*) ;;
    *)
      DETAIL="pulled $1, wanted $2, got: $HEARD"
      return 1
      ;;
  esac
  tool 60 nerdctl rmi "$1" && true >"$LEDGER/probe_images"
}

# Sets HEARD to the image with its digest, a line for each platform; empty where it is not there.
nerdctl_has() {
  hear 30 nerdctl images --format '{{.Name}} {{.Digest}}' "$1" && return 0
  DETAIL=${WORDS:-'nerdctl images failed without a word'}
  return 1
}
