"""Practice hosts: a directory as the root, real shells and real SSH in front of a machine."""
