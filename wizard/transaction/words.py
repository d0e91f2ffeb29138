"""Verbs and outcomes as people read them; in journals and JSON they keep their names."""

from __future__ import annotations

from typing import Final

from wizard.transaction.answers import Outcome, Verb
from wizard.wording import _, mark

_VERBS: Final[dict[str, str]] = {
    Verb.APPLY.value: mark("apply"),
    Verb.CHECK.value: mark("check"),
    Verb.CONFIRM.value: mark("confirm"),
    Verb.RENEW.value: mark("renew"),
    Verb.REVERT.value: mark("revert"),
    Verb.UNDO.value: mark("undo"),
    Verb.STATUS.value: mark("status"),
    Verb.LEDGERS.value: mark("ledgers"),
}
_OUTCOMES: Final[dict[str, str]] = {
    Outcome.APPLIED.value: mark("applied"),
    Outcome.ALREADY_APPLIED.value: mark("already applied"),
    Outcome.DRIFT.value: mark("drift"),
    Outcome.BUSY.value: mark("busy"),
    Outcome.REFUSED.value: mark("refused"),
    Outcome.REVERTED.value: mark("reverted"),
    Outcome.HOLDS.value: mark("holds"),
    Outcome.EDITED.value: mark("edited"),
    Outcome.CONFIRMED.value: mark("confirmed"),
    Outcome.RENEWED.value: mark("renewed"),
    Outcome.TOO_LATE.value: mark("too late"),
    Outcome.CONFLICT.value: mark("conflict"),
    Outcome.REVERT_FAILED.value: mark("revert failed"),
    Outcome.UNKNOWN_RUN.value: mark("unknown run"),
    Outcome.STATE.value: mark("state"),
}


def verb_words(value: object) -> str:
    """Return the word for a verb's value; one of a later version as it is."""
    return _words(_VERBS, value)


def outcome_words(value: object) -> str:
    """Return the words for an outcome's value, as `verb_words`."""
    return _words(_OUTCOMES, value)


def _words(known: dict[str, str], value: object) -> str:
    text = str(value or "")
    return _(known[text]) if text in known else text
