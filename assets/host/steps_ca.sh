# shellcheck shell=sh
# Steps about certificates: those of a new CA file, and those that the whole system trusts.

# ca_check URL FILE: chain, dates and name of what answers there, by the certificates of that file
# alone. It is open already when a tool reads it, as in discovery.
step_ca_check() {
  if have curl; then
    tool 30 curl -q -sS --noproxy '*' --max-time 20 -o /dev/null --cacert /proc/self/fd/4 "$1" 4<"$ROOT$2" </dev/null
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
    *[!0-9.]*) set -- "$2" -servername "$NAME" -verify_hostname "$NAME" ;;
    *) set -- "$2" -verify_ip "$NAME" ;;
  esac
  CA_FILE=$ROOT$1
  shift
  tool 30 openssl s_client -connect "$SERVER" -CAfile "$CA_FILE" -no-CApath -verify_return_error "$@" </dev/null
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
