"""The stand-in of Harbor: the quirks that it is there for."""
