# shellcheck shell=sh
# Discovery of k3s and RKE2 (facts/runtimes.md §4).
#
# They hide the arguments of their process from ps(1): what they run with is said by their unit, by
# config.yaml and by their environment. All of these hold the cluster's token, so that only the
# settings that matter are taken out of them, one in a line.

K3S_VALUES='data-dir|private-registry|system-default-registry|container-runtime-endpoint|config'
K3S_SWITCHES='docker|rootless|disable-agent|embedded-registry|disable-default-registry-endpoint'

read_k3s() {
  k3s_product=k3s
  if [ -z "$k3s_process" ]; then
    # One that is enabled and does not run.
    k3s_unit=$k3s_enabled
    [ -n "$k3s_unit" ] || return 0
  fi
  case $k3s_unit in *rke2*) k3s_product=rke2 ;; esac
  section k3s "${k3s_process##*/}" "$k3s_unit"
  read_k3s_unit
  k3s_settings=$(k3s_settings_of)
  section k3s.settings
  printf '%s' "$k3s_settings"
  K3S_FILE=$(k3s_setting private-registry)
  K3S_FILE=${K3S_FILE:-/etc/rancher/$k3s_product/registries.yaml}
  K3S_DATA=$(k3s_setting data-dir)
  K3S_DATA=${K3S_DATA:-/var/lib/rancher/$k3s_product}
  K3S_PATHS="$K3S_FILE$NEWLINE${K3S_FILE%/*}$NEWLINE${K3S_FILE%/*}/pilotage-ca.pem"
  run k3s.version "$k3s_program" --version
  section k3s.cluster
  sha256sum <"$ROOT$K3S_DATA/agent/server-ca.crt"
  k3s_changed=$(stat -L -c %Z "$ROOT$K3S_FILE")
  section k3s.times
  printf 'changed=%s\n' "$k3s_changed"
  [ -n "$k3s_process" ] || return 0
  process_started "$k3s_process" && printf 'started=%s\n' "$started"
  read_k3s_cri
}

# The words of its unit, one in a line, the program's first.
read_k3s_unit() {
  k3s_words=$(bounded_last systemctl show --no-pager -p ExecStart "$k3s_unit")
  k3s_words=${k3s_words#*argv\[\]=}
  k3s_words=$(printf '%s\n' "${k3s_words%% ; *}" | tr ' ' '\n')
  k3s_program=$ROOT${k3s_words%%"$NEWLINE"*}
  [ -n "${k3s_words%%"$NEWLINE"*}" ] && [ -x "$k3s_program" ] || k3s_program=$k3s_product
}

# Settings as `name: value`, those that count come last.
k3s_settings_of() {
  k3s_prefix=K3S
  [ "$k3s_product" = k3s ] || k3s_prefix=RKE2
  [ -z "$k3s_process" ] || tr '\0' '\n' <"$k3s_process/environ" | without_passwords | sed -n \
    -e "s/^${k3s_prefix}_DATA_DIR=/data-dir: /p" \
    -e "s/^${k3s_prefix}_SYSTEM_DEFAULT_REGISTRY=/system-default-registry: /p" \
    -e "s/^${k3s_prefix}_CONFIG_FILE=/config: /p"
  k3s_flags=$(printf '%s\n' "$k3s_words" | k3s_flags_of)
  option_in "$k3s_words" --config -c
  k3s_config=$ROOT${option_value:-/etc/rancher/$k3s_product/config.yaml}
  for k3s_config in "$k3s_config" "$k3s_config".d/*.yaml "$k3s_config".d/*.yml; do
    [ -f "$k3s_config" ] && without_passwords <"$k3s_config" | sed -n -E \
      -e "s/^[\"']?($K3S_VALUES|$K3S_SWITCHES)\\+?[\"']?[[:space:]]*:[[:space:]]+/\\1: /p"
  done
  printf '%s' "$k3s_flags"
}

k3s_flags_of() {
  sed -n -E -e '1d' -e '/^(server|agent)$/s/^/role: /p' \
    -e 's/^-d$/--data-dir/' -e 's/^-d=/--data-dir=/' \
    -e "s/^--?($K3S_SWITCHES)\$/\\1: true/p" \
    -e "s/^--?($K3S_VALUES|$K3S_SWITCHES)=(.*)\$/\\1: \\2/p" \
    -e "/^--?($K3S_VALUES)\$/{N;s/^-*([a-z-]*)\\n/\\1: /p;}"
}

# k3s_setting NAME: the value that counts, without quotes and comment.
k3s_setting() {
  k3s_value=$(printf '%s\n' "$k3s_settings" | sed -n -E "s/^$1: [\"']?([^\"'#]*[^\"'# ])[\"']?.*/\\1/p")
  printf '%s' "${k3s_value##*"$NEWLINE"}"
}

read_k3s_cri() {
  k3s_bin=$ROOT$K3S_DATA/bin
  [ -d "$k3s_bin" ] || k3s_bin=$ROOT$K3S_DATA/data/current/bin
  k3s_socket=/run/k3s/containerd/containerd.sock
  if k3s_brings ctr; then
    run k3s.images "$k3s_tool" -a "$k3s_socket" -n k8s.io images ls -q
    run k3s.tasks "$k3s_tool" -a "$k3s_socket" -n k8s.io tasks ls
  fi
  k3s_brings crictl || return 0
  run k3s.containers "$k3s_tool" -r "unix://$k3s_socket" ps -o json
}

# Its own, else that of its installer's link, which is the same program.
k3s_brings() {
  k3s_tool=$k3s_bin/$1
  [ -x "$k3s_tool" ] || k3s_tool=$(command -v "$1") || return
  section "k3s.$1"
  printf '%s' "$k3s_tool"
}

# What is generated, and the templates that it may be generated from.
want_k3s_paths() {
  [ -n "$K3S_PATHS" ] || return 0
  split_lines
  for k3s_path in $K3S_PATHS; do
    want "$k3s_path"
  done
  split_default
  k3s_made=$K3S_DATA/agent/etc/containerd
  want "$k3s_made/config.toml.tmpl"
  want "$k3s_made/config-v3.toml.tmpl"
  want "$k3s_made/certs.d"
  want_glob "$k3s_made/certs.d/*/hosts.toml"
}
