"""Tests of runs: journal, state, processes and orders."""
