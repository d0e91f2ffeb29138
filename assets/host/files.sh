# shellcheck shell=sh
# Files of a transaction, numbered 1, 2, … in FILES. For file N, variables path_N (as the
# runtime names it), real_N (links followed), before_N and after_N (sha256, before may be
# `absent`), parting_N (sha256 or `none`), mode_N (of a new file) and now_N.

file_load() {
  eval "path=\$path_$1 real=\$real_$1 before=\$before_$1 after=\$after_$1"
  eval "parting=\$parting_$1 mode=\$mode_$1 now=\${now_$1-}"
  temporary=$ROOT${real%/*}/.${real##*/}.pilotage-$RUN
}

# Prints the sha256 of each file, one a line, in order.
hash_files() {
  if have sha256sum; then
    sha256sum -- "$@"
  else
    openssl dgst -sha256 -r "$@"
  fi
}

# Sets now_N of every file: its sha256, `absent`, or what it is instead of a file.
look_at_files() {
  regular=''
  set --
  for number in $FILES; do
    file_load "$number"
    look_at_kind
    eval "now_$number=\$KIND"
    [ "$KIND" = regular ] || continue
    regular="$regular $number"
    set -- "$@" "$ROOT$real"
  done
  [ $# -gt 0 ] || return 0
  WORDS=$(exec 9>&- && hash_files "$@" 2>&1) || return 1
  for number in $regular; do
    first_line "$WORDS"
    WORDS=$REST
    eval "now_$number=\$LINE"
  done
}

# Sets LINE to the first word of the first line, REST to the other lines. sha256sum puts a
# backslash before the hash of an odd file name.
first_line() {
  LINE=${1%%"$NEWLINE"*}
  REST=${1#*"$NEWLINE"}
  LINE=${LINE%% *}
  LINE=${LINE#\\}
}

# Sets KIND of the loaded file.
look_at_kind() {
  resolve "$path"
  if [ -h "$ROOT$path" ] && [ ! -e "$ROOT$path" ]; then
    KIND=dangling_link
  elif [ "$RESOLVED" != "$real" ]; then
    KIND=link_changed
  elif [ -f "$ROOT$real" ]; then
    KIND=regular
  elif [ -e "$ROOT$real" ]; then
    KIND=not_a_file
  else
    KIND=absent
  fi
}

# Sets RESOLVED to the path with every link followed; costs no program where there is no link.
resolve() {
  RESOLVED=$1
  has_link "$1" || return 0
  hops=0
  where=$ROOT$1
  while [ -h "$where" ] && [ "$hops" -lt 40 ]; do
    hops=$((hops + 1))
    link=$(readlink "$where")
    case $link in
      "$ROOT"/*) where=$link ;;
      /*) where=$ROOT$link ;;
      *) where=${where%/*}/$link ;;
    esac
  done
  below=/${where##*/}
  where=${where%/*}
  while [ ! -d "$where/" ]; do
    below=/${where##*/}$below
    where=${where%/*}
  done
  where=$(cd -P "$where/" && pwd -P)
  RESOLVED=${where%/}$below
  RESOLVED=${RESOLVED#"$ROOT"}
}

has_link() {
  part=$1
  while [ -n "$part" ]; do
    [ ! -h "$ROOT$part" ] || return 0
    part=${part%/*}
  done
  return 1
}

# put_files KIND NUMBER...: makes `after`, `parting` or `before` the content of the files.
# All are staged beside their targets, on disk and checked before the first rename; a kill
# leaves each file whole. Fails with WORDS.
put_files() {
  content=$1
  shift
  [ $# -gt 0 ] || return 0
  numbers=$*
  set --
  for number in $numbers; do
    file_load "$number"
    eval "expected=\$$content"
    [ "$expected" != absent ] || continue
    stage_file || return 1
    set -- "$@" "$temporary"
  done
  if [ $# -gt 0 ]; then
    reached "staged_$content"
    make_durable "$@" || return 1
    check_staged "$@" || return 1
  fi
  swap_files
}

# Writes the temporary file. An existing file's copy keeps its owner, mode, label and links
# to nothing; the ledger's copy of the file before brings its own.
stage_file() {
  source=$LEDGER/$number.$content
  sweep_temporary
  [ -d "${temporary%/*}" ] || try mkdir -p -m 755 -- "${temporary%/*}" || return 1
  if [ "$content" = before ]; then
    try cp -a -- "$source" "$temporary"
  elif [ -e "$ROOT$real" ]; then
    try cp -a -- "$ROOT$real" "$temporary" || return 1
    WORDS=$(exec 9>&- && { cat -- "$source" >"$temporary"; } 2>&1)
  else
    try cp -- "$source" "$temporary" && try chmod "$mode" "$temporary"
  fi
}

sweep_temporary() {
  [ ! -e "$temporary" ] || rm -f -- "$temporary"
}

# What was staged is what the ledger says, byte for byte.
check_staged() {
  WORDS=$(exec 9>&- && hash_files "$@" 2>&1) || return 1
  for number in $numbers; do
    file_load "$number"
    eval "expected=\$$content"
    [ "$expected" != absent ] || continue
    first_line "$WORDS"
    if [ "$LINE" != "$expected" ]; then
      WORDS="$path: the staged bytes are not those of the plan"
      return 1
    fi
    WORDS=$REST
  done
}

swap_files() {
  folders=
  set --
  for number in $numbers; do
    file_load "$number"
    swap_file || return 1
    reached "${content}_$number"
    add_folder "${real%/*}"
  done
  eval "set -- $folders"
  make_durable "$@" || return 1
  relabel
}

swap_file() {
  if [ -d "$ROOT$real" ]; then
    WORDS="$path: is a directory"
    return 1
  fi
  eval "expected=\$$content"
  if [ "$expected" = absent ]; then
    try rm -f -- "$ROOT$real"
  else
    try mv -f -- "$temporary" "$ROOT$real"
  fi
}

# Adds a directory to `folders`, quoted for eval, once.
add_folder() {
  case "$folders " in
    *"'$ROOT$1' "*) ;;
    *) folders="$folders '$ROOT$1'" ;;
  esac
}

# An older sync ignores its arguments and writes everything, which is right too.
make_durable() {
  try sync "$@" || try sync
}

# Where SELinux is on, a file's label follows from its path.
relabel() {
  [ -e "$ROOT/sys/fs/selinux/enforce" ] && have restorecon || return 0
  set --
  for number in $numbers; do
    file_load "$number"
    [ ! -e "$ROOT$real" ] || set -- "$@" "$ROOT$real"
  done
  [ $# -eq 0 ] || try restorecon -F -- "$@" || return 0
}
