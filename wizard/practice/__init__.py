"""The practice fleet: hosts, runtimes and registries on loopback, to rehearse on.

Needs no root, no container runtime and no other network. What is real: SSH, the host scripts
under this machine's own `sh`, every file, every HTTPS request to a registry. What is simulated:
the container runtimes (Docker, containerd, Podman) and their clients, as `facts/runtimes.md` tells
of each version, systemd, journalctl, sudo, curl, update-ca-certificates, and boots. The suite in
`tests/conformance` holds runtimes to the same cases as real hosts.
"""
