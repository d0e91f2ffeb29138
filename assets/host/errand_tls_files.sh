# shellcheck shell=sh
# A server's certificate and its key, where a registry's installer is told to look for them.

# tls_files DIRECTORY CERTIFICATE: PAYLOAD is the key.
tls_files() {
  for FILE in server.crt server.key; do
    TEXT=$PAYLOAD
    [ "$FILE" = server.key ] || TEXT=$2
    [ ! -e "$ROOT$1/$FILE" ] || [ "$(cat "$ROOT$1/$FILE" && echo .)" = "$TEXT." ] ||
      give_up "another $1/$FILE is there: name another directory, or remove it"
  done
  put_file "$ROOT$1/server.key" 600 "$PAYLOAD"
  put_file "$ROOT$1/server.crt" 644 "$2"
  finish
}
