# shellcheck shell=sh
# The licence of Nexus's Community Edition, accepted by a person who was shown these very words.

# nexus_licence NAME LISTEN UI SUM: of what the API told when it was shown; PAYLOAD is the password.
nexus_licence() {
  NAME=$1 LISTEN=$2 UI=$3 SUM=$4
  PASSWORD=${PAYLOAD#password: }
  have docker || give_up 'there is no Docker'
  api GET /v1/system/eula "$PASSWORD"
  [ "$CODE" = 200 ] || give_up "the licence cannot be read: ${CODE:-no answer}"
  if is_accepted; then
    told licence same
    finish
  fi
  [ "$(printf '%s' "$BODY" | sha256sum | cut -d ' ' -f 1)" = "$SUM" ] ||
    give_up 'the licence is no longer the one that was shown'
  # In its own words a quote has a backslash before it, so this can only be the key.
  api POST /v1/system/eula "$PASSWORD" application/json \
    "$(printf '%s' "$BODY" | sed 's/"accepted"\( *: *\)false/"accepted"\1true/')"
  [ "$CODE" = 204 ] || [ "$CODE" = 200 ] || give_up "the licence was not taken as accepted: ${CODE:-no answer}"
  api GET /v1/system/eula "$PASSWORD"
  is_accepted || give_up 'the licence is still not accepted'
  told licence changed
  finish
}

is_accepted() {
  case $(printf '%s' "$BODY" | tr -d ' \n') in
    *'"accepted":true'*) ;;
    *) return 1 ;;
  esac
}
