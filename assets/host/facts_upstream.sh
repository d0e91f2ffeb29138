# shellcheck shell=sh
# Discovery of the canary at upstream, as this host sees it.

# read_upstream MARK URL: what upstream has there, the canary's manifest, told with MARK: where it has
# the same one, a pull proves nothing. Asked by HEAD, which Docker Hub does not count as a pull (facts/images.md §3), as anybody who
# falls back is: with no login, trusting whom the system trusts.
read_upstream() {
  is_time_to_ask && find_tool || return 0
  upstream=upstream$1.$TOOL upstream_url=$2
  # Many hosts get no answer: whoever closes this way does so without a word.
  [ "$BOUND" -le 5 ] || BOUND=5
  DIRECTLY='' BODY_TO=/dev/null CA_FILE=''
  answer=$("ask_$TOOL" "$upstream" HEAD "$upstream_url" "Accept: $ACCEPT")
  printf '%s\n' "$answer"
  challenge=$(printf '%s\n' "$answer" | tr -d '\r' |
    sed -n 's/^ *[Ww][Ww][Ww]-[Aa]uthenticate: *[Bb]earer  *//p')
  fetch_token || return 0
  BODY_TO=/dev/null
  "ask_$TOOL" "$upstream.again" HEAD "$upstream_url" "Accept: $ACCEPT" "Authorization: Bearer $token"
}

# Sets token to what anybody gets who asks as the challenge says (facts/images.md §3.2). It is
# nobody's secret, and yet stays on the host.
fetch_token() {
  url="$(challenged realm)?service=$(challenged service)&scope=$(challenged scope)"
  case $url in
    *[!A-Za-z0-9:/?=\&._~%+,@-]*) return 1 ;;
    https://*/*) ;;
    *) return 1 ;;
  esac
  BODY_TO=-
  answer=$("ask_$TOOL" "$upstream.token" GET "$url" 'Accept: application/json')
  section "$upstream.token"
  printf '%s\n' "$answer" |
    sed -n -e 's|^ *\(HTTP/[0-9.]* [0-9]*\).*|\1|p' -e "/^@$NONCE error /,\$p"
  token=$(printf '%s\n' "$answer" |
    sed -n 's/.*"\(access_\)\{0,1\}token" *: *"\([^"]*\)".*/\2/p')
  token=${token%%"$NEWLINE"*}
  case $token in '' | *[!A-Za-z0-9._~+/=-]*) return 1 ;; esac
}

challenged() {
  printf '%s\n' "$challenge" | sed -n -e 's/ /%20/g' -e "s/.*$1=\"\([^\"]*\)\".*/\1/p"
}
