"""CRI-O: the same drop-in as Podman, made live by a reload that its journal witnesses."""
