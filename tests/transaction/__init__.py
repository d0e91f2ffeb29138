"""The host transaction on practice hosts: the real script, three shells, every mishap."""
