# shellcheck shell=sh
# Steps of k3s and RKE2. What they generate says what they have read.

# A server answers when its API server does, which takes longer than a containerd's start.
step_k3s_restart() {
  ! has_systemd || listen 10 systemctl reset-failed "$1"
  tool 300 systemctl restart "$1"
}

# k3s_cri_ok CRICTL ENDPOINT
step_k3s_cri_ok() {
  K3S_CRICTL=$1 K3S_ENDPOINT=$2
  poll 120 k3s_cri_answers && return 0
  DETAIL="its CRI does not answer: $WORDS"
  return 1
}

k3s_cri_answers() {
  listen 20 "$K3S_CRICTL" --runtime-endpoint "$K3S_ENDPOINT" --timeout 10s version
}

# k3s_mirror UPSTREAM URL FILE: the first that is asked, but for the nodes' own embedded registry.
# The file is there before the containerd that k3s_cri_ok asked was started.
step_k3s_mirror() {
  K3S_UPSTREAM=$1 K3S_URL=$2 K3S_FILE=$ROOT$3
  k3s_mirror_is_first && return 0
  DETAIL="the first mirror of $1 in $3 is '$K3S_FIRST', wanted '$2'"
  return 1
}

k3s_mirror_is_first() {
  K3S_FIRST=''
  [ ! -e "$K3S_FILE" ] || case $K3S_FILE in
    *.toml) k3s_first_in <"$K3S_FILE" ;;
  esac
  [ -z "$K3S_FIRST" ] || k3s_whole_url
  [ "$K3S_FIRST" = "$K3S_URL" ]
}

# hosts.toml has a table for each mirror; config.toml of older releases a list for each upstream.
k3s_first_in() {
  K3S_TABLE=''
  while read -r K3S_LINE; do
    case $K3S_LINE in
      '[host."https://127.0.0.1:'*) ;;
      '[host."'*'"]')
        K3S_FIRST=${K3S_LINE#'[host."'}
        K3S_FIRST=${K3S_FIRST%'"]'}
        return
        ;;
      \[*) K3S_TABLE=$K3S_LINE ;;
      'endpoint = ["'*)
        case $K3S_TABLE in *".registry.mirrors.\"$K3S_UPSTREAM\"]") ;; *) continue ;; esac
        K3S_FIRST=${K3S_LINE#'endpoint = ["'}
        K3S_FIRST=${K3S_FIRST%%\"*}
        return
        ;;
    esac
  done
}

# As the plan names it: with a scheme and, where it has no path, with that of the API.
k3s_whole_url() {
  case $K3S_FIRST in *://*) ;; *) K3S_FIRST=https://$K3S_FIRST ;; esac
  K3S_FIRST=${K3S_FIRST%/}
  case ${K3S_FIRST#*://} in */*) ;; *) K3S_FIRST=$K3S_FIRST/v2 ;; esac
}

# Prints what runs now, by the ctr that is given.
observe_k3s_containers() {
  list_k3s_tasks "$1" && printf '%s' "$TASKS"
}

list_k3s_tasks() {
  hear 60 "$1" -a /run/k3s/containerd/containerd.sock -n k8s.io tasks ls && keep_tasks
}

# Its containers outlive a restart as those of any containerd do (lost_containerd_containers).
lost_k3s_containers() {
  if ! list_k3s_tasks "$1"; then
    DETAIL=$WORDS
    return 1
  fi
  compare_tasks
}

# k3s_pull REFERENCE DIGEST CRICTL ENDPOINT LOG. Only containerd's log says why a mirror was passed
# over: crictl tells what the last endpoint said (facts/runtimes.md §4).
step_k3s_pull() {
  K3S_LOG=$ROOT$5 K3S_LOG_SIZE=0
  [ ! -r "$K3S_LOG" ] || K3S_LOG_SIZE=$(wc -c <"$K3S_LOG" 9>&-)
  step_cri_pull "$1" "$2" "$3" "$4" && return 0
  K3S_SAID=$(exec 9>&- && tail -c "+$((K3S_LOG_SIZE + 1))" "$K3S_LOG" 2>/dev/null | first_fallback |
    tr -d '\134')
  [ -z "$K3S_SAID" ] || DETAIL="containerd passed over a mirror; its log: $K3S_SAID; crictl: $DETAIL"
  return 1
}
