"""The demo: scenarios, faults, drills."""
