"""Taking a plan to the fleet: waves, gates between them, and what to do when one closes."""
