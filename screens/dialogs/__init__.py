"""Questions and closer looks on top of a step; each closes with its result."""
