# shellcheck shell=sh
# Pull secrets of Kubernetes: all of it is tried by the server first, then it is done.

# pull_secret NAME NAMESPACES ACCOUNTS: lists are parted by spaces; PAYLOAD is the manifests.
pull_secret() {
  SECRET=$1 NAMESPACES=$2 ACCOUNTS=$3
  find_kubectl || give_up 'there is no kubectl here, or no administrator of a cluster: name a control-plane host'
  for NAMESPACE in $NAMESPACES; do
    heard kube get namespace "$NAMESPACE" -o name </dev/null || give_up "namespace $NAMESPACE: $SAID"
  done
  each_account try_account
  put_secrets --dry-run=server || give_up "the server refuses the secrets: $SAID"
  BEFORE=$(secret_versions)
  put_secrets || give_up "the secrets were not written: $SAID"
  for NAMESPACE in $NAMESPACES; do
    told "secret $SECRET in $NAMESPACE" "$(changed_since "$NAMESPACE")"
  done
  each_account change_account
  finish
}

find_kubectl() {
  for KUBECTL in kubectl /var/lib/rancher/rke2/bin/kubectl k3s; do
    ! have "$KUBECTL" || break
  done
  have "$KUBECTL" || return
  for CONFIG in /etc/kubernetes/admin.conf /etc/rancher/k3s/k3s.yaml /etc/rancher/rke2/rke2.yaml; do
    CONFIG=$ROOT$CONFIG
    [ ! -r "$CONFIG" ] || return 0
  done
  return 1
}

kube() {
  if [ "$KUBECTL" = k3s ]; then
    k3s kubectl --kubeconfig="$CONFIG" --request-timeout=30s "$@"
  else
    "$KUBECTL" --kubeconfig="$CONFIG" --request-timeout=30s "$@"
  fi
}

# The server keeps who set which field: what somebody else made under that name is a conflict.
put_secrets() {
  SAID=$(printf '%s' "$PAYLOAD" | kube apply --server-side --field-manager=pilotage "$@" -f - 2>&1)
}

secret_versions() {
  for NAMESPACE in $NAMESPACES; do
    printf '%s=%s\n' "$NAMESPACE" "$(secret_version "$NAMESPACE")"
  done
}

secret_version() {
  kube get secret "$SECRET" -n "$1" -o 'jsonpath={.metadata.resourceVersion}' </dev/null 2>/dev/null
}

changed_since() {
  case "$NEWLINE$BEFORE$NEWLINE" in
    *"$NEWLINE$1=$(secret_version "$1")$NEWLINE"*) printf same ;;
    *) printf changed ;;
  esac
}

each_account() {
  for NAMESPACE in $NAMESPACES; do
    for ACCOUNT in $ACCOUNTS; do
      "$1"
    done
  done
}

try_account() {
  look_at_account || give_up "service account $ACCOUNT in $NAMESPACE: $SAID"
  [ -z "$PATCH" ] || heard patch_account --dry-run=server ||
    give_up "the server refuses the change of service account $ACCOUNT in $NAMESPACE: $SAID"
}

# Somebody may change it at the same time: it is read and tried again then.
change_account() {
  for TRY in 1 2 3; do
    look_at_account || give_up "service account $ACCOUNT in $NAMESPACE: $SAID"
    if [ -z "$PATCH" ]; then
      told "service account $ACCOUNT in $NAMESPACE" same
      return
    fi
    if heard patch_account; then
      told "service account $ACCOUNT in $NAMESPACE" changed
      return
    fi
    nap
  done
  give_up "service account $ACCOUNT in $NAMESPACE: $SAID"
}

# Sets PATCH, empty where the secret is in its list. A merge would replace the list: it is added to,
# and only while the account is the one that was read.
look_at_account() {
  PATCH=''
  # Its complaints, as of an aggregated API that is down, are no part of the answer.
  if ! FOUND=$(account_words 2>/dev/null); then
    heard account_words
    return 1
  fi
  NAMES=" ${FOUND#* } "
  case $NAMES in *" $SECRET "*) return 0 ;; esac
  TEST="{\"op\":\"test\",\"path\":\"/metadata/resourceVersion\",\"value\":\"${FOUND%% *}\"}"
  case $NAMES in
    *[!\ ]*) PATCH="[$TEST,{\"op\":\"add\",\"path\":\"/imagePullSecrets/-\",\"value\":{\"name\":\"$SECRET\"}}]" ;;
    *) PATCH="[$TEST,{\"op\":\"add\",\"path\":\"/imagePullSecrets\",\"value\":[{\"name\":\"$SECRET\"}]}]" ;;
  esac
}

account_words() {
  kube get serviceaccount "$ACCOUNT" -n "$NAMESPACE" \
    -o 'jsonpath={.metadata.resourceVersion} {.imagePullSecrets[*].name}' </dev/null
}

patch_account() {
  kube patch serviceaccount "$ACCOUNT" -n "$NAMESPACE" --type=json -p "$PATCH" "$@" </dev/null
}
