"""`pilotage`: the group of all commands, loaded one at a time, and the last line of defence."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, Final, NoReturn

import click

from wizard import __version__
from wizard.cli.broken_output import OutputError, open_closed_streams, told_apart
from wizard.cli.exit_codes import ExitCode
from wizard.cli.lazy_group import LazyGroup
from wizard.cli.options import common_options
from wizard.cli.surroundings import Session, Surroundings
from wizard.cli.translation import translated
from wizard.errors import NeedsTerminal
from wizard.wording import _, choose_language, mark

_COMMANDS: Final = {
    "discover": (
        "command_discover",
        "discover",
        mark("Read what is on hosts; change nothing."),
    ),
    "plan": ("command_preview", "plan", mark("Compute what would change; change nothing.")),
    "matrix": (
        "command_matrix",
        "matrix",
        mark("Tell what each addressing of the target would cost each host."),
    ),
    "registry": (
        "command_registry",
        "registry",
        mark("Choose the registry to move to, and set it up."),
    ),
    "manifest": (
        "command_manifest",
        "manifest",
        mark("Print the mirrors as objects for an OpenShift cluster."),
    ),
    "images-to-change": (
        "command_images",
        "images_to_change",
        mark("List images that no setting leads to the target, and their names there."),
    ),
    "front": (
        "command_front",
        "front",
        mark("Write a server that shows a project as the root of a registry."),
    ),
    "diff": ("command_preview", "diff", mark("Show every changed line; change nothing.")),
    "apply": ("command_apply", "apply", mark("Roll out: the canary first, then in waves.")),
    "rollback": ("command_rollback", "rollback", mark("Take a rollout back, byte for byte.")),
    "runs": ("command_runs", "runs", mark("List all runs.")),
    "show": ("command_runs", "show", mark("Show a run as it is now.")),
    "watch": ("command_runs", "watch", mark("Follow a run until it ends.")),
    "resume": ("command_orders", "resume", mark("Go on with a run that lost its process.")),
    "order": ("command_orders", "order", mark("Tell a run to pause, go on, stop, retry, …")),
    "hosts": ("command_hosts", "hosts", mark("Approve the keys of hosts.")),
    "demo": ("command_demo", "demo", mark("Practise on simulated hosts; nothing real is touched.")),
    "run": ("command_run", "run", mark("The process of a run; started by Pilotage itself.")),
}
_HIDDEN: Final = frozenset({"run"})


class Program(LazyGroup):
    """All commands, in the order of a migration."""

    def main(  # type: ignore[override]  # ends the process in every case
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        *,
        obj: Surroundings | None = None,
        **extra: Any,
    ) -> NoReturn:
        """Run one invocation and leave with a documented exit code, never a traceback."""
        open_closed_streams()
        arguments = sys.argv[1:] if args is None else list(args)
        session = Session(surroundings=obj or Surroundings.of_this_process())
        session.as_json = "--json" in arguments
        choose_language(session.surroundings.environ)
        told = translated(self)
        extra["standalone_mode"] = False

        def invoke() -> int:
            done = click.Group.main(told, arguments, prog_name or "pilotage", obj=session, **extra)
            return int(done or 0)

        try:
            with told_apart():
                code = _guarded(session, invoke)
        finally:
            session.close()
        sys.exit(code)


def _guarded(session: Session, invoke: Callable[[], int]) -> int:
    """Return the exit code of `invoke`, every way out of it shown in words."""
    try:
        return invoke()
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except OutputError as error:
        if error.is_closed and not session.attached:
            return ExitCode.DONE
        from wizard.cli.failures import show_output_error  # noqa: PLC0415  # as below

        return show_output_error(session, error)
    except (KeyboardInterrupt, Exception) as error:  # noqa: BLE001  # the last line of defence
        from wizard.cli.failures import show_failure  # noqa: PLC0415  # not needed for --help

        return show_failure(session, error)


@click.group(
    cls=Program,
    lazy=_COMMANDS,
    unlisted=_HIDDEN,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=mark(
        "Move a fleet of container hosts onto your own registry: canary first, with a way back."
    ),
    epilog=mark("Without a command, on a terminal, the wizard starts."),
)
@click.version_option(__version__, prog_name="pilotage", message="%(prog)s %(version)s")
@click.option("--no-mouse", is_flag=True, help=mark("Leave the mouse to the terminal."))
@common_options
@click.pass_context
def program(context: click.Context, no_mouse: bool) -> int:  # noqa: FBT001  # click passes options by name
    """Start the wizard when no command is named."""
    session = context.ensure_object(Session)
    if context.invoked_subcommand is not None:
        return ExitCode.DONE
    surroundings = session.surroundings
    if not (surroundings.is_interactive and surroundings.is_terminal):
        raise NeedsTerminal(
            _("The wizard needs a terminal."),
            state=_("Nothing was changed."),
            todo=_("Use a command: pilotage --help lists them."),
        )
    return surroundings.start_wizard(session.service, session.migration_path, not no_mouse)
