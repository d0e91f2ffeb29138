"""Play the cases and list every fact with where it was shown: `python -m tests.conformance`.

Both sides are played; arguments go to pytest, as `-m "not fleet"` for the practice side alone.
The exit code is pytest's.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

# The report in full, and the trials as dots.
OPTIONS = ("-v", "--no-header", "-o", "verbosity_test_cases=-1")

if __name__ == "__main__":
    raise SystemExit(pytest.main([str(Path(__file__).parent), *OPTIONS, *sys.argv[1:]]))
