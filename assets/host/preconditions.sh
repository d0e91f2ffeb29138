# shellcheck shell=sh
# What must hold before anything is changed. Each function sets FAILED_STEP and DETAIL.

refuse() {
  FAILED_STEP=$1
  DETAIL=$2
  return 1
}

check_tools() {
  MISSING=''
  for program in cat chmod cp date df ln mkdir mv readlink rm rmdir sleep stat sync tail tr wc; do
    have "$program" || MISSING="$MISSING $program"
  done
  have sha256sum || have openssl || MISSING="$MISSING sha256sum"
  [ -z "$MISSING" ] || refuse missing_tools "not on this host:$MISSING"
}

# Another session may make it at the same instant.
check_state_directory() {
  [ -d "$ROOT/var/lib" ] || mkdir -p "$ROOT/var/lib" 2>/dev/null
  [ -d "$LEDGERS" ] || mkdir -m 700 "$LEDGERS" 2>/dev/null
  WORDS=$({ : >>"$LEDGERS/lock"; } 2>&1) || refuse no_state_directory "$WORDS"
}

# The files are on file systems that take a rename, and they have room for it.
check_places() {
  set --
  for number in $FILES; do
    file_load "$number"
    nearest_directory "${real%/*}"
    set -- "$@" "$NEAREST"
  done
  check_mounts && check_attributes "$@" && check_space "$@" "$LEDGERS"
}

nearest_directory() {
  NEAREST=$ROOT$1
  while [ ! -d "$NEAREST/" ]; do
    NEAREST=${NEAREST%/*}
  done
}

check_mounts() {
  for number in $FILES; do
    file_load "$number"
    look_at_mount "$ROOT$real"
    if [ "$MOUNT" = "$ROOT$real" ]; then
      refuse bind_mounted "$path is a mount point, which cannot be replaced in one step"
      return 1
    fi
    case ",$MOUNT_OPTIONS," in
      *,ro,*)
        refuse read_only "$path lies on ${MOUNT:-/}, which is mounted read-only"
        return 1
        ;;
    esac
  done
}

# Sets MOUNT to the mount point that holds a path, MOUNT_OPTIONS to its options.
look_at_mount() {
  MOUNT='' MOUNT_OPTIONS=''
  while read -r _ _ _ _ point options rest; do
    point=${point%/}
    case $1/ in
      "$point"/*)
        if [ "${#point}" -ge "${#MOUNT}" ]; then
          MOUNT=$point
          MOUNT_OPTIONS=$options,${rest##* }
        fi
        ;;
    esac
  done </proc/self/mountinfo
}

# Immutable and append-only files and directories take no rename.
check_attributes() {
  have lsattr || return 0
  for number in $FILES; do
    file_load "$number"
    [ ! -f "$ROOT$real" ] || set -- "$@" "$ROOT$real"
  done
  ATTRIBUTES=$(lsattr -d "$@" 2>/dev/null 9>&-)
  while read -r flags name; do
    case $flags in
      *[ia]*)
        refuse immutable "$name has attributes $flags"
        return 1
        ;;
    esac
  done <<LIST_OF_ATTRIBUTES
$ATTRIBUTES
LIST_OF_ATTRIBUTES
}

check_space() {
  enough_of space -Pk "$NEEDED_KIB" 'KiB' "$@" && enough_of inodes -Pi "$NEEDED_INODES" 'inodes' "$@"
}

# enough_of WHAT OPTION NEEDED UNIT DIRECTORY...; a file system that counts none has no limit.
enough_of() {
  what=$1 option=$2 needed=$3 unit=$4
  shift 4
  FREE=$(df "$option" "$@" 2>/dev/null 9>&-) || return 0
  while read -r _ total _ available _ mounted; do
    case $total$available in
      '' | *[!0-9]*) continue ;;
    esac
    if [ "$total" -gt 0 ] && [ "$available" -lt "$needed" ]; then
      refuse "no_$what" "$mounted has $available $unit left; $needed are needed"
      return 1
    fi
  done <<LIST_OF_FREE
$FREE
LIST_OF_FREE
}
