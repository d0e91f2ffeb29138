# shellcheck shell=sh
# Discovery of files that plans could want to write, of disks and of armed transactions.

want() {
  case $1 in *"$NEWLINE"*) return ;; esac
  case $NEWLINE$wanted$NEWLINE in
    *"$NEWLINE$1$NEWLINE"*) ;;
    *) wanted="$wanted$NEWLINE$1" ;;
  esac
}

# want_glob PATTERN: what matches now. A pattern of the host's own words is never evaluated.
want_glob() {
  split_lines
  # shellcheck disable=SC2086  # the pattern is expanded, split at line ends only
  set -- $ROOT$1
  split_default
  for match in "$@"; do
    { [ -e "$match" ] || [ -L "$match" ]; } && want "${match#"$ROOT"}"
  done
}

want_containerd_paths() {
  while read -r paths_key paths_words; do
    case $paths_key in
      config_path)
        split_colons "$paths_words"
        ;;
      imports)
        set -f
        # shellcheck disable=SC2086  # words are paths
        set -- $paths_words
        set +f
        for import in "$@"; do
          case $import in /*) ;; *) import=${CONTAINERD_FILE%/*}/$import ;; esac
          want_glob "$import"
          case $import in *\**) want_drop_in "${import%/*}" ;; esac
        done
        ;;
    esac
  done <<PATHS
$CONTAINERD_PATHS
PATHS
}

# want_drop_in DIRECTORY: it, and the file there that a plan could add.
want_drop_in() {
  case $1 in *[*?[]*) return ;; esac
  want "$1"
  want "$1/zz-pilotage.toml"
}

# Of a rootless Docker what is below its user's settings, and of one from a snap what is below its
# own, as of another below /etc/docker.
want_docker_elsewhere() {
  [ -n "$docker_folder" ] || return 0
  want "$docker_folder"
  want "$docker_folder/certs.d"
  for match in "$ROOT$docker_folder"/certs.d/* "$ROOT$docker_folder"/certs.d/*/host*.toml \
    "$ROOT$docker_folder"/certs.d/*/ca.crt "$ROOT$docker_folder"/certs.d/*/pilotage-ca.crt; do
    [ -e "$match" ] && want "${match#"$ROOT"}"
  done
}

# Of CRI-O the home of root too: it has no other (facts/runtimes.md §3.1).
want_homes() {
  [ -z "$SIGNATURE_POLICY" ] || want "$SIGNATURE_POLICY"
  split_lines
  for home in $CONTAINERS_HOMES; do
    want "$home/.config/containers/registries.conf"
    want "$home/.config/containers/policy.json"
    for match in "$ROOT$home"/.config/containers/registries.conf.d/*.conf \
      "$ROOT$home"/.config/containers/certs.d/* "$ROOT$home"/.config/containers/certs.d/*/*.crt; do
      [ -e "$match" ] && want "${match#"$ROOT"}"
    done
  done
  split_default
}

# Of client certificates and their keys the names, never what is in them (facts/runtimes.md §1.6).
read_client_names() {
  section clients
  split_lines
  for folder in /etc/docker /etc/containers $docker_folder $CONTAINERS_HOMES; do
    case $NEWLINE$CONTAINERS_HOMES$NEWLINE in
      *"$NEWLINE$folder$NEWLINE"*) folder=$folder/.config/containers ;;
    esac
    for match in "$ROOT$folder"/certs.d/*/*.cert "$ROOT$folder"/certs.d/*/*.key; do
      [ ! -e "$match" ] || printf '%s\n' "${match#"$ROOT"}"
    done
  done
  split_default
}

split_colons() {
  IFS=:
  set -f
  # shellcheck disable=SC2086  # directories of a colon list
  set -- $1
  set +f
  split_default
  for directory in "$@"; do
    want "$directory"
    want_glob "$directory/*"
    want_glob "$directory/*/hosts.toml"
    want_glob "$directory/*/host.toml"
    want_glob "$directory/*/pilotage-ca.pem"
    want_glob "$directory/*/*.crt"
  done
}

# Set `real` (with $ROOT) to what a path means after all links, and `kind` to what it is.
resolve() {
  real=$ROOT$1 hops=0
  while :; do
    parent=${real%/*} rest=/${real##*/}
    until cd -P -- "${parent:-/}"; do
      rest=/${parent##*/}$rest
      parent=${parent%/*}
    done 2>/dev/null
    real=${PWD%/}$rest
    [ -L "$real" ] || break
    hops=$((hops + 1))
    [ "$hops" -le 40 ] || break
    link=$(readlink -- "$real")
    case $link in
      /*) real=$ROOT$link ;;
      *) real=${real%/*}/$link ;;
    esac
  done
  if [ -L "$real" ]; then
    kind=dangling_link
  elif [ -f "$real" ]; then
    kind=regular
  elif [ -d "$real" ]; then
    kind=directory
  elif [ -e "$real" ]; then
    kind=other
  elif [ "$hops" -gt 0 ]; then
    kind=dangling_link
  else
    kind=absent
  fi
}

read_files() {
  read_client_names
  wanted=
  given_paths
  want "$DOCKER_FILE"
  want_docker_elsewhere
  want "$CONTAINERD_FILE"
  want_containerd_paths
  want_homes
  want_k3s_paths
  want_builder_paths
  set --
  split_lines
  for file in $wanted; do
    split_default
    resolve "$file"
    section path "$kind"
    printf '%s\n%s' "$file" "${real#"$ROOT"}"
    case $kind in regular | directory | other) set -- "$@" "$real" ;; esac
  done
  [ $# -gt 0 ] || return 0
  stats=$(stat -c '%a %u %g %s %n' -- "$@")
  section stats
  printf '%s' "$stats"
  section listing
  ls -ldn -- "$@"
  if have lsattr; then
    section attributes
    bounded lsattr -d -- "$@" 2>/dev/null
  fi
  if have getfattr; then
    section extended
    bounded getfattr --absolute-names -m - -- "$@" 2>/dev/null
  fi
  while read -r _ _ _ size file; do
    [ -f "$file" ] || continue
    if [ "$size" -le 1048576 ]; then
      section content "${file#"$ROOT"}"
      cat -- "$file"
    else
      section digest "${file#"$ROOT"}"
      bounded sha256sum -- "$file"
    fi
  done <<STATS
$stats
STATS
}

read_disks() {
  set --
  for disk in / /etc /var/lib /var/lib/pilotage "$DOCKER_ROOT" "$CONTAINERD_ROOT"; do
    [ -d "$ROOT$disk" ] && set -- "$@" "$ROOT$disk"
  done
  section disks
  stat -f -c '%a %S %c %d %n' -- "$@"
}

read_transactions() {
  for ledger in "$ROOT"/var/lib/pilotage/*/; do
    for state in armed reverting; do
      [ -e "$ledger$state" ] || continue
      section transaction "$state" "${ledger#"$ROOT"}"
      sed -n -E '/^(holder|since) /p' "$ledger/manifest"
      break
    done
  done
}

