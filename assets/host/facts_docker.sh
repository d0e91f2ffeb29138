# shellcheck shell=sh
# Discovery of Docker: what it says of itself, how it starts, who logs in and builds.

# Whose a rootless daemon is: number, name and home of the user, and where XDG says settings are.
read_rootless() {
  docker_user='' docker_folder=
  for process in $rootless_processes; do
    rootless_id=$(sed -n -E 's/^Uid:[^0-9]*([0-9]+).*/\1/p' "$process/status")
    [ -n "$rootless_id" ] || continue
    section docker.user "${process##*/}"
    while IFS=: read -r user_name _ user_id user_group _ user_home _; do
      [ "$user_id" = "$rootless_id" ] && break
    done <"$ROOT/etc/passwd"
    [ "$user_id" = "$rootless_id" ] || user_name='' user_home='' user_group=
    user_settings=$(tr '\0' '\n' <"$process/environ" | sed -n 's/^XDG_CONFIG_HOME=//p')
    printf '%s\n' "$rootless_id${user_group:+:$user_group}" "$user_name" "$user_home" "$user_settings"
    if [ -z "$docker_process$docker_user" ]; then
      docker_user=$rootless_id docker_user_process=$process
      [ -z "$user_settings$user_home" ] || docker_folder=${user_settings:-$user_home/.config}/docker
      arguments=$(arguments_of "$process")
      option_in "$arguments" --config-file -config-file
      DOCKER_FILE=${option_value:-${docker_folder:-/etc/docker}/daemon.json}
    fi
  done
}

read_docker() {
  read_rootless
  have docker || [ -n "$docker_process" ] || return 0
  section docker "${docker_process##*/}"
  if [ -z "$docker_process" ]; then
    [ -n "$docker_user" ] && ask_docker "unix://$ROOT/run/user/$docker_user/docker.sock" &&
      read_docker_times "$docker_user_process"
    return 0 # asking any other would start a daemon that waits behind a socket unit
  fi
  case ${docker_arguments%%"$NEWLINE"*} in
    */snap/*)
      DOCKER_FILE=/var/snap/docker/current/config/daemon.json
      docker_folder=/var/snap/docker/common/etc
      ;;
  esac
  option_in "$docker_arguments" --config-file -config-file
  DOCKER_FILE=${option_value:-$DOCKER_FILE}
  option_in "$docker_arguments" --data-root --graph -g
  DOCKER_ROOT=${option_value:-$DOCKER_ROOT}
  option_in "$docker_arguments" -H --host
  case $option_value in unix://*) ;; *) option_value=unix:///var/run/docker.sock ;; esac
  read_docker_start
  ask_docker "$option_value" && read_docker_times "$docker_process"
}

# Every question goes to one socket: contexts and DOCKER_HOST of a user may name another machine.
# Of `docker info` only what is used: with the features of its OCI runtimes it is 40 kB long.
# The errors come first, because the rest fails where the daemon does not answer.
ask_docker() {
  info_template='[{{json .ServerErrors}},{'
  for info_field in ServerVersion Driver DriverStatus RegistryConfig SecurityOptions \
    LiveRestoreEnabled DockerRootDir HTTPProxy HTTPSProxy NoProxy Debug Labels DefaultRuntime \
    Plugins.Authorization; do
    info_template="$info_template\"$info_field\":{{json .$info_field}},"
  done
  info_template="$info_template\"Runtimes\":[{{range \$name, \$_ := .Runtimes}}{{json \$name}},"
  info_template="$info_template{{end}}null],"
  info_template="$info_template\"Swarm\":{{json .Swarm.LocalNodeState}}}]"
  DOCKER_HOST=$1
  export DOCKER_HOST
  run docker.info docker info -f "$info_template" || return
  containers=$(bounded_last docker ps -q --no-trunc) || return
  # shellcheck disable=SC2086  # hexadecimal ids, one argument each
  [ -z "$containers" ] || run docker.containers docker inspect --type container -f \
    '[{{json .Id}},{{json .Name}},{{json .Config.Image}},{{json .State.StartedAt}}]' $containers
  run docker.images docker images --format '{{.Repository}}:{{.Tag}}'
}

# The flags that matter beside daemon.json, as units, drop-ins and environment files have them now:
# one that was put there after the daemon started is a conflict at its next start only
# (facts/runtimes.md §1.5). Without systemd it is the files of init scripts that count.
read_docker_start() {
  section docker.start
  docker_flags='' docker_files=/etc/default/docker$NEWLINE/etc/sysconfig/docker$NEWLINE/etc/conf.d/docker
  if have systemctl && [ -d "$ROOT/run/systemd/system" ]; then
    docker_files=
    process_unit "$docker_process"
    docker_unit=$(bounded_last systemctl cat "${unit:-docker.service}") docker_begun=
    while IFS= read -r docker_line; do
      docker_line=$docker_begun$docker_line docker_begun=
      case $docker_line in
        *\\) docker_begun="${docker_line%?} " ;;
        ExecStart=) docker_flags= ;; # in a drop-in: what was said before does not count
        ExecStart=* | Environment=*) docker_flags=$docker_flags$NEWLINE$docker_line ;;
        EnvironmentFile=) docker_files= ;;
        EnvironmentFile=*)
          docker_line=${docker_line#*=}
          docker_files=$docker_files$NEWLINE${docker_line#-}
          ;;
      esac
    done <<UNIT
$docker_unit$NEWLINE
UNIT
  fi
  split_lines
  for docker_file in $docker_files; do
    split_default
    [ ! -f "$ROOT$docker_file" ] ||
      docker_flags=$docker_flags$NEWLINE$(grep -v '^ *#' "$ROOT$docker_file")
  done
  split_default
  case $docker_flags in
    *-registry-mirror* | *-config-file*)
      printf '%s\n' "$docker_flags" |
        grep -o -E -e '--?(registry-mirror|config-file)[= ]+[^ ]+' | without_passwords
      ;;
  esac
}

# Whether daemon.json was changed after the daemon started and, if so, when it was reloaded since.
# The time of the inode's change: a file that was moved or copied there may keep an old one.
# Of the reloads the daemon remembers the last ones, the successful ones only.
read_docker_times() {
  docker_changed=$(stat -L -c %Z "$ROOT$DOCKER_FILE") || return 0
  process_started "$1" || return 0
  section docker.times
  printf 'changed=%s\nstarted=%s\n' "$docker_changed" "$started"
  [ "$docker_changed" -gt "$started" ] || return 0
  run docker.reloads docker events --since "$started" --until "$(date +%s)" \
    --filter type=daemon --filter event=reload --format '{{.Time}}'
}

# Set `started` to when a process did, in seconds since the epoch: the kernel counts in ticks
# since boot, field 22 of its line; the name of the program, in brackets, may have spaces.
process_started() {
  read -r process_line <"$1/stat" || return
  # shellcheck disable=SC2086  # numbers and letters, separated by spaces
  set -- ${process_line##*) }
  [ $# -ge 20 ] || return
  ticks=$(getconf CLK_TCK) || ticks=100
  boot=$(sed -n 's/^btime //p' "$ROOT/proc/stat")
  started=$((${boot:-0} + ${20} / ticks))
  [ -n "$boot" ]
}

# Whether a user of this host is logged in to Docker Hub, and that user's builders. Only names and
# drivers leave the host, no other content.
read_users() {
  homes=$ROOT/root
  while IFS=: read -r _ _ user_id _ _ user_home _; do
    case $user_id in '' | *[!0-9]*) continue ;; esac
    if [ "$user_id" -ge 1000 ] && [ -d "$ROOT$user_home/.docker" ]; then
      homes=$homes$NEWLINE$ROOT$user_home
    fi
  done <"$ROOT/etc/passwd"
  split_lines
  for user_home in $homes; do
    split_default
    read_user
  done
  # kubelet gives its own to whoever pulls for it (facts/runtimes.md §2.4).
  names_hub "$ROOT/var/lib/kubelet/config.json" && section kubelet.login
}

names_hub() {
  [ -f "$1" ] && grep -q -E '"(https?://)?(index\.docker\.io|registry-1\.docker\.io|docker\.io)[/"]' "$1"
}

read_user() {
  if [ -f "$user_home/.docker/config.json" ]; then
    section login "${user_home#"$ROOT"}"
    names_hub "$user_home/.docker/config.json" && printf yes
  fi
  for builder in "$user_home"/.docker/buildx/instances/*; do
    [ -f "$builder" ] || continue
    driver=$(sed -n -E 's/.*"Driver": *"(docker-container|kubernetes|remote)".*/\1/p' "$builder")
    [ -n "$driver" ] || continue
    section builder "${builder##*/}"
    printf '%s\n' "${driver%%"$NEWLINE"*}"
    stat -c %U "$builder"
  done
}
