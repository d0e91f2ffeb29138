"""Put Harbor onto a host by its own installer: its file, what speaks against it, the steps."""
