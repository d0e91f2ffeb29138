"""Files that ship with Pilotage: host scripts, styles, translations."""
