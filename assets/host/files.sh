# shellcheck shell=sh
# Files of a transaction, numbered 1, 2, … in FILES. For file N, variables path_N (as the
# runtime names it), real_N (links followed), before_N and after_N (sha256, before may be
# `absent`), parting_N (sha256 or `none`), mode_N, now_N and writer_N: as which user and group,
# `1000:1000`, it is written where it is a user's; else empty, and root writes it.

file_load() {
  eval "path=\$path_$1 real=\$real_$1 before=\$before_$1 after=\$after_$1"
  eval "parting=\$parting_$1 mode=\$mode_$1 now=\${now_$1-} writer=\${writer_$1-}"
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

# hash_as VARIABLE FILE [VARIABLE FILE]...: sets each variable to the sha256 of its file, read in
# this order by one program. Fails with WORDS.
hash_as() {
  variables='' left=$#
  while [ "$left" -gt 0 ]; do
    variables="$variables $1"
    set -- "$@" "$2"
    shift 2
    left=$((left - 2))
  done
  [ $# -gt 0 ] || return 0
  WORDS=$(exec 9>&- && hash_files "$@" 2>&1) || return 1
  for variable in $variables; do
    first_line "$WORDS"
    WORDS=$REST
    eval "$variable=\$LINE"
  done
}

# Sets now_N of every file: its sha256, `absent`, or what it is instead of a file.
look_at_files() {
  set --
  for number in $FILES; do
    file_load "$number"
    look_at_kind
    eval "now_$number=\$KIND"
    [ "$KIND" != regular ] || set -- "$@" "now_$number" "$ROOT$real"
  done
  hash_as "$@"
}

# Sets CONFLICTS to the files that are not what the run wrote; they were looked at.
find_edits() {
  CONFLICTS=
  for number in $FILES; do
    file_load "$number"
    [ "$now" = "$after" ] || CONFLICTS="$CONFLICTS $number"
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

# put_files CONTENT_N...: gives files a content each, as in `after_1 parting_2`. All are staged
# beside their targets, on disk and checked before the first rename; a kill leaves each file
# whole. Fails with WORDS; SWAPPED tells whether any rename was tried.
put_files() {
  SWAPPED=no
  [ $# -gt 0 ] || return 0
  puts=$*
  if stage_files "$1" && check_staged; then
    SWAPPED=yes
    swap_files
    return
  fi
  for put in $puts; do
    file_load "${put#*_}"
    sweep_temporary
  done
  return 1
}

# put_load CONTENT_N: sets `expected` to what the file becomes, beside what file_load sets.
put_load() {
  content=${1%_*} number=${1#*_}
  file_load "$number"
  eval "expected=\$$1"
}

stage_files() {
  first=$1
  set --
  for put in $puts; do
    put_load "$put"
    [ "$expected" != absent ] || continue
    stage_file || return 1
    set -- "$@" "$temporary"
  done
  reached "staged_$first"
  [ $# -eq 0 ] || make_durable "$@"
}

# Writes the temporary file. An existing file's copy keeps its owner, mode, label and links
# to nothing; the ledger's copy of the file before brings its own.
stage_file() {
  source=$LEDGER/$number.$content
  sweep_temporary
  if [ -n "$writer" ]; then
    stage_as_writer
    return
  fi
  [ -d "${temporary%/*}" ] || try mkdir -p -m 755 -- "${temporary%/*}" || return 1
  if [ "$content" = before ]; then
    try cp -a -- "$source" "$temporary"
  elif [ -f "$ROOT$real" ] && [ ! -h "$ROOT$real" ]; then
    try cp -a -- "$ROOT$real" "$temporary" || return 1
    WORDS=$(exec 9>&- && { cat -- "$source" >"$temporary"; } 2>&1)
  else
    try cp -- "$source" "$temporary" && try chmod "$mode" "$temporary"
  fi
}

# In a directory of a user, who may put a link into any of its places at any time, root writes
# nothing: the link would lead it anywhere. That user writes there, what root has read.
stage_as_writer() {
  [ "$content" = before ] || [ ! -f "$ROOT$real" ] || mode=$(stat -c %a "$ROOT$real" 9>&-)
  WORDS=$({
    # shellcheck disable=SC2016  # arguments of that shell
    as_writer sh -c 'umask 022 && mkdir -p -- "${1%/*}" && umask 077 && cat >"$1" && chmod "$2" "$1"' \
      sh "$temporary" "$mode" <"$source"
  } 2>&1)
}

# as_writer COMMAND...: as the user whose the loaded file is.
as_writer() {
  if [ -n "$writer" ]; then
    find_setpriv
    set -- "$SETPRIV" "--reuid=${writer%:*}" "--regid=${writer#*:}" --clear-groups -- "$@"
  fi
  "$@"
}

# By its path: the shell of busybox has one within it that cannot become another user.
find_setpriv() {
  SETPRIV=setpriv
  IFS=:
  for FOLDER in $PATH; do
    [ ! -x "$FOLDER/setpriv" ] || {
      SETPRIV=$FOLDER/setpriv
      break
    }
  done
  unset IFS
}

sweep_temporary() {
  [ ! -e "$temporary" ] || as_writer rm -f -- "$temporary"
}

# What was staged is what the ledger says, byte for byte, and each target is still what was
# decided about: somebody may have saved it while the disk was busy. The targets are read last,
# so that nothing but the renames comes after.
check_staged() {
  set --
  for put in $puts; do
    put_load "$put"
    [ "$expected" = absent ] || set -- "$@" "staged_$number" "$temporary"
  done
  for put in $puts; do
    put_load "$put"
    look_at_kind
    eval "found_$number=\$KIND"
    [ "$KIND" != regular ] || set -- "$@" "found_$number" "$ROOT$real"
  done
  hash_as "$@" || return 1
  for put in $puts; do
    put_load "$put"
    eval "staged=\${staged_$number-} found=\$found_$number"
    if [ "$expected" != absent ] && [ "$staged" != "$expected" ]; then
      WORDS="$path: the staged bytes are not those of the plan"
      return 1
    fi
    if [ "$found" != "$now" ]; then
      WORDS="$path was changed by somebody else this instant"
      return 1
    fi
  done
}

swap_files() {
  folders=
  for put in $puts; do
    put_load "$put"
    swap_file || return 1
    reached "$put"
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
  if [ "$expected" = absent ]; then
    try as_writer rm -f -- "$ROOT$real" || return 1
  else
    try as_writer mv -f -- "$temporary" "$ROOT$real" || return 1
  fi
  eval "now_$number=\$expected"
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
  for put in $puts; do
    put_load "$put"
    [ ! -e "$ROOT$real" ] || set -- "$@" "$ROOT$real"
  done
  [ $# -eq 0 ] || try restorecon -F -- "$@" || return 0
}
