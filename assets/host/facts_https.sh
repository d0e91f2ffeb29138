# shellcheck shell=sh
# Discovery's own HTTPS requests, with the first tool of the host that can judge certificates.
#
# ask_TOOL NAME METHOD URL [HEADER]…: the answer becomes section NAME. Variables: CA_FILE (empty
# for those whom the system trusts), DIRECTLY (empty to use the proxy of the environment), BODY_TO
# (- or /dev/null).

# Sets TOOL.
find_tool() {
  if have curl; then
    TOOL=curl
  elif have openssl; then
    TOOL=openssl
  elif have wget && wget --version 2>/dev/null | grep -q GNU; then
    TOOL=wget # another wget looks at no certificate
  else
    return 1
  fi
}

# However many questions there are, those that are slow must not outlast the whole discovery: none
# begins later than thrice $BOUND seconds after the first.
is_time_to_ask() {
  asked_at=$(date +%s)
  ASKING_ENDS=${ASKING_ENDS:-$((asked_at + 3 * BOUND))}
  [ "$asked_at" -lt "$ASKING_ENDS" ]
}

ask_curl() {
  ask_name=$1 ask_method=$2 ask_url=$3
  shift 3
  for ask_header; do
    set -- "$@" -H "$ask_header"
    shift
  done
  [ "$ask_method" = GET ] || set -- "$@" -I
  [ -z "$DIRECTLY" ] || set -- "$@" --noproxy '*'
  [ -z "$CA_FILE" ] || set -- "$@" --cacert "$CA_FILE"
  run "$ask_name" curl -q -sS --max-time "$BOUND" -o "$BODY_TO" -D - "$@" "$ask_url"
}

ask_wget() {
  ask_name=$1 ask_method=$2 ask_url=$3
  shift 3
  for ask_header; do
    set -- "$@" "--header=$ask_header"
    shift
  done
  [ "$ask_method" = GET ] || set -- "$@" "--method=$ask_method"
  [ -z "$DIRECTLY" ] || set -- "$@" --no-proxy
  [ -z "$CA_FILE" ] || set -- "$@" "--ca-certificate=$CA_FILE"
  run "$ask_name" wget --no-config -nv -S -O "$BODY_TO" --tries=1 --max-redirect=0 \
    --timeout="$BOUND" "$@" "$ask_url"
}

# It knows no proxy, and prints the body in any case.
ask_openssl() {
  ask_name=$1 authority=${3#*://}
  end=$(printf '\r')$NEWLINE
  request="$2 /${authority#*/} HTTP/1.1${end}Host: ${authority%%/*}${end}Connection: close$end"
  shift 3
  for ask_header; do
    request=$request$ask_header$end
  done
  server=${authority%%/*}
  case $server in
    *]) server=$server:443 ;;
    *:*) ;;
    *) server=$server:443 ;;
  esac
  name=${server%:*}
  case $name in
    *[!0-9.]*) set -- -servername "$name" -verify_hostname "$name" ;;
    *) set -- -verify_ip "$name" ;;
  esac
  [ -z "$CA_FILE" ] || set -- "$@" -CAfile "$CA_FILE"
  # shellcheck disable=SC2016  # of the inner shell: `bounded` hands no input on
  run "$ask_name" /bin/sh -c 'printf %s "$0" | openssl s_client "$@"' "$request$end" \
    -quiet -verify_return_error -connect "$server" "$@"
}
