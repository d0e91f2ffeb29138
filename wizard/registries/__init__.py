"""The registry that is moved to: found out about by asking it, never by believing it."""
