"""The way back: a whole run, a wave or chosen hosts, at any later time."""
