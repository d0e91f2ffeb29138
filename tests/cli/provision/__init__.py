"""Tests of `pilotage registry provision`."""
