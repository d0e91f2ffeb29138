"""`pilotage run`: the process of a run, in the foreground; people start runs by other commands."""

from __future__ import annotations

from pathlib import Path

import click

from wizard.cli.surroundings import Session
from wizard.run.places import default_state_dir
from wizard.run.process import main
from wizard.wording import mark


@click.command(
    hidden=True, help=mark("Do the work of RUN, whose journal exists already, until it has ended.")
)
@click.argument("run")
@click.option("--state-dir", type=click.Path(path_type=Path), default=None)
@click.option("--secrets-fd", type=int, default=-1, help=mark("Read secrets from this descriptor."))
@click.pass_obj
def run(session: Session, run: str, state_dir: Path | None, secrets_fd: int) -> int:
    """Do the work of RUN, whose journal exists already, until it has ended."""
    folder = state_dir or session.state_dir or default_state_dir()
    return main([run, "--state-dir", str(folder.absolute()), "--secrets-fd", str(secrets_fd)])
