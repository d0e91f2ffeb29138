# shellcheck shell=sh
# Answers as framed lines: the nonce, a space, a JSON object of strings.
# Without a nonce a person is reading, and gets plain lines.

# frame KIND [KEY VALUE]...; the value of a key that ends in @ is a file whose bytes are sent.
frame() {
  if [ -z "${NONCE-}" ]; then
    shift
    frame_for_a_person "$@"
    return
  fi
  FRAME="{\"kind\":\"$1\""
  shift
  while [ $# -gt 1 ]; do
    case $1 in
      *@) json_file "$2" ;;
      *) json_text "$2" ;;
    esac
    FRAME="$FRAME,\"${1%@}\":$JSON"
    shift 2
  done
  printf '%s %s}\n' "$NONCE" "$FRAME" 2>/dev/null
}

frame_for_a_person() {
  while [ $# -gt 1 ]; do
    case $1 in
      *@) ;;
      *) [ -z "$2" ] || printf '%s: %s  ' "$1" "$2" ;;
    esac
    shift 2
  done
  printf '\n'
}

# Sets JSON. Plain text goes as it is; anything that would need escapes goes encoded.
json_text() {
  case $1 in
    *[!\ -~]* | *[\"\\]*) JSON=$(printf '%s' "$1" | json_bytes) ;;
    *) JSON="\"$1\"" ;;
  esac
}

json_file() {
  JSON=null
  [ -f "$1" ] || return 0
  [ "$(wc -c <"$1")" -le 1048576 ] || return 0
  JSON=$(json_bytes <"$1")
}

json_bytes() {
  if have base64; then
    printf '{"base64":"%s"}' "$(base64 | tr -d '\n')"
  else
    printf '{"hex":"%s"}' "$(od -An -v -tx1 | tr -d ' \n')"
  fi
}
