# shellcheck shell=sh
# Discovery of the target, as this host sees it.

# What answers at $URL, with the first tool that can tell: the system's own trust first, then,
# where that was not enough, the CA that would be given. The CA reaches the tool as an open file,
# so nothing is written.
read_target() {
  URL=$1
  [ -n "$URL" ] || return 0
  if have curl; then
    tool=curl
  elif have openssl; then
    tool=openssl
  elif have wget && wget --version 2>/dev/null | grep -q GNU; then
    tool=wget # another wget looks at no certificate
  else
    return 0
  fi
  "ask_$tool" "target.$tool" && return
  case $tool:$? in curl:5 | curl:6 | curl:7 | curl:28) return 0 ;; esac
  ca=$(given_ca)
  [ -n "$ca" ] || return 0
  "ask_$tool" "target.$tool.ca" "${ca_option}/proc/self/fd/4" 4<<CA
$ca
CA
}

ask_curl() {
  ask_name=$1
  shift
  ca_option=--cacert=
  run "$ask_name" curl -q -sS --noproxy '*' --max-time "$BOUND" -o /dev/null -D - \
    -H "Accept: $ACCEPT" ${1:+--cacert "${1#*=}"} "$URL"
}

ask_wget() {
  ask_name=$1
  shift
  ca_option=--ca-certificate=
  run "$ask_name" wget --no-config --no-proxy -nv -S -O /dev/null --tries=1 --max-redirect=0 \
    --timeout="$BOUND" --header="Accept: $ACCEPT" "$@" "$URL"
}

ask_openssl() {
  ask_name=$1
  shift
  ca_option=-CAfile=
  authority=${URL#*://}
  server=${authority%%/*}
  case $server in
    *]) server=$server:443 ;;
    *:*) ;;
    *) server=$server:443 ;;
  esac
  name=${server%:*}
  case $name in
    *[!0-9.]*) set -- -servername "$name" -verify_hostname "$name" ${1:+-CAfile "${1#*=}"} ;;
    *) set -- -verify_ip "$name" ${1:+-CAfile "${1#*=}"} ;;
  esac
  printf 'GET /%s HTTP/1.1\r\nHost: %s\r\nAccept: %s\r\nConnection: close\r\n\r\n' \
    "${authority#*/}" "${authority%%/*}" "$ACCEPT" |
    run "$ask_name" openssl s_client -quiet -verify_return_error -connect "$server" "$@"
}

