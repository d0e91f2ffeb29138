# shellcheck shell=sh
# Steps about certificates: those of a new CA file, and those that the whole system trusts.

# ca_check URL FILE...: chain, dates and name of what answers there, by the certificates of these
# files alone. They are open already when a tool reads them, as in discovery.
step_ca_check() {
  CA_FILE=$ROOT$2
  [ $# -eq 2 ] || join_certificates "$@" || return 1
  if have curl; then
    tool 30 curl -q -sS --noproxy '*' --max-time 20 -o /dev/null --cacert /proc/self/fd/4 "$1" 4<"$CA_FILE" </dev/null
    return
  elif ! have openssl; then
    DETAIL='neither curl nor openssl is here to look at the certificate with'
    return 0
  fi
  SERVER=${1#*://}
  SERVER=${SERVER%%/*}
  case $SERVER in
    *]) SERVER=$SERVER:443 ;;
    *:*) ;;
    *) SERVER=$SERVER:443 ;;
  esac
  NAME=${SERVER%:*}
  case $NAME in
    *[!0-9.]*) set -- -servername "$NAME" -verify_hostname "$NAME" ;;
    *) set -- -verify_ip "$NAME" ;;
  esac
  tool 30 openssl s_client -connect "$SERVER" -CAfile "$CA_FILE" -no-CApath -verify_return_error "$@" </dev/null
}

# join_certificates URL FILE...: sets CA_FILE to one file with all of them.
join_certificates() {
  shift
  CA_FILE=$LEDGER/.certificates
  for CERTIFICATES; do
    cat "$ROOT$CERTIFICATES" 9>&- || return
  done >"$CA_FILE" 2>/dev/null && return 0
  DETAIL="$CA_FILE cannot be written"
  return 1
}

# ca_store_update KIND [fresh]. Links to files that are gone stay in the store unless it is told to
# make all of them anew.
step_ca_store_update() {
  case $1,${2-} in
    redhat,*) tool 120 update-ca-trust ;;
    flatcar,* | *,) tool 120 update-ca-certificates ;;
    *) tool 120 update-ca-certificates --fresh ;;
  esac
}
