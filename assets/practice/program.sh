#!/bin/sh
# Every simulated program of a practice host, under the name that it is linked to.
#
# It hands its call to the process of the practice fleet and plays back the reply. For call N, the
# number of this process, below `replies/` of the host:
#   N.call   program, variables, `--`, arguments, each ended by a NUL byte
#   N.given  bytes that came with the call as an open file or on standard input
#   N        a pipe; the fleet writes an empty line when it has taken the call and, once there is
#            a reply, one line of shell that plays it back. Whatever is long lies in N.output and
#            N.errors.
# N itself is written to the pipe `ask` of the host. Of all this only `mkfifo` is a process.

program=${0##*/}
host=${PILOTAGE_ROOT%/root}
reply=$host/replies/$$

gone() {
  echo "$program: the practice fleet that this host belongs to is gone" >&2
  exit 125
}

for word; do
  case $word in
    /proc/self/fd/[3-9]) cat <&"${word##*/}" >"$reply.given" ;;
    --password-stdin) cat >"$reply.given" ;;
  esac
done
case $program,$*, in
  docker,load,*--input* | docker,load,*' -i'*) ;;
  docker,load* | ctr,*' import '*' -,'*) cat >"$reply.given" ;;
esac

{ read -r fleet <"${host%/hosts/*}/lock"; } 2>/dev/null || gone
kill -0 "$fleet" 2>/dev/null || gone
[ -p "$reply" ] || mkfifo -m 600 "$reply" || gone
# Open for both at first, which waits for nobody; once the fleet holds the other end, reading
# comes to an end when the fleet does.
exec 3<>"$reply"
exec 4<"$reply"
printf '%s\0' "$program" "USER=${USER-}" "HOME=${HOME-}" \
  "${DOCKER_HOST+DOCKER_HOST=$DOCKER_HOST}" \
  "${DOCKER_CONTEXT+DOCKER_CONTEXT=$DOCKER_CONTEXT}" \
  "${DOCKER_CONFIG+DOCKER_CONFIG=$DOCKER_CONFIG}" \
  "${CONTAINER_HOST+CONTAINER_HOST=$CONTAINER_HOST}" \
  "${CONTAINERD_ADDRESS+CONTAINERD_ADDRESS=$CONTAINERD_ADDRESS}" \
  "${CONTAINERD_NAMESPACE+CONTAINERD_NAMESPACE=$CONTAINERD_NAMESPACE}" \
  "${CONTAINER_RUNTIME_ENDPOINT+CONTAINER_RUNTIME_ENDPOINT=$CONTAINER_RUNTIME_ENDPOINT}" \
  -- "$@" >"$reply.call"
echo "$$" 1<>"$host/ask"
read -r _ <&3 || gone
exec 3>&-
IFS= read -r answer <&4 || gone
eval "$answer"
