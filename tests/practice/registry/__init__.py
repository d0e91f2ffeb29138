"""The embedded registry, asked over real HTTPS."""
