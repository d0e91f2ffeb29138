"""Nexus Repository: its client, and what a mirror of Docker Hub needs of it."""
