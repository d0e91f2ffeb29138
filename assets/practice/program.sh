#!/bin/sh
# Every simulated program of a practice host, under the name that it is linked to.
#
# It hands its call to the process of the practice fleet and plays back the reply. A call takes the
# first number N that no other one has, below `replies/` of the host:
#   N.busy   the number is taken, until the fleet takes this away
#   N.call   program, variables, `--`, arguments, each ended by a NUL byte
#   N.given  bytes that came with the call as an open file or on standard input
#   N        a pipe; the fleet writes an empty line when it has taken the call and, once there is
#            a reply, one line of shell that plays it back. Whatever is long lies in N.output and
#            N.errors.
# N itself is written to the pipe `ask` of the host. None of this starts a process, but for a pipe
# that is not there yet.

program=${0##*/}
host=${PILOTAGE_ROOT%/root}

gone() {
  echo "$program: the practice fleet that this host belongs to is gone" >&2
  exit 125
}

{ read -r fleet <"${host%/hosts/*}/lock"; } 2>/dev/null || gone
kill -0 "$fleet" 2>/dev/null || gone

set -C
number=1
until { true >"$host/replies/$number.busy"; } 2>/dev/null; do
  [ -d "$host/replies" ] || gone
  number=$((number + 1))
done
set +C
reply=$host/replies/$number
[ -p "$reply" ] || mkfifo -m 600 "$reply" || gone

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
echo "$number" 1<>"$host/ask"
read -r _ <&3 || gone
exec 3>&-
IFS= read -r answer <&4 || gone
eval "$answer"
