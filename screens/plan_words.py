"""How verdicts and activations of a plan read."""

from __future__ import annotations

from typing import Final

from screens.words import N_
from wizard.planning.plan import Activation, Verdict

ACTIVATION_WORDS: Final[dict[Activation, str]] = {
    Activation.NONE: N_("nothing restarts"),
    Activation.RELOAD: N_("reload"),
    Activation.RESTART: N_("RESTART"),
}
VERDICT_WORDS: Final[dict[Verdict, str]] = {
    Verdict.CHANGE: N_("change"),
    Verdict.NOTHING: N_("nothing to do"),
    Verdict.BLOCKED: N_("blocked"),
}
