"""Whatever a file held: what was applied to it and taken back leaves it byte for byte."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.planning.toml_documents import GRPC, configurations
from tests.transaction import asking
from tests.transaction.conftest import EVERY_SHELL, NewHost
from tests.transaction.plans import file_plan
from wizard.planning.blocks import Blocked
from wizard.planning.plan import FileChange, FilePurpose
from wizard.planning.toml_edit import Setting, edited
from wizard.transaction.answers import Outcome

CONFIG = "/etc/containerd/config.toml"
SETTING = Setting(
    table=("plugins", GRPC, "registry"), key="config_path", value="/etc/containerd/certs.d"
)


def _after(text: str) -> str:
    """Return the text as a plan would leave it, or with a line more where it would not touch it."""
    try:
        return edited(text, settings=[SETTING])
    except Blocked:
        return f"{text}\n# ours"


@EVERY_SHELL
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(text=configurations(version=2, plugin=GRPC), mode=st.sampled_from([0o600, 0o640, 0o644]))
async def test_a_revert_brings_every_byte_back(new_host: NewHost, text: str, mode: int) -> None:
    """Bytes, mode and owner, for any configuration and in every shell."""
    host = new_host()
    version = host.write(CONFIG, text.encode(), mode=mode, owner=(3, 4))
    change = FileChange(
        path=CONFIG,
        real_path=CONFIG,
        purpose=FilePurpose.CONFIG,
        before=version,
        after=_after(text),
    )
    before = host.tree()

    applied = await asking.apply(host, file_plan(change))
    assert (applied.outcome, host.read(CONFIG)) == (Outcome.APPLIED, change.after.encode())
    reverted = await asking.revert(host)

    assert (reverted.outcome, host.tree() == before) == (Outcome.REVERTED, True)
