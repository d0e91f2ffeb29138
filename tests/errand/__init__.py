"""Errands: real scripts in real shells, and runs of their own."""
