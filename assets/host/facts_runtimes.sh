# shellcheck shell=sh
# Discovery of container runtimes: what runs, how it was started, what it says of itself.

read_runtimes() {
  DOCKER_FILE=/etc/docker/daemon.json DOCKER_ROOT=/var/lib/docker
  CONTAINERD_FILE=/etc/containerd/config.toml CONTAINERD_ROOT=/var/lib/containerd
  CONTAINERD_PATHS='' K3S_PATHS=''
  BUILDKIT_FILE=/etc/buildkit/buildkitd.toml NERDCTL_FILE=/etc/nerdctl/nerdctl.toml
  read_processes
  read_units
  read_docker
  read_users
  read_containerd
  read_homes
  read_crio
  read_podman
  read_k3s
  read_buildkit
  read_nerdctl
  read_others
}

# Tell apart a process of this host and one of a container or of a rootless user.
process_place() {
  place=host
  if [ -e "$1/ns/pid" ]; then
    # shellcheck disable=SC3013  # -ef is in dash, busybox and bash; nothing else needs no fork
    [ "$1/ns/pid" -ef "$ROOT/proc/self/ns/pid" ] || place=container
    # shellcheck disable=SC3013
    [ $place = container ] || [ "$1/ns/user" -ef "$ROOT/proc/self/ns/user" ] || place=rootless
  fi
}

# The systemd unit of a process, from its control group.
process_unit() {
  unit=
  while IFS= read -r unit_line; do
    case $unit_line in
      */*.service) unit=${unit_line##*/} ;;
    esac
  done <"$1/cgroup"
}

# They may hold passwords.
arguments_of() { tr '\0' '\n' <"$1/cmdline"; }

# tell_section WORDS: begin a section of `told`.
tell_section() { told="$told$NEWLINE@$NONCE $*$NEWLINE"; }

# Only proxies, and where certificates are: everything else in an environment may be secret.
tell_variables() {
  variables=$(tr '\0' '\n' <"$1/environ")
  tell_section proxies "${1##*/}"
  case $variables in
    *_[Pp][Rr][Oo][Xx][Yy]=*)
      told=$told$(printf '%s\n' "$variables" | grep -a -i -E '^(https?|no)_proxy=')
      ;;
  esac
  case $variables in
    *SSL_CERT_*)
      tell_section roots "${1##*/}"
      told=$told$(printf '%s\n' "$variables" | grep -a -E '^SSL_CERT_(FILE|DIR)=')
      ;;
  esac
}

read_processes() {
  docker_process='' containerd_process='' crio_process='' k3s_process='' k3s_unit=
  buildkit_process='' buildkit_unit='' rootless_processes='' rootless_containerds='' told=
  for process in "$ROOT"/proc/[0-9]*; do
    comm=
    read -r comm <"$process/comm"
    case $comm in
      dockerd | containerd | crio | buildkitd | kubelet | kubelite | k3s* | rke2* | k0s*) ;;
      *) continue ;;
    esac
    process_place "$process"
    process_unit "$process"
    arguments=$(arguments_of "$process")
    case $comm in
      dockerd | containerd | crio | buildkitd) ;;
      *) arguments=${arguments%%"$NEWLINE"*} ;;
    esac
    tell_section process "${process##*/}" "$comm" "$place" "$unit"
    told=$told$arguments
    case $comm:$place:$arguments in
      *:container:*) continue ;;
      k3s*:host:* | rke2*:host:*)
        # A command that somebody types is none.
        case $unit:$comm in
          *.service:* | *:k3s-server | *:k3s-agent) k3s_process=$process k3s_unit=$unit ;;
        esac
        ;;
      dockerd:host:*) docker_process=$process docker_arguments=$arguments ;;
      dockerd:rootless:*) rootless_processes="$rootless_processes $process" ;;
      containerd:rootless:*/docker/containerd/*) ;;
      containerd:rootless:*) rootless_containerds="$rootless_containerds $process" ;;
      buildkitd:host:*)
        buildkit_process=$process buildkit_arguments=$arguments buildkit_unit=$unit
        option_in "$arguments" --config
        BUILDKIT_FILE=${option_value:-$BUILDKIT_FILE}
        ;;
      containerd:host:*/docker/containerd/* | containerd:host:*/rancher/* | \
        containerd:host:*/k3s/* | \
        containerd:host:*k0s* | containerd:host:*microk8s*) ;;
      containerd:host:*) containerd_process=$process containerd_arguments=$arguments ;;
      crio:host:*) crio_process=$process crio_arguments=$arguments ;;
    esac
    case $comm in dockerd | containerd | crio | buildkitd | k3s* | rke2*) ;; *) continue ;; esac
    tell_variables "$process"
  done 2>/dev/null
  [ -z "$told" ] || printf '%s' "$told" | without_passwords
}

# option_in ARGUMENTS NAME…: the last value of `--name value`, `--name=value` or the like.
option_in() {
  option_arguments=$1 option_value='' option_next=
  shift
  while IFS= read -r option_word; do
    if [ -n "$option_next" ]; then
      option_value=$option_word option_next=
      continue
    fi
    for option_name in "$@"; do
      case $option_word in
        "$option_name") option_next=yes ;;
        "$option_name="*) option_value=${option_word#*=} ;;
      esac
    done
  done <<ARGUMENTS
$option_arguments
ARGUMENTS
}

read_units() {
  told='' PODMAN_SERVES='' k3s_enabled=
  have systemctl && [ -d "$ROOT/run/systemd/system" ] || return 0
  # shellcheck disable=SC2086  # names of units, if any
  units=$(bounded_last systemctl show --no-pager -p Id -p LoadState -p ActiveState \
    -p UnitFileState -p BindsTo -p Requires -p Environment -p EnvironmentFiles \
    docker.service containerd.service crio.service podman.service $buildkit_unit \
    ${k3s_unit:-k3s.service k3s-agent.service rke2-server.service rke2-agent.service})
  section units
  unit_id='' unit_active='' unit_enabled='' unit_environment=
  while IFS= read -r unit_line; do
    case $unit_line in
      Environment*) ;;
      *) printf '%s\n' "$unit_line" ;;
    esac
    case $unit_line in
      Id=*) unit_id=${unit_line#*=} ;;
      ActiveState=active | ActiveState=reloading) unit_active=yes ;;
      UnitFileState=enabled* | UnitFileState=static | UnitFileState=alias | \
        UnitFileState=indirect | UnitFileState=generated) unit_enabled=yes ;;
      Environment=*SSL_CERT_*) unit_environment=$unit_environment$NEWLINE${unit_line#*=} ;;
      EnvironmentFiles=/*)
        unit_file=${unit_line#*=}
        unit_file=$ROOT${unit_file%% (*}
        [ ! -f "$unit_file" ] ||
          unit_environment=$unit_environment$NEWLINE$(grep '^ *SSL_CERT_' "$unit_file")
        ;;
      '')
        note_unit
        unit_id='' unit_active='' unit_enabled='' unit_environment=
        ;;
    esac
  done <<UNITS
$units$NEWLINE
UNITS
  printf '%s' "$told"
}

# What a unit tells besides: which certificates it has its daemon trust, for its next start
# (facts/runtimes.md §6), and whether it is there for others. Enabled is what systemctl(1) ends
# with 0 for.
note_unit() {
  case $unit_environment in
    *SSL_CERT_*)
      tell_section roots "$unit_id"
      told=$told$(printf '%s\n' "$unit_environment" |
        grep -o -E "SSL_CERT_(FILE|DIR)=[\"']?[^\"' ]+")
      ;;
  esac
  case $unit_id in
    podman.service) PODMAN_SERVES=$unit_active ;;
    k3s* | rke2*) [ -z "$unit_enabled" ] || k3s_enabled=${k3s_enabled:-$unit_id} ;;
  esac
}

# ---- containerd

read_containerd() {
  have containerd || [ -n "$containerd_process" ] || return 0
  section containerd "${containerd_process##*/}"
  containerd_program=containerd socket=
  if [ -n "$containerd_process" ]; then
    [ -x "$ROOT${containerd_arguments%%"$NEWLINE"*}" ] &&
      containerd_program=$ROOT${containerd_arguments%%"$NEWLINE"*}
    option_in "$containerd_arguments" -c --config -config
    CONTAINERD_FILE=${option_value:-$CONTAINERD_FILE}
    option_in "$containerd_arguments" --root -root
    CONTAINERD_ROOT=${option_value:-$CONTAINERD_ROOT}
    option_in "$containerd_arguments" -a --address -address
    socket=$option_value
  fi
  run containerd.version "$containerd_program" --version || return 0
  containerd_config=$ROOT$CONTAINERD_FILE
  # 1.x runs without a file, and dumps nothing without one.
  [ -e "$containerd_config" ] || containerd_config=/dev/null
  read_dump "$containerd_program" -c "$containerd_config"
  [ -n "$containerd_process" ] || return 0
  socket=${socket:-/run/containerd/containerd.sock}
  section containerd.socket
  printf '%s' "$socket"
  read_cri
}

# The configuration as containerd understands it. Registry passwords stay on the host.
read_dump() {
  dump=$(bounded_last "$@" config dump 2>/dev/null)
  dump_status=$?
  section containerd.dump
  printf '%s\n' "$dump" | sed -E -e 's#://[^/ ]*@#://#g' \
    -e "s/^( *[\"']?[a-z0-9_.-]*($SECRET_NAMES)[\"']? *= *).*/\\1\"(hidden)\"/I"
  section error containerd.dump "$dump_status"
  [ "$dump_status" = 0 ] || { bounded "$@" config dump >/dev/null; } 2>&1
  dump_keys=$(printf '%s\n' "$dump" | sed -n -E \
    -e "/^\[grpc\]/,/^\[[^g]/s/^ *address = ['\"](.*)['\"]\$/address \1/p" \
    -e "/\[plugins\..io\.containerd\.server\.v1\.grpc.]\$/,/^\$/s/^ *address = ['\"](.*)['\"]\$/address \1/p" \
    -e "s/^ *config_path = ['\"](.+)['\"]\$/config_path \1/p" \
    -e "/^imports = /{s/[]['\",]/ /g;s/ = / /p;}")
  while read -r dump_key dump_value; do
    case $dump_key in
      address) socket=${socket:-$dump_value} ;;
      imports | config_path) CONTAINERD_PATHS="$CONTAINERD_PATHS$NEWLINE$dump_key $dump_value" ;;
    esac
  done <<DUMP
$dump_keys
DUMP
}

read_cri() {
  if have ctr; then
    plugins=$(bounded_last ctr -a "$socket" plugins ls)
    plugins_status=$?
    section containerd.plugins
    printf '%s' "$plugins"
    section error containerd.plugins "$plugins_status"
    case $plugins in *" cri "*) ;; *) return 0 ;; esac
    run containerd.images ctr -a "$socket" -n k8s.io images ls -q
    run containerd.tasks ctr -a "$socket" -n k8s.io tasks ls
  fi
  have crictl || return 0
  section crictl
  command -v crictl
  run crictl.containers crictl -r "unix://$socket" ps -o json
}

# ---- other runtimes: found and named, not read

read_others() {
  for other in k3s rke2 k0s buildkitd; do
    have "$other" && run "other.$other" "$other" --version
  done
  [ -e "$ROOT/snap/bin/microk8s" ] && section other.microk8s
}

