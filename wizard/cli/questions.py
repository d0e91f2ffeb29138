"""Questions to the operator; refused where nobody can answer."""

from __future__ import annotations

from collections.abc import Sequence

import click

from wizard.cli.surroundings import Session
from wizard.cli.wrapping import wrapped
from wizard.errors import NeedsTerminal
from wizard.secret import Secret
from wizard.wording import _, safe_text


def confirm(session: Session, question: str) -> bool:
    """Return whether the operator agrees; `--yes` agrees to everything.

    Raises NeedsTerminal where nobody can answer.
    """
    if session.yes:
        return True
    require_terminal(session, question, todo=_("Add --yes to agree beforehand."))
    return click.confirm(safe_text(question), default=False, err=True)


def show_licence(session: Session, licence: str) -> None:
    """Say a licence whole, for whoever may accept it."""
    session.output.say("")
    for line in wrapped("", safe_text(licence, limit=len(licence))):
        session.output.say(line)
    session.output.say("")


def accepts_licence(session: Session, *, beforehand: bool) -> bool:
    """Return whether the operator accepts the licence that was shown; `--yes` does not.

    `beforehand` is an option of the command that names the licence.
    """
    if beforehand:
        return True
    if not session.surroundings.is_interactive:
        return False
    return click.confirm(safe_text(_("Do you accept this licence?")), default=False, err=True)


def warn_of_logout(session: Session) -> None:
    """Say before a run is started that a logout would end it, where that is so."""
    warning = session.service.logout_warning()
    if warning:
        session.output.say(warning)


def ask_secret(session: Session, purpose: str) -> Secret:
    """Return a secret typed without echo; raises NeedsTerminal where nobody can type it."""
    require_terminal(
        session,
        _("{purpose} is asked for").format(purpose=purpose),
        todo=_("Name it in the migration file as env:NAME or file:PATH."),
    )
    text = click.prompt(safe_text(purpose), hide_input=True, err=True)
    return session.remember(Secret(str(text)))


def choose(session: Session, question: str, answers: Sequence[str], *, default: str) -> str:
    """Return one of `answers`; raises NeedsTerminal where nobody can choose."""
    require_terminal(session, question)
    answer: str = click.prompt(
        safe_text(question), type=click.Choice(list(answers)), default=default, err=True
    )
    return answer


def wait_for_enter(session: Session, words: str) -> None:
    """Return once the operator has pressed Enter; at once where `--yes` says so beforehand."""
    if session.yes:
        return
    require_terminal(session, words)
    click.prompt(safe_text(words), default="", show_default=False, prompt_suffix="", err=True)


def require_terminal(session: Session, question: str, *, todo: str = "") -> None:
    """Raise NeedsTerminal unless somebody can see and answer `question`."""
    if not session.surroundings.is_interactive:
        raise NeedsTerminal(
            _("A question needs a terminal: {question}").format(question=question),
            state=_("Nothing was changed by this command."),
            todo=todo or _("Run the command on a terminal."),
        )
