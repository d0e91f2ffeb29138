"""`python -m wizard.run RUN` is the process of a run, see `wizard.run.process`."""

from __future__ import annotations

import sys

from wizard.collecting import start_quickly

if __name__ == "__main__":
    start_quickly()

    from wizard.run.process import main

    sys.exit(main())
