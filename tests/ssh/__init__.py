"""Reaching hosts, tried against real sshd and virtual hosts on loopback."""
