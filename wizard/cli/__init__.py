"""The command line: the whole migration without screens.

Standard output is data, standard error is narration. Exit codes are in
`wizard.cli.exit_codes`, JSON documents in `wizard.cli.documents`; both are documented API.
"""

from __future__ import annotations

from wizard.collecting import start_quickly


def main() -> None:
    """Run `pilotage` with the arguments of this process."""
    start_quickly()
    from wizard.cli.program import program  # noqa: PLC0415  # the package itself stays free to import

    program.main()
