# shellcheck shell=sh
# Read what discovery wants to know about a host, in one exec, and change nothing.
#
# The caller appends facts_*.sh, the functions `given_paths` and `given_ca`, and a last line that
# calls `pilotage_facts` within braces: input cut anywhere is a syntax error and runs nothing.
#
# Answer: raw sections, each begun by a line `@NONCE NAME WORDS`, as they come from programs and
# files. All of them together are encoded once and framed as lines `NONCE {"base64":"…"}` (or
# "hex"), ended by `NONCE {"end":true}`. Nothing is parsed here that can be parsed elsewhere.
#
# Variables of the whole script: NONCE, ROOT (prefix of every file, for tests), BOUND (seconds
# that one program may take), SECRET_NAMES (of keys), ACCEPT (manifests), NEWLINE.

section() { printf '\n@%s %s\n' "$NONCE" "$*"; }

have() { command -v "$1" >/dev/null 2>&1; }

# Keep credentials on the host: logins within URLs and proxies, values of options named for them.
# What follows such an option as its last argument is a section, and no value of it.
# The parser covers what is left, before anything is kept (wizard/discovery/credentials.py).
without_passwords() {
  sed -E -e 's#://[^/ ]*@#://#g' -e 's#(proxy=)[^/ ]*@#\1#I' \
    -e "s/(($SECRET_NAMES)=).*/\\1(hidden)/I" \
    -e "/^--?[a-z-]*($SECRET_NAMES)\$/{n;/^@$NONCE /!s/.*/(hidden)/}"
}

# bounded COMMAND…: end it after $BOUND seconds, so that one hung daemon hangs nothing else.
bounded() {
  if [ -n "$TIMEOUT_WORKS" ]; then
    timeout -s KILL "$BOUND" "$@"
    return
  fi
  # In a session of its own, so that its children are ended with it. Its input is empty, as that
  # of everything in the background.
  if have setsid; then
    setsid "$@" &
  else
    "$@" &
  fi
  bounded_child=$!
  {
    trap 'kill "$!"; exit' TERM
    sleep "$BOUND" &
    wait "$!"
    kill -s KILL -- "-$bounded_child" || kill -s KILL "$bounded_child"
  } >/dev/null 2>&1 3>&- 4<&- &
  bounded_watch=$!
  wait "$bounded_child"
  bounded_status=$?
  kill "$bounded_watch" 2>/dev/null
  return "$bounded_status"
}

# The same as the last of a subshell, whose place it takes.
bounded_last() {
  [ -z "$TIMEOUT_WORKS" ] || exec timeout -s KILL "$BOUND" "$@"
  bounded "$@"
}

# run NAME COMMAND…: its output becomes section NAME, its errors section `error NAME STATUS`.
run() {
  run_name=$1
  shift
  section "$run_name"
  { run_errors=$(bounded_last "$@" 2>&1 >&3 3>&-); } 3>&1
  run_status=$?
  section error "$run_name" "$run_status"
  printf '%s' "$run_errors"
  return "$run_status"
}

split_lines() { IFS=$NEWLINE; }

split_default() { unset IFS; }

read_system() {
  section system
  for system_file in proc/1/comm proc/sys/kernel/random/boot_id sys/fs/selinux/enforce; do
    system_value=
    [ -r "$ROOT/$system_file" ] && read -r system_value <"$ROOT/$system_file"
    printf '%s=%s\n' "$system_file" "$system_value"
  done
  printf 'uname=%s\n' "$(uname -mr)"
  section os-release
  for system_file in "$ROOT/etc/os-release" "$ROOT/usr/lib/os-release"; do
    [ -r "$system_file" ] && while IFS= read -r system_value || [ -n "$system_value" ]; do
      printf '%s\n' "$system_value"
    done <"$system_file" && break
  done
  section marks
  for system_file in etc/NIXOS run/ostree-booted run/systemd/system snap/bin \
    usr/share/bottlerocket usr/share/flatcar etc/flatcar usr/local/share/ca-certificates \
    etc/pki/ca-trust/source/anchors etc/pki/trust/anchors etc/machine-config-daemon etc/mco; do
    [ -e "$ROOT/$system_file" ] && printf '%s\n' "$system_file"
  done
  section tools
  for system_tool in base64 cat chmod chown cmp cp crictl ctr curl date dd df docker dockerd flock \
    getfattr journalctl ln lsattr mkdir mktemp mv nohup openssl podman readlink restorecon rm rmdir sed \
    setsid sha256sum sleep stat sync systemctl systemd-run tail timeout tr update-ca-certificates \
    update-ca-trust wc wget; do
    have "$system_tool" && printf '%s\n' "$system_tool"
  done
  # That of busybox cannot become another user, and its shell prefers it to any other.
  IFS=:
  for system_tool in $PATH; do
    [ -x "$system_tool/setpriv" ] || continue
    case $("$system_tool/setpriv" --version) in
      *util-linux*)
        printf 'setpriv\n'
        break
        ;;
    esac
  done
  split_default
  section mounts
  # Mount point, its options and those of its file system; what lies deep in the store of a
  # runtime is left out, because a busy node has thousands of these.
  sed -n -E \
    -e 's/^([^ ]+ ){4}//' \
    -e '/^\/(proc|sys|dev|snap)\//d' \
    -e '/^[^ ]*\/(overlay2?|overlayfs|io\.containerd[^ ]*|pods|netns|shm)\//d' \
    -e 's/^([^ ]+) ([^ ,]+)[^ ]*( .*)? - [^ ]+ [^ ]+ ([^ ,]+).*/\2 \4 \1/p' \
    "$ROOT/proc/self/mountinfo"
}

read_everything() {
  section start 1 "$ROOT"
  read_system
  read_runtimes
  read_files
  read_disks
  read_transactions
  given_questions
  section time
  date +%s.%N
  section end
}

# That of coreutils, as its timeout is, makes lines of this length by itself.
encode_in_lines() {
  if [ -n "$TIMEOUT_WORKS" ] && have base64; then
    exec base64 -w 9999
  fi
  if have base64; then
    base64
  elif have openssl; then
    openssl base64
  else
    od -An -v -tx1
  fi | tr -d ' \n' | fold -w 9999
}

encode() { encode_in_lines | sed -e "s/.*/$NONCE {\"$ENCODING\":\"&\"}/"; }

# pilotage_facts NONCE ROOT BOUND
pilotage_facts() {
  NONCE=$1 ROOT=${2:-${PILOTAGE_ROOT-}} BOUND=$3
  NEWLINE='
'
  ACCEPT='application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json'
  ACCEPT="$ACCEPT, application/vnd.docker.distribution.manifest.list.v2+json"
  ACCEPT="$ACCEPT, application/vnd.docker.distribution.manifest.v2+json"
  SECRET_NAMES='(passw(or)?d|passphrase|secret|token|cookie|credentials?|auth|authorization)'
  SECRET_NAMES="$SECRET_NAMES|(api|access|secret)[-_]?key"
  LC_ALL=C
  export LC_ALL
  unset CDPATH DOCKER_CONTEXT DOCKER_CONFIG CONTAINER_HOST
  usual=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin
  [ -n "$ROOT" ] || PATH=$PATH:$usual
  # That of busybox ends a program, but not the children that hold on to its output.
  case $(timeout --version 2>/dev/null </dev/null) in
    *coreutils*) TIMEOUT_WORKS=yes ;;
    *) TIMEOUT_WORKS= ;;
  esac
  ENCODING=base64
  have base64 || have openssl || ENCODING=hex
  read_everything </dev/null 2>/dev/null | encode
  printf '\n%s {"end":true}\n' "$NONCE"
}
