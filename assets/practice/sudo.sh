#!/bin/sh
# The `sudo` of a practice host: it asks, checks and refuses as the real one does.
#
# The file `sudo` of the host says who may: `password WORD`, `nopasswd`, `requiretty` or `refused`.
# Everybody on a practice host is the same user of this machine; who is asking is in $USER.

host=${PILOTAGE_ROOT%/root}
user=${USER:-root}
prompt="[sudo] password for $user: "
asks=yes
reads_input=''

refuse() {
  printf '%s\n' "$@" >&2
  exit 1
}

become_root() {
  HOME=$PILOTAGE_ROOT/root USER=root LOGNAME=root SUDO_USER=$user
  export HOME USER LOGNAME SUDO_USER
  [ $# -gt 0 ] || exit 0
  exec "$@"
}

while [ $# -gt 0 ]; do
  case $1 in
    --) shift && break ;;
    -n) asks='' ;;
    -S) reads_input=yes ;;
    -p)
      prompt=$2
      shift
      ;;
    -u)
      [ "$2" = root ] || refuse "sudo: unknown user $2"
      shift
      ;;
    -k | -H | -E | -v) ;;
    -*) refuse "sudo: invalid option -- '${1#-}'" ;;
    *) break ;;
  esac
  shift
done

[ "$user" != root ] || become_root "$@"
mode=refused password=''
{ read -r mode password <"$host/sudo"; } 2>/dev/null
case $mode in
  nopasswd) become_root "$@" ;;
  requiretty) refuse 'sudo: sorry, you must have a tty to run sudo' ;;
esac
[ -n "$asks" ] || refuse 'sudo: a password is required'
[ -n "$reads_input" ] || refuse \
  'sudo: a terminal is required to read the password; either use the -S option to read from standard input or configure an askpass helper' \
  'sudo: a password is required'

tries=0
while [ "$tries" -lt 3 ]; do
  printf '%s' "$prompt" >&2
  IFS= read -r given || refuse '' 'sudo: no password was provided' 'sudo: a password is required'
  if [ "$mode" = refused ]; then
    refuse '' "$user is not in the sudoers file."
  elif [ "$given" = "$password" ]; then
    become_root "$@"
  fi
  tries=$((tries + 1))
  [ "$tries" -eq 3 ] || printf '\nSorry, try again.\n' >&2
done
refuse '' 'sudo: 3 incorrect password attempts'
