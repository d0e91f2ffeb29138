# shellcheck shell=sh
# Discovery of BuildKit as a daemon of the host's own, and of nerdctl.

read_buildkit() {
  [ -n "$buildkit_process" ] || return 0
  section buildkit "${buildkit_process##*/}"
  buildkit_program=buildkitd
  [ -x "$ROOT${buildkit_arguments%%"$NEWLINE"*}" ] &&
    buildkit_program=$ROOT${buildkit_arguments%%"$NEWLINE"*}
  run buildkit.version "$buildkit_program" --version
  if have buildctl; then
    section buildkit.buildctl
    command -v buildctl
  fi
  # A restart takes up whatever was written since.
  process_started "$buildkit_process" || return 0
  section buildkit.times
  printf 'started=%s\n' "$started"
  stat -L -c 'changed=%Z' "$ROOT$BUILDKIT_FILE"
}

# nerdctl reads hosts.toml below the directories of its own file (facts/runtimes.md §2.4).
read_nerdctl() {
  for process in $rootless_containerds; do
    read_rootless_containerd
  done
  have nerdctl || return 0
  run nerdctl nerdctl --version || return 0
  run nerdctl.images nerdctl images --format '{{.Name}}'
  nerdctl_directories=$(tr '\n' ' ' <"$ROOT$NERDCTL_FILE" |
    sed -n -E "s/.*hosts_dir *= *\\[([^]]*)\\].*/\\1/p" | tr -d " \"'" | tr , :)
  CONTAINERD_PATHS="$CONTAINERD_PATHS${NEWLINE}config_path $nerdctl_directories"
}

# Whose it is: name and home of the user.
read_rootless_containerd() {
  rootless_id=$(sed -n -E 's/^Uid:[^0-9]*([0-9]+).*/\1/p' "$process/status")
  while IFS=: read -r user_name _ user_id _ _ user_home _; do
    [ "$user_id" = "$rootless_id" ] || continue
    section nerdctl.user "$user_name"
    printf '%s' "$user_home"
  done <"$ROOT/etc/passwd"
}

want_builder_paths() {
  if [ -n "$buildkit_process" ] || have buildkitd; then
    want "${BUILDKIT_FILE%/*}"
    want "$BUILDKIT_FILE"
    want "${BUILDKIT_FILE%/*}/pilotage-ca.pem"
  fi
  ! have nerdctl || want "$NERDCTL_FILE"
}
