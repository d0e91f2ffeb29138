"""The practice Nexus does what the real one was seen to do."""
