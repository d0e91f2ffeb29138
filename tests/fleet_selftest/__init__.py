"""The real fleet, tested itself: what it has, and that it leaves nothing behind."""
