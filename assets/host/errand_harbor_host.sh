# shellcheck shell=sh
# What Harbor's installer needs of a host, read only: each step tells one fact.

# harbor_host DATA_VOLUME PORTS
harbor_host() {
  look_at_machine
  look_at_disk "$1"
  look_at_docker
  look_at_ports "$2"
  finish
}
