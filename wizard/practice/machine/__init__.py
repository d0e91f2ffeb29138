"""What a practice host is behind its shell: services, processes, journal, boots, network."""
