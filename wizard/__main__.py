"""`python -m wizard` is `pilotage`."""

from __future__ import annotations

from wizard.cli import main

if __name__ == "__main__":
    main()
