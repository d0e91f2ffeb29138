# shellcheck shell=sh
# Discovery of what reads registries.conf: CRI-O, Podman, and with it Buildah and Skopeo.

# Users with settings of containers: a file of theirs takes the place of the system's
# (facts/runtimes.md §3.1).
read_homes() {
  CONTAINERS_HOMES='' ROOT_HOME=/root SIGNATURE_POLICY='' logins_read=
  have podman || have crio || [ -n "$crio_process" ] || return 0
  while IFS=: read -r _ _ user_id _ _ user_home _; do
    [ "$user_id" != 0 ] || ROOT_HOME=$user_home
    read_logins_of_docker "$user_home"
    [ -d "$ROOT$user_home/.config/containers" ] || continue
    case $NEWLINE$CONTAINERS_HOMES$NEWLINE in
      *"$NEWLINE$user_home$NEWLINE"*) ;;
      *) CONTAINERS_HOMES=${CONTAINERS_HOMES:+$CONTAINERS_HOMES$NEWLINE}$user_home ;;
    esac
  done <"$ROOT/etc/passwd"
  for auth_file in "$ROOT"/run/containers/*/auth.json "$ROOT"/run/user/*/containers/auth.json; do
    read_logins "${auth_file#"$ROOT"}"
  done
  split_lines
  for user_home in $CONTAINERS_HOMES; do
    split_default
    read_logins "$user_home/.config/containers/auth.json"
  done
  split_default
  section containers.homes
  printf '%s' "$CONTAINERS_HOMES"
}

# Podman uses those of Docker too, after its own (facts/runtimes.md §3.2); users may share a home.
read_logins_of_docker() {
  case $NEWLINE$logins_read$NEWLINE in *"$NEWLINE$1$NEWLINE"*) return ;; esac
  logins_read=$logins_read$NEWLINE$1
  read_logins "$1/.docker/config.json"
}

# read_logins FILE: the registries that it has logins for; of these only the names leave the host.
read_logins() {
  [ -f "$ROOT$1" ] || return 0
  section logins "$1"
  grep -a -o -E '"[^"]+"[[:space:]]*:[[:space:]]*\{' "$ROOT$1"
}

# ---- CRI-O

read_crio() {
  have crio || [ -n "$crio_process" ] || return 0
  section crio "${crio_process##*/}"
  crio_program=crio
  [ -n "$crio_process" ] && [ -x "$ROOT${crio_arguments%%"$NEWLINE"*}" ] &&
    crio_program=$ROOT${crio_arguments%%"$NEWLINE"*}
  run crio.version "$crio_program" --version || return 0
  [ -n "$crio_process" ] || return 0
  section crio.environment
  tr '\0' '\n' <"$crio_process/environ" |
    grep -a -E '^(HOME|CONTAINER_REGISTRIES_CONF|CONTAINER_REGISTRIES_CONF_DIR)='
  section crio.home
  printf '%s' "$ROOT_HOME"
  option_in "$crio_arguments" --listen
  crio_socket=${option_value:-/var/run/crio/crio.sock}
  read_crio_settings
  read_crio_times
  # Keys that it reads no more (facts/runtimes.md §3.3): only that they are there.
  section crio.dead
  grep -H -o -E '^[[:space:]]*(insecure_)?registries[[:space:]]*=' \
    "$ROOT/etc/crio/crio.conf" "$ROOT"/etc/crio/crio.conf.d/*
  have crictl || return 0
  section crio.crictl
  command -v crictl
  run crio.containers crictl -r "unix://$crio_socket" ps -o json
  run crio.images crictl -r "unix://$crio_socket" images -o json
}

# Of what it runs with, flags and drop-ins included, only what plans need: the rest may be secret.
# Releases before 1.24 have a program of its own for the question.
read_crio_settings() {
  if have crio-status; then
    crio_settings=$(bounded crio-status --socket "$crio_socket" config)
  else
    crio_settings=$(bounded "$crio_program" status --socket "$crio_socket" config)
  fi 2>/dev/null
  crio_status=$?
  crio_settings=$(printf '%s\n' "$crio_settings" | sed -n -E -e \
    's/^ *((log_(level|filter)|global_auth_file|signature_policy|short_name_mode|auto_reload_registries) = )/\1/p')
  section crio.settings
  printf '%s\nlisten = "%s"\n' "$crio_settings" "$crio_socket"
  section error crio.settings "$crio_status"
  while IFS= read -r crio_setting; do
    crio_value=${crio_setting#*'"'}
    crio_value=${crio_value%'"'*}
    case $crio_setting in
      'global_auth_file = "/'*) read_logins "$crio_value" ;;
      'signature_policy = "/'*) SIGNATURE_POLICY=$crio_value ;;
    esac
  done <<SETTINGS
$crio_settings
SETTINGS
}

# What of its configuration was changed after it started: a reload applies all of it.
read_crio_times() {
  process_started "$crio_process" || return 0
  section crio.times "$started"
  stat -L -c '%Z %n' "$ROOT/etc/crio/crio.conf" "$ROOT"/etc/crio/crio.conf.d/* \
    "$ROOT/etc/containers/registries.conf" "$ROOT"/etc/containers/registries.conf.d/*.conf
}

# ---- Podman

read_podman() {
  have podman || return 0
  run podman podman --version
  # A Podman that was never used would make its storage to answer.
  [ ! -d "$ROOT/var/lib/containers/storage" ] ||
    run podman.images podman images --format '{{.Repository}}:{{.Tag}}'
  [ -z "$PODMAN_SERVES" ] || section podman.serves
}
