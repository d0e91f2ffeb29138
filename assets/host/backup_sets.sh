#!/bin/sh
# shellcheck shell=sh
# Backups of a registry, as sets in directories of one folder: taken whole or not at all, the newest
# kept, one process at a time. What follows is of one product; it needs nothing but itself and its
# settings.

# begin SETTINGS: reads them.
begin() {
  umask 077
  LC_ALL=C
  export LC_ALL
  SETTINGS=${PILOTAGE_SETTINGS:-$1}
  [ -r "$SETTINGS" ] || fail "there are no settings in $SETTINGS"
  # shellcheck disable=SC1090  # written by Pilotage, which quotes each value
  . "$SETTINGS"
}

fail() {
  printf 'pilotage: %s\n' "$*" >&2
  exit 1
}

# By the whole stamp: the folder may have others' directories in it, which nobody may forget.
list() {
  DIGITS='[0-9][0-9][0-9][0-9]'
  # shellcheck disable=SC2231  # a pattern
  for ONE in "$TO"/$DIGITS${DIGITS}T${DIGITS}[0-9][0-9]Z; do
    [ ! -d "$ONE" ] || printf '%s\n' "${ONE##*/}"
  done
}

newest() {
  list | tail -n 1
}

# One of us at a time. The lock goes with whoever holds it; its file stays, or two could hold two.
take_turn() {
  command -v flock >/dev/null || fail 'flock is not here, which keeps two from doing this at once'
  mkdir -p "$TO" || fail "$TO cannot be made"
  { true >>"$TO/.turn"; } 2>/dev/null || fail "$TO cannot be written"
  exec 9>>"$TO/.turn"
  flock -n 9 || fail "another one is at it already in $TO"
  PART='' HAS_SCRATCH=''
  trap 'leave' EXIT
  trap 'exit 1' HUP INT TERM
}

leave() {
  [ -z "$PART" ] || rm -rf "$PART"
  [ -z "$HAS_SCRATCH" ] || drop_scratch 2>/dev/null
  return 0
}

# begin_set: sets LAST and PART, the directory that is a set when it is whole.
begin_set() {
  STAMP=$(date -u +%Y%m%dT%H%M%SZ)
  [ ! -e "$TO/$STAMP" ] || fail "$TO/$STAMP is there already"
  LAST=$(newest)
  PART=$TO/.partial-$STAMP
  mkdir "$PART" || fail "$PART cannot be made"
}

end_set() {
  sync
  mv "$PART" "$TO/$STAMP" || fail "$TO/$STAMP cannot be made"
  PART=''
  forget_old
  printf 'backup %s is taken\n' "$STAMP"
}

size_of() {
  du -sk "$1" 2>/dev/null | awk '{ print $1 }'
}

# files_in FOLDER LEFT_OUT: a directory of that name is left out.
files_in() {
  (cd "$1" && find . -name "$2" -prune -o -type f -print | sort)
}

# carry FROM INTO LIST: a pipe tells only how its last part ended. The tar of busybox takes no list.
carry() {
  case $(tar --version 2>/dev/null) in
    *GNU*) ;;
    *)
      carry_each "$@"
      return
      ;;
  esac
  {
    tar -C "$1" -cf - -T "$3"
    printf '%s\n' "$?" >"$PART/.carried"
  } | tar -C "$2" -xpf - || return
  read -r CARRIED <"$PART/.carried"
  rm -f "$PART/.carried"
  [ "$CARRIED" -eq 0 ]
}

carry_each() {
  while read -r FILE; do
    mkdir -p "$2/${FILE%/*}" && cp -p "$1/$FILE" "$2/$FILE" || return
  done <"$3"
}

# The newest KEEP stay; only a whole one that was just taken lets an older one go.
forget_old() {
  COUNT=$(list | wc -l)
  list | while read -r ONE; do
    [ "$COUNT" -gt "$KEEP" ] || break
    rm -rf "${TO:?}/$ONE"
    COUNT=$((COUNT - 1))
  done
}

# Sets NAME and FROM to the newest set, or to the one that is named.
choose_set() {
  NAME=${1:-$(newest)}
  FROM=$TO/$NAME
  case $NAME in '' | */* | .*) fail 'there is no backup' ;; esac
  [ -d "$FROM" ] || fail "there is no backup $NAME"
}

about() {
  sed -n "s/^$1 //p" "$FROM/about"
}
