"""Tests of rollbacks on simulated hosts, in virtual time."""
