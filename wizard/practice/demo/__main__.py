"""`python -m wizard.practice.demo` is the process of a fleet, see `fleet_process`."""

from __future__ import annotations

import sys

from wizard.collecting import start_quickly

if __name__ == "__main__":
    start_quickly()

    from wizard.practice.demo.fleet_process import main

    sys.exit(main())
