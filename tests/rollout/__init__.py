"""Tests of rollouts on simulated hosts, in virtual time."""
