# shellcheck shell=sh
# What Nexus as a container needs of a host, read only: each step tells one fact.

# nexus_host NAME DATA PORTS
nexus_host() {
  NAME=$1
  look_at_machine
  proc meminfo
  told available same "$(awk '/^MemAvailable:/ { print $2 }' "$PROC")"
  told files same "$(most_open_files)"
  look_at_disk "$2"
  look_at_docker
  look_at_ports "$3"
  find_notes
  look_at_data "$2"
  if have docker && answered bounded 20 docker info --format '{{.SecurityOptions}}'; then
    case $SAID in *name=userns* | *name=rootless*) told remapped same yes ;; esac
    look_at_container
    told nexus same "$OWNER"
    told boot same "$(starts_at_boot)"
  fi
  finish
}

# Whose data are there already: nobody's, those of a Nexus (its user is 200), or somebody else's.
look_at_data() {
  if noted "data $1"; then
    told data same ours
  elif is_empty "$ROOT$1"; then
    told data same none
  elif [ "$(stat -c %u "$ROOT$1")" = 200 ]; then
    told data same nexus
  else
    told data same theirs
  fi
}

starts_at_boot() {
  if have systemctl && ! heard systemctl is-enabled docker.service; then printf no; else printf yes; fi
}

# What a container may be allowed at most: as many as the kernel knows, or as its starter has where
# that may raise nothing (no CAP_SYS_RESOURCE, as within a container itself).
most_open_files() {
  proc sys/fs/nr_open
  {
    cat "$PROC"
    for PID in $(pidof dockerd containerd); do
      proc "$PID/status"
      case $(awk '/^CapEff:/ { print substr($2, 10, 1) }' "$PROC") in
        [02468aceACE])
          proc "$PID/limits"
          awk '/^Max open files/ { print $5 }' "$PROC"
          ;;
      esac
    done
  } 2>/dev/null | sort -n | head -n 1
}
