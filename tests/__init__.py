"""Behaviour of Pilotage, told as tests."""
