"""What `pilotage demo` shows on a practice fleet: scenarios, incidents, drills and their proof."""
