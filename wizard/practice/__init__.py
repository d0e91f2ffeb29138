"""The practice fleet: hosts, runtimes and registries on loopback, to rehearse on.

Needs no root, no container runtime and no other network. What is real: SSH, the host scripts
under this machine's own `sh`, every file, every HTTPS request to a registry. What is simulated:
the container runtimes and systemd, as `facts/runtimes.md` tells of each version; the suite in
`tests/conformance` holds them to the same cases as real hosts.
"""
