# shellcheck shell=sh
# Questions to what runs on this host itself, by curl.

# curl_settings METHOD URL [LOGIN]: for standard input, because everybody on the host can read the
# words of a command. No proxy stands between a host and itself.
curl_settings() {
  printf 'silent\nmax-time = 20\nnoproxy = "*"\nurl = "%s"\nrequest = "%s"\n' "$2" "$1"
  printf 'write-out = "\\n%%{http_code}"\n'
  [ -z "${3-}" ] || printf 'user = "%s"\n' "$(quoted "$3")"
}

# A line of curl's settings has an end; what is sent may have several lines.
quoted() {
  printf '%s\n' "$1" | sed 's/[\\"]/\\&/g' | awk 'NR > 1 { printf "\\n" } { printf "%s", $0 }'
}

# Sets CODE and BODY; CODE is empty where nobody answered.
split_answer() {
  CODE=${ANSWER##*"$NEWLINE"}
  BODY=${ANSWER%"$NEWLINE"*}
  [ "$CODE" != 000 ] || CODE=''
}
