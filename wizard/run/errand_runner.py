"""An errand: one script on one host, with what is intended and what came of it in the journal."""

from __future__ import annotations

import asyncio
import re
from typing import Final

from wizard.errand.errand import Errand, ErrandAnswer, ErrandOutcome, ErrandStep
from wizard.errors import RunError
from wizard.journal.events import EventKind, Order, RunResult
from wizard.journal.store import Draft
from wizard.jsonform import from_data, to_data
from wizard.run.ending import Ending
from wizard.run.hosts import ErrandActions, HostActions, Unreached
from wizard.run.recorder import Recorder
from wizard.run.spec import RunSpec
from wizard.secret import Secret, redact
from wizard.wording import _

_LONG_WORDS: Final = re.compile(r"[^\s\"'{}\[\],:]{12,}")
"""Parts of a payload that programs on the host may quote in an error."""

_SECRET_VALUES: Final = re.compile(
    r"""^[ ]*[\w.-]*(?:password|secret|access_?key)[\w.-]*[ ]*:[ ]*(.*?)[ ]*$""",
    re.IGNORECASE | re.MULTILINE,
)
"""What a payload calls secret, however short: Harbor's own password has 11 characters."""


class ErrandRunner:
    """Sends the errand of a run; one that was cut off is sent again, because it may be."""

    def __init__(
        self,
        recorder: Recorder,
        spec: RunSpec,
        errands: ErrandActions | None,
        payload: Secret | None,
        actions: HostActions,
    ) -> None:
        self._recorder = recorder
        self._spec = spec
        self._errands = errands
        self._payload = payload
        self._actions = actions

    async def run(self) -> Ending:
        """Carry it out, unless an order to stop comes before it was sent; raises RunError."""
        errand, errands = self._spec.errand, self._errands
        if errand is None or errands is None:
            raise RunError(_("The run has no errand."), state=_("Nothing was changed."))
        if errand.has_payload and self._payload is None:
            return Ending(
                result=RunResult.FAILED,
                reason=_("what it was to bring is gone with its process: start it again"),
            )
        standing = self._recorder.state.standing
        if standing is not None and standing.order is Order.STOP:
            return Ending(
                result=RunResult.STOPPED, reason=_("stopped by {by}").format(by=standing.by)
            )
        await self._record(EventKind.ERRAND_SENT, errand, {"errand": errand.name.value})
        try:
            answer = await self._carried_out(errand, errands)
        except Unreached as gone:
            return await self._not_reached(errand, gone)
        finally:
            await asyncio.shield(self._actions.let_go(errand.host))
        return await self._ended(errand, answer, todo=_("Remove the reason, then start it again."))

    async def _carried_out(self, errand: Errand, errands: ErrandActions) -> ErrandAnswer:
        """Return the answer, once every change that was told meanwhile is in the journal."""
        writing: set[asyncio.Task[None]] = set()

        def told(step: ErrandStep) -> None:
            if step.result != "same":
                data: dict[str, object] = {"subject": step.subject, "result": step.result}
                note = self._record(EventKind.ERRAND_TOLD, errand, data)
                writing.add(asyncio.get_running_loop().create_task(note))

        try:
            return await errands.carry_out(errand, payload=self._payload, told=told)
        finally:
            await asyncio.gather(*writing)

    async def _not_reached(self, errand: Errand, gone: Unreached) -> Ending:
        if gone.sent:
            lost = ErrandAnswer(outcome=ErrandOutcome.LOST, detail=gone.what)
            todo = gone.todo or _("Start it again: what is done already is left as it is.")
            return await self._ended(errand, lost, todo=todo)
        data = {
            "failure": gone.failure,
            "what": gone.what,
            "todo": gone.todo,
            "after_change": False,
            "key": gone.offered_key,
            "secret": gone.missing_secret,
        }
        await self._record(EventKind.FAILED_TO_REACH, errand, data)
        return Ending(result=RunResult.FAILED, reason=gone.what)

    async def _ended(self, errand: Errand, answer: ErrandAnswer, *, todo: str) -> Ending:
        answer = self._redacted(answer)
        is_done = answer.outcome in {ErrandOutcome.DONE, ErrandOutcome.UNCHANGED}
        data = {
            "errand": errand.name.value,
            "answer": to_data(answer),
            "todo": "" if is_done else todo,
        }
        await self._record(EventKind.ERRAND_ENDED, errand, data)
        result = RunResult.COMPLETED if is_done else RunResult.FAILED
        return Ending(result=result, reason="" if is_done else answer.detail)

    def _redacted(self, answer: ErrandAnswer) -> ErrandAnswer:
        """Return the answer without anything of the payload that could be the secret in it."""
        if self._payload is None:
            return answer
        text = self._payload.reveal()
        public = {word for argument in errand_words(self._spec) for word in argument.split()}
        words = [word for word in _LONG_WORDS.findall(text) if word not in public]
        values = [bare for value in _SECRET_VALUES.findall(text) for bare in (value, _bare(value))]
        hidden = tuple(Secret(one) for one in sorted({*values, *words}, key=len, reverse=True))
        data = to_data(answer)
        data["detail"] = redact(data["detail"], hidden)
        for step in data["steps"]:
            step["detail"] = redact(step["detail"], hidden)
        return from_data(ErrandAnswer, data, source=self._spec.run)

    async def _record(self, kind: EventKind, errand: Errand, data: dict[str, object]) -> None:
        await self._recorder.record(Draft(kind=kind, host=errand.host, data=data))


def _bare(value: str) -> str:
    """Return a value of YAML without its quotes."""
    return value[1:-1] if value[:1] in {'"', "'"} and value[:1] == value[-1:] else value


def errand_words(spec: RunSpec) -> tuple[str, ...]:
    """Return the words of a run's errand, which are no secret."""
    return spec.errand.arguments if spec.errand else ()
