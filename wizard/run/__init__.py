"""A run lives in its own process; everybody else sees it through its journal."""
