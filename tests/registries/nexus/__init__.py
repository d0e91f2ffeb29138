"""Nexus: its client and its provisioning, on the practice Nexus, held against the contract."""
