"""Practice hosts: directories, shells, simulated programs, SSH, and what is left behind."""
