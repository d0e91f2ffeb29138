"""How verdicts and activations of a plan read."""

from __future__ import annotations

from typing import Final

from wizard.planning.plan import Activation, Verdict
from wizard.wording import mark

ACTIVATION_WORDS: Final[dict[Activation, str]] = {
    Activation.NONE: mark("nothing restarts"),
    Activation.RELOAD: mark("reload"),
    Activation.RESTART: mark("RESTART"),
}
VERDICT_WORDS: Final[dict[Verdict, str]] = {
    Verdict.CHANGE: mark("change"),
    Verdict.NOTHING: mark("nothing to do"),
    Verdict.BLOCKED: mark("blocked"),
}
