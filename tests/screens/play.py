"""Play the wizard with a scripted service: `python -m tests.screens.play FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

from screens.app import run_wizard
from tests.screens.stage import scripted
from wizard.wording import choose_language


def main() -> int:
    """Run the wizard in the folder that is named and return its exit code."""
    folder = Path(sys.argv[1])
    choose_language()
    return run_wizard(service=scripted(folder), migration_path=folder / "migration.yaml")


if __name__ == "__main__":
    sys.exit(main())
