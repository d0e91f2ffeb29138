"""Fronts in real nginx, before a real docker-registry that wants tokens, and real clients."""
