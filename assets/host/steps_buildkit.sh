# shellcheck shell=sh
# Steps of a BuildKit of the host's own, which reads buildkitd.toml at its start.

step_buildkit_restart() {
  service_does restart "$1"
}

# buildkit_answers ADDRESS
step_buildkit_answers() {
  OBSERVED_AT=$1
  poll 60 buildkit_has_workers && return 0
  DETAIL="BuildKit does not answer at $1: $WORDS"
  return 1
}

buildkit_has_workers() {
  listen 20 buildctl --addr "$OBSERVED_AT" debug workers
}

# buildkit_build REFERENCE DIGEST ADDRESS. What is behind a tag the registry is asked anew for each
# build, whatever is in the cache. Without an output nothing is left but the cache.
step_buildkit_build() {
  set -- "$1" "$2" "$3" "$LEDGER/.build"
  mkdir -p "$4" && printf 'FROM %s\n' "$1" >"$4/Dockerfile" || {
    DETAIL="$4 cannot be written"
    return 1
  }
  hear 300 buildctl --addr "$3" build --progress plain --no-cache --frontend dockerfile.v0 \
    --opt image-resolve-mode=pull --local "context=$4" --local "dockerfile=$4"
  rm -rf "$4"
  case $HEARD_STATUS,$WORDS in
    0,*"$1@$2"*) return 0 ;;
    0,*) DETAIL="built from $1, wanted $2, got: $WORDS" ;;
    *) DETAIL=${WORDS:-'buildctl failed without a word'} ;;
  esac
  return 1
}
