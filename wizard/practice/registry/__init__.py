"""An embedded registry: the OCI distribution API over real HTTPS, content in memory."""
