# shellcheck shell=sh
# Docker Engine, and its Compose, out of the distribution's own packages; out of Docker's where these
# will not do and it was allowed.

# docker_install COMPOSE VENDOR: yes where Compose is wanted too, and where Docker's own repository
# may be added.
docker_install() {
  VENDOR=$2
  ALLOW='allow the repository of Docker (--from-docker), or add it yourself (https://docs.docker.com/engine/install/)'
  LISTS=$ROOT/etc/pilotage/docker-packages
  take_turn docker_install
  refuse_podman
  refuse_old_engine
  if [ -z "$(missing "$1")" ] && [ ! -e "$LISTS.before" ]; then
    told docker same
    start_docker
    finish
  fi
  have apt-get || give_up "$(words_for_others)"
  install_packages "$(missing "$1")"
  tell_new_packages
  start_docker
  finish
}

refuse_podman() {
  have docker && answered bounded 20 docker --version || return 0
  case $SAID in *[Pp]odman*) give_up 'docker is Podman here (podman-docker): take another host, or remove that package' ;; esac
}

# What runs by it would stop, so whoever installed it decides.
refuse_old_engine() {
  have docker && answered bounded 20 docker version --format '{{.Server.Version}}' || return 0
  case $SAID in
    1[0-9].* | 20.0* | [1-9].*) give_up "Docker $SAID is here, which is older than 20.10: upgrade it by what it was installed by" ;;
  esac
}

missing() {
  have docker || printf 'engine '
  [ "$1" != yes ] || { have docker && has_compose; } || printf 'compose'
}

has_compose() {
  answered bounded 20 docker compose version --short || answered bounded 20 docker-compose version --short ||
    return
  case ${SAID#v} in
    2.[0-2] | 2.[0-2].*) return 1 ;;
    [2-9]* | [1-9][0-9]*) ;;
    *) return 1 ;;
  esac
}

words_for_others() {
  DOCKERS_OWN='dnf install docker-ce docker-ce-cli containerd.io docker-compose-plugin && systemctl enable --now docker'
  ID=$(sed -n 's/^ID=//p' "$ROOT/etc/os-release" 2>/dev/null | tr -d '"')
  REPOSITORY=https://download.docker.com/linux
  case $ID in
    fedora) TYPE="dnf config-manager addrepo --from-repofile=$REPOSITORY/fedora/docker-ce.repo && $DOCKERS_OWN" ;;
    rhel | centos | rocky | almalinux | ol)
      TYPE="dnf config-manager --add-repo $REPOSITORY/centos/docker-ce.repo && $DOCKERS_OWN"
      ;;
    opensuse* | sles) TYPE='zypper install docker docker-compose && systemctl enable --now docker' ;;
    alpine) TYPE='apk add docker docker-cli-compose && rc-update add docker && service docker start' ;;
    *) TYPE='what https://docs.docker.com/engine/install/ says for it' ;;
  esac
  printf 'there is no apt here (%s); type on it: %s' "${ID:-unknown}" "$TYPE"
}

# What was there before is kept until all is told, so that a cut errand takes nothing for its own.
install_packages() {
  # What apt brings is for everybody, and so is the list: the way back is typed by sudo.
  umask 022
  mkdir -p "${LISTS%/*}" || give_up "${LISTS%/*} cannot be made"
  GOES_ON=''
  if [ -e "$LISTS.before" ]; then
    GOES_ON=yes
  else
    packages >"$LISTS.part" && mv "$LISTS.part" "$LISTS.before" || give_up "$LISTS.before cannot be written"
  fi
  # One that was cut short leaves packages unpacked, and apt does nothing before that is ended.
  [ -z "$(dpkg --audit 2>/dev/null)" ] || heard apt dpkg --configure -a || give_up_unchanged "dpkg: $SAID"
  SOURCE=$ROOT/etc/apt/sources.list.d/docker.list
  heard apt apt-get -q update || {
    # Of one that was cut before it knew whether that can be used; nothing came out of it yet.
    [ -z "$GOES_ON" ] || [ -z "$1" ] || ! is_ours "$SOURCE" || rm -f "$SOURCE"
    give_up_unchanged "the lists of packages cannot be brought: $SAID"
  }
  choose "$1"
  if [ -n "$LACKS" ] && [ "$VENDOR" = yes ] && ! has_dockers_repository; then
    add_dockers_repository
    choose "$1"
    [ -z "$LACKS" ] || give_up_repository "Docker's repository has none for this host ($SYSTEM $CODENAME, $(uname -m))"
  fi
  [ -z "$LACKS" ] || give_up_unchanged "$LACKS"
  [ -z "$WANTED" ] || {
    CHANGED=yes
    # Docker's own containerd.io would be taken off the host for Debian's, with all that runs by it.
    # shellcheck disable=SC2086  # a list
    heard apt apt-get -q -y --no-remove --no-install-recommends install $WANTED || give_up "apt-get: $SAID"
  }
}

# What a cut errand noted is still true of what it had installed by then.
give_up_unchanged() {
  [ -n "$GOES_ON" ] || rm -f "$LISTS.before"
  give_up "$1"
}

# Another apt may be at work, as the nightly one. Nobody is there to answer: settings that were
# changed here stay, and needrestart, which restarts others' services, waits for the next apt.
apt() {
  PROGRAM=$1
  shift
  DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=yes
  export DEBIAN_FRONTEND NEEDRESTART_SUSPEND
  case $PROGRAM in
    dpkg) set -- --force-confdef --force-confold "$@" ;;
    apt-get)
      set -- -o DPkg::Lock::Timeout=120 -o Dpkg::Options::=--force-confdef \
        -o Dpkg::Options::=--force-confold "$@"
      ;;
  esac
  bounded 900 "$PROGRAM" "$@"
}

packages() {
  dpkg-query -W -f '${Package} ${db:Status-Status}\n' | sed -n 's/ installed$//p' | sort -u
}

# Sets WANTED to packages, and LACKS to what the release has none of that will do. Where Docker's own
# are to be had, an engine that is still to come and its Compose are of one house.
choose() {
  WANTED='' LACKS=''
  case $1 in *engine*) choose_engine ;; esac
  # To an engine that is there already Docker's own Compose may be added.
  case $1 in
    *engine*compose*) choose_compose docker-compose-v2 docker-compose ;;
    *compose*) choose_compose docker-compose-v2 docker-compose-plugin docker-compose ;;
  esac
  [ -n "$LACKS" ] || return 0
  case $1 in
    *engine*)
      [ -n "$(candidate docker-ce)" ] || return 0
      WANTED='docker-ce docker-ce-cli containerd.io' LACKS=''
      case $1 in *compose*) WANTED="$WANTED docker-compose-plugin" ;; esac
      ;;
  esac
}

# Not every release parts Docker into two packages.
choose_engine() {
  case $(candidate docker.io) in
    20.10.* | 2[1-9].* | [3-9][0-9].*)
      WANTED=docker.io
      [ -z "$(candidate docker-cli)" ] || WANTED="$WANTED docker-cli"
      ;;
    '') LACKS="this distribution has no package docker.io: $ALLOW" ;;
    *) LACKS="docker.io of this release is older than 20.10: $ALLOW" ;;
  esac
}

choose_compose() {
  for PACKAGE; do
    case $(candidate "$PACKAGE") in
      [2-9]* | [1-9][0-9]*)
        WANTED="$WANTED $PACKAGE"
        return
        ;;
    esac
  done
  LACKS="the Compose of this release is older than 2.3: $ALLOW"
}

# Prints the version that would be installed, without its epoch; nothing where there is none.
candidate() {
  apt-cache policy "$1" 2>/dev/null | sed -n 's/^  Candidate: //p' | sed 's/^[0-9]*://; s/^(none)$//'
}

tell_new_packages() {
  packages >"$LISTS.now" && comm -13 "$LISTS.before" "$LISTS.now" >"$LISTS.new" || give_up "$LISTS cannot be written"
  while read -r PACKAGE; do
    told "package $PACKAGE" changed
  done <"$LISTS.new"
  cat "$LISTS.new" >>"$LISTS" && rm -f "$LISTS.before" "$LISTS.now" "$LISTS.new"
}

start_docker() {
  if have systemctl && ! heard systemctl is-enabled docker.service; then
    heard bounded 120 systemctl enable --now docker.service || give_up "docker.service: $SAID"
    told docker.service changed
  fi
  answered bounded 30 docker version --format '{{.Server.Version}}' || give_up "Docker does not answer: $SAID"
  told "Docker $SAID" same
}
