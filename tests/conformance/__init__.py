"""How runtimes behave, stated once and shown on practice hosts and on real ones.

A case is data (`tests.conformance.case`): a fact of facts/runtimes.md, the flavours of runtimes it
holds for, and what to do and see on a host. The same case is played on a practice host and, where
the real fleet has that flavour, on a real one. Where the two disagree the simulator is wrong.

    pytest tests/conformance -m "not fleet"                  the practice side
    PILOTAGE_FLEET=NAME pytest tests/conformance -m fleet    the real side, on a fleet that is up
    python -m tests.conformance                              both, and a list of all facts

Under `pytest -n 3 --dist loadgroup` the trials of a real host go to one worker, which has a fleet
of its own.
"""
