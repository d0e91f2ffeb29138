# shellcheck shell=sh
# What Harbor's installer needs of a host, read only: each step tells one fact.

# harbor_host DATA_VOLUME PORTS DIRECTORY
harbor_host() {
  look_at_machine
  look_at_disk "$1"
  look_at_docker
  look_at_ports "$2"
  find_harbor "$3"
  if [ -d "$NOTES" ]; then
    told harbor same ours
  elif THEIRS=$(their_harbor "$1"); then
    told harbor same "$THEIRS"
  fi
  ! has_their_unit || told unit same theirs
  finish
}
